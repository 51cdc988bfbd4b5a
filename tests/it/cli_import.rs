//! `import` and `convert` as an operator calls them: the true binary, its exit codes and what it prints.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const CP932: &[u8] = include_bytes!("../fixtures/cards-cp932.csv");

const CONFIG: &str = r#"
data_dir = "data"
[citizen]
listen = "127.0.0.1:0"
[staff]
listen = "127.0.0.1:0"
[ops]
listen = "127.0.0.1:0"
[mail]
transport = "file"
dir = "outbox"
[[municipality]]
code = "999999"
slug = "mihon"
name = "見本市"
mail_from = "card@mihon.example"
"#;

fn madoguchi(dir: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_madoguchi")).args(words).current_dir(dir).output().unwrap()
}

fn city() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), CONFIG).unwrap();
    let made = madoguchi(dir.path(), &["municipality", "add", "--municipality", "mihon"]);
    assert!(made.status.success(), "{made:?}");
    dir
}

fn import(dir: &Path, words: &[&str]) -> (Option<i32>, Value) {
    let call = [&["import", "--json", "--municipality", "mihon"], words].concat();
    let done = madoguchi(dir, &call);
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap_or(Value::Null))
}

const GOOD: &str = "交付通知書ID,氏名,フリガナ,生年月日\nA13-345603,山田,ヤマダ,1990-04-13\n";

#[test]
fn a_file_comes_in_once_and_its_report_is_json() {
    let dir = city();
    std::fs::write(dir.path().join("good.csv"), GOOD).unwrap();
    let (code, report) = import(dir.path(), &["--dry-run", "good.csv"]);
    assert_eq!((code, &report["new"], &report["rows"]), (Some(0), &1.into(), &1.into()), "{report}");
    let (code, report) = import(dir.path(), &["good.csv"]);
    assert_eq!((code, &report["new"]), (Some(0), &1.into()), "a dry run wrote nothing");
    assert_eq!(report["errors"], Value::Array(vec![]));

    let again = madoguchi(dir.path(), &["import", "--municipality", "mihon", "good.csv"]);
    let why = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(why.contains("good.csv") && why.contains("run 1"), "{why}");

    std::fs::write(dir.path().join("more.csv"), format!("{GOOD}A13-345603,林,ハヤシ,1991-01-01\n")).unwrap();
    let (code, report) = import(dir.path(), &["more.csv"]);
    let counts =
        ["new", "changed", "unchanged", "duplicate", "error", "conflict"].map(|key| report[key].clone());
    assert_eq!((code, counts), (Some(0), [1, 0, 1, 0, 0, 1].map(Value::from)));
}

#[test]
fn a_file_with_bad_rows_changes_nothing_and_says_where_they_are() {
    let dir = city();
    let bad = format!("{GOOD}A1,林,ハヤシ,1991-13-01\nA13-345604,森,モリ,S63.13.2\n");
    std::fs::write(dir.path().join("bad.csv"), bad).unwrap();
    let (code, report) = import(dir.path(), &["bad.csv"]);
    assert_eq!((code, &report["error"], &report["rows"]), (Some(1), &2.into(), &3.into()), "{report}");
    assert_eq!(report["errors"][1]["line"], 4);
    assert_eq!(report["errors"][1]["column"], "生年月日");
    assert_eq!(report["errors"][1]["value"], "S63.13.2");
    assert_eq!(report["errors"][1]["why"], "月が1〜12ではありません");
    let (code, report) = import(dir.path(), &["--skip-errors", "bad.csv"]);
    assert_eq!((code, &report["new"]), (Some(0), &1.into()), "nothing was written before");
}

#[test]
fn a_wrong_call_is_told_apart_from_a_wrong_file() {
    let dir = city();
    std::fs::write(dir.path().join("odd.csv"), b"\x81\xAD\n").unwrap();
    std::fs::write(dir.path().join("good.csv"), GOOD).unwrap();
    let elsewhere = madoguchi(dir.path(), &["import", "--municipality", "nowhere", "good.csv"]);
    assert_eq!(elsewhere.status.code(), Some(2));
    let missing = madoguchi(dir.path(), &["import", "--municipality", "mihon", "none.csv"]);
    assert_eq!(missing.status.code(), Some(1));
    let odd = madoguchi(dir.path(), &["import", "--municipality", "mihon", "odd.csv"]);
    let why = String::from_utf8(odd.stderr).unwrap();
    assert_eq!(odd.status.code(), Some(1));
    assert!(why.contains("odd.csv") && why.contains("byte 0, line 1"), "{why}");
}

#[test]
fn a_vendors_file_becomes_the_standard_one_without_a_city() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.csv"), CP932).unwrap();
    let refused = madoguchi(dir.path(), &["convert", "in.csv", "out.csv"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!dir.path().join("out.csv").exists(), "a file with bad rows is not written");
    let done = madoguchi(dir.path(), &["convert", "--skip-errors", "--json", "in.csv", "out.csv"]);
    assert!(done.status.success(), "{done:?}");
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&report["encoding"], &report["rows"], &report["written"]),
        (&"cp932".into(), &7.into(), &4.into())
    );
    let text = std::fs::read_to_string(dir.path().join("out.csv")).unwrap();
    assert!(
        text.contains("A13-345601,髙橋　花子,ﾀｶﾊｼ ﾊﾅｺ,1990-04-13,本庁舎,金庫,B-4-101,2026-03-02,"),
        "{text}"
    );
    let piped = madoguchi(dir.path(), &["convert", "--skip-errors", "in.csv"]);
    assert_eq!(String::from_utf8(piped.stdout).unwrap(), text);
}

