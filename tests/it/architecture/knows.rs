//! Only one place knows a crate, a word of SQL, a file of the disk.

use super::Rule;
use super::source::Source;

/// A crate and the places that may name it: a folder (`web/`), a file, or the end of a path (`*store.rs`).
const KNOWN: &[(&str, &[&str])] = &[
    ("axum", &["web/", "app/"]),
    ("axum_extra", &["web/", "app/"]),
    ("axum_server", &["app/"]),
    ("hyper", &["app/"]),
    ("hyper_util", &["app/"]),
    ("tower", &["web/", "app/"]),
    ("tower_http", &["web/", "app/"]),
    ("object_store", &["archive/bucket.rs"]),
    (
        "rustls",
        &["app/", "archive/bucket.rs", "arbiter/ask.rs", "arbiter/tls.rs", "mail/smtp.rs", "standby/link.rs"],
    ),
    ("tokio_rustls", &["app/", "arbiter/ask.rs", "arbiter/witness.rs", "standby/link.rs"]),
    (
        "tokio",
        &[
            "db/",
            "web/",
            "app/",
            "archive/bucket.rs",
            "arbiter/ask.rs",
            "arbiter/over_the_wire.rs",
            "arbiter/wire.rs",
            "arbiter/witness.rs",
            "cli/",
            "jobs/",
            "municipalities/",
            "mail/smtp.rs",
            "standby/",
        ],
    ),
    ("minijinja", &["render/"]),
    ("rust_embed", &["render/"]),
    ("rusqlite", &["db/", "base/ids.rs", "*store.rs", "*/store/"]),
    ("r2d2", &["db/"]),
    ("r2d2_sqlite", &["db/"]),
    ("lettre", &["mail/smtp.rs"]),
    ("icalendar", &["mail/ics.rs"]),
    ("mail_parser", &["mail/bounce/read.rs", "mail/files.rs"]),
    ("csv", &["cards/import/", "cli/convert.rs", "lists/"]),
    ("calamine", &["cards/import/reader/sheet.rs"]),
    ("zip", &["cards/import/reader/sheet.rs"]),
    (
        "encoding_rs",
        &["base/cp932.rs", "calendar/holiday_file.rs", "cards/import/", "cli/convert.rs", "cli/demo/"],
    ),
    ("printpdf", &["lists/pdf/write.rs"]),
    ("lopdf", &["lists/pdf/write.rs"]),
    ("subsetter", &["lists/pdf/write.rs"]),
    ("skrifa", &["lists/pdf/font.rs"]),
    ("rust_xlsxwriter", &["lists/file.rs"]),
    ("age", &["backup/seal.rs"]),
    ("lz4_flex", &["archive/ltx.rs"]),
    ("argon2", &["accounts/"]),
    ("totp_rs", &["accounts/"]),
    ("clap", &["cli/", "main.rs"]),
    ("indicatif", &["cli/"]),
    ("toml", &["config/", "cli/demo/", "render/catalogue.rs", "cards/import/profile/written.rs"]),
    ("rand", &["arbiter/simulation/", "base/chance.rs"]),
    ("unicode_normalization", &["base/text.rs"]),
    ("sd_notify", &["app/", "cli/serve.rs"]),
    ("tracing_subscriber", &["app/", "cli/"]),
    ("tracing_appender", &["app/", "cli/"]),
    ("metrics_exporter_prometheus", &["app/", "web/ops.rs"]),
];

/// Words that a statement begins with.
const STATEMENTS: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "REPLACE",
    "CREATE",
    "ALTER",
    "DROP",
    "PRAGMA",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "WITH",
    "ATTACH",
    "VACUUM",
    "ANALYZE",
    "REINDEX",
];

/// Rooms that read or write files of their own. No other does.
const FILES: &[&str] = &[
    "app/",
    "archive/",
    "arbiter/over_the_wire.rs",
    "arbiter/store.rs",
    "backup/",
    "cli/",
    "config/",
    "cards/import/",
    "db/copy.rs",
    "db/tail.rs",
    "db/upgrade.rs",
    "mail/",
    "jobs/",
    "standby/",
    "municipalities/mod.rs",
];

pub fn rules() -> Vec<Rule> {
    [crates(), files()].into_iter().flatten().collect()
}

