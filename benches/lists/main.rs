//! How long a list of 5,000 rows takes on paper and as files, and how much memory: `cargo bench --bench lists`.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::Instant;

use madoguchi::lists::{self, Column, FileKind, Fonts, Kind, Section, Stamp, Table, Turn};

const ROWS: usize = 5_000;

fn table(code: Kind) -> Table {
    let names = ["髙橋 一郎", "𠮷田 太郎", "葛\u{E0100}城 美咲", "渡邉 さくら", "NGUYEN VAN ANH"];
    let row = |at: usize| {
        let name = names.get(at % names.len()).copied().unwrap_or_default();
        let text = |words: &str| words.to_owned();
        vec![
            format!("A{:08}", 10_000_019 + at * 7919 % 80_000_000),
            text(name),
            text("ミホン　ジロウ"),
            text("1990-04-13"),
            text("通知書発送済"),
            text("本庁舎 市民課 保管庫"),
            format!("B-{:02}-{:03}", at / 100, at % 100),
            text("2026-11-06"),
        ]
    };
    let columns = [
        ("交付通知書ID", 40, code),
        ("氏名", 40, Kind::Text),
        ("カナ", 40, Kind::Text),
        ("生年月日", 24, Kind::Text),
        ("状態", 28, Kind::Text),
        ("保管場所", 42, Kind::Text),
        ("棚番号", 24, Kind::Text),
        ("発送日", 24, Kind::Text),
    ];
    Table {
        title: "状態別一覧".to_owned(),
        conditions: "状態：通知書発送済".to_owned(),
        columns: columns.into_iter().map(|(title, width, kind)| Column::new(title, width, kind)).collect(),
        sections: vec![Section { title: String::new(), rows: (0..ROWS).map(row).collect() }],
        turn: Turn::Landscape,
        apart: false,
        signatures: Vec::new(),
        personal: true,
    }
}

/// The most memory that the process ever held.
fn most() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map(|words| words.trim().to_owned()).unwrap_or_default()
}

fn main() {
    let (fonts, stamp) = (Fonts::default(), Stamp::default());
    println!("before: {}", most());
    for (what, kind) in [("a list", Kind::Code), ("a list with barcodes", Kind::Barcode)] {
        let table = table(kind);
        let began = Instant::now();
        match lists::print(&fonts, &table, &stamp, "D:20260401093000+09'00'") {
            Ok(made) => println!(
                "{what} of {ROWS} rows on paper: {:?}, {} sheets, {} bytes, memory {}",
                began.elapsed(),
                made.pages,
                made.bytes.len(),
                most()
            ),
            Err(error) => println!("{what}: {error}"),
        }
    }
    let table = table(Kind::Code);
    for kind in FileKind::ALL {
        let began = Instant::now();
        let bytes = lists::file(&table, kind).map(|file| file.bytes.len()).unwrap_or_default();
        println!("as {}: {:?}, {bytes} bytes, memory {}", kind.code(), began.elapsed(), most());
    }
}
