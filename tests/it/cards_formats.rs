//! The same cards in every format that cities send, and what a spreadsheet makes of them.

use madoguchi::base::NoticePattern;
use madoguchi::cards::import::{
    self, Column, Context, DateFormat, Encoding, File, Format, Kind, Place, Profile, ReadError, Reader,
    Target, Transform, Why,
};

use crate::kit::workbook::{Cell, Workbook, packed, text};

/// One invented card, as a list of the standard columns.
#[derive(Clone, Debug)]
struct Person {
    notice: String,
    name: String,
    kana: String,
    birth: (i16, u8, u8),
    shelf: String,
    due: (i16, u8, u8),
    inquiry: String,
}

/// Fifty invented people, with the characters that go wrong.
fn people() -> Vec<Person> {
    let surnames = ["髙橋", "山﨑", "彅野", "纊田", "①㈱"];
    let given = ["花子", "一", "さくら", "Ａnn", "次郎"];
    let person = |at: usize| {
        let number = u8::try_from(at).unwrap();
        Person {
            notice: format!("0{:02}{:06}", at % 7, 345_601 + at),
            name: format!("{}　{}", surnames[at % 5], given[at / 5 % 5]),
            kana: format!("ﾖﾐ {}", ["ｱ", "ｲ", "ｳ", "ｴ", "ｵ"][at % 5]),
            birth: (1950 + i16::from(number), number % 12 + 1, number % 28 + 1),
            shelf: format!("B-{}-{:03}", at % 4, at),
            due: (2026, 6, number % 30 + 1),
            inquiry: format!("{:08}", 1_000 + at),
        }
    };
    (0..50).map(person).collect()
}

const HEAD: [&str; 7] = ["交付通知書ID", "氏名", "フリガナ", "生年月日", "棚番号", "受取期限", "照会番号"];

fn dashes((year, month, day): (i16, u8, u8)) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

fn compact((year, month, day): (i16, u8, u8)) -> String {
    format!("{year:04}{month:02}{day:02}")
}

/// The digit of the era and six digits: 3 is 昭和, 4 is 平成.
fn era_digit((year, month, day): (i16, u8, u8)) -> String {
    let (era, first) = if (year, month, day) >= (1989, 1, 8) { (4, 1988) } else { (3, 1925) };
    format!("{era}{:02}{month:02}{day:02}", year - first)
}

fn era_name((year, month, day): (i16, u8, u8)) -> String {
    format!("令和{}年{month}月{day}日", year - 2018)
}

fn serial((year, month, day): (i16, u8, u8)) -> f64 {
    let day = madoguchi::base::Day::new(year, month.try_into().unwrap(), day.try_into().unwrap()).unwrap();
    let first = madoguchi::base::Day::new(1899, 12, 30).unwrap();
    f64::from(i32::try_from(day.days_from(first)).unwrap())
}

/// A delimited file; every cell quoted, as some systems do.
fn delimited(delimiter: &str) -> String {
    let mut lines = vec![HEAD.join(delimiter)];
    for one in people() {
        let cells =
            [one.notice, one.name, one.kana, compact(one.birth), one.shelf, era_name(one.due), one.inquiry];
        lines.push(cells.map(|cell| format!("\"{cell}\"")).join(delimiter));
    }
    lines.join("\r\n") + "\r\n"
}

fn cp932(text: &str) -> Vec<u8> {
    let (bytes, _, lost) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!lost);
    bytes.into_owned()
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

/// Columns at fixed bytes, with a number before them that is cut away.
fn fixed() -> (Vec<u8>, Profile) {
    let mut bytes = Vec::new();
    for one in people() {
        let cells = [
            (one.notice, 9),
            (one.name, 24),
            (one.kana, 12),
            (era_digit(one.birth), 7),
            (one.shelf, 10),
            (compact(one.due), 8),
            (one.inquiry, 8),
        ];
        for (cell, width) in cells {
            let mut cell = cp932(&cell);
            cell.resize(width, b' ');
            bytes.extend(cell);
        }
        bytes.extend(b"\r\n");
    }
    let targets = [
        (Target::NoticeId, 9),
        (Target::Name, 24),
        (Target::Kana, 12),
        (Target::Birth, 7),
        (Target::Shelf, 10),
        (Target::PickupDueOn, 8),
        (Target::InquiryNo, 8),
    ];
    let mut from = 1;
    let columns = targets.map(|(target, length)| {
        let column = Column::new(target, Place::Bytes { from, length });
        from += length;
        column
    });
    let profile = Profile {
        format: Format::FixedBytes,
        encoding: Some(Encoding::Cp932),
        header: false,
        columns: columns.to_vec(),
        date_formats: vec![DateFormat::EraDigit, DateFormat::Compact],
        ..Profile::empty(Kind::Card)
    };
    (bytes, profile)
}

