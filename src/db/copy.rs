//! Whole copies of a file: made while it is served, and looked into before anybody trusts them.
//!
//! **Invariant:** a served file is read through SQLite alone; nothing here opens or closes it by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, named_params};

use super::OpenError;
use super::schema::{connect, refused};
use crate::base::Moment;

/// What a whole file says of itself once all of it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// Six-digit code of the municipality that it belongs to.
    pub code: String,
    /// Its random id.
    pub file_id: String,
    /// Whether the demo made it.
    pub demo: bool,
    /// Version of its schema.
    pub version: i64,
    /// Number of its last commit.
    pub commit_no: u64,
    /// Moment of its last commit.
    pub at: Moment,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Number of events in the audit chain.
    pub events: i64,
    /// Hash of the last event, in hexadecimal; empty when there is none.
    pub head: String,
    /// What is wrong with it; empty when all of it is sound.
    pub wrong: Vec<String>,
}

/// Bytes of the file at `path` with its log, so that one knows how much room a copy needs.
pub fn size_of(path: &Path) -> u64 {
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    bytes(path) + bytes(&log_of(path))
}

/// What SQLite lays beside the file at `path`: its log, and the index of that.
pub fn beside(path: &Path) -> [PathBuf; 2] {
    let named = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    [named("-wal"), named("-shm")]
}

pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Copies the file at `path`, served or not, as it was at one commit, to `target`, where nothing may lie.
pub fn copy_whole(path: &Path, target: &Path) -> Result<(), OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    if target.exists() {
        return Err(OpenError::Exists { path: target.to_owned() });
    }
    let wrong = |source| refused(path, source);
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(wrong)?;
    // Not the settings of a served file: they would turn a file of another city, or one that is set aside, into WAL mode.
    conn.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;")
        .map_err(wrong)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(wrong)?;
    let name = target.to_str().ok_or_else(|| OpenError::Sqlite {
        path: target.to_owned(),
        source: rusqlite::Error::InvalidPath(target.to_owned()),
    })?;
    conn.execute("VACUUM INTO :copy", named_params! { ":copy": name }).map_err(wrong)?;
    Ok(())
}

/// Reads all of a file that nobody serves, and says what it is and what is wrong with it.
pub fn inspect(path: &Path) -> Result<Inspected, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    read_all(path).map_err(|source| refused(path, source))
}

fn read_all(path: &Path) -> rusqlite::Result<Inspected> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // With the usual cache each index is read again and again: a third of the time of a large file.
    conn.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -65536;",
    )?;
    let mut wrong = lines(&conn, "PRAGMA integrity_check", "integrity_check")?;
    wrong.retain(|line| line != "ok");
    wrong.extend(
        lines(&conn, "PRAGMA foreign_key_check", "table")?
            .iter()
            .map(|table| format!("a row of {table} points to nothing")),
    );
    let (code, file_id, demo, commit_no, at) = conn.query_row(
        "SELECT code, file_id, demo, commit_no, now_at FROM municipality, progress",
        [],
        |row| {
            let number: i64 = row.get("commit_no")?;
            let number = u64::try_from(number).unwrap_or(0);
            Ok((row.get("code")?, row.get("file_id")?, row.get("demo")?, number, row.get("now_at")?))
        },
    )?;
    let (events, head) = anchor(&conn)?;
    let version = super::upgrade::version(&conn)?;
    Ok(Inspected { code, file_id, demo, version, commit_no, at, rows: rows(&conn)?, events, head, wrong })
}

fn lines(conn: &Connection, sql: &str, column: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare(sql)?;
    let found = statement.query_map([], |row| row.get::<_, String>(column))?;
    found.collect()
}

fn rows(conn: &Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let tables = lines(
        conn,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        "name",
    )?;
    let count = |table: String| {
        let sql = format!("SELECT COUNT(*) AS n FROM \"{}\"", table.replace('"', "\"\""));
        let n: i64 = conn.query_row(&sql, [], |row| row.get("n"))?;
        Ok((table, u64::try_from(n).unwrap_or(0)))
    };
    tables.into_iter().map(count).collect()
}

fn anchor(conn: &Connection) -> rusqlite::Result<(i64, String)> {
    let last =
        conn.query_row("SELECT id, hex(chain) AS head FROM history ORDER BY id DESC LIMIT 1", [], |row| {
            Ok((row.get("id")?, row.get::<_, String>("head")?.to_lowercase()))
        });
    match last {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok((0, String::new())),
        last => last,
    }
}

/// What a copy of all pages holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pages {
    /// Bytes of a page.
    pub page_size: u32,
    /// Number of pages.
    pub pages: u32,
    /// Number of the last commit.
    pub commit_no: u64,
    /// Its moment.
    pub at: Moment,
}

/// Copies the file at `path`, served or not, page by page as they lie in it at one commit, to `target`, which is written over.
pub fn copy_pages(path: &Path, target: &Path) -> Result<Pages, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let wrong = |source| refused(path, source);
    if target.exists() {
        std::fs::remove_file(target)
            .map_err(|error| OpenError::Readers { path: target.to_owned(), why: error.to_string() })?;
    }
    let from = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(wrong)?;
    super::pragmas(&from, super::READER_CACHE).map_err(wrong)?;
    let view = from.unchecked_transaction().map_err(wrong)?;
    let read = || -> rusqlite::Result<(Pages, u32, u32)> {
        let (number, at): (i64, Moment) =
            view.query_row("SELECT commit_no, now_at FROM progress", [], |row| {
                Ok((row.get("commit_no")?, row.get("now_at")?))
            })?;
        let page_size = view.query_row("PRAGMA page_size", [], |row| row.get("page_size"))?;
        let pages = view.query_row("PRAGMA page_count", [], |row| row.get("page_count"))?;
        let schema = view.query_row("PRAGMA schema_version", [], |row| row.get("schema_version"))?;
        let commit_no = u64::try_from(number).unwrap_or(0);
        Ok((Pages { page_size, pages, commit_no, at }, pages, schema))
    };
    let (told, pages, schema) = read().map_err(wrong)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut into = connect(target, flags).map_err(wrong)?;
    let copied =
        rusqlite::backup::Backup::new(&view, &mut into).and_then(|backup| backup.step(-1)).map_err(wrong)?;
    if copied != rusqlite::backup::StepResult::Done {
        return Err(wrong(rusqlite::Error::InvalidQuery));
    }
    drop(into);
    same_head(target, pages, schema)
        .map_err(|error| OpenError::Readers { path: target.to_owned(), why: error.to_string() })?;
    Ok(told)
}

/// The engine counts the schema of a copy up by one: every page shall be as it was.
fn same_head(target: &Path, pages: u32, schema: u32) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt;
    let file = std::fs::OpenOptions::new().read(true).write(true).open(target)?;
    let mut size = [0; 4];
    file.read_exact_at(&mut size, 28)?;
    if u32::from_be_bytes(size) != pages {
        return Err(std::io::Error::other("the copy has another size than the file"));
    }
    file.write_all_at(&schema.to_be_bytes(), 40)
}