fn crates() -> Vec<Rule> {
    vec![
        Rule {
            name: "this crate is known elsewhere only",
            finds: |file| {
                let outside = |(name, places): &&(&str, &[&str])| {
                    file.outer.iter().any(|path| path[0] == *name && path.len() > 1) && !lies_in(file, places)
                };
                KNOWN.iter().filter(outside).map(|(name, _)| (*name).to_owned()).collect()
            },
            offence: ("booking/confirm.rs", "use rusqlite::named_params;"),
            fine: ("booking/entry/store.rs", "use rusqlite::named_params;"),
        },
        Rule {
            name: "this crate is known elsewhere only (macro)",
            finds: |file| {
                let named =
                    |name: &str| file.macros.iter().any(|(path, _)| path.starts_with(&format!("{name}::")));
                let outside = |(name, places): &&(&str, &[&str])| named(name) && !lies_in(file, places);
                KNOWN.iter().filter(outside).map(|(name, _)| (*name).to_owned()).collect()
            },
            offence: ("booking/confirm.rs", "fn f() { tokio::select!(); }"),
            fine: ("app/thread.rs", "fn f() { tokio::select!(); }"),
        },
        Rule {
            name: "SQL stands in store.rs and db only",
            finds: |file| {
                if lies_in(file, &["db/", "*store.rs", "*/store/"]) { Vec::new() } else { statements(file) }
            },
            offence: ("booking/confirm.rs", "fn f(tx: &Tx) { tx.run(\"UPDATE card SET shelf = ''\"); }"),
            fine: ("booking/store.rs", "fn f(tx: &Tx) { tx.run(\"UPDATE card SET shelf = ''\"); }"),
        },
    ]
}

fn files() -> Vec<Rule> {
    vec![
        Rule {
            name: "the name of the city's file is made in one place",
            finds: |file| {
                let ours = |text: &&String| ["app.db", "-shm", "-wal"].iter().any(|part| text.contains(part));
                let found = file.strings.iter().filter(ours).cloned();
                if lies_in(file, &["db/", "municipalities/mod.rs"]) { Vec::new() } else { found.collect() }
            },
            offence: ("app/lock.rs", "fn f(dir: &Path) { dir.join(\"app.db\"); }"),
            fine: ("municipalities/mod.rs", "fn f(dir: &Path) { dir.join(\"app.db\"); }"),
        },
        Rule {
            name: "files are read and written elsewhere only",
            finds: |file| if lies_in(file, FILES) { Vec::new() } else { opens(file) },
            offence: ("db/schema.rs", "fn f(path: &Path) { std::fs::File::open(path); }"),
            fine: ("config/mod.rs", "fn f(path: &Path) { std::fs::read_to_string(path); }"),
        },
        Rule {
            name: "the city's file is opened by SQLite alone",
            finds: |file| {
                let city = |name: &String| ["file_of", "app_db"].contains(&name.as_str());
                let opener = |name: &String| OPENERS.contains(&name.as_str());
                let both = |names: &Vec<String>| names.iter().any(city) && names.iter().any(opener);
                file.functions.iter().filter(|one| both(&one.names)).map(|one| one.name.clone()).collect()
            },
            offence: ("cli/backup.rs", "fn f(dir: &Path) { std::fs::copy(file_of(dir), \"x\"); }"),
            fine: ("cli/check.rs", "fn f(dir: &Path) { file_of(dir).exists(); }"),
        },
        Rule {
            name: "the clock is read in one place",
            finds: |file| {
                let reads = |path: &&Vec<String>| {
                    path.ends_with(&["Timestamp".to_owned(), "now".to_owned()])
                        || path.ends_with(&["SystemTime".to_owned(), "now".to_owned()])
                        || path.ends_with(&["Zoned".to_owned(), "now".to_owned()])
                };
                let found = file.outer.iter().filter(reads).map(|path| path.join("::"));
                if file.path == "base/clock.rs" { Vec::new() } else { found.collect() }
            },
            offence: ("booking/hold.rs", "fn f() { jiff::Zoned::now(); }"),
            fine: ("base/clock.rs", "fn f() { jiff::Timestamp::now(); }"),
        },
    ]
}

/// What reads or writes a file in `std::fs` and `tokio::fs`.
const FS: &[&str] =
    &["File", "read", "read_to_string", "write", "copy", "rename", "remove_file", "hard_link"];

/// What opens a file, and so closes it again.
const OPENERS: &[&str] = &["File", "OpenOptions", "read_to_string", "copy", "hard_link"];

fn opens(file: &Source) -> Vec<String> {
    let opener = |path: &&Vec<String>| {
        let fs = path.iter().position(|part| part == "fs");
        let named = path.iter().any(|part| part == "OpenOptions")
            || path.first().is_some_and(|part| part == "File") && path.len() > 1;
        named || fs.is_some_and(|at| path.get(at + 1).is_some_and(|next| FS.contains(&next.as_str())))
    };
    file.outer.iter().filter(opener).map(|path| path.join("::")).collect()
}

fn statements(file: &Source) -> Vec<String> {
    let statement = |text: &&String| {
        let mut words = text.split_whitespace();
        words.next().is_some_and(|word| STATEMENTS.contains(&word.trim_end_matches(';')))
            && words.next().is_some()
    };
    file.strings.iter().filter(statement).map(|text| text.chars().take(60).collect()).collect()
}

fn lies_in(file: &Source, places: &[&str]) -> bool {
    places.iter().any(|place| match place.strip_prefix('*') {
        Some(end) if end.ends_with('/') => file.path.contains(end),
        Some(end) => file.path.ends_with(end),
        None => file.path.starts_with(place),
    })
}
