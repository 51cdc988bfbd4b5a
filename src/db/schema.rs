//! Making, opening and upgrading the file.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, named_params};

use super::Fault;
use super::tx::ReadTx;
use super::upgrade::{self, SCHEMA_VERSION, Upgrades};
use crate::base::{Chance, Moment};

/// The first SQLite that is trusted with a log that starts again under readers.
const ENGINE: i32 = 3_051_003;

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
    /// It is older and could not be brought to the present schema.
    #[error("{path}: the upgrade of the schema failed, the file is as it was: {why}")]
    Upgrade {
        /// The file.
        path: PathBuf,
        /// What was said.
        why: String,
    },
    /// It is not a sound database of this program.
    #[error("{path}: damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        why: String,
    },
    /// The engine that was linked is too old.
    #[error("SQLite {found} is too old, 3.51.3 or later is needed")]
    Engine {
        /// Its version.
        found: String,
    },
    /// The pool of readers could not be made.
    #[error("{path}: {why}")]
    Readers {
        /// The file.
        path: PathBuf,
        /// What was said.
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
        super::pragmas(&conn, super::WRITER_CACHE)?;
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

/// What a sound file says of itself.
pub(super) struct Found {
    pub file_id: String,
    pub commit_no: u64,
}

/// Opens the file and brings it to the present schema when it is older.
pub(super) fn open(path: &Path, code: &str, upgrades: &Upgrades) -> Result<Found, OpenError> {
    let (mut found, version) = examine(path, code, upgrades.version())?;
    if version < upgrades.version() {
        let commit_no = upgrade::run(path, upgrades)
            .map_err(|error| OpenError::Upgrade { path: path.to_owned(), why: error.to_string() })?;
        found.commit_no = u64::try_from(commit_no).unwrap_or(0);
    }
    Ok(found)
}

/// What a sound file says of itself to somebody who only looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examined {
    /// Its version.
    pub version: i64,
    /// The version that this build works with.
    pub known: i64,
    /// Whether the demo made it.
    pub demo: bool,
}

pub(super) fn look_at(path: &Path, code: &str) -> Result<Examined, OpenError> {
    let known = SCHEMA_VERSION;
    let (_, version) = examine(path, code, known)?;
    let conn = probe(path).map_err(|error| refused(path, error))?;
    let demo = conn.query_row("SELECT demo FROM municipality", [], |row| row.get("demo"));
    Ok(Examined { version, known, demo: demo.map_err(|error| refused(path, error))? })
}

/// The id of the file at `path`, if a build that knows versions up to `known` could work with it.
pub(super) fn identify(path: &Path, code: &str, known: i64) -> Result<String, OpenError> {
    examine(path, code, known).map(|(found, _)| found.file_id)
}

/// What a glance at a file gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glance<T> {
    /// What was read.
    Seen(T),
    /// The file has an older version.
    Older,
}

pub(super) fn glance<T>(
    path: &Path,
    code: &str,
    now: Moment,
    job: impl FnOnce(&ReadTx<'_>) -> Result<T, Fault>,
) -> Result<Glance<T>, OpenError> {
    let (_, version) = examine(path, code, SCHEMA_VERSION)?;
    if version < SCHEMA_VERSION {
        return Ok(Glance::Older);
    }
    let conn = probe(path).map_err(|error| refused(path, error))?;
    let view = conn.unchecked_transaction().map_err(|error| refused(path, error))?;
    let seen = job(&ReadTx::new(&view, now));
    seen.map(Glance::Seen)
        .map_err(|fault| OpenError::Damaged { path: path.to_owned(), why: fault.to_string() })
}

/// Looks at the file through a connection that cannot write, so that a refused file stays as it is.
fn examine(path: &Path, code: &str, known: i64) -> Result<(Found, i64), OpenError> {
    if rusqlite::version_number() < ENGINE {
        return Err(OpenError::Engine { found: rusqlite::version().to_owned() });
    }
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let conn = probe(path).map_err(|error| refused(path, error))?;
    let version = upgrade::version(&conn).map_err(|error| refused(path, error))?;
    if version > known {
        return Err(OpenError::Newer { path: path.to_owned(), found: version, known });
    }
    let (owner, file_id, commit_no) = identity(&conn).map_err(|error| refused(path, error))?;
    if owner != code {
        return Err(OpenError::OtherMunicipality {
            path: path.to_owned(),
            found: owner,
            expected: code.to_owned(),
        });
    }
    let verdict: String = conn
        .query_row("PRAGMA quick_check('progress')", [], |row| row.get("quick_check"))
        .map_err(|error| refused(path, error))?;
    if version < 1 || verdict != "ok" {
        let why = if verdict == "ok" { format!("schema version {version}") } else { verdict };
        return Err(OpenError::Damaged { path: path.to_owned(), why });
    }
    Ok((Found { file_id, commit_no: u64::try_from(commit_no).unwrap_or(0) }, version))
}

fn probe(path: &Path) -> rusqlite::Result<Connection> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    Ok(conn)
}

fn identity(conn: &Connection) -> rusqlite::Result<(String, String, i64)> {
    conn.query_row("SELECT code, file_id, commit_no FROM municipality, progress", [], |row| {
        Ok((row.get("code")?, row.get("file_id")?, row.get("commit_no")?))
    })
}

/// What SQLite's word means for the file: damaged (or none of ours), or a trouble of the machine.
pub(super) fn refused(path: &Path, source: rusqlite::Error) -> OpenError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase | Unknown) | None => {
            OpenError::Damaged { path, why: source.to_string() }
        }
        Some(_) => OpenError::Sqlite { path, source },
    }
}

/// The writer's connection. Refuses when another file was put in the place of the one that was opened.
pub(super) fn writer(path: &Path, file_id: &str) -> rusqlite::Result<Connection> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if identity(&conn)?.1 != file_id {
        return Err(rusqlite::Error::InvalidPath(path.to_owned()));
    }
    super::pragmas(&conn, super::WRITER_CACHE)?;
    Ok(conn)
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens a municipality's file")]
pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}
