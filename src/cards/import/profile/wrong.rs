//! What is wrong with a profile, by key and value, in words for the person who mends it; and the check that finds it.

use super::{Format, Keep, Kind, NAME_MAX, Place, Profile, Target, header_key};
use crate::base::text;

/// Columns that a profile may have.
pub(super) const COLUMNS_MAX: usize = 100;

/// A profile cannot be used: where, what stands there, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} = {value:?}: {fault:?}")]
pub struct ProfileError {
    /// The key, with its place: `columns[2].target`, counted from 1.
    pub key: String,
    /// The value that stands there; empty when nothing does.
    pub value: String,
    /// What is wrong with it.
    pub fault: ProfileFault,
}

/// What is wrong with one value of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileFault {
    /// The text is no TOML; the line is counted from 1.
    Syntax {
        /// The line.
        line: usize,
    },
    /// No profile has such a key.
    UnknownKey {
        /// The keys that may stand there.
        allowed: String,
    },
    /// The value is not among those that may stand there.
    Value {
        /// What may stand there.
        allowed: String,
    },
    /// A key that must be there is missing.
    Missing,
    /// No file of this kind has such a target.
    OtherKind {
        /// The kind.
        kind: Kind,
    },
    /// No column is about this, and without it no row can be read.
    NotMapped {
        /// What is missing.
        target: Target,
    },
    /// A place by bytes needs the fixed format, the fixed format needs places by bytes.
    PlaceOfOtherFormat,
    /// A place by header needs a header line.
    NoHeader,
    /// The same place stands twice, or is dropped and taken.
    Twice,
    /// The header is that of individual numbers.
    MyNumber,
    /// A file never changes this of a registered card.
    NeverChanges,
}

impl ProfileError {
    pub(super) fn new(key: impl Into<String>, value: impl Into<String>, fault: ProfileFault) -> Self {
        Self { key: key.into(), value: value.into(), fault }
    }

    /// What is wrong and what to do, in Japanese, with key and value.
    pub fn sentence(&self) -> String {
        let stands =
            if self.value.is_empty() { self.key.clone() } else { format!("{} = {}", self.key, self.value) };
        let why = match &self.fault {
            ProfileFault::Syntax { line } => return format!("TOMLとして読めません（{line}行目）。"),
            ProfileFault::UnknownKey { allowed } => format!("このキーはありません。使えるキー: {allowed}"),
            ProfileFault::Value { allowed } => format!("この値は使えません。使える値: {allowed}"),
            ProfileFault::Missing => "この項目が必要です。".to_owned(),
            ProfileFault::OtherKind { kind } => format!("種類「{}」にこの項目はありません。", kind.label()),
            ProfileFault::NotMapped { target } => {
                format!("「{}」に当たる列を決めてください。", target.label())
            }
            ProfileFault::PlaceOfOtherFormat => {
                "バイト位置は固定長で、見出しと列番号はそれ以外の形式で使います。".to_owned()
            }
            ProfileFault::NoHeader => "見出しの行がないときは、列番号で指定してください。".to_owned(),
            ProfileFault::Twice => "同じ列が2回あります。".to_owned(),
            ProfileFault::MyNumber => {
                "個人番号（マイナンバー）の列は取り込めません。drop（捨てる列）に入れてください。".to_owned()
            }
            ProfileFault::NeverChanges => {
                "登録済みのカードでは変えられない項目です。never（変えない）にしてください。".to_owned()
            }
        };
        format!("{stands}: {why}")
    }
}

/// Whether a header is that of individual numbers. The card itself is called after them, and is not meant.
///
/// Spec: 11(1).
pub(in crate::cards::import) fn is_forbidden(header_key: &str) -> bool {
    let rest = header_key.replace("個人番号カード", "").replace("マイナンバーカード", "");
    rest.contains("個人番号") || rest.contains("マイナンバー") || rest.contains("MYNUMBER")
}

type Checked = Result<(), ProfileError>;

