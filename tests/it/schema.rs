//! The schema: strict, commented, indexed; an older file comes to the same shape; what is not ours stays as it is.

use std::collections::BTreeSet;
use std::path::Path;

use madoguchi::base::Chance;
use madoguchi::db::{Actor, Db, DbOptions, Fault, Lane, OpenError, SCHEMA_VERSION, Step, Upgrades, copy_of};
use rusqlite::Connection;

use super::kit::StoppedClock;
use super::kit::city::{CODE, TestFile};

const SCHEMA: &str = include_str!("../../schema.sql");

/// Version 1 as it was shipped. A later change of `schema.sql` needs a step (`src/db/migrations/README.md`).
const FIRST: &str = include_str!("../fixtures/schema/0001.sql");

/// References without an index on the child: why a delete or a new key of the parent never looks for them.
const NOT_INDEXED: &[(&str, &str)] = &[
    ("access.staff_id", "staff are disabled, not deleted"),
    ("booking.location_id", "locations are retired, not deleted"),
    ("booking.procedure", "procedures are closed, not deleted"),
    ("booking_member.applicant_id", "the index of those who have one is enough"),
    ("booking_member.procedure", "procedures are closed, not deleted"),
    ("card.away_by_id", "staff are disabled, not deleted"),
    ("card.away_location_id", "locations are retired, not deleted"),
    ("card.away_staff_id", "staff are disabled, not deleted"),
    ("card.former_card_id", "hardly a card has one: those that do are in card_former, which a deletion uses"),
    ("mail_failure.last_outbox", "letters are not deleted"),
    ("outbox.copy_of", "letters are not deleted"),
    ("missing_card.last_storage_id", "storage places are retired, not deleted"),
    ("missing_card.stocktake_id", "stock-takes are kept as long as their cards"),
    ("stocktake_line.storage_id", "storage places are retired, not deleted"),
    ("card.location_id", "locations are retired, not deleted"),
    ("bulk_mail.approver_id", "staff are disabled, not deleted"),
    ("bulk_mail.staff_id", "staff are disabled, not deleted"),
    ("waiting.procedure", "procedures are closed, not deleted"),
    ("card_batch.approver_id", "staff are disabled, not deleted"),
    ("card_batch.location_id", "locations are retired, not deleted"),
    ("card_batch.staff_id", "staff are disabled, not deleted"),
    ("card_batch.undo_of", "the index of those that are an undoing is enough"),
    (
        "citizen_session.applicant_id",
        "sessions are gone before an applicant is: there are as many as people on their way",
    ),
    ("citizen_session.booking_id", "sessions are gone long before a booking is purged"),
    ("citizen_session.location_id", "locations are retired, not deleted"),
    ("citizen_session.procedure", "procedures are closed, not deleted"),
    ("history_card.history_id", "history is append-only"),
    ("import_run.profile_id", "versions of a profile are never deleted"),
    ("hold.procedure", "procedures are closed, not deleted"),
    ("invitation.applicant_id", "the index of those who have one is enough"),
    ("invitation.procedure", "procedures are closed, not deleted"),
    ("import_booking.location_id", "locations are retired, not deleted"),
    ("nth_weekday.pattern_id", "some ten rows a location"),
    ("procedure_absent.location_id", "locations are retired, not deleted"),
    ("route.location_id", "locations are retired, not deleted"),
    ("booking_draft.staff_id", "staff are disabled, not deleted"),
    ("saved_search.staff_id", "staff are disabled, not deleted"),
    ("special_day.pattern_id", "some hundred rows a location"),
    ("staff.home_location_id", "locations are retired, not deleted"),
    ("staff.role_id", "some hundred rows a city"),
    ("staff_location.location_id", "locations are retired, not deleted"),
    ("staff_session.location_id", "locations are retired, not deleted"),
    ("storage.location_id", "locations are retired, not deleted"),
    ("storage_rule.box_id", "some ten rows a city"),
    ("storage_rule.location_id", "some ten rows a city"),
    ("storage_rule.storage_id", "some ten rows a city"),
    ("transfer.before_location_id", "locations are retired, not deleted"),
    ("transfer.from_storage_id", "some ten storage places, which are not deleted once a card left them"),
    ("transfer.home_storage_id", "some ten storage places, which are not deleted once a card left them"),
    ("transfer.to_location_id", "locations are retired, not deleted"),
    ("transfer.to_storage_id", "some ten storage places, which are not deleted once a card came to them"),
    ("transfer.wanted_location_id", "locations are retired, not deleted"),
    ("weekly_plan.pattern_id", "some ten rows a location"),
];

