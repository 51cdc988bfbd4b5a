//! Whatever cards there are: what is written is read as the same cards, in each encoding and layout.

use madoguchi::base::cp932::to_cp932;
use madoguchi::base::{BirthDate, Day, NoticeId};
use madoguchi::cards::NewCard;
use madoguchi::cards::import::{
    self, Column, Context, Encoding, Format, Kind, Place, Profile, Reader, Row, Target, standard_csv,
};
use proptest::prelude::*;

/// Characters of names: those of CP932's vendors, private ones, marks that files are cut by, and spaces.
fn name() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        4 => proptest::char::range('一', '龠'),
        2 => proptest::sample::select("髙﨑彅纊①㈱ｱﾞーゔ々〆".chars().collect::<Vec<_>>()),
        1 => proptest::char::range('\u{E000}', '\u{E757}'),
        1 => proptest::sample::select("\",;|'=+-@ 　\u{E0100}𠮷".chars().collect::<Vec<_>>()),
    ];
    proptest::collection::vec(one, 1..12).prop_map(|chars| chars.into_iter().collect())
}

fn day() -> impl Strategy<Value = Option<Day>> {
    proptest::option::of(
        (1990..2100_i16, 1..=12_i8, 1..=28_i8).prop_map(|(y, m, d)| Day::new(y, m, d).unwrap()),
    )
}

fn birth() -> impl Strategy<Value = BirthDate> {
    (1900..2030_i16, 0..=12_u8, 0..=28_u8).prop_map(|(year, month, day)| {
        let day = if month == 0 { 0 } else { day };
        BirthDate::parse(&format!("{year:04}-{month:02}-{day:02}")).unwrap()
    })
}

fn card() -> impl Strategy<Value = Row> {
    let days = (day(), day(), day(), day());
    (0..1_000_000_u32, name(), name(), birth(), days, "[0-9]{0,11}").prop_map(
        |(number, name, kana, birth, (made, due, valid, residence), inquiry)| {
            let notice = NoticeId::from_norm(format!("A1B{number:06}"));
            let card = NewCard {
                made_on: made,
                pickup_due_on: due,
                valid_until: valid,
                residence_until: residence,
                inquiry_no: inquiry,
                ..NewCard::notified(notice, tidy(&name), tidy(&kana), birth)
            };
            let word = String::new;
            Row::of(0, card, [word(), word(), word()])
        },
    )
}

/// What the reader takes from a cell: no spaces around it, no wrapping against spreadsheets, and never empty.
fn tidy(name: &str) -> &str {
    match name.trim_start_matches(|c: char| c == '=' || c.is_whitespace()).trim_end() {
        "" => "名",
        name => name,
    }
}

/// The cards that are read, but for their lines; the second of two that say the same is none.
fn cards(bytes: &[u8], profile: &Profile) -> Vec<NewCard> {
    let file = import::read_with(bytes, profile, &Context::default()).unwrap();
    assert_eq!(file.errors, []);
    file.rows.into_iter().map(|row| row.card).collect()
}

/// One card for each notice ID, so that none repeats another.
fn distinct(rows: Vec<Row>) -> Vec<Row> {
    let mut seen = std::collections::HashSet::new();
    let mut inquiries = std::collections::HashSet::new();
    let is_new = |row: &Row| {
        let inquiry = &row.card.inquiry_no;
        seen.insert(row.card.notice_id.norm().to_owned())
            && (inquiry.is_empty() || inquiries.insert(inquiry.clone()))
    };
    rows.into_iter().filter(is_new).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_convert_writes_is_read_as_the_same_cards_in_every_encoding(
        rows in proptest::collection::vec(card(), 1..12),
    ) {
        let rows = distinct(rows);
        let wanted: Vec<_> = rows.iter().map(|row| row.card.clone()).collect();
        let csv = standard_csv(&rows);
        let text = String::from_utf8(csv.clone()).unwrap();
        let standard = Profile::standard(Kind::Card);
        prop_assert_eq!(&cards(&csv, &standard), &wanted);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        prop_assert_eq!(&cards(&[b"\xFF\xFE", little.as_slice()].concat(), &standard), &wanted);
        let (cp932, lost) = to_cp932(&text);
        if lost.is_empty() {
            let named = Profile { encoding: Some(Encoding::Cp932), ..standard };
            prop_assert_eq!(&cards(&cp932, &named), &wanted);
        }
    }

    #[test]
    fn lines_of_fixed_bytes_are_read_as_the_cards_that_they_were_cut_from(
        rows in proptest::collection::vec(card(), 1..12),
    ) {
        let mut bytes = Vec::new();
        let mut wanted = Vec::new();
        for row in distinct(rows) {
            let (name, lost) = to_cp932(&row.card.name);
            if !lost.is_empty() {
                continue;
            }
            let mut line = row.card.notice_id.norm().as_bytes().to_vec();
            line.extend(name);
            line.resize(9 + 48, b' ');
            line.extend(row.card.birth.to_string().bytes());
            bytes.extend(line);
            bytes.extend(b"\r\n");
            wanted.push(row.card.name.clone());
        }
        let place = |target, from, length| Column::new(target, Place::Bytes { from, length });
        let profile = Profile {
            format: Format::FixedBytes,
            encoding: Some(Encoding::Cp932),
            header: false,
            columns: vec![
                place(Target::NoticeId, 1, 9),
                place(Target::Name, 10, 48),
                place(Target::Birth, 58, 10),
            ],
            ..Profile::empty(Kind::Card)
        };
        let reader = Reader::open(&bytes, &profile).unwrap();
        let read: Vec<_> = reader.rows().map(|row| row.unwrap().get(Target::Name).to_owned()).collect();
        // Twins of two tables are one character in CP932.
        let folded: Vec<_> = wanted.iter().map(|name| folded(name)).collect();
        prop_assert_eq!(read, folded);
    }

    #[test]
    fn no_bytes_at_all_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in Format::all() {
            let mut profile = Profile::standard(Kind::Card);
            profile.format = format;
            if format == Format::FixedBytes {
                profile.header = false;
                profile.columns = vec![
                    Column::new(Target::NoticeId, Place::Bytes { from: 1, length: 9 }),
                    Column::new(Target::Name, Place::Bytes { from: 10, length: 3 }),
                    Column::new(Target::Birth, Place::Bytes { from: 13, length: 8 }),
                ];
            }
            if let Ok(reader) = Reader::open(&bytes, &profile) {
                prop_assert_eq!(reader.rows().count(), reader.found().rows);
            }
        }
    }

    #[test]
    fn a_profile_reads_as_it_was_written(name in "[ぁ-龠a-z0-9\"\\\\'#=\\[\\] ]{0,40}", header in "[ぁ-龠a-z0-9\"\\\\'#=\\[\\] ]{1,20}", skip in any::<u16>()) {
        let mut profile = Profile::standard(Kind::Card);
        profile.name = name;
        profile.skip_rows = skip;
        profile.sheet = Some(header.clone());
        profile.columns[2].values = [(header.clone(), header.clone())].into();
        profile.columns[3].joint = Some(header);
        prop_assert_eq!(Profile::from_toml(&profile.to_toml()).unwrap(), profile);
    }
}

fn folded(name: &str) -> String {
    let (bytes, _) = to_cp932(name);
    let (text, _, _) = encoding_rs::SHIFT_JIS.decode(&bytes);
    text.trim().to_owned()
}
