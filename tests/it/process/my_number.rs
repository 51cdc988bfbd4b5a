//! Individual numbers (個人番号) that came to the door: not one is left behind, in the file, its log, the program's log or anywhere else.

use std::path::Path;

use rustix::process::Signal;

use crate::kit::program::{Desk, said};
use crate::kit::workbook::{Workbook, text};

/// A number with a right check digit that stands nowhere else.
const NUMBER: &str = "823456789010";

/// Every way in which it could have been written down.
fn forms() -> Vec<Vec<u8>> {
    let wide: String =
        NUMBER.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xFF10).unwrap()).collect();
    let dashed = format!("{}-{}-{}", &NUMBER[..4], &NUMBER[4..8], &NUMBER[8..]);
    let mut forms = Vec::new();
    for written in [NUMBER.to_owned(), NUMBER[1..].to_owned(), wide, dashed] {
        forms.push(encoding_rs::SHIFT_JIS.encode(&written).0.into_owned());
        forms.push(written.encode_utf16().flat_map(u16::to_le_bytes).collect());
        forms.push(written.encode_utf16().flat_map(u16::to_be_bytes).collect());
        forms.push(written.into_bytes());
    }
    forms.push(NUMBER.parse::<u64>().unwrap().to_be_bytes()[3..].to_vec());
    forms
}

/// The files under this folder that hold one of these.
fn holding(folder: &Path, wanted: &[Vec<u8>]) -> Vec<String> {
    let mut hits = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            hits.extend(holding(&path, wanted));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let holds = |form: &Vec<u8>| bytes.windows(form.len()).any(|window| window == form.as_slice());
            if wanted.iter().any(holds) {
                hits.push(path.display().to_string());
            }
        }
    }
    hits
}

const HEAD: &str = "交付通知書ID,氏名,フリガナ,生年月日,棚番号,照会番号";

/// Thirty rows with what stands behind them.
fn rows(from: usize, last: &str) -> String {
    let row = |at: usize| format!("A13-{at:06},鰐淵 花,ワニ,1990-04-13,,{at}{last}");
    (from..from + 30).map(row).collect::<Vec<_>>().join("\n") + "\n"
}

/// The files that are brought, each with its profile and the exit code that answers it.
fn brought(dir: &Path) -> Vec<(&'static str, Option<&'static str>, i32)> {
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.join(name), bytes).unwrap();
    let column = format!("{HEAD},個人番号\n{}", rows(100, &format!(",{NUMBER}")));
    write("by_name.csv", column.as_bytes());
    write("by_value.csv", column.replace("個人番号", "番号").as_bytes());
    write("cp932.csv", &encoding_rs::SHIFT_JIS.encode(&column).0);
    let wide: Vec<u8> = column.encode_utf16().flat_map(u16::to_le_bytes).collect();
    write("utf16.csv", &[b"\xFF\xFE", wide.as_slice()].concat());
    let line = |at: usize| format!("A13{at:06}WANIBUCHI 19900413{NUMBER}");
    write("fixed.txt", (100..130).map(line).collect::<Vec<_>>().join("\n").as_bytes());
    let cells = column.lines().map(|line| line.split(',').map(text).collect()).collect();
    write("book.xlsx", &Workbook::of(cells).bytes());
    let hidden = format!("{HEAD}\n{}A13-999999,鰐淵 {NUMBER},ワニ,1990-04-13,{NUMBER},1\n", rows(500, ""));
    write("in_a_name.csv", hidden.as_bytes());
    write("dropped.csv", format!("{HEAD},個人番号\n{}", rows(700, &format!(",{NUMBER}"))).as_bytes());
    let standard = madoguchi::cards::import::Profile::standard(madoguchi::cards::import::Kind::Card);
    write("drop.toml", format!("{}\n[[drop]]\nheader = \"個人番号\"\n", standard.to_toml()).as_bytes());
    let fixed = "format = \"fixed_bytes\"\nheader = false\n\
        [[columns]]\ntarget = \"notice_id\"\nbytes = [1, 9]\n\
        [[columns]]\ntarget = \"name\"\nbytes = [10, 10]\n\
        [[columns]]\ntarget = \"birth\"\nbytes = [20, 8]\n";
    write("fixed.toml", fixed.as_bytes());
    write("fixed_drop.toml", format!("{fixed}[[drop]]\nbytes = [28, 12]\n").as_bytes());
    vec![
        ("by_name.csv", None, 1),
        ("by_value.csv", None, 1),
        ("cp932.csv", None, 1),
        ("utf16.csv", None, 1),
        ("fixed.txt", Some("fixed.toml"), 1),
        ("book.xlsx", None, 1),
        ("in_a_name.csv", None, 1),
        ("dropped.csv", Some("drop.toml"), 0),
        ("book.xlsx", Some("drop.toml"), 0),
        ("fixed.txt", Some("fixed_drop.toml"), 0),
    ]
}

#[test]
fn no_individual_number_is_left_behind_by_a_refused_or_a_dropped_import() {
    let desk = Desk::new();
    desk.configure("[log]\nlevel = \"debug\"\ndir = \"logs\"\n");
    desk.add_city();
    let (files, temp) = (tempfile::tempdir().unwrap(), desk.path("tmp"));
    std::fs::create_dir(&temp).unwrap();
    let server = desk.serve_with(&[("TMPDIR", temp.clone())]);
    for (name, profile, code) in brought(files.path()) {
        for extra in [&["--dry-run"][..], &[]] {
            let path = files.path().join(name).display().to_string();
            let profile = profile.map(|name| files.path().join(name).display().to_string());
            let mut words = vec!["import", "--municipality", "mihon", &path];
            words.extend(profile.iter().flat_map(|path| ["--profile", path]));
            words.extend(extra);
            let done = desk.call(&words).env("TMPDIR", &temp).output().unwrap();
            assert_eq!(done.status.code(), Some(code), "{name}: {}", said(&done));
            std::fs::write(desk.path(&format!("said_{name}.txt")), [done.stdout, done.stderr].concat())
                .unwrap();
        }
    }
    let path = files.path().join("in_a_name.csv").display().to_string();
    let skipped = desk.run(&["import", "--municipality", "mihon", "--skip-errors", "--json", &path]);
    assert!(skipped.status.success(), "{}", said(&skipped));
    std::fs::write(desk.path("said_skipped.txt"), skipped.stdout).unwrap();
    // A program that is cut off leaves its log of changes beside the file.
    server.signal(Signal::KILL);
    server.ended();
    assert!(desk.path("data/999999/app.db-wal").metadata().unwrap().len() > 0);

    assert_eq!(holding(desk.path("").as_path(), &forms()), [""; 0]);
    let name = vec!["鰐淵".as_bytes().to_vec()];
    assert!(!holding(&desk.path("data"), &name).is_empty(), "the same search finds what was taken in");
    assert!(!holding(files.path(), &forms()).is_empty(), "and the numbers where they were brought");
}