/// The workbook that a person made of the CSV: IDs and inquiry numbers became numbers, days are counted or eight digits.
fn workbook() -> (Vec<u8>, Profile) {
    let mut rows = vec![vec![text("交付予定の一覧")], Vec::new(), HEAD.map(text).to_vec()];
    for (at, one) in people().into_iter().enumerate() {
        let number = |digits: &str| Cell::Number(digits.parse().unwrap());
        let birth = if at % 2 == 0 { Cell::Day(serial(one.birth)) } else { number(&compact(one.birth)) };
        let due = if at % 2 == 0 { Cell::Number(serial(one.due)) } else { text(&era_name(one.due)) };
        let row = vec![
            number(&one.notice),
            text(&one.name),
            text(&one.kana),
            birth,
            text(&one.shelf),
            due,
            number(&one.inquiry),
        ];
        rows.push(row);
    }
    let mut profile = Profile { skip_rows: 2, ..Profile::standard(Kind::Card) };
    for column in profile.columns.iter_mut().filter(|column| column.target == Target::InquiryNo) {
        column.transforms = vec![Transform::Zeros(8)];
    }
    (Workbook::of(rows).bytes(), profile)
}

fn read(bytes: &[u8], profile: &Profile) -> File {
    let file = import::read_with(bytes, profile, &Context::default()).unwrap();
    assert_eq!(file.errors, []);
    file
}

