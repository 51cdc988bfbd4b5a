//! People who come for a procedure that needs no notice: known by what they say of themselves.
//!
//! **Invariant:** no more of them is kept than name in kana, birth date and telephone.

use super::store;
use crate::base::{ApplicantId, BirthDate, CardId, Personal, text};
use crate::db::{Fault, ReadTx};

/// Who a booking, a hold or a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// The citizen of a card, checked by its notice.
    Card(CardId),
    /// Somebody who is known by what they said.
    Applicant(ApplicantId),
}

impl Who {
    /// Their card.
    pub fn card(self) -> Option<CardId> {
        match self {
            Self::Card(card) => Some(card),
            Self::Applicant(_) => None,
        }
    }

    /// Their row among the applicants.
    pub fn applicant(self) -> Option<ApplicantId> {
        match self {
            Self::Card(_) => None,
            Self::Applicant(id) => Some(id),
        }
    }

    /// The one that a form names: the row of a card, or `a` with the row of an applicant.
    pub fn from_form(text: &str) -> Option<Self> {
        match text.strip_prefix('a') {
            Some(row) => row.parse().ok().map(ApplicantId::of).map(Self::Applicant),
            None => text.parse().ok().map(CardId::of).map(Self::Card),
        }
    }

    /// The one of two columns of which exactly one is filled.
    pub(super) fn of(card: Option<CardId>, applicant: Option<ApplicantId>) -> Option<Self> {
        card.map(Self::Card).or(applicant.map(Self::Applicant))
    }
}

impl From<CardId> for Who {
    fn from(card: CardId) -> Self {
        Self::Card(card)
    }
}

/// The number of a card, or the text `a5` of an applicant.
impl serde::Serialize for Who {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Card(card) => card.serialize(to),
            Self::Applicant(_) => to.collect_str(self),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Who {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Stored {
            Card(CardId),
            Applicant(String),
        }
        match Stored::deserialize(from)? {
            Stored::Card(card) => Ok(Self::Card(card)),
            Stored::Applicant(text) => {
                Self::from_form(&text).ok_or_else(|| serde::de::Error::custom("nobody's row"))
            }
        }
    }
}

/// As [`Who::from_form`] reads it.
impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Card(card) => write!(f, "{card}"),
            Self::Applicant(id) => write!(f, "a{id}"),
        }
    }
}

/// Somebody who came, or is about to, without a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// The row.
    pub id: ApplicantId,
    /// Name in kana.
    pub kana: Personal<String>,
    /// Birth date.
    pub birth: Personal<BirthDate>,
    /// Telephone number, or empty.
    pub phone: Personal<String>,
    /// Who they are across bookings.
    pub person_key: Personal<String>,
}

/// What somebody says of themselves.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewApplicant {
    kana: String,
    birth: String,
    phone: String,
}

/// What cannot be right of what somebody said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicantError {
    /// The name is empty, too long, or holds something that is no kana.
    #[error("the name is not kana")]
    Kana,
    /// There is no such day, or it lies ahead.
    #[error("no such birth date")]
    Birth,
    /// Not 10 or 11 digits.
    #[error("not a telephone number")]
    Phone,
}

/// The longest name, in characters.
const KANA_MAX: usize = 60;