impl Profile {
    /// Says the first thing for which it cannot be used.
    pub fn check(&self) -> Checked {
        if self.name.chars().count() > NAME_MAX || text::has_control(&self.name) {
            let allowed = format!("{NAME_MAX}文字までの名前");
            return Err(ProfileError::new("name", &*self.name, ProfileFault::Value { allowed }));
        }
        self.check_marks()?;
        if self.columns.len() > COLUMNS_MAX {
            let allowed = format!("{COLUMNS_MAX}列まで");
            return Err(ProfileError::new(
                "columns",
                self.columns.len().to_string(),
                ProfileFault::Value { allowed },
            ));
        }
        for (at, column) in self.columns.iter().enumerate() {
            self.check_column(&format!("columns[{}]", at + 1), column)?;
        }
        for (at, place) in self.drop.iter().enumerate() {
            self.check_place(&format!("drop[{}]", at + 1), place)?;
        }
        self.check_places_differ()?;
        self.check_mapped()
    }

    fn check_marks(&self) -> Checked {
        let is_mark = |c: char| c.is_ascii() && (c == '\t' || !c.is_control()) && !c.is_ascii_alphanumeric();
        let allowed = || "英数字でない半角の1文字、またはタブ".to_owned();
        for (key, mark) in [("delimiter", self.delimiter), ("quote", self.quote)] {
            if let Some(mark) = mark.filter(|mark| !is_mark(*mark)) {
                return Err(ProfileError::new(
                    key,
                    mark.to_string(),
                    ProfileFault::Value { allowed: allowed() },
                ));
            }
        }
        match self.delimiter {
            Some(mark) if self.quote == Some(mark) => {
                Err(ProfileError::new("quote", mark.to_string(), ProfileFault::Twice))
            }
            _ => Ok(()),
        }
    }

    fn check_column(&self, key: &str, column: &super::Column) -> Checked {
        if !Target::of(self.kind).contains(&column.target) {
            let fault = ProfileFault::OtherKind { kind: self.kind };
            return Err(ProfileError::new(format!("{key}.target"), column.target.code(), fault));
        }
        if !column.target.may_change() && column.keep != Keep::Never {
            return Err(ProfileError::new(
                format!("{key}.keep"),
                column.keep.code(),
                ProfileFault::NeverChanges,
            ));
        }
        self.check_place(key, &column.from)?;
        match &column.from {
            Place::Header(name) if is_forbidden(&header_key(name)) => {
                Err(ProfileError::new(format!("{key}.header"), &**name, ProfileFault::MyNumber))
            }
            _ => Ok(()),
        }
    }

