//! Readers: a small pool a file, a share of the node a lane, and a gate that the writer can shut.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::OpenFlags;
use scheduled_thread_pool::ScheduledThreadPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{DbOptions, Fault, Lane};

/// How many readers each lane may have at a time: in a file, and in all files of a process together.
#[derive(Clone, Debug)]
pub struct Node {
    citizen: Arc<Semaphore>,
    staff: Arc<Semaphore>,
    background: Arc<Semaphore>,
}

impl Node {
    /// So many readers for citizens and for staff each, and for jobs.
    pub fn new(people: usize, background: usize) -> Self {
        let share = |readers| Arc::new(Semaphore::new(readers));
        Self { citizen: share(people), staff: share(people), background: share(background) }
    }

    pub(super) async fn enter(&self, lane: Lane, patience: Duration) -> Result<OwnedSemaphorePermit, Fault> {
        let share = match lane {
            Lane::Citizen => &self.citizen,
            Lane::Staff => &self.staff,
            Lane::Background => &self.background,
        };
        let asked = Arc::clone(share).acquire_owned();
        match tokio::time::timeout(patience, asked).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Fault::Busy),
        }
    }
}

impl Default for Node {
    fn default() -> Self {
        Self::new(16, 8)
    }
}

pub(super) type Pool = r2d2::Pool<SqliteConnectionManager>;

pub(super) fn pool(path: &Path, options: &DbOptions) -> Result<Pool, r2d2::Error> {
    let manager = SqliteConnectionManager::file(path)
        .with_flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .with_init(|conn| {
            super::pragmas(conn, super::READER_CACHE)?;
            conn.execute_batch("PRAGMA query_only = ON;")
        });
    r2d2::Pool::builder()
        .max_size(u32::try_from(options.readers * 2 + 1).unwrap_or(u32::MAX).max(2))
        .min_idle(Some(0))
        .test_on_check_out(false)
        .idle_timeout(Some(options.reader_idle))
        .connection_timeout(options.reader_wait)
        .thread_pool(shared_threads())
        .build(manager)
}

/// r2d2 would start three threads for each city.
fn shared_threads() -> Arc<ScheduledThreadPool> {
    static THREADS: OnceLock<Arc<ScheduledThreadPool>> = OnceLock::new();
    Arc::clone(THREADS.get_or_init(|| Arc::new(ScheduledThreadPool::new(2))))
}

/// Lets readers in unless the writer has shut it, and knows how many are inside.
#[derive(Debug)]
pub(super) struct Gate {
    inside: Mutex<usize>,
    open: watch::Sender<bool>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { inside: Mutex::new(0), open: watch::Sender::new(true) }
    }

    pub(super) async fn enter(gate: &Arc<Self>, patience: Duration) -> Result<Pass, Fault> {
        let waiting = async {
            loop {
                if gate.open.subscribe().wait_for(|open| *open).await.is_err() {
                    return None;
                }
                let mut inside = gate.inside.lock().unwrap_or_else(PoisonError::into_inner);
                if *gate.open.borrow() {
                    *inside += 1;
                    return Some(Pass(Arc::clone(gate)));
                }
            }
        };
        tokio::time::timeout(patience, waiting).await.ok().flatten().ok_or(Fault::Busy)
    }

    pub(super) fn shut(&self) {
        self.open.send_replace(false);
    }

    pub(super) fn open(&self) {
        self.open.send_replace(true);
    }

    pub(super) fn is_shut(&self) -> bool {
        !*self.open.borrow()
    }

    pub(super) fn is_empty(&self) -> bool {
        *self.inside.lock().unwrap_or_else(PoisonError::into_inner) == 0
    }
}

/// A reader that is inside.
#[derive(Debug)]
pub(super) struct Pass(Arc<Gate>);

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.0.inside.lock().unwrap_or_else(PoisonError::into_inner);
        *inside = inside.saturating_sub(1);
    }
}
