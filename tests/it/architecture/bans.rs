//! What is never written, wherever it would stand.

use super::Rule;
use super::source::{Source, root};

/// Pieces of SQL that end more than a statement, scan, or read what is not there.
const SQL: &[&str] = &[
    "OR ROLLBACK",
    "RAISE(ROLLBACK",
    "RAISE (ROLLBACK",
    "DEFERRABLE",
    "DEFER_FOREIGN_KEYS",
    "USING FTS",
    " MATCH ",
    "ATTACH DATABASE",
    "ATTACH '",
    "SYNCHRONOUS = OFF",
    "SYNCHRONOUS = NORMAL",
    "IGNORE_CHECK_CONSTRAINTS",
    "WRITABLE_SCHEMA",
];

/// Fields that say who somebody is, or open a door.
const PERSONAL: &[&str] = &[
    "email",
    "to_email",
    "notice_id",
    "kana",
    "birth_date",
    "birth",
    "password",
    "token",
    "secret",
    "cookie",
];

pub fn rules() -> Vec<Rule> {
    [sql(), code(), vec![closed()], shape()].into_iter().flatten().collect()
}

fn sql() -> Vec<Rule> {
    vec![
        Rule {
            name: "banned in SQL",
            finds: |file| file.strings.iter().flat_map(|text| banned(text)).collect(),
            offence: ("booking/store.rs", "fn f(tx: &Tx) { tx.run(\"INSERT OR  ROLLBACK INTO card\"); }"),
            fine: ("booking/store.rs", "fn f(tx: &Tx) { tx.run(\"INSERT OR IGNORE INTO card\"); }"),
        },
        Rule {
            name: "a filter that may be off scans the table",
            finds: |file| file.strings.iter().filter(|text| optional(text)).cloned().collect(),
            offence: (
                "cards/store.rs",
                "const Q: &str = \"SELECT id FROM card WHERE (:x IS NULL OR x = :x)\";",
            ),
            fine: ("cards/store.rs", "const Q: &str = \"SELECT id FROM card WHERE (x IS NULL OR x = :x)\";"),
        },
        Rule {
            name: "a live file is not vacuumed",
            finds: |file| {
                let live = |text: &&String| {
                    let text = plain(text);
                    text.starts_with("VACUUM") && !text.starts_with("VACUUM INTO")
                };
                file.strings.iter().filter(live).cloned().collect()
            },
            offence: ("db/mod.rs", "const Q: &str = \"VACUUM;\";"),
            fine: ("db/mod.rs", "const Q: &str = \"VACUUM INTO :copy\";"),
        },
        Rule {
            name: "a column is asked for by its name",
            finds: |file| file.positions.clone(),
            offence: ("cards/store.rs", "fn f(row: &Row) { row.get(17); }"),
            fine: ("cards/store.rs", "fn f(row: &Row) { row.get(\"name\"); }"),
        },
    ]
}

fn code() -> Vec<Rule> {
    vec![
        Rule {
            name: "the writer is not interrupted",
            finds: |file| {
                let interrupts = |name: &&String| *name == "get_interrupt_handle";
                file.functions.iter().flat_map(|one| one.names.iter().filter(interrupts)).cloned().collect()
            },
            offence: ("db/writer.rs", "fn f(conn: &Connection) { conn.get_interrupt_handle(); }"),
            fine: ("db/writer.rs", "fn f(conn: &Connection) { conn.is_autocommit(); }"),
        },
        Rule {
            name: "seats are counted",
            finds: |file| {
                let off = |path: &&Vec<String>| path.iter().any(|part| part == "unguarded" || part == "Off");
                let found = file.inner.iter().chain(&file.outer).filter(off).map(|path| path.join("::"));
                if file.path == "booking/unguarded.rs" { Vec::new() } else { found.collect() }
            },
            offence: ("web/citizen/confirm.rs", "fn f() { booking::unguarded::confirm(); }"),
            fine: ("booking/unguarded.rs", "fn f() { confirm::book(Guard::Off); }"),
        },
        Rule {
            name: "somebody's data in a log line",
            finds: |file| {
                let logs = |(path, _): &&(String, Vec<String>)| path.starts_with("tracing::");
                let personal = |word: &&String| PERSONAL.contains(&word.as_str());
                file.macros
                    .iter()
                    .filter(logs)
                    .flat_map(|(_, words)| words.iter().filter(personal))
                    .cloned()
                    .collect()
            },
            offence: ("mail/queue.rs", "fn f(email: &str) { tracing::warn!(%email, \"not sent\"); }"),
            fine: ("mail/queue.rs", "fn f(id: i64) { tracing::warn!(id, \"the email was not sent\"); }"),
        },
        Rule {
            name: "a sentence for every refusal, none for the rest",
            finds: |file| {
                let wording = file.path.ends_with("wording.rs") && file.wildcards > 0;
                wording
                    .then(|| format!("{} arms take whatever is left", file.wildcards))
                    .into_iter()
                    .collect()
            },
            offence: (
                "web/staff/wording.rs",
                "fn f(e: E) -> &'static str { match e { E::A => \"a\", _ => \"b\" } }",
            ),
            fine: (
                "web/staff/wording.rs",
                "fn f(e: E) -> &'static str { match e { E::A => \"a\", E::B => \"b\" } }",
            ),
        },
    ]
}

