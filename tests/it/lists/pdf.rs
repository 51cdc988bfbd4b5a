//! Lists on paper, read back with the tools that others read documents with.

use std::collections::BTreeSet;

use madoguchi::base::code128;
use madoguchi::lists::{self, Column, Fonts, Format, Kind, Label, Section, Stamp, Table, Turn};

use super::{run, saved_as as saved, text_of};

pub(super) const MADE: &str = "D:20260401093000+09'00'";

/// Names as registers have them: kanji outside of the usual planes, variants of one kanji, IBM's extensions, half-width letters.
const NAMES: [&str; 12] = [
    "髙橋 一郎",
    "山﨑 花子",
    "𠮷田 太郎",
    "葛\u{E0100}城 美咲",
    "葛城 陽菜",
    "辻\u{E0100} 健太",
    "渡邉 さくら",
    "濵田 隆",
    "神\u{FA19}谷 礼子",
    "廣瀨 祐介",
    "﨑田 ①㈱",
    "ﾊﾝｶｸ NGUYEN VAN ANH",
];

pub(super) fn stamp() -> Stamp {
    Stamp {
        city: "見本市".to_owned(), at: "令和8年4月1日（水）9:30".to_owned(), by: "窓口 花子".to_owned()
    }
}

pub(super) fn table(rows: usize) -> Table {
    let row = |at: usize| {
        vec![
            String::new(),
            format!("A-{:03}", at % 400),
            NAMES[at % NAMES.len()].to_owned(),
            format!("A{:08}", 10_000_019 + at * 7919 % 80_000_000),
            format!("{}", 1 + at % 5),
            ["", "車いすでお越しです。窓口は２番を使い、介助の方の席を用意してください。"][at % 2].to_owned(),
        ]
    };
    let half = rows / 2;
    let section = |title: &str, from: usize, to: usize| Section {
        title: title.to_owned(),
        rows: (from..to).map(row).collect(),
    };
    Table {
        title: "引抜リスト".to_owned(),
        conditions: "令和8年4月1日（水）　市役所本庁".to_owned(),
        columns: vec![
            Column::new("済", 12, Kind::Tick),
            Column::new("棚番号", 26, Kind::Text),
            Column::new("氏名", 52, Kind::Text),
            Column::new("交付通知書ID", 55, Kind::Barcode),
            Column::new("人数", 14, Kind::Number),
            Column::new("備考", 70, Kind::Text),
        ],
        sections: vec![section("金庫A", 0, half), section("金庫B", half, rows)],
        turn: Turn::Landscape,
        apart: false,
        signatures: vec!["引抜者".to_owned(), "確認者".to_owned()],
        personal: true,
    }
}

#[test]
fn every_name_is_read_back_from_the_paper_letter_by_letter() {
    let folder = tempfile::tempdir().unwrap();
    let printed = lists::print(&Fonts::default(), &table(60), &stamp(), MADE).unwrap();
    let path = saved(folder.path(), &printed.bytes);
    run("qpdf", &["--check", &path]);
    let text = run("pdftotext", &["-layout", &path, "-"]);
    for name in NAMES {
        let parts: Vec<&str> = name.split(' ').collect();
        assert!(parts.iter().all(|part| text.contains(part)), "{name} is not in {text}");
    }
    assert!(printed.doubts.is_empty(), "{:?}", printed.doubts);
    let pages = run("pdfinfo", &[&path]);
    assert!(pages.contains(&format!("Pages:           {}", printed.pages)), "{pages}");
    assert!(pages.contains("A4") && pages.contains("引抜リスト"), "{pages}");
    assert!(printed.pages > 2);
    assert_eq!(text.matches("【個人情報・取扱注意】").count(), printed.pages);
    assert_eq!(text.matches("交付通知書ID").count(), printed.pages);
    for number in 1..=printed.pages {
        assert!(text.contains(&format!("{number} / {} ページ", printed.pages)), "sheet {number}");
    }
    assert_eq!(text.matches("受領者").count(), 0);
    assert_eq!(text.matches("確認者").count(), printed.pages);
    let fonts = run("pdffonts", &[&path]);
    let embedded = fonts.lines().skip(2).filter(|line| line.contains("yes yes yes")).count();
    assert_eq!(embedded, 2, "{fonts}");
    let language = String::from_utf8_lossy(&printed.bytes).contains("/Lang(ja-JP)");
    assert!(language && printed.bytes.starts_with(b"%PDF-1.7"));
}

#[test]
fn no_row_is_lost_and_nothing_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = table(300);
    table.sections[1].rows[7][5] = "とても長い備考です。".repeat(50);
    let printed = lists::print(&Fonts::default(), &table, &stamp(), MADE).unwrap();
    let text = run("pdftotext", &["-raw", &saved(folder.path(), &printed.bytes), "-"]);
    let flat: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    for row in table.sections.iter().flat_map(|section| &section.rows) {
        assert!(flat.contains(&row[3]), "{} is missing", row[3]);
    }
    assert_eq!(flat.matches("とても長い備考です。").count(), 50);
    assert!(flat.contains("金庫A（続き）"));
}