#[test]
fn fifty_cards_are_the_same_fifty_cards_in_every_format() {
    let standard = Profile::standard(Kind::Card);
    let first = read(delimited(",").as_bytes(), &standard);
    assert_eq!(first.rows.len(), 50);
    assert_eq!(first.rows[7].card.birth.to_string(), dashes(people()[7].birth));
    let cards = |file: &File| import::standard_csv(&file.rows);
    let same = cards(&first);
    let (commas, tabs) = (delimited(","), delimited("\t"));
    let (lines, fixed) = fixed();
    let (book, from_book) = workbook();
    let semicolons = delimited(";");
    let cases: [(&str, Vec<u8>, &Profile, &str); 11] = [
        ("CP932", cp932(&commas), &standard, "cp932"),
        ("UTF-8 with its mark", format!("\u{FEFF}{commas}").into_bytes(), &standard, "utf-8-bom"),
        ("UTF-16LE", utf16(&format!("\u{FEFF}{tabs}"), u16::to_le_bytes), &standard, "utf-16le"),
        ("UTF-16BE", utf16(&format!("\u{FEFF}{tabs}"), u16::to_be_bytes), &standard, "utf-16be"),
        ("UTF-16LE without its mark", utf16(&commas, u16::to_le_bytes), &standard, "utf-16le"),
        ("tabs", cp932(&tabs), &standard, "cp932"),
        ("semicolons", semicolons.into_bytes(), &standard, "utf-8"),
        ("line ends of old Macs", commas.replace("\r\n", "\r").into_bytes(), &standard, "utf-8"),
        ("line ends of Unix", commas.replace("\r\n", "\n").into_bytes(), &standard, "utf-8"),
        ("fixed bytes", lines, &fixed, "cp932"),
        ("workbook", book, &from_book, "xlsx"),
    ];
    for (name, bytes, profile, code) in cases {
        let file = read(&bytes, profile);
        assert_eq!(file.found.code(), code, "{name}");
        assert_eq!(
            String::from_utf8(cards(&file)).unwrap(),
            String::from_utf8(same.clone()).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn an_encoding_that_was_named_is_the_one_that_is_read() {
    let named = |encoding| Profile { encoding: Some(encoding), ..Profile::standard(Kind::Card) };
    let bytes = cp932(&delimited(","));
    assert_eq!(read(&bytes, &named(Encoding::Cp932)).rows.len(), 50);
    let Err(ReadError::Encoding(at)) = import::read_with(&bytes, &named(Encoding::Utf8), &Context::default())
    else {
        panic!("it is no UTF-8")
    };
    assert_eq!((at.encoding, at.offset, at.line), (Encoding::Utf8, 0, 1));
}

fn one_row(row: Vec<Cell>) -> Result<String, (&'static str, Why)> {
    let bytes = Workbook::of(vec![HEAD.map(text).to_vec(), row]).bytes();
    let file = import::read_with(&bytes, &Profile::standard(Kind::Card), &Context::default()).unwrap();
    match file.errors.first() {
        Some(error) => Err((error.column, error.why)),
        None => Ok(file.rows[0].card.notice_id.norm().to_owned()),
    }
}

#[test]
fn a_number_is_an_id_again_only_where_one_id_alone_was_meant() {
    let row = |id: Cell| {
        vec![id, text("山田"), text("ヤ"), Cell::Day(45748.0), Cell::Empty, Cell::Empty, text("7")]
    };
    assert_eq!(one_row(row(Cell::Number(12_345_603.0))), Ok("012345603".to_owned()));
    let lost = Err(("交付通知書ID", Why::LostDigits));
    assert_eq!(one_row(row(Cell::Number(12_000.0))), lost, "12E000003 and 000012000 are one number");
    assert_eq!(one_row(row(Cell::Number(1.2e30))), lost);
    assert_eq!(one_row(row(Cell::Number(12_345_603.5))), lost);
    assert_eq!(one_row(row(Cell::Day(45748.0))), Err(("交付通知書ID", Why::BecameDay)));
    assert_eq!(one_row(row(Cell::Broken)), Err(("交付通知書ID", Why::CellFault)));
}

#[test]
fn an_inquiry_number_of_more_digits_than_a_spreadsheet_keeps_is_told() {
    let row = |inquiry: Cell| {
        vec![text("A13345603"), text("山田"), text("ヤ"), text("S20.0.0"), Cell::Empty, Cell::Empty, inquiry]
    };
    assert!(one_row(row(Cell::Number(123_456_789.0))).is_ok());
    assert_eq!(one_row(row(Cell::Number(1_234_567_890_123_456.0))), Err(("照会番号", Why::LostDigits)));
}

#[test]
fn days_and_times_of_a_workbook_are_those_that_a_person_sees() {
    let head = ["交付通知書ID", "生年月日", "交付場所", "予約日", "開始時刻"].map(text).to_vec();
    let time = Cell::Time(9.5 / 24.0);
    let row = vec![text("A13345603"), Cell::Day(44286.0), text("本庁舎"), Cell::Number(44286.0), time];
    let book = Workbook::of(vec![head.clone(), row]).counted_from_1904().bytes();
    let profile = Profile::standard(Kind::Booking);
    let reader = Reader::open(&book, &profile).unwrap();
    let record = reader.rows().next().unwrap().unwrap();
    let values = [Target::Birth, Target::Day, Target::Start].map(|target| record.get(target));
    assert_eq!(values, ["2025-04-01", "2025-04-01", "09:30"], "counted from 1904");

    let whole = vec![
        text("A13345603"),
        Cell::Day(45748.0),
        text("本庁舎"),
        Cell::Day(45748.5),
        Cell::Day(45_748.395_833_4),
    ];
    let book = Workbook::of(vec![head, whole]).bytes();
    let reader = Reader::open(&book, &profile).unwrap();
    let record = reader.rows().next().unwrap().unwrap();
    assert_eq!((record.get(Target::Day), record.get(Target::Start)), ("2025-04-01", "09:30"));
}

#[test]
fn the_first_visible_sheet_is_read_or_the_one_that_the_profile_names() {
    let rows = |notice: &str| {
        vec![HEAD.map(text).to_vec(), [notice, "山", "ヤ", "H2.4.13", "", "", ""].map(text).to_vec()]
    };
    let book = Workbook::of(rows("A13345601")).sheet("四月", rows("A13345602")).bytes();
    let named =
        |sheet: Option<&str>| Profile { sheet: sheet.map(str::to_owned), ..Profile::standard(Kind::Card) };
    let ids = |profile: &Profile| read(&book, profile).rows[0].card.notice_id.norm().to_owned();
    assert_eq!(
        (ids(&named(None)), ids(&named(Some("四月")))),
        ("A13345601".to_owned(), "A13345602".to_owned())
    );
    let missing = Reader::open(&book, &named(Some("作業用"))).unwrap_err();
    assert_eq!(missing, ReadError::NoSheet { sheet: "作業用".to_owned() }, "a hidden sheet is not read");
    let peek = import::peek(&book, &named(None), 5).unwrap();
    assert_eq!((peek.sheets, peek.found.format), (vec!["一覧".to_owned(), "四月".to_owned()], Format::Xlsx));
}

#[test]
fn individual_numbers_are_found_in_a_workbook_that_made_numbers_of_them() {
    let mut head = HEAD.map(text).to_vec();
    head.push(text("番号"));
    let mut rows = vec![head];
    for number in ["012345678901", "123456789018"].iter().cycle().take(40) {
        let digits = (0..10).map(|check| format!("{}{check}", &number[..11]));
        let valid = digits.into_iter().find(|digits| madoguchi::base::text::is_my_number(digits)).unwrap();
        let mut row = ["A13345601", "山", "ヤ", "H2.4.13", "", "", ""].map(text).to_vec();
        row.push(Cell::Number(valid.parse().unwrap()));
        rows.push(row);
    }
    let book = Workbook::of(rows).bytes();
    let refused = Reader::open(&book, &Profile::standard(Kind::Card)).unwrap_err();
    assert_eq!(refused, ReadError::MyNumber { column: 8 });
    let dropping = Profile { drop: vec![Place::Index(8)], ..Profile::standard(Kind::Card) };
    assert_eq!(Reader::open(&book, &dropping).unwrap().found().rows, 40);
}

#[test]
fn what_is_no_workbook_is_refused_with_its_reason() {
    let standard = Profile::standard(Kind::Card);
    let refused = |bytes: &[u8]| Reader::open(bytes, &standard).unwrap_err();
    assert_eq!(refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest"), ReadError::OldWorkbook);
    assert_eq!(refused(b"PK\x03\x04broken"), ReadError::Workbook);
    let other = packed([("a.txt", &b"x"[..])].into_iter());
    assert_eq!(refused(&other), ReadError::Workbook, "a packed file of another kind");
    let named = Profile { format: Format::Xlsx, ..standard.clone() };
    assert_eq!(Reader::open(delimited(",").as_bytes(), &named).unwrap_err(), ReadError::Workbook);
    let whole = Workbook::of(vec![HEAD.map(text).to_vec()]).bytes();
    for cut in (4..whole.len()).step_by(97) {
        assert_eq!(refused(&whole[..cut]), ReadError::Workbook, "cut at {cut}");
    }
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused_before_it_is_read() {
    let zeros = vec![b' '; 300 << 20];
    let bomb = packed([("xl/worksheets/sheet1.xml", zeros.as_slice())].into_iter());
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let standard = Profile::standard(Kind::Card);
    let refused = Reader::open(&bomb, &standard).unwrap_err();
    assert_eq!(refused, ReadError::Unpacked { most: 256 << 20 });
    let texts = packed([("xl/sharedStrings.xml", &zeros[..(161 << 20)])].into_iter());
    assert_eq!(Reader::open(&texts, &standard).unwrap_err(), ReadError::Unpacked { most: 160 << 20 });

    let announced = br#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="99999999999999"><si><t>a</t></si></sst>"#;
    let greedy = packed([("xl/sharedStrings.xml", &announced[..])].into_iter());
    assert_eq!(Reader::open(&greedy, &standard).unwrap_err(), ReadError::Workbook);
}

#[test]
fn the_shape_of_ids_decides_which_zeros_are_missing() {
    let context = Context {
        pattern: NoticePattern::parse("^[0-9]{12}$").unwrap(),
        numbers: NoticePattern::parse("^[0-9]{12}$").unwrap(),
        ..Context::default()
    };
    let row = vec![Cell::Number(42.0), text("山田"), text("ヤ"), Cell::Day(45748.0)];
    let bytes = Workbook::of(vec![HEAD[..4].iter().map(|name| text(name)).collect(), row]).bytes();
    let file = import::read_with(&bytes, &Profile::standard(Kind::Card), &context).unwrap();
    assert_eq!(file.rows[0].card.notice_id.norm(), "000000000042");
}
