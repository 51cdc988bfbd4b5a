//! The layouts that need no saved profile.

use super::{Column, Format, Kind, Profile, Target};

impl Profile {
    /// The standard layout of this kind: columns by their names, in any order, encoding and format found out.
    pub fn standard(kind: Kind) -> Self {
        let is_needed = |target: Target| {
            Target::needed(kind).contains(&target) || (kind, target) == (Kind::Card, Target::Kana)
        };
        let column = |target: Target| Column {
            optional: !is_needed(target),
            ..Column::headed(target, target.label())
        };
        Self { columns: Target::of(kind).iter().copied().map(column).collect(), ..Self::empty(kind) }
    }

    /// A profile without columns: format, encoding and delimiter found out, a header line, the usual quotes.
    pub fn empty(kind: Kind) -> Self {
        Self {
            name: String::new(),
            kind,
            format: Format::Auto,
            encoding: None,
            delimiter: None,
            quote: Some('"'),
            header: true,
            skip_rows: 0,
            sheet: None,
            record_bytes: None,
            columns: Vec::new(),
            date_formats: Vec::new(),
            required: Vec::new(),
            drop: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standard_layout_can_be_used_and_maps_each_of_its_targets() {
        for kind in Kind::all() {
            let profile = Profile::standard(kind);
            profile.check().unwrap();
            assert_eq!(profile.columns.len(), Target::of(kind).len());
        }
        let card = Profile::standard(Kind::Card);
        let needed: Vec<_> = card.columns.iter().filter(|column| !column.optional).collect();
        assert_eq!(
            needed.iter().map(|column| column.target.label()).collect::<Vec<_>>(),
            ["交付通知書ID", "氏名", "フリガナ", "生年月日"]
        );
    }
}
