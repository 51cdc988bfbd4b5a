//! Making, opening and upgrading the file.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, named_params};

use crate::base::{Chance, Moment};

/// The version of `schema.sql`, kept in `PRAGMA user_version`.
pub const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = include_str!("../../schema.sql");

/// What a new file got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The random id of the file.
    pub file_id: String,
}

/// The file cannot be used; it was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no file; only `municipality add` makes one.
    #[error("{path}: no such file; `madoguchi municipality add` makes it")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is one already.
    #[error("{path}: the file exists already")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It belongs to another municipality.
    #[error("{path}: the file belongs to municipality {found}, not {expected}")]
    OtherMunicipality {
        /// The file.
        path: PathBuf,
        /// The code in the file.
        found: String,
        /// The code in the configuration.
        expected: String,
    },
    /// A later build made it.
    #[error("{path}: the file has schema version {found}, this build knows {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this build knows.
        known: i64,
    },
    /// It is not a sound database of this program.
    #[error("{path}: damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        why: String,
    },
    /// SQLite or the file system said no.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What was said.
        source: rusqlite::Error,
    },
}

pub(super) fn create(
    path: &Path,
    code: &str,
    now: Moment,
    chance: &Chance,
    demo: bool,
) -> Result<Created, OpenError> {
    if path.exists() {
        return Err(OpenError::Exists { path: path.to_owned() });
    }
    let file_id = hex::encode(chance.bytes::<16>());
    let make = || -> rusqlite::Result<()> {
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        conn.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?;
        super::pragmas(&conn)?;
        let tx = conn.unchecked_transaction()?;
        tx.execute_batch(SCHEMA)?;
        tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        tx.execute(
            "INSERT INTO municipality (id, code, file_id, demo, created_at) VALUES (1, :code, :file_id, :demo, :now)",
            named_params! { ":code": code, ":file_id": file_id, ":demo": demo, ":now": now },
        )?;
        tx.execute(
            "INSERT INTO progress (id, commit_no, now_at) VALUES (1, 0, :now)",
            named_params! { ":now": now },
        )?;
        for name in ["cookie", "digest"] {
            tx.execute(
                "INSERT INTO secret (name, value) VALUES (:name, :value)",
                named_params! { ":name": name, ":value": chance.bytes::<64>().as_slice() },
            )?;
        }
        tx.commit()
    };
    make().map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
    Ok(Created { file_id })
}

pub(super) fn open(path: &Path, code: &str) -> Result<Connection, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    super::pragmas(&conn).map_err(sqlite)?;
    let found: i64 =
        conn.query_row("PRAGMA user_version", [], |row| row.get("user_version")).map_err(sqlite)?;
    if found > SCHEMA_VERSION {
        return Err(OpenError::Newer { path: path.to_owned(), found, known: SCHEMA_VERSION });
    }
    let owner: String =
        conn.query_row("SELECT code FROM municipality", [], |row| row.get("code")).map_err(sqlite)?;
    if owner != code {
        return Err(OpenError::OtherMunicipality {
            path: path.to_owned(),
            found: owner,
            expected: code.to_owned(),
        });
    }
    Ok(conn)
}

pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    super::pragmas(&conn)?;
    conn.execute_batch("PRAGMA query_only = ON;")?;
    Ok(conn)
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens a municipality's file")]
fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}
