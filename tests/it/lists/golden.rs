//! Documents as they were when somebody looked at them: the same words, and the same picture within a tolerance.
//!
//! `GOLDEN=1 cargo test --test it lists::golden` writes them anew; look at the pictures before they are kept.

use std::path::PathBuf;

use madoguchi::lists::{self, Column, Fonts, Format, Kind, Label, Section, Table, Turn};

use super::pdf::{MADE, stamp, table};
use super::{run, saved_as, text_of};

/// Dots in an inch: enough to see a rule or a name move.
const DOTS: &str = "36";

/// How far a dot may be off before it counts, of 255, and how many in a thousand may.
const OFF: u8 = 64;
const THOUSANDTHS: usize = 8;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lists").join(name)
}

/// Compares a document with the one that is kept under this name.
fn compare(name: &str, bytes: &[u8]) {
    let text = text_of(bytes, "-layout");
    let (words, picture) = (fixture(&format!("{name}.txt")), fixture(&format!("{name}.png")));
    let now = dots(&draw(bytes));
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::create_dir_all(words.parent().unwrap()).unwrap();
        std::fs::write(&words, &text).unwrap();
        std::fs::write(&picture, packed(&now)).unwrap();
    }
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(flat(&text), flat(&std::fs::read_to_string(&words).unwrap()), "{name}");
    let kept = dots(&std::fs::read(&picture).unwrap());
    assert_eq!((kept.0, kept.1.len()), (now.0, now.1.len()), "{name} has another size");
    let off = kept.1.iter().zip(&now.1).filter(|(one, other)| one.abs_diff(**other) > OFF).count();
    assert!(off * 1000 <= kept.1.len() * THOUSANDTHS, "{name}: {off} of {} dots are off", kept.1.len());
}

/// The first sheet as a picture.
fn draw(bytes: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = saved_as(folder.path(), bytes);
    let picture = folder.path().join("sheet");
    let to = picture.to_str().unwrap();
    run("pdftoppm", &["-png", "-gray", "-singlefile", "-r", DOTS, &path, to]);
    std::fs::read(picture.with_extension("png")).unwrap()
}

/// Width, and the grey of every dot. A picture in colours that is grey has the same value in each of them.
fn dots(png: &[u8]) -> (u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let each = reader.info().color_type.samples();
    let mut dots = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut dots).unwrap();
    dots.truncate(frame.buffer_size());
    (frame.width, dots.into_iter().step_by(each).collect())
}

/// A picture of one grey a dot.
fn packed((width, dots): &(u32, Vec<u8>)) -> Vec<u8> {
    let mut file = Vec::new();
    let height = u32::try_from(dots.len()).unwrap() / width;
    let mut encoder = png::Encoder::new(&mut file, *width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(dots).unwrap();
    file
}

fn printed(table: &Table) -> Vec<u8> {
    lists::print(&Fonts::default(), table, &stamp(), MADE).unwrap().bytes
}

#[test]
fn a_list_with_barcodes_and_boxes_looks_as_it_did() {
    compare("pull", &printed(&table(30)));
}

#[test]
fn a_list_for_couriers_looks_as_it_did() {
    let turned = Table {
        title: "回送リスト".to_owned(),
        apart: true,
        signatures: ["引渡者", "運搬者", "受領者"].map(str::to_owned).into(),
        ..table(12)
    };
    compare("transfers", &printed(&turned));
}

#[test]
fn a_report_of_numbers_looks_as_it_did() {
    let row = |month: u32| {
        let numbers = [412, 398, 401, 377, 3].map(|number: u32| (number + month * 7).to_string());
        [format!("2026年{month}月（1日から30日）")].into_iter().chain(numbers).collect()
    };
    let names =
        ["発送枚数（登録）", "交付前設定実施済み数", "通知書発送数", "交付実施済み数", "廃棄・返却数"];
    let first = Column::new("月", 52, Kind::Text);
    let report = Table {
        title: "月報".to_owned(),
        conditions: "2026年4月1日（水） から 2026年9月30日（水） まで　すべての場所".to_owned(),
        columns: [first].into_iter().chain(names.map(|name| Column::new(name, 22, Kind::Number))).collect(),
        sections: vec![Section { title: String::new(), rows: (4..10).map(row).collect() }],
        turn: Turn::Landscape,
        apart: false,
        signatures: Vec::new(),
        personal: false,
    };
    compare("monthly", &printed(&report));
}

#[test]
fn labels_look_as_they_did() {
    let label = |name: &str, address: &str| Label {
        above: vec!["〒830-8520".to_owned(), address.to_owned()],
        name: format!("{name}　様"),
        below: "A13-000001".to_owned(),
    };
    let long = "見本市見本町大字見本１２３４番地５　グランドハイツ見本弐番館　１２０３号室";
    let labels =
        [label("𠮷田 太郎", "見本市城南町15-3"), label("葛\u{E0100}城 美咲", long), label("髙橋 一郎", long)];
    let sheet = lists::print_labels(&Fonts::default(), Format::TwentyFour, 4, &labels, MADE).unwrap();
    compare("labels", &sheet.bytes);
}