const FIXED: &str = r#"
name = "J社 固定長"
format = "fixed_bytes"
encoding = "cp932"
header = false

[[columns]]
target = "notice_id"
bytes = [1, 9]

[[columns]]
target = "name"
bytes = [10, 12]

[[columns]]
target = "birth"
bytes = [22, 8]

[[drop]]
bytes = [30, 12]
"#;

/// Two lines at fixed bytes, the last twelve of which must not come in.
fn fixed_lines(surname: &str) -> Vec<u8> {
    let line = |notice: &str| format!("{notice}{surname}　花    19900413123456789018\r\n");
    encoding_rs::SHIFT_JIS.encode(&(line("A13345601") + &line("A13345602"))).0.into_owned()
}

#[test]
fn a_profile_of_a_file_is_kept_with_the_run_and_known_by_its_name_from_then_on() {
    let dir = city();
    std::fs::write(dir.path().join("fixed.toml"), FIXED).unwrap();
    std::fs::write(dir.path().join("one.txt"), fixed_lines("髙橋")).unwrap();
    std::fs::write(dir.path().join("two.txt"), fixed_lines("山﨑")).unwrap();
    let (code, report) = import(dir.path(), &["--profile", "fixed.toml", "--dry-run", "one.txt"]);
    assert_eq!((code, &report["new"]), (Some(0), &2.into()), "{report}");
    let unknown =
        madoguchi(dir.path(), &["import", "--municipality", "mihon", "--profile", "J社 固定長", "two.txt"]);
    assert_eq!(unknown.status.code(), Some(2), "a dry run saved nothing");

    let (code, report) = import(dir.path(), &["--profile", "fixed.toml", "one.txt"]);
    assert_eq!((code, &report["new"]), (Some(0), &2.into()), "{report}");
    let (code, report) = import(dir.path(), &["--profile", "J社 固定長", "two.txt"]);
    assert_eq!((code, &report["new"], &report["conflict"]), (Some(0), &2.into(), &2.into()), "{report}");
    let nobody = madoguchi(dir.path(), &["import", "--municipality", "mihon", "--profile", "K社", "two.txt"]);
    let why = String::from_utf8(nobody.stderr).unwrap();
    assert_eq!(nobody.status.code(), Some(2));
    assert!(why.contains("K社") && why.contains("J社 固定長"), "{why}");
}

#[test]
fn a_wrong_profile_is_told_by_its_file_key_and_value() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.csv"), GOOD).unwrap();
    std::fs::write(dir.path().join("wrong.toml"), FIXED.replace("\"birth\"", "\"birthday\"")).unwrap();
    let refused = madoguchi(dir.path(), &["convert", "--profile", "wrong.toml", "in.csv", "out.csv"]);
    let why = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{why}");
    assert!(why.contains("wrong.toml: columns[3].target = birthday"), "{why}");
}

#[test]
fn fixed_lines_become_the_standard_file_in_either_encoding() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("fixed.toml"), FIXED).unwrap();
    std::fs::write(dir.path().join("in.txt"), fixed_lines("髙橋")).unwrap();
    let call = ["convert", "--profile", "fixed.toml", "in.txt", "out.csv"];
    assert!(madoguchi(dir.path(), &call).status.success());
    let text = std::fs::read_to_string(dir.path().join("out.csv")).unwrap();
    assert!(text.contains("A13-345601,髙橋　花,,1990-04-13,,,,,,,,\r\n"), "{text}");
    assert!(!text.contains("12345678"), "{text}");

    let done = madoguchi(dir.path(), &[&call[..], &["--encoding", "cp932"]].concat());
    assert!(done.status.success(), "{done:?}");
    let bytes = std::fs::read(dir.path().join("out.csv")).unwrap();
    assert_eq!(encoding_rs::SHIFT_JIS.decode(&bytes).0, text);
}

#[test]
fn a_character_that_the_encoding_lacks_is_told_and_written_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.csv"), GOOD.replace("山田", "𠮷田")).unwrap();
    let call = ["convert", "--json", "--encoding", "cp932", "in.csv", "out.csv"];
    let refused = madoguchi(dir.path(), &call);
    let report: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!((refused.status.code(), &report["written"]), (Some(1), &0.into()));
    assert_eq!(report["unmappable"][0]["character"], "U+20BB7");
    assert!(!dir.path().join("out.csv").exists());
    assert!(madoguchi(dir.path(), &[&call[..], &["--replace"]].concat()).status.success());
    let bytes = std::fs::read(dir.path().join("out.csv")).unwrap();
    assert!(encoding_rs::SHIFT_JIS.decode(&bytes).0.contains(",〓田,"));
}
