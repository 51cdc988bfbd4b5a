use super::*;
use crate::cards::import::profile::{Column, DateFormat, Kind, Target, Transform};
use crate::cards::import::why::Why;

const HEAD: &str = "交付通知書ID,氏名,フリガナ,生年月日";

fn standard(text: &str) -> Result<Vec<Result<Record, RowError>>, ReadError> {
    read(text.as_bytes(), &Profile::standard(Kind::Card))
}

fn read(bytes: &[u8], profile: &Profile) -> Result<Vec<Result<Record, RowError>>, ReadError> {
    Reader::open(bytes, profile).map(|reader| reader.rows().collect())
}

fn good(text: &str) -> Vec<Record> {
    standard(text).unwrap().into_iter().map(Result::unwrap).collect()
}

fn headed(columns: &[(Target, &str)]) -> Profile {
    let columns = columns.iter().map(|(target, header)| Column::headed(*target, header)).collect();
    Profile { columns, ..Profile::empty(Kind::Card) }
}

#[test]
fn columns_are_found_by_name_in_any_order_and_width() {
    let rows = good("生年月日, 氏 名 ,ﾌﾘｶﾞﾅ,交付通知書ＩＤ,謎\n1990-04-13,山田,ヤマダ,A13,x\n");
    let row = &rows[0];
    let values = [Target::NoticeId, Target::Name, Target::Kana, Target::Birth].map(|target| row.get(target));
    assert_eq!(values, ["A13", "山田", "ヤマダ", "1990-04-13"]);
    assert_eq!(row.get(Target::InquiryNo), "", "a column that the file does not have is empty");
}

#[test]
fn line_ends_inside_quotes_belong_to_the_value_and_count_as_lines() {
    let text = format!("{HEAD}\r\nA,\"山田\r\n太郎\",ヤ,19900413\r\n\r\nB,田中,タ,H3.4.13\r\n,,,\r\n");
    let rows = good(&text);
    let seen: Vec<_> =
        rows.iter().map(|row| (row.line(), row.get(Target::Name), row.get(Target::Birth))).collect();
    assert_eq!(seen, [(2, "山田\r\n太郎", "1990-04-13"), (5, "田中", "1991-04-13")]);
}

#[test]
fn a_row_with_too_few_or_too_many_cells_is_an_error_of_its_own() {
    let text = format!("{HEAD}\nA,山,ヤ\nB,山,ヤ,1990-04-13,x\nC,山,ヤ,1990-04-13,,\nD,山,ヤ,1990-04-13\n");
    let rows = standard(&text).unwrap();
    let seen: Vec<_> =
        rows.into_iter().map(|row| row.map(|row| row.line()).map_err(|error| error.why)).collect();
    assert_eq!(seen, [Err(Why::TooFewFields), Err(Why::TooManyFields), Ok(4), Ok(5)]);
}

#[test]
fn a_header_that_lacks_something_is_refused() {
    assert!(matches!(standard(" \n\n"), Err(ReadError::NoHeader)));
    let Err(ReadError::MissingColumns { missing }) = standard("交付通知書ID,氏名\nA,B\n") else {
        panic!("the columns are missing")
    };
    assert_eq!(missing, ["フリガナ", "生年月日"]);
    let twice = standard(&format!("{HEAD},氏名\n"));
    assert!(matches!(twice, Err(ReadError::TwiceInHeader { column }) if column == "氏名"));
}

#[test]
fn a_column_of_individual_numbers_refuses_the_file_by_its_name_or_by_its_values() {
    for name in ["個人番号", "マイナンバー", "ﾏｲﾅﾝﾊﾞｰ(12桁)", "個 人 番 号"] {
        let named = standard(&format!("{HEAD},{name}\n"));
        assert!(matches!(named, Err(ReadError::MyNumber { column: 5 })), "{name}");
    }
    let rows = |good: usize, other: usize| {
        let numbers = "A,山,田,19900413,1234-5678-9018\n".repeat(good);
        format!("{HEAD},番号\n{numbers}{}", "A,山,田,19900413,123456789012\n".repeat(other))
    };
    assert!(matches!(standard(&rows(20, 0)), Err(ReadError::MyNumber { column: 5 })));
    assert!(matches!(standard(&rows(95, 5)), Err(ReadError::MyNumber { column: 5 })));
    assert!(standard(&rows(94, 6)).is_ok() && standard(&rows(19, 0)).is_ok());
}

