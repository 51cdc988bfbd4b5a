//! One municipality's file: one writer, many readers.
//!
//! Invariant: nothing else opens the file; nothing reads what is not acknowledged; a write is all of its job or nothing.

mod actor;
mod fault;
mod schema;
mod tx;
mod values;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

pub use actor::{Actor, Lane};
pub use fault::{Fault, OnUnique};
pub use schema::{Created, OpenError, SCHEMA_VERSION};
pub use tx::{ReadTx, WriteTx};

use crate::base::{Chance, Clock};

/// A municipality's open file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    clock: Clock,
    writer: writer::Writer,
}

impl Db {
    /// Makes a new file at `path` for the municipality with this six-digit code. Refuses when the file exists.
    pub fn create(
        path: &Path,
        code: &str,
        clock: &Clock,
        chance: &Chance,
        demo: bool,
    ) -> Result<Created, OpenError> {
        schema::create(path, code, clock.now(), chance, demo)
    }

    /// Opens the file at `path`, upgrades it when it is older, and starts its writer.
    ///
    /// Refuses a missing file, another municipality's file, a newer one, and a damaged one, which it leaves untouched.
    pub fn open(path: &Path, code: &str, clock: Clock, chance: Chance) -> Result<Self, OpenError> {
        let conn = schema::open(path, code)?;
        let writer = writer::Writer::start(conn, clock.clone(), chance);
        Ok(Self(Arc::new(Inner { path: path.to_owned(), clock, writer })))
    }

    /// Runs `job` in the writer's transaction and answers when it is committed and acknowledged.
    ///
    /// `job` may run more than once, so it must have no effect outside the transaction; it may hold the writer 50 ms.
    pub async fn write<T, E>(
        &self,
        actor: Actor,
        job: impl Fn(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.0.writer.write(actor, job).await
    }

    /// Runs `job` on one consistent view and gives its result out once all that it saw is acknowledged.
    pub async fn read<T, E>(
        &self,
        lane: Lane,
        job: impl FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let _ = lane;
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            let conn = schema::reader(&inner.path).map_err(Fault::from)?;
            let snapshot = conn.unchecked_transaction().map_err(Fault::from)?;
            job(&ReadTx::new(&snapshot, inner.clock.now()))
        });
        done.await.unwrap_or_else(|_| Err(Fault::Panicked.into()))
    }
}

fn pragmas(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0;",
    )?;
    conn.set_prepared_statement_cache_capacity(256);
    Ok(())
}