#[test]
fn what_no_font_has_is_drawn_as_a_sign_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = table(2);
    table.sections[0].rows[0][2] = "\u{2EBF0}原 \u{5409}\u{E0105}".to_owned();
    let printed = lists::print(&Fonts::default(), &table, &stamp(), MADE).unwrap();
    assert_eq!(printed.doubts.unknown.get("\u{2EBF0}"), Some(&1));
    assert_eq!(printed.doubts.plainer.get("\u{5409}\u{E0105}"), Some(&1));
    let text = run("pdftotext", &["-layout", &saved(folder.path(), &printed.bytes), "-"]);
    assert!(text.contains('原') && text.contains('吉'), "{text}");
}

#[test]
fn a_list_in_which_each_courier_has_a_sheet_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let table = Table { apart: true, turn: Turn::Portrait, ..table(10) };
    let printed = lists::print(&Fonts::default(), &table, &stamp(), MADE).unwrap();
    assert_eq!(printed.pages, 2);
    let path = saved(folder.path(), &printed.bytes);
    let first = run("pdftotext", &["-l", "1", &path, "-"]);
    assert!(first.contains("金庫A") && !first.contains("金庫B"), "{first}");
}

#[test]
fn labels_begin_where_the_sheet_was_used_up_to() {
    let folder = tempfile::tempdir().unwrap();
    let labels: Vec<Label> = NAMES
        .iter()
        .map(|name| Label {
            above: vec![
                "〒830-8520".to_owned(),
                "久留米市城南町15番地3　とても長い名前の集合住宅 1203号室".to_owned(),
            ],
            name: format!("{name} 様"),
            below: "A19345609".to_owned(),
        })
        .collect();
    for (format, pages) in Format::ALL.into_iter().zip([2, 1, 1, 1]) {
        let printed = lists::print_labels(&Fonts::default(), format, 5, &labels, MADE).unwrap();
        assert_eq!(printed.pages, pages, "{format:?}");
        let path = saved(folder.path(), &printed.bytes);
        run("qpdf", &["--check", &path]);
        let text = run("pdftotext", &[&path, "-"]);
        assert_eq!(text.matches('様').count(), labels.len());
    }
}

#[test]
fn barcodes_are_read_from_the_picture_of_a_sheet_as_a_scanner_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(8);
    let printed = lists::print(&Fonts::default(), &table, &stamp(), MADE).unwrap();
    let path = saved(folder.path(), &printed.bytes);
    let picture = folder.path().join("sheet");
    // What an office printer puts on paper has three times as many dots.
    run("pdftoppm", &["-gray", "-r", "200", "-singlefile", &path, picture.to_str().unwrap()]);
    let (width, dots) = grey(&std::fs::read(picture.with_extension("pgm")).unwrap());
    let read: BTreeSet<String> = dots.chunks(width).flat_map(scanned).collect();
    let printed: BTreeSet<String> =
        table.sections.iter().flat_map(|section| &section.rows).map(|row| row[3].clone()).collect();
    assert_eq!(read, printed);
}

/// Width and dots of a picture in the simplest form that there is.
fn grey(file: &[u8]) -> (usize, Vec<u8>) {
    let mut head = file.splitn(4, u8::is_ascii_whitespace);
    let mut next = || std::str::from_utf8(head.next().unwrap()).unwrap().to_owned();
    assert_eq!(next(), "P5");
    let width = next().parse().unwrap();
    let height: usize = next().parse().unwrap();
    (width, file[file.len() - width * height..].to_vec())
}

/// The codes that one line of dots crosses.
fn scanned(dots: &[u8]) -> Vec<String> {
    let runs: Vec<(bool, usize)> = dots
        .chunk_by(|one, next| (*one < 128) == (*next < 128))
        .map(|run| (run[0] < 128, run.len()))
        .collect();
    (0..runs.len()).filter(|at| runs[*at].0).filter_map(|at| decoded(&runs[at..])).collect()
}

/// A code that begins with these bars and spaces: six for a sign of eleven modules, until the stop.
fn decoded(runs: &[(bool, usize)]) -> Option<String> {
    let widths = |at: usize| {
        let six = runs.get(at * 6..at * 6 + 6)?;
        let whole: usize = six.iter().map(|run| run.1).sum();
        Some(six.iter().map(|run| (run.1 * 22 / whole).div_ceil(2).to_string()).collect::<String>())
    };
    if widths(0)? != "211214" {
        return None;
    }
    let mut said = String::new();
    for at in 1.. {
        let sign = widths(at)?;
        if sign == "233111" {
            // The last sign but one is the check sign, which the printer counted.
            let code = said.char_indices().next_back().map(|(at, _)| said[..at].to_owned())?;
            return Some(code);
        }
        said.push(letter(&sign)?);
    }
    None
}