impl NewApplicant {
    /// Reads the name in kana of either sort, the birth date in any written form and a telephone number.
    pub fn parse(
        (kana, birth, phone): (&str, &str, &str),
        today: crate::base::Day,
    ) -> Result<Self, ApplicantError> {
        let kana = text::nfkc(kana).split_whitespace().collect::<Vec<_>>().join(" ");
        let is_kana = |c: char| matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '・' | ' ' | 'ゝ' | 'ゞ');
        if kana.is_empty() || kana.chars().count() > KANA_MAX || !kana.chars().all(is_kana) {
            return Err(ApplicantError::Kana);
        }
        let birth = BirthDate::parse(birth).map_err(|_| ApplicantError::Birth)?;
        let day = birth.whole_day().ok_or(ApplicantError::Birth)?;
        if day > today || i32::from(today.year()) - i32::from(birth.year()) > 130 {
            return Err(ApplicantError::Birth);
        }
        let phone: String =
            text::nfkc(phone).chars().filter(|c| !matches!(c, '-' | ' ' | '(' | ')' | '‐' | 'ー')).collect();
        let digits = phone.bytes().all(|b| b.is_ascii_digit());
        if !digits || !phone.starts_with('0') || !(10..=11).contains(&phone.len()) {
            return Err(ApplicantError::Phone);
        }
        Ok(Self { kana, birth: birth.to_string(), phone })
    }

    /// The same, with everything that cannot be right: each value is tried beside ones that are.
    pub fn parse_all(
        (kana, birth, phone): (&str, &str, &str),
        today: crate::base::Day,
    ) -> Result<Self, Vec<ApplicantError>> {
        let alone = |kana: &str, birth: &str, phone: &str| Self::parse((kana, birth, phone), today).err();
        let errors = [
            alone(kana, "2000-01-01", "0000000000"),
            alone("ア", birth, "0000000000"),
            alone("ア", "2000-01-01", phone),
        ];
        Self::parse((kana, birth, phone), today).map_err(|_| errors.into_iter().flatten().collect())
    }

    /// Full years of age.
    pub fn age_on(&self, today: crate::base::Day) -> u16 {
        BirthDate::parse(&self.birth).map_or(0, |birth| birth.age_on(today))
    }

    /// Name in kana.
    pub fn kana(&self) -> &str {
        &self.kana
    }

    /// Birth date, `YYYY-MM-DD`.
    pub fn birth(&self) -> &str {
        &self.birth
    }

    /// Telephone number, digits only.
    pub fn phone(&self) -> &str {
        &self.phone
    }

    /// Who they are across bookings: the same name and birth date.
    pub fn person_key(&self) -> String {
        person_key(&self.kana, &self.birth)
    }
}

/// The key of a person who is known by kana and birth date (`YYYY-MM-DD`).
pub(super) fn person_key(kana: &str, birth: &str) -> String {
    format!("kana:{}:{birth}", text::kana_key(kana))
}

/// The applicant of this row.
pub fn applicant(tx: &ReadTx<'_>, id: ApplicantId) -> Result<Option<Applicant>, Fault> {
    store::applicant(tx, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Day;

    fn said(kana: &str, birth: &str, phone: &str) -> Result<NewApplicant, ApplicantError> {
        NewApplicant::parse((kana, birth, phone), Day::new(2026, 4, 13).unwrap())
    }

    #[test]
    fn the_same_person_is_known_however_they_write_their_name() {
        let one = said("ミホン　ハナコ", "1990-04-13", "090-1234-5678").unwrap();
        let other = said("みほん はなこ", "平成2年4月13日", "０９０１２３４５６７８").unwrap();
        let half = said("ﾐﾎﾝ ﾊﾅｺ", "19900413", "09012345678").unwrap();
        assert_eq!(one.person_key(), other.person_key());
        assert_eq!(one.person_key(), half.person_key());
        assert_eq!(one.phone(), "09012345678");
    }

    #[test]
    fn what_cannot_be_right_is_refused() {
        assert_eq!(said("見本 花子", "1990-04-13", "0901234567"), Err(ApplicantError::Kana));
        assert_eq!(said("", "1990-04-13", "0901234567"), Err(ApplicantError::Kana));
        assert_eq!(said("ミホン", "1990-02-30", "0901234567"), Err(ApplicantError::Birth));
        assert_eq!(said("ミホン", "2026-04-14", "0901234567"), Err(ApplicantError::Birth));
        assert_eq!(said("ミホン", "2026-04-13", "12345"), Err(ApplicantError::Phone));
        assert_eq!(said("ミホン", "2024-02-29", "1234567890"), Err(ApplicantError::Phone));
        assert!(said("ミホン", "2024-02-29", "0312345678").is_ok(), "a leap day is a birthday");
    }
}