#[test]
fn a_dropped_column_of_individual_numbers_leaves_nothing_behind() {
    let text = format!("{HEAD},個人番号\n{}", "A,山,ヤ,1990-04-13,123456789018\n".repeat(30));
    let mut profile = Profile::standard(Kind::Card);
    profile.drop.push(Place::Header("個人番号".to_owned()));
    let rows = read(text.as_bytes(), &profile).unwrap();
    assert_eq!(rows.len(), 30);
    assert!(!format!("{rows:?}").contains("1234567"));

    let bare = text.lines().skip(1).collect::<Vec<_>>().join("\n");
    let index = |target, at| Column::new(target, Place::Index(at));
    let columns = vec![index(Target::NoticeId, 1), index(Target::Name, 2), index(Target::Birth, 4)];
    let numbered = Profile { header: false, columns, ..Profile::empty(Kind::Card) };
    assert_eq!(read(bare.as_bytes(), &numbered).unwrap_err(), ReadError::MyNumber { column: 5 });
    let dropping = Profile { drop: vec![Place::Index(5)], ..numbered };
    assert_eq!(read(bare.as_bytes(), &dropping).unwrap().len(), 30);
}

#[test]
fn fixed_columns_hold_no_individual_numbers_either() {
    let line = "A13345601YAMADA    19900413123456789018 \n";
    let bytes = |target, from, length| Column::new(target, Place::Bytes { from, length });
    let columns =
        vec![bytes(Target::NoticeId, 1, 9), bytes(Target::Name, 10, 10), bytes(Target::Birth, 20, 8)];
    let fixed = Profile { format: Format::FixedBytes, header: false, columns, ..Profile::empty(Kind::Card) };
    assert_eq!(read(line.repeat(30).as_bytes(), &fixed).unwrap_err(), ReadError::MyNumberAt { byte: 28 });
    assert_eq!(read(line.repeat(19).as_bytes(), &fixed).unwrap().len(), 19);
    let dropping = Profile { drop: vec![Place::Bytes { from: 28, length: 12 }], ..fixed };
    let rows = read(line.repeat(30).as_bytes(), &dropping).unwrap();
    assert_eq!(rows[29].as_ref().unwrap().get(Target::Birth), "1990-04-13");
}

#[test]
fn transforms_words_and_joints_make_the_value() {
    let mut profile = headed(&[
        (Target::NoticeId, "番号"),
        (Target::Name, "姓"),
        (Target::Name, "名"),
        (Target::Birth, "元号"),
        (Target::Birth, "年月日"),
        (Target::Location, "窓口"),
    ]);
    profile.columns[0].transforms = vec![Transform::Width, Transform::Zeros(9)];
    profile.columns[4].joint = Some(String::new());
    profile.columns[5].values = [("01".to_owned(), "本庁舎".to_owned())].into();
    profile.date_formats = vec![DateFormat::EraDigit];
    let text = "番号;姓;名;元号;年月日;窓口\n１２;山田;太郎;4;020413;01\n12;林;;4;021301;02\n";
    let rows = read(text.as_bytes(), &profile).unwrap();
    let first = rows[0].as_ref().unwrap();
    let values =
        [Target::NoticeId, Target::Name, Target::Birth, Target::Location].map(|target| first.get(target));
    assert_eq!(values, ["000000012", "山田　太郎", "1990-04-13", "本庁舎"]);
    let second = rows[1].as_ref().unwrap_err();
    assert_eq!((second.line, second.column, second.why), (3, "生年月日", Why::DateForm));
}

#[test]
fn what_the_profile_requires_must_be_filled() {
    let mut profile = Profile::standard(Kind::Card);
    profile.required = vec![Target::Kana];
    let rows = read(format!("{HEAD}\nA,山,,1990-04-13\n").as_bytes(), &profile).unwrap();
    let error = rows[0].as_ref().unwrap_err();
    assert_eq!((error.column, error.why), ("フリガナ", Why::Empty));
}

#[test]
fn titles_above_the_header_are_skipped_and_lines_still_counted() {
    let mut profile = Profile::standard(Kind::Card);
    profile.skip_rows = 2;
    let text = format!("カード一覧 \"令和8年\n\n{HEAD}\nA,山,ヤ,1990-04-13\n");
    let rows = read(text.as_bytes(), &profile).unwrap();
    assert_eq!(rows[0].as_ref().unwrap().line(), 4);
}

#[test]
fn a_first_look_shows_the_beginning_and_hides_individual_numbers() {
    let text = format!("{HEAD},番号\n{}", "A,山,ヤ,1990-04-13,123456789018\n".repeat(30));
    let seen = peek(text.as_bytes(), &Profile::empty(Kind::Card), 2).unwrap();
    assert_eq!((seen.found.rows, seen.first.len(), seen.width), (30, 2, 5));
    assert_eq!(seen.forbidden, [4]);
    assert!(!format!("{seen:?}").contains("1234567"));
    assert_eq!(
        seen.first[0],
        (2, ["A", "山", "ヤ", "1990-04-13", "（表示しません）"].map(str::to_owned).to_vec())
    );

    let mut fixed = Profile::empty(Kind::Card);
    (fixed.format, fixed.header) = (Format::FixedBytes, false);
    let lines = "A13345601髙橋123456789018 \n".repeat(30);
    let seen = peek(lines.as_bytes(), &fixed, 1).unwrap();
    assert_eq!(seen.first, [(1, vec!["A13345601髙橋************ ".to_owned()])]);
}