fn fresh(schema: &str) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(schema).unwrap();
    conn
}

#[expect(clippy::disallowed_methods, reason = "a file that no Db has open")]
fn plain(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

fn rows(conn: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = conn.prepare(sql).unwrap();
    let columns = statement.column_count();
    let text = |row: &rusqlite::Row<'_>| {
        (0..columns).map(|at| Ok(format!("{:?}", row.get::<_, rusqlite::types::Value>(at)?))).collect()
    };
    statement.query_map([], text).unwrap().collect::<Result<_, _>>().unwrap()
}

fn names(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

const TABLES: &str =
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' ORDER BY name";

/// What a schema is, whatever was written to get it: columns, checks, indexes, references, triggers and views.
fn shape(conn: &Connection) -> BTreeSet<String> {
    let mut shape = BTreeSet::new();
    for table in names(conn, TABLES) {
        let ask = |what: &str| rows(conn, &what.replace('@', &table));
        let facts = [
            ask("SELECT type, wr, strict FROM pragma_table_list WHERE name = '@'"),
            ask("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo('@')"),
            ask("SELECT \"from\", \"table\", \"to\", on_update, on_delete FROM pragma_foreign_key_list('@')"),
            ask("SELECT l.name, l.\"unique\", l.partial, x.seqno, x.name, x.desc, x.coll FROM pragma_index_list('@') AS l
                 JOIN pragma_index_xinfo(l.name) AS x WHERE x.key = 1 AND l.origin = 'c'"),
            ask("SELECT x.seqno, x.name FROM pragma_index_list('@') AS l
                 JOIN pragma_index_xinfo(l.name) AS x WHERE x.key = 1 AND l.origin <> 'c'"),
        ];
        shape.extend(facts.iter().flatten().map(|row| format!("{table} {row:?}")));
        let sql = bare(&names(conn, &format!("SELECT sql FROM sqlite_schema WHERE name = '{table}'"))[0]);
        shape.extend(
            bracketed(&sql, "CHECK").chain(bracketed(&sql, "AS")).map(|part| format!("{table} {part}")),
        );
    }
    for sql in names(conn, "SELECT sql FROM sqlite_schema WHERE type IN ('trigger', 'view')") {
        shape.insert(bare(&sql));
    }
    for sql in names(conn, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql LIKE '% WHERE %'") {
        shape.insert(bare(&sql));
    }
    shape
}

/// Without comments, every run of white space one space.
fn bare(sql: &str) -> String {
    let code = sql.lines().map(|line| line.split("--").next().unwrap());
    code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Every `word (…)` with its brackets.
fn bracketed<'s>(sql: &'s str, word: &str) -> impl Iterator<Item = &'s str> {
    let starts: Vec<usize> = sql.match_indices(&format!(" {word} (")).map(|(at, _)| at + 1).collect();
    starts.into_iter().map(move |start| {
        let mut depth = 0;
        let end = sql[start..].find(|one| {
            depth += i32::from(one == '(') - i32::from(one == ')');
            one == ')' && depth == 0
        });
        &sql[start..=start + end.unwrap()]
    })
}

#[test]
fn every_table_is_strict_and_says_what_it_is_for() {
    let conn = fresh(SCHEMA);
    for table in names(&conn, TABLES) {
        let kind =
            &rows(&conn, &format!("SELECT type, strict FROM pragma_table_list WHERE name = '{table}'"))[0];
        assert!(kind[0].contains("view") || kind[1] == "Integer(1)", "{table} is not strict");
        let lines: Vec<&str> = SCHEMA.lines().collect();
        let head = |line: &&str| -> bool {
            line.starts_with(&format!("CREATE TABLE {table} "))
                || line.starts_with(&format!("CREATE VIEW {table} "))
        };
        let at = lines.iter().position(head).unwrap();
        assert!(lines[at - 1].starts_with("-- "), "{table} has no comment above it");
    }
}

#[test]
fn every_reference_is_indexed_or_the_reason_is_known() {
    let conn = fresh(SCHEMA);
    let mut without = BTreeSet::new();
    for table in names(&conn, TABLES) {
        let mut leading =
            names(&conn, &format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE pk = 1"));
        leading.extend(names(
            &conn,
            &format!(
                "SELECT x.name FROM pragma_index_list('{table}') AS l JOIN pragma_index_xinfo(l.name) AS x
                 WHERE l.partial = 0 AND x.seqno = 0 AND x.name IS NOT NULL"
            ),
        ));
        let references = names(&conn, &format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}')"));
        without.extend(
            references.into_iter().filter(|one| !leading.contains(one)).map(|one| format!("{table}.{one}")),
        );
    }
    let known: BTreeSet<String> = NOT_INDEXED.iter().map(|(column, _)| (*column).to_owned()).collect();
    assert_eq!(without, known);
}

#[test]
fn a_file_of_the_first_version_comes_to_the_shape_of_a_fresh_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = old_file(dir.path(), FIRST);
    open(&path, Upgrades::default()).unwrap();
    let (upgraded, fresh) = (shape(&plain(&path)), shape(&fresh(SCHEMA)));
    let differ: Vec<_> = upgraded.symmetric_difference(&fresh).collect();
    assert!(
        differ.is_empty(),
        "schema.sql is not what the steps lead to. After a release: add a step (src/db/migrations/README.md).
         Before the first release: copy schema.sql to tests/fixtures/schema/0001.sql. It differs in {differ:#?}"
    );
    assert_eq!(Upgrades::default().version(), SCHEMA_VERSION);
}

/// A file as the program of that version left it.
fn old_file(dir: &Path, schema: &str) -> std::path::PathBuf {
    let path = dir.join("app.db");
    let conn = plain(&path);
    conn.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;").unwrap();
    conn.execute_batch(schema).unwrap();
    conn.execute_batch(&format!(
        "INSERT INTO municipality (id, code, file_id, created_at) VALUES (1, '{CODE}', 'f', 0);
         INSERT INTO progress (id, commit_no, now_at) VALUES (1, 7, 0);
         INSERT INTO procedure (code, name) VALUES ('issuance', '交付');
         PRAGMA user_version = 1;"
    ))
    .unwrap();
    path
}

fn open(path: &Path, upgrades: Upgrades) -> Result<Db, OpenError> {
    let clock = StoppedClock::at("2026-04-13 09:42").clock();
    Db::open_with(path, CODE, clock, Chance::seeded(1), DbOptions { upgrades, ..DbOptions::default() })
}

fn step(sql: &'static str) -> Step {
    Step { name: "invented".into(), sql: sql.into() }
}

const ADDS: &str =
    "ALTER TABLE procedure ADD COLUMN advice TEXT NOT NULL DEFAULT '' CHECK (length(advice) < 9);
                    CREATE INDEX booking_made ON booking (created_at) WHERE takes_seat = 1;";

/// What `schema.sql` would be after [`ADDS`].
fn second() -> String {
    let column = "  slots         INTEGER NOT NULL DEFAULT 1 CHECK (slots BETWEEN 1 AND 12)";
    assert!(FIRST.contains(column));
    FIRST.replace(column, &format!("  advice TEXT NOT NULL DEFAULT '' CHECK (length(advice) < 9),\n{column}"))
        + "CREATE INDEX booking_made ON booking (created_at)\n  WHERE takes_seat = 1;"
}

#[tokio::test]
async fn steps_lead_to_the_same_shape_and_keep_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = old_file(dir.path(), FIRST);
    let upgrades = Upgrades::of(vec![step(ADDS), step("UPDATE procedure SET advice = 'x'")]);
    let db = open(&path, upgrades.clone()).unwrap();
    let advice = db.read(Lane::Staff, |tx| {
        tx.one("SELECT advice || name AS all_of_it FROM procedure", [], |row| {
            row.get::<_, String>("all_of_it")
        })
    });
    assert_eq!(advice.await.unwrap(), "x交付");
    assert_eq!(db.acknowledged(), 8, "the upgrade is a commit like any other");
    db.close().await;

    let conn = plain(&path);
    assert_eq!(shape(&conn), shape(&fresh(&second())));
    assert_ne!(shape(&conn), shape(&fresh(SCHEMA)), "the comparison sees a column and an index");
    assert_eq!(rows(&conn, "PRAGMA user_version"), [["Integer(3)"]]);
    let copy = plain(&copy_of(&path, 1));
    assert_eq!(rows(&copy, "PRAGMA user_version"), [["Integer(1)"]]);
    assert_eq!(shape(&copy), shape(&fresh(FIRST)), "the copy is the file as it was");

    drop(conn);
    drop(open(&path, upgrades).unwrap());
    assert_eq!(rows(&plain(&path), "SELECT commit_no FROM progress"), [["Integer(8)"]], "once is enough");
    let older_build = open(&path, Upgrades::default());
    assert!(matches!(older_build, Err(OpenError::Newer { found: 3, known: 1, .. })), "{older_build:?}");
}

#[test]
fn a_step_that_fails_leaves_the_file_at_its_old_version() {
    for bad in [
        "UPDATE procedure SET name = 'y'; INSERT INTO procedure (code, name) VALUES ('issuance', 'z')",
        "UPDATE procedure SET name = 'y'; SELECT nothing FROM nowhere",
        "UPDATE procedure SET name = 'y'; INSERT INTO role_permission VALUES (99, 'x')",
        "UPDATE procedure SET name = 'y'; ROLLBACK",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = old_file(dir.path(), FIRST);
        let refused = open(&path, Upgrades::of(vec![step(ADDS), step(bad)]));
        assert!(matches!(refused, Err(OpenError::Upgrade { .. })), "{bad}: {refused:?}");
        let conn = plain(&path);
        assert_eq!(rows(&conn, "PRAGMA user_version"), [["Integer(1)"]], "{bad}");
        assert_eq!(names(&conn, "SELECT name FROM procedure"), ["交付"], "{bad}");
        assert_eq!(shape(&conn), shape(&fresh(FIRST)), "{bad}");
        assert!(copy_of(&path, 1).exists(), "the copy was made first");
        drop(conn);
        open(&path, Upgrades::default()).unwrap();
    }
}

/// Every file of the folder with its bytes.
fn bytes(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !name(path).ends_with("-shm"))
        .map(|path| (name(&path), std::fs::read(&path).unwrap()))
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_file_that_is_refused_is_not_touched() {
    let file = TestFile::at("2026-04-13 09:42");
    let system = Actor::System { job: "test" };
    file.db
        .write(system, |tx| tx.run("INSERT INTO procedure (code, name) VALUES ('p', 'x')", []))
        .await
        .unwrap();
    file.db.close().await;
    let path = file.dir.path().join("app.db");
    plain(&path).execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 2;").unwrap();
    plain(&path).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();

    let before = bytes(file.dir.path());
    assert!(matches!(open(&path, Upgrades::default()), Err(OpenError::Newer { found: 2, .. })));
    assert_eq!(bytes(file.dir.path()), before, "a newer file");

    plain(&path).execute_batch("PRAGMA user_version = 0; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let before = bytes(file.dir.path());
    assert!(matches!(open(&path, Upgrades::default()), Err(OpenError::Damaged { .. })));
    assert_eq!(bytes(file.dir.path()), before, "a file of some other program");

    plain(&path).execute_batch("PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(open(&path, Upgrades::default()).unwrap());
    let whole = std::fs::read(&path).unwrap();
    for (what, at) in [("the list of tables", 100..180), ("the header", 16..40)] {
        let mut damaged = whole.clone();
        damaged[at].fill(0xff);
        std::fs::write(&path, &damaged).unwrap();
        let before = bytes(file.dir.path());
        let refused = open(&path, Upgrades::default()).unwrap_err();
        assert!(refused.to_string().contains("damaged"), "{what}: {refused}");
        assert_eq!(bytes(file.dir.path()), before, "{what}");
    }
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let before = bytes(file.dir.path());
    assert!(open(&path, Upgrades::default()).is_err(), "a file that was cut off");
    assert_eq!(bytes(file.dir.path()), before);
}

#[tokio::test]
async fn the_pragmas_that_guard_the_file_are_really_set() {
    let file = TestFile::at("2026-04-13 09:42");
    for (name, column, value) in [
        ("busy_timeout", "timeout", 5000),
        ("synchronous", "synchronous", 2),
        ("foreign_keys", "foreign_keys", 1),
        ("secure_delete", "secure_delete", 1),
        ("trusted_schema", "trusted_schema", 0),
        ("cell_size_check", "cell_size_check", 1),
        ("temp_store", "temp_store", 2),
        ("auto_vacuum", "auto_vacuum", 2),
        ("wal_autocheckpoint", "wal_autocheckpoint", 0),
    ] {
        let found = file.db.write(Actor::System { job: "test" }, move |tx| {
            tx.one(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(column))
        });
        assert_eq!(found.await.unwrap(), value, "{name}");
    }
    let reader = file
        .db
        .read(Lane::Citizen, |tx| tx.one("PRAGMA query_only", [], |row| row.get::<_, i64>("query_only")));
    assert_eq!(reader.await.unwrap(), 1);
    let mode = file.db.read(Lane::Citizen, |tx| {
        tx.one("PRAGMA journal_mode", [], |row| row.get::<_, String>("journal_mode"))
    });
    assert_eq!(mode.await.unwrap(), "wal");
    assert!(matches!(
        file.db
            .read(Lane::Citizen, |tx| {
                tx.one("INSERT INTO procedure (code, name) VALUES ('x', 'x') RETURNING code", [], |_| Ok(()))
            })
            .await,
        Err(Fault::Sql(_))
    ));
}
