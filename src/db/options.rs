//! How a file is served: lengths of queues, sizes of batches, timings, and the seams that tests and replication use.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::frames::Frames;
use super::readers::Node;
use super::upgrade::Upgrades;

/// The commit with the number it was asked about was not acknowledged in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not acknowledged")]
pub struct NotAcknowledged;

type AskAcknowledge = dyn Fn(u64) -> Result<(), NotAcknowledged> + Send + Sync;
type ConnectionHook = dyn Fn(&Connection) + Send + Sync;

/// The one place between "the frames are committed here" and "the commit is acknowledged".
#[derive(Clone)]
pub struct Acknowledge(Arc<AskAcknowledge>);

impl Acknowledge {
    /// Acknowledges at once: one machine alone.
    pub fn at_once() -> Self {
        Self(Arc::new(|_| Ok(())))
    }

    /// Asks `ask` with the number of the last commit; it may block the writer until the answer is known.
    pub fn from_fn(ask: impl Fn(u64) -> Result<(), NotAcknowledged> + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    pub(super) fn ask(&self, commit_no: u64) -> Result<(), NotAcknowledged> {
        (self.0)(commit_no)
    }
}

impl fmt::Debug for Acknowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acknowledge")
    }
}

/// Sees the writer's connection each time it was opened. Tests inject faults with it.
#[derive(Clone)]
pub struct OnConnect(Arc<ConnectionHook>);

impl OnConnect {
    /// Calls `hook` with each new connection of the writer.
    pub fn from_fn(hook: impl Fn(&Connection) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(super) fn call(&self, conn: &Connection) {
        (self.0)(conn);
    }
}

impl fmt::Debug for OnConnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnConnect")
    }
}

type AskFold = dyn Fn() -> bool + Send + Sync;

/// Tells at the end whether the log is to be put into the file: whoever gave leadership away leaves nothing beside it that looks like
/// commits of its own.
#[derive(Clone)]
pub struct Fold(Arc<AskFold>);

impl Fold {
    /// Asks `ask` when the file is closed.
    pub fn from_fn(ask: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    pub(super) fn is_due(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fold")
    }
}

type PickUpOf = dyn Fn(&str) -> Frames + Send + Sync;

/// Gives each file that is opened, named by its id, where its writer puts what it commits.
#[derive(Clone)]
pub struct PickUp(Arc<PickUpOf>);

impl PickUp {
    /// Asks `of` with the file's id.
    pub fn from_fn(of: impl Fn(&str) -> Frames + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }

    pub(super) fn of(&self, file_id: &str) -> Frames {
        (self.0)(file_id)
    }
}

impl fmt::Debug for PickUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PickUp")
    }
}

/// How one file is served. The defaults are those of the product.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// Jobs of citizens that may wait; one more is told [`super::Fault::Busy`].
    pub citizen_lane: usize,
    /// Jobs of staff, command line and background work that may wait.
    pub staff_lane: usize,
    /// Jobs that one transaction may hold.
    pub batch_jobs: usize,
    /// No further job is taken into a transaction that is older.
    pub batch_time: Duration,
    /// A writer without work for this long ends and closes its connection.
    pub idle_stop: Duration,
    /// A reader's connection without work for this long is closed.
    pub reader_idle: Duration,
    /// Readers that one file may have for each lane, so that neither side waits for the other.
    pub readers: usize,
    /// How long a read waits for a free reader.
    pub reader_wait: Duration,
    /// The same for a job, which nobody waits for.
    pub background_wait: Duration,
    /// How long a read waits until what it saw is acknowledged.
    pub acknowledge_wait: Duration,
    /// Bytes of the log from which frames are copied back without waiting for anybody.
    pub wal_passive: u64,
    /// Bytes of the log from which it is to start again, waiting for readers for a moment.
    pub wal_restart: u64,
    /// From "committed" to "acknowledged".
    pub acknowledge: Acknowledge,
    /// Sees each new connection of the writer.
    pub on_connect: Option<OnConnect>,
    /// Where what is committed is picked up for the archive; `None` = no archive.
    pub pick_up: Option<PickUp>,
    /// Where it is picked up for the other node of a pair; `None` = one machine alone.
    pub follow: Option<Frames>,
    /// Whether the log is put into the file when it is closed; `None` = never.
    pub fold: Option<Fold>,
    /// Makes each commit longer. Only for benchmarks.
    pub flush_extra: Duration,
    /// The steps that bring an older file to the present schema.
    pub upgrades: Upgrades,
    /// What all files of the process share.
    pub node: Node,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            citizen_lane: 512,
            staff_lane: 256,
            batch_jobs: 64,
            batch_time: Duration::from_millis(100),
            idle_stop: Duration::from_mins(5),
            reader_idle: Duration::from_mins(1),
            readers: 4,
            reader_wait: Duration::from_secs(1),
            background_wait: Duration::from_secs(30),
            acknowledge_wait: Duration::from_secs(1),
            wal_passive: 4 << 20,
            wal_restart: 16 << 20,
            acknowledge: Acknowledge::at_once(),
            on_connect: None,
            pick_up: None,
            follow: None,
            fold: None,
            flush_extra: Duration::ZERO,
            upgrades: Upgrades::default(),
            node: Node::default(),
        }
    }
}
