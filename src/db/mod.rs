//! One municipality's file: one writer, many readers.
//!
//! Invariant: nothing else opens the file; nothing reads what is not acknowledged; a write is all of its job or nothing.

mod actor;
mod checkpoint;
mod copy;
mod fault;
mod frames;
mod in_order;
mod job;
mod lanes;
mod line;
mod options;
mod readers;
mod schema;
mod tail;
mod tx;
mod upgrade;
mod values;
mod writer;

use std::path::Path;
use std::sync::{Arc, PoisonError};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{oneshot, watch};

pub use actor::{Actor, Lane};
pub use copy::{Inspected, Pages, beside, copy_pages, copy_whole, inspect, size_of};
pub use fault::{Fault, OnUnique};
pub use frames::{Batch, Frames, LogPlace};
pub use in_order::InOrder;
pub use line::ClockJump;
pub use options::{Acknowledge, DbOptions, Fold, NotAcknowledged, OnConnect, PickUp};
pub use readers::Node;
pub use schema::{Created, Examined, Glance, OpenError};
pub use tx::{ReadTx, WriteTx};
pub use upgrade::{SCHEMA_VERSION, Step, Upgrades, copy_of};

use crate::base::{Chance, Clock, Moment};

/// A municipality's open file. Cheap to clone; a file is opened once in a process.
#[derive(Clone, Debug)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    core: Arc<writer::Core>,
    pool: readers::Pool,
    share: Node,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.core.lanes.close();
    }
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

    /// Looks at the file at `path` without opening it for work: nothing is changed, also not its version.
    pub fn examine(path: &Path, code: &str) -> Result<Examined, OpenError> {
        schema::look_at(path, code)
    }

    /// The id of the file at `path`, for a build with these upgrades; nothing is changed. Refuses what [`Db::open`] refuses.
    pub fn identify(path: &Path, code: &str, upgrades: &Upgrades) -> Result<String, OpenError> {
        schema::identify(path, code, upgrades.version())
    }

    /// Reads once from a file that is not to be opened for work yet. A file that wants to be brought up to date is not read.
    pub fn glance<T>(
        path: &Path,
        code: &str,
        now: Moment,
        job: impl FnOnce(&ReadTx<'_>) -> Result<T, Fault>,
    ) -> Result<Glance<T>, OpenError> {
        schema::glance(path, code, now, job)
    }

    /// Opens the file at `path` with the product's own settings, see [`Db::open_with`].
    pub fn open(path: &Path, code: &str, clock: Clock, chance: Chance) -> Result<Self, OpenError> {
        Self::open_with(path, code, clock, chance, DbOptions::default())
    }

    /// Opens the file at `path`. The writer's thread starts with the first write and ends when nothing is to be done.
    ///
    /// Refuses a missing file, another municipality's file, a newer one, and a damaged one, which it leaves untouched.
    pub fn open_with(
        path: &Path,
        code: &str,
        clock: Clock,
        chance: Chance,
        options: DbOptions,
    ) -> Result<Self, OpenError> {
        let found = schema::open(path, code, &options.upgrades)?;
        let pool = readers::pool(path, &options)
            .map_err(|error| OpenError::Readers { path: path.to_owned(), why: error.to_string() })?;
        let line = line::Line::new(options.acknowledge.clone());
        line.acknowledge(found.commit_no);
        let frames = options.pick_up.as_ref().map(|pick_up| pick_up.of(&found.file_id));
        if let Some(frames) = frames.as_ref().filter(|_| options.follow.is_some()) {
            frames.only_settled();
        }
        let shared = writer::Core {
            frames,
            path: path.to_owned(),
            file_id: found.file_id,
            clock,
            chance,
            lanes: lanes::Lanes::new(options.citizen_lane, options.staff_lane),
            line,
            gate: Arc::new(readers::Gate::new()),
            options,
        };
        let share = Node::new(shared.options.readers, 1);
        Ok(Self(Arc::new(Inner { core: Arc::new(shared), pool, share })))
    }

    /// Runs `job` in the writer's transaction and answers when it is committed and acknowledged.
    ///
    /// `job` may run more than once, so it must have no effect outside the transaction; it may hold the writer 50 ms.
    /// A full lane is [`Fault::Busy`] at once. A job whose caller went away before it started is dropped.
    pub async fn write<T, E>(
        &self,
        actor: Actor,
        job: impl Fn(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let lane = actor.lane();
        self.queue(actor, job, |lanes, waiting| lanes.push(lane, waiting)).await
    }

    /// As [`Db::write`], for a part of long work that takes most of what a job may: it has its transaction for itself, so that
    /// nobody else's answer waits for it, and the others have a turn between two of them.
    pub async fn write_slice<T, E>(
        &self,
        actor: Actor,
        job: impl Fn(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.queue(actor, job, lanes::Lanes::push_slice).await
    }

    async fn queue<T, E>(
        &self,
        actor: Actor,
        job: impl Fn(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
        push: impl FnOnce(&lanes::Lanes, Box<dyn job::Job>) -> Result<bool, Fault>,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let core = &self.0.core;
        let waiting = job::Waiting { actor, job, started: false, result: None, answer };
        if push(&core.lanes, Box::new(waiting))? {
            writer::start(Arc::clone(core));
        }
        // Only a writer that broke down in the middle drops a job without an answer.
        answered.await.unwrap_or_else(|_| Err(Fault::Unsure.into()))
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
        let core = &self.0.core;
        if core.lanes.is_closed() {
            return Err(Fault::Closed.into());
        }
        let wait = match lane {
            Lane::Background => core.options.background_wait,
            Lane::Citizen | Lane::Staff => core.options.reader_wait,
        };
        let own = self.0.share.enter(lane, wait).await?;
        let permit = core.options.node.enter(lane, wait).await?;
        let pass = readers::Gate::enter(&core.gate, wait).await?;
        let (pool, clock) = (self.0.pool.clone(), core.clock.clone());
        let done = tokio::task::spawn_blocking(move || {
            let _inside = (own, permit, pass);
            view(&pool, &clock, job)
        });
        let (seen, result) = done.await.unwrap_or_else(|_| Err(Fault::Panicked))?;
        core.line.wait(seen, core.options.acknowledge_wait).await?;
        result
    }

    /// Takes no more jobs, does those that wait, and answers when the writer's connection is closed.
    pub async fn close(&self) {
        if self.0.core.folds() {
            // A writer without work has its connection closed already.
            self.wake_writer().await;
        }
        self.0.core.lanes.close();
        // The sender lives in the same structure, so the wait ends only with the writer.
        let _ = self.0.core.lanes.running().wait_for(|running| !running).await;
    }

    /// Whether the writer's thread runs; an idle municipality has none.
    pub fn is_writer_running(&self) -> bool {
        *self.0.core.lanes.running().borrow()
    }

    /// What was committed and waits for the archive; `None` when there is no archive.
    pub fn frames(&self) -> Option<Frames> {
        self.0.core.frames.clone()
    }

    /// Has the writer open the file, so that what the log still holds for the archive is picked up.
    pub async fn wake_writer(&self) {
        // Nothing is written: a job that fails leaves nothing.
        let _ = self.write(Actor::System { job: "wake" }, |_| Err::<(), _>(Fault::Busy)).await;
    }

    /// The file's random id.
    pub fn file_id(&self) -> &str {
        &self.0.core.file_id
    }

    /// The number of the last commit that is acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.0.core.line.acknowledged()
    }

    /// Changes with each acknowledged commit, so that a job knows when there may be something to do.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.0.core.line.commits()
    }

    /// The last time that the machine's clock was found more than a minute off.
    pub fn clock_jump(&self) -> Option<ClockJump> {
        *self.0.core.line.jump.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The version of SQLite that is linked.
pub fn engine_version() -> &'static str {
    rusqlite::version()
}

fn view<T, E>(
    pool: &readers::Pool,
    clock: &Clock,
    job: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
) -> Result<(u64, Result<T, E>), Fault> {
    let conn = pool.get().map_err(|_| Fault::Busy)?;
    let snapshot = conn.unchecked_transaction()?;
    let (seen, last) = ReadTx::new(&snapshot, clock.now()).progress()?;
    let result = job(&ReadTx::new(&snapshot, clock.now().max(last)));
    Ok((seen, result))
}

/// What a connection may remember of the file, in KiB: the inner pages of a large city's indexes, taken as they are needed and given
/// back when the connection closes. The writer touches a page of every index for each card that comes in.
const WRITER_CACHE: u32 = 32 << 10;
const READER_CACHE: u32 = 16 << 10;

fn pragmas(conn: &Connection, cache: u32) -> rusqlite::Result<()> {
    conn.execute_batch(&format!(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -{cache};",
    ))?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.set_prepared_statement_cache_capacity(256);
    Ok(())
}