/// What must be hidden from some is shown by the one file that asks who looks.
fn closed() -> Rule {
    Rule {
        name: "a fact of a person is opened where it is known who may see it",
        finds: |file| {
            let opens = |name: &&String| *name == "uncover" || *name == "into_uncovered";
            let console = file.path.starts_with("web/staff/") && file.path != "web/staff/sight.rs";
            let opened = file.functions.iter().flat_map(|one| one.names.iter().filter(opens)).cloned();
            if console { opened.collect() } else { Vec::new() }
        },
        offence: ("web/staff/card/view.rs", "fn f(card: &Card) -> String { card.name.uncover().clone() }"),
        fine: ("web/staff/sight.rs", "fn f(card: &Card) -> String { card.name.uncover().clone() }"),
    }
}

fn shape() -> Vec<Rule> {
    vec![
        Rule {
            name: "a long function is cut, not excused",
            finds: |file| {
                let excuses = |text: &&String| text.contains("too_many_lines");
                file.attributes.iter().filter(excuses).cloned().collect()
            },
            offence: ("web/mod.rs", "#[expect(clippy::too_many_lines, reason = \"x\")] fn f() {}"),
            fine: ("web/mod.rs", "#[expect(clippy::unused_async, reason = \"x\")] fn f() {}"),
        },
        Rule {
            name: "a module says what it owns",
            finds: |file| {
                let first = file.text.trim_start();
                let silent = !first.starts_with("//!") && !file.path.contains("/tests");
                silent.then(|| "no //! at its head".to_owned()).into_iter().collect()
            },
            offence: ("web/mod.rs", "/// A page.\nfn f() {}"),
            fine: ("web/mod.rs", "//! Pages.\nfn f() {}"),
        },
        Rule {
            name: "at most 500 lines",
            finds: |file| {
                let lines = file.text.lines().count();
                (lines > 500).then(|| format!("{lines} lines")).into_iter().collect()
            },
            offence: ("web/mod.rs", LONG),
            fine: ("web/mod.rs", "//! Short."),
        },
        Rule {
            name: "a name that says nothing",
            finds: |file| {
                let names =
                    ["utils", "util", "helpers", "helper", "common", "manager", "service", "misc", "shared"];
                let says_nothing = |part: &&str| names.contains(&part.trim_end_matches(".rs"));
                file.path.split('/').filter(says_nothing).map(str::to_owned).collect()
            },
            offence: ("web/utils.rs", "//! Odds and ends."),
            fine: ("web/fields.rs", "//! Fields."),
        },
    ]
}

/// Six hundred empty lines.
const LONG: &str = {
    const LINES: [u8; 600] = [b'\n'; 600];
    match std::str::from_utf8(&LINES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

/// Upper case, every run of white space one space.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

fn banned(text: &str) -> Vec<String> {
    let text = plain(text);
    let sql =
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "PRAGMA ", "ATTACH ", "REPLACE ", "WITH "];
    if !sql.iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    SQL.iter().filter(|part| text.contains(**part)).map(|part| (*part).to_owned()).collect()
}

/// `(:x IS NULL OR …`: the engine cannot use an index for either side.
fn optional(text: &str) -> bool {
    let text = plain(text);
    text.match_indices(" IS NULL OR ").any(|(at, _)| {
        let before = text[..at].rsplit([' ', '(']).next().unwrap_or_default();
        before.starts_with([':', '?', '@', '$'])
    })
}

#[test]
fn the_schema_keeps_the_same_bans() {
    let schema = std::fs::read_to_string(root().join("schema.sql")).unwrap();
    let statements: String =
        schema.lines().map(|line| line.split("--").next().unwrap()).collect::<Vec<_>>().join("\n");
    assert_eq!(banned(&statements), [""; 0]);
    assert!(!optional(&statements));
    assert_eq!(
        banned("CREATE TRIGGER t BEFORE DELETE ON a BEGIN SELECT RAISE(ROLLBACK, 'x'); END"),
        ["RAISE(ROLLBACK"]
    );
    assert_eq!(banned("CREATE TABLE t (a REFERENCES b DEFERRABLE INITIALLY DEFERRED)"), ["DEFERRABLE"]);
    assert_eq!(banned("CREATE VIRTUAL TABLE t USING fts5(name)"), ["USING FTS"]);
}

#[test]
fn the_lints_that_hold_the_house_are_on() {
    let cargo = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let clippy = std::fs::read_to_string(root().join("clippy.toml")).unwrap();
    for line in [
        "unsafe_code = \"forbid\"",
        "unwrap_used = \"deny\"",
        "indexing_slicing = \"deny\"",
        "todo = \"deny\"",
    ] {
        assert!(cargo.contains(line), "{line}");
    }
    assert!(clippy.contains("too-many-lines-threshold = 60"));
    for banned in ["Timestamp::now", "SystemTime::now", "rand::rng", "Connection::open", "thread::sleep"] {
        assert!(clippy.contains(banned), "{banned}");
    }
}

#[test]
fn a_source_with_nothing_in_it_breaks_no_ban() {
    let empty = Source::read("web/fields.rs", "//! Nothing yet.");
    let found: Vec<_> = rules().iter().flat_map(|rule| (rule.finds)(&empty)).collect();
    assert!(found.is_empty(), "{found:?}");
}