    fn check_place(&self, key: &str, place: &Place) -> Checked {
        let is_fixed = self.format == Format::FixedBytes;
        let wrong = |fault| Err(ProfileError::new(key, place.label(), fault));
        match place {
            Place::Bytes { .. } if !is_fixed => wrong(ProfileFault::PlaceOfOtherFormat),
            Place::Header(_) | Place::Index(_) if is_fixed => wrong(ProfileFault::PlaceOfOtherFormat),
            Place::Header(_) if !self.header => wrong(ProfileFault::NoHeader),
            Place::Header(name) if header_key(name).is_empty() => wrong(ProfileFault::Missing),
            Place::Index(0) | Place::Bytes { from: 0, .. } | Place::Bytes { length: 0, .. } => {
                wrong(ProfileFault::Value { allowed: "1以上".to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// No place is dropped and taken; none stands twice for one target.
    fn check_places_differ(&self) -> Checked {
        for (at, column) in self.columns.iter().enumerate() {
            let key = format!("columns[{}]", at + 1);
            let before = self.columns.iter().take(at);
            let again = before.filter(|one| one.target == column.target).any(|one| is_same(one, column));
            if again || self.drop.iter().any(|dropped| overlap(dropped, &column.from)) {
                return Err(ProfileError::new(key, column.from.label(), ProfileFault::Twice));
            }
        }
        Ok(())
    }

    fn check_mapped(&self) -> Checked {
        let needed = Target::needed(self.kind).iter().chain(&self.required);
        for target in needed {
            if self.columns_of(*target).next().is_none() {
                let fault = ProfileFault::NotMapped { target: *target };
                return Err(ProfileError::new("columns", target.code(), fault));
            }
        }
        Ok(())
    }
}

/// One column cut in two ways is two columns.
fn is_same(one: &super::Column, other: &super::Column) -> bool {
    same_place(&one.from, &other.from) && one.transforms == other.transforms
}

fn same_place(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Header(one), Place::Header(other)) => header_key(one) == header_key(other),
        _ => one == other,
    }
}

fn overlap(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Bytes { from, length }, Place::Bytes { from: start, length: long }) => {
            u32::from(*from) < u32::from(*start) + u32::from(*long)
                && u32::from(*start) < u32::from(*from) + u32::from(*length)
        }
        _ => same_place(one, other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Column, Transform};
    use super::*;

    fn fault(change: impl FnOnce(&mut Profile)) -> ProfileFault {
        let mut profile = Profile::standard(Kind::Card);
        change(&mut profile);
        profile.check().unwrap_err().fault
    }

    #[test]
    fn a_profile_that_cannot_be_used_says_why() {
        let index = |target, at| Column::new(target, Place::Index(at));
        let bytes = Place::Bytes { from: 1, length: 12 };
        assert!(matches!(fault(|p| p.delimiter = Some('A')), ProfileFault::Value { .. }));
        assert_eq!(fault(|p| p.delimiter = Some('"')), ProfileFault::Twice);
        assert_eq!(fault(|p| p.header = false), ProfileFault::NoHeader);
        assert_eq!(fault(|p| p.format = Format::FixedBytes), ProfileFault::PlaceOfOtherFormat);
        assert_eq!(fault(|p| p.drop.push(bytes)), ProfileFault::PlaceOfOtherFormat);
        assert_eq!(
            fault(|p| p.columns.push(index(Target::Email, 9))),
            ProfileFault::OtherKind { kind: Kind::Card }
        );
        assert_eq!(fault(|p| p.drop.push(Place::Header("氏 名".to_owned()))), ProfileFault::Twice);
        assert_eq!(
            fault(|p| p.columns.push(Column::headed(Target::InquiryNo, "個人番号"))),
            ProfileFault::MyNumber
        );
        let not_mapped = ProfileFault::NotMapped { target: Target::Birth };
        assert_eq!(fault(|p| p.columns.retain(|column| column.target != Target::Birth)), not_mapped);
        let keeps = |p: &mut Profile| {
            p.columns.iter_mut().filter(|c| c.target == Target::Shelf).for_each(|c| c.keep = Keep::Overwrite);
        };
        assert_eq!(fault(keeps), ProfileFault::NeverChanges);
    }

    #[test]
    fn a_column_cut_in_two_ways_is_no_repetition() {
        let mut profile = Profile::standard(Kind::Card);
        let cut = |from| Column {
            transforms: vec![Transform::Cut(from, 3)],
            ..Column::headed(Target::Shelf, "箱と番号")
        };
        profile.columns.retain(|column| column.target != Target::Shelf);
        profile.columns.extend([cut(1), cut(4)]);
        assert_eq!(profile.check(), Ok(()));
        profile.columns.push(cut(4));
        assert_eq!(profile.check().unwrap_err().fault, ProfileFault::Twice);
    }

    #[test]
    fn the_card_called_after_the_number_is_not_the_number() {
        let forbidden = |header: &str| is_forbidden(&header_key(header));
        for header in
            ["個人番号", "マイナンバー", "ﾏｲﾅﾝﾊﾞｰ(12桁)", "個 人 番 号", "個人番号カード 個人番号", "MyNumber"]
        {
            assert!(forbidden(header), "{header}");
        }
        for header in ["個人番号カード有効期限", "マイナンバーカード交付場所", "照会番号"]
        {
            assert!(!forbidden(header), "{header}");
        }
    }

    #[test]
    fn a_sentence_names_key_and_value() {
        let error = ProfileError::new(
            "columns[2].target",
            "shimei",
            ProfileFault::Value { allowed: "name".to_owned() },
        );
        assert_eq!(error.sentence(), "columns[2].target = shimei: この値は使えません。使える値: name");
    }
}