/// Which letter has these widths; `?` for a check sign that is none.
fn letter(widths: &str) -> Option<char> {
    let of = |letter: &char| {
        let (bars, _) = code128::bars(&letter.to_string()).unwrap();
        // Start, the letter, the check sign, the stop: three bars each, and the ends of the spaces between them.
        let edges: Vec<u16> = bars[3..7].iter().flat_map(|(at, width)| [*at, at + width]).take(7).collect();
        edges.windows(2).map(|pair| (pair[1] - pair[0]).to_string()).collect::<String>()
    };
    let known = (' '..='~').find(|letter| of(letter) == widths);
    known.or_else(|| (widths.bytes().map(|digit| digit - b'0').sum::<u8>() == 11).then_some('?'))
}

#[test]
fn the_same_list_as_files_for_spreadsheets() {
    use madoguchi::lists::{FileKind, file};
    let table = table(4);
    let utf8 = file(&table, FileKind::Utf8).unwrap();
    let text = String::from_utf8(utf8.bytes).unwrap();
    assert!(text.starts_with("\u{FEFF}区分,済,棚番号,氏名,"), "{text}");
    assert!(text.contains("金庫B,,A-002,𠮷田 太郎,"), "{text}");
    let windows = file(&table, FileKind::Cp932).unwrap();
    assert_eq!(windows.lost.get("𠮷"), Some(&1));
    assert!(!windows.bytes.starts_with(&[0xEF]));
    assert_eq!(windows.plainer.get("葛\u{E0100}"), Some(&1), "the usual drawing stands for a variant");
    let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(&windows.bytes);
    assert!(!broken && text.contains("〓田 太郎") && text.contains("葛城 美咲"), "{text}");
    let book = file(&table, FileKind::Workbook).unwrap();
    assert!(book.bytes.starts_with(b"PK"));
    assert!(book.lost.is_empty());
}

#[test]
fn a_long_address_is_broken_into_lines_and_not_cut() {
    let address =
        "見本県見本市見本町字大字小字見本１２３４番地５６７　グランドハイツ見本ヒルズ弐番館　１２０３号室";
    let label = Label {
        above: vec!["〒830-8520".to_owned(), address.to_owned(), "見本様方".to_owned()],
        name: "𠮷田 太郎　様".to_owned(),
        below: "A13-000001".to_owned(),
    };
    for format in Format::ALL {
        let printed =
            lists::print_labels(&Fonts::default(), format, 0, std::slice::from_ref(&label), MADE).unwrap();
        assert!(printed.doubts.is_empty() && printed.pages == 1);
        let text: String = text_of(&printed.bytes, "-raw").chars().filter(|c| !c.is_whitespace()).collect();
        let whole: String = address.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(text.contains(&whole), "{format:?}: {text}");
        assert!(text.contains("𠮷田太郎様") && text.contains("A13-000001"), "{format:?}: {text}");
    }
    assert_eq!((Format::TwentyOne.sheets(21, 0), Format::TwentyOne.sheets(21, 1)), (1, 2));
}

#[test]
fn the_font_of_a_city_draws_what_the_programs_own_do_not_have() {
    // The city's font comes last: it is asked only for what is missing. Hangul stands for any letter of that kind.
    let noto = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
    let font = std::fs::read(noto).expect("the Debian package fonts-noto-cjk, which tests/run installs");
    let mut table = table(2);
    table.sections[0].rows[0][2] = "𠮷田 김".to_owned();
    let own = lists::print(&Fonts::default(), &table, &stamp(), MADE).unwrap();
    assert_eq!(own.doubts.unknown.get("김"), Some(&1));
    let fonts = Fonts::with_extra(font).unwrap();
    let with = lists::print(&fonts, &table, &stamp(), MADE).unwrap();
    assert!(with.doubts.is_empty(), "{:?}", with.doubts);
    let text = text_of(&with.bytes, "-layout");
    assert!(text.contains('김') && text.contains('𠮷'), "{text}");
    assert!(Fonts::with_extra(b"no font".to_vec()).is_err());
}

#[test]
fn five_thousand_rows_become_one_document_of_all_of_them() {
    let mut table = table(5000);
    // Bars take a sheet for ten rows; how long it takes is measured by `cargo bench --bench lists`.
    table.columns[3].kind = Kind::Code;
    let printed = lists::print(&Fonts::default(), &table, &stamp(), MADE).unwrap();
    let text = text_of(&printed.bytes, "-raw");
    for row in table.sections.iter().flat_map(|section| &section.rows) {
        assert!(text.contains(&row[3]), "{} is missing", row[3]);
    }
    assert!(printed.bytes.len() < 4 << 20, "{} bytes on {} sheets", printed.bytes.len(), printed.pages);
}
