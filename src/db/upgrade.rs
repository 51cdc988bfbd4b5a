//! Brings an older file to the present schema: a copy first, then every step in one transaction.
//!
//! **Invariant:** a file is at its old version or at the present one, never between; the copy made before stays beside it.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, named_params};

use super::schema::connect;

/// One step: the statements that lead from the version before to the next.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its file in `src/db/migrations`, without the ending.
    pub name: Cow<'static, str>,
    /// Its statements.
    pub sql: Cow<'static, str>,
}

/// The steps in order; the first leads from version 1 to version 2.
#[derive(Clone, Debug)]
pub struct Upgrades(Vec<Step>);

/// What was released after version 1.
const SHIPPED: &[Step] = &[];

/// The version of `schema.sql`, kept in `PRAGMA user_version`.
pub const SCHEMA_VERSION: i64 = 1 + number_of(SHIPPED.len());

const fn number_of(steps: usize) -> i64 {
    #[expect(clippy::cast_possible_wrap, reason = "a handful of steps; try_from is not const")]
    let number = steps as i64;
    number
}

impl Upgrades {
    /// These steps instead of the product's own: tests of the machinery.
    pub fn of(steps: Vec<Step>) -> Self {
        Self(steps)
    }

    /// The version that the last step leads to.
    pub fn version(&self) -> i64 {
        1 + number_of(self.0.len())
    }

    fn after(&self, version: i64) -> &[Step] {
        let done = usize::try_from(version - 1).unwrap_or(usize::MAX);
        self.0.get(done..).unwrap_or_default()
    }
}

impl Default for Upgrades {
    fn default() -> Self {
        Self(SHIPPED.to_vec())
    }
}

/// Why a file could not be brought to the present schema. It is as it was.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpgradeError {
    #[error("no copy could be made: {0}")]
    Copy(String),
    #[error("step {name}: {why}")]
    Step { name: String, why: String },
    #[error("a row of {0} points to nothing after the steps")]
    Reference(String),
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Runs the steps that the file at `path` lacks. Gives the number of its last commit.
pub(super) fn run(path: &Path, upgrades: &Upgrades) -> Result<i64, UpgradeError> {
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    super::pragmas(&conn, super::WRITER_CACHE)?;
    copy(&conn, path)?;
    // Inside a transaction this pragma has no effect; a table that is built anew must not take its children along.
    conn.execute_batch("PRAGMA foreign_keys = OFF;")?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&tx)?;
    for (number, step) in (found + 1..).zip(upgrades.after(found)) {
        let failed = |why: String| UpgradeError::Step { name: step.name.to_string(), why };
        tx.execute_batch(&step.sql).map_err(|error| failed(error.to_string()))?;
        if tx.is_autocommit() {
            return Err(failed("it ended the transaction".to_owned()));
        }
        tx.pragma_update(None, "user_version", number)?;
    }
    unbroken(&tx)?;
    tx.execute("UPDATE progress SET commit_no = commit_no + 1", [])?;
    let commit_no = tx.query_row("SELECT commit_no FROM progress", [], |row| row.get("commit_no"))?;
    tx.commit()?;
    tracing::info!(from = found, to = upgrades.version(), "a file was brought to the present schema");
    Ok(commit_no)
}

pub(super) fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("PRAGMA user_version", [], |row| row.get("user_version"))
}

fn unbroken(conn: &Connection) -> Result<(), UpgradeError> {
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        Some(row) => Err(UpgradeError::Reference(row.get("table")?)),
        None => Ok(()),
    }
}

/// Where the copy of a file lies that was made before it left this version.
pub fn copy_of(path: &Path, version: i64) -> PathBuf {
    path.with_extension(format!("before-upgrade-from-{version}.db"))
}

/// A whole copy, on the disk before the first step. One that an earlier attempt left is made anew.
fn copy(conn: &Connection, path: &Path) -> Result<(), UpgradeError> {
    let copy = copy_of(path, version(conn)?);
    let half = copy.with_extension("half");
    let failed = |error: std::io::Error| UpgradeError::Copy(error.to_string());
    if half.exists() {
        std::fs::remove_file(&half).map_err(failed)?;
    }
    let name = half.to_str().ok_or_else(|| UpgradeError::Copy("the path is not text".to_owned()))?;
    conn.execute("VACUUM INTO :copy", named_params! { ":copy": name })
        .map_err(|error| UpgradeError::Copy(error.to_string()))?;
    File::open(&half).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(&half, &copy).map_err(failed)?;
    let folder = copy.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
