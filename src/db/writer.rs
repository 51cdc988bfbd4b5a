//! The writer's thread: batches of jobs in one transaction each, a savepoint a job, one commit, one acknowledgement.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rusqlite::{Connection, named_params};

use super::checkpoint::{Checkpoints, fold};
use super::frames::Frames;
use super::job::{End, Job};
use super::lanes::{Lanes, Wake};
use super::line::{ClockJump, Line};
use super::readers::Gate;
use super::{DbOptions, Fold, WriteTx, schema};
use crate::base::{Chance, Clock, Moment};

const JUMP_MS: i64 = 60_000;
const TEND: Duration = Duration::from_millis(50);

/// What the doors and the writer's thread share.
#[derive(Debug)]
pub(super) struct Core {
    pub path: PathBuf,
    pub file_id: String,
    pub clock: Clock,
    pub chance: Chance,
    pub options: DbOptions,
    pub lanes: Lanes,
    pub line: Line,
    pub gate: Arc<Gate>,
    pub frames: Option<Frames>,
}

impl Core {
    /// Where what is committed is picked up.
    fn picked_up(&self) -> impl Iterator<Item = &Frames> {
        self.frames.iter().chain(&self.options.follow)
    }

    /// Whether the log is to be put into the file at the end.
    pub(super) fn folds(&self) -> bool {
        self.options.fold.as_ref().is_some_and(Fold::is_due)
    }

    /// Asks for an acknowledgement; with it the commit may go into the archive.
    fn acknowledge(&self, commit_no: u64) -> bool {
        let counts = self.line.acknowledge(commit_no);
        if counts && let Some(frames) = &self.frames {
            frames.settle();
        }
        counts
    }
}

/// Starts the thread; called when the first job came into an idle queue.
pub(super) fn start(core: Arc<Core>) {
    let spare = Arc::clone(&core);
    let started = std::thread::Builder::new().name("writer".to_owned()).spawn(move || run(&core));
    if let Err(error) = started {
        give_back(&spare.lanes, &error.to_string());
    }
}

fn give_back(lanes: &Lanes, why: &str) {
    for job in lanes.abandon() {
        job.answer(&End::NotRegistered(why.to_owned()));
    }
}

/// Nobody waits for ever, whatever ends the thread.
struct Leaving<'a>(&'a Core, bool);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.gate.open();
        if !self.1 {
            give_back(&self.0.lanes, "the writer ended");
        }
    }
}

fn run(core: &Core) {
    let mut leaving = Leaving(core, false);
    loop {
        let mut desk = match Desk::open(core) {
            Ok(desk) => desk,
            Err(error) => {
                tracing::error!(%error, "the writer cannot open its file");
                return;
            }
        };
        let closed = desk.serve();
        if closed {
            desk.fold();
        }
        drop(desk);
        if closed {
            return;
        }
        if core.lanes.retire() {
            leaving.1 = true;
            return;
        }
    }
}

/// How a transaction ended.
enum Closing {
    Committed(u64),
    Nothing(u64),
    /// The whole transaction is gone: no job counts as done, each may be run again alone.
    Lost(String),
    Failed(String),
    Doubtful,
}

struct Desk<'a> {
    core: &'a Core,
    conn: Connection,
    checkpoints: Checkpoints,
    told: Option<(Moment, Instant)>,
    behind: Option<u64>,
    /// Changes when another connection commits.
    version: i64,
}

impl<'a> Desk<'a> {
    fn open(core: &'a Core) -> rusqlite::Result<Self> {
        let conn = schema::writer(&core.path, &core.file_id)?;
        if let Some(hook) = &core.options.on_connect {
            hook.call(&conn);
        }
        // Before the log is looked into: who writes after this is noticed by the next transaction.
        let version = data_version(&conn)?;
        if core.picked_up().next().is_some() {
            let size = conn.query_row("PRAGMA page_size", [], |row| row.get("page_size"))?;
            let (last, at): (i64, Moment) =
                conn.query_row("SELECT commit_no, now_at FROM progress", [], |row| {
                    Ok((row.get("commit_no")?, row.get("now_at")?))
                })?;
            for frames in core.picked_up() {
                frames.attach(&core.path, size, u64::try_from(last).unwrap_or(0), at);
            }
        }
        let checkpoints = Checkpoints::new(&conn, core.options.wal_passive, core.options.wal_restart)?;
        Ok(Self { core, conn, checkpoints, told: None, behind: None, version })
    }

    /// Serves until the queue is closed (`true`) or there was nothing to do for long enough.
    fn serve(&mut self) -> bool {
        loop {
            let pending = self.behind.is_some() || self.core.gate.is_shut();
            let patience = if pending { TEND } else { self.core.options.idle_stop };
            match self.core.lanes.wait(patience) {
                Wake::Work => self.batch(),
                Wake::Quiet if pending => {}
                Wake::Quiet => return false,
                Wake::Closed => return true,
            }
            if self.behind.is_some_and(|commit_no| self.core.acknowledge(commit_no)) {
                self.behind = None;
            }
            self.checkpoints.tend(&self.conn, &self.core.gate);
        }
    }

    /// Puts the log into the file where that is asked for, unless something in it is not acknowledged.
    fn fold(&self) {
        if self.behind.is_none()
            && self.core.folds()
            && let Err(error) = fold(&self.conn)
        {
            tracing::warn!(%error, "the log stays beside the file");
        }
    }

    fn batch(&mut self) {
        let mut jobs: Vec<_> = self.core.lanes.next_slice().into_iter().collect();
        if jobs.first().is_some_and(|slice| slice.is_abandoned()) {
            return;
        }
        let take = jobs.is_empty();
        let closing = self.transact(&mut jobs, take);
        if let Closing::Lost(why) = &closing {
            tracing::warn!(%why, jobs = jobs.len(), "a whole transaction was lost; each job is run again alone");
            for job in jobs {
                let mut one = vec![job];
                let closing = self.transact(&mut one, false);
                self.answer(one, closing);
            }
        } else {
            self.answer(jobs, closing);
        }
    }

    fn answer(&mut self, jobs: Vec<Box<dyn Job>>, closing: Closing) {
        let end = match closing {
            Closing::Committed(commit_no) | Closing::Nothing(commit_no) => self.acknowledged(commit_no),
            Closing::Doubtful => End::Unsure,
            Closing::Lost(why) | Closing::Failed(why) => End::NotRegistered(why),
        };
        for job in jobs {
            // A job whose own failure ended its transaction gets to know that failure: nothing stands either way.
            let own = matches!(end, End::NotRegistered(_)) && job.failed();
            job.answer(if own { &End::Stands } else { &end });
        }
    }

    fn acknowledged(&mut self, commit_no: u64) -> End {
        if self.core.acknowledge(commit_no) {
            return End::Stands;
        }
        tracing::error!(commit_no, "a commit was not acknowledged");
        self.behind = Some(commit_no);
        End::Unsure
    }

    /// One transaction over `jobs`, or over what waits in the queue when `take` says so.
    fn transact(&mut self, jobs: &mut Vec<Box<dyn Job>>, take: bool) -> Closing {
        let began = Instant::now();
        let opened = self.begin();
        let (commit_no, now) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.roll_back();
                while take && jobs.len() < self.core.options.batch_jobs {
                    let Some(job) = self.core.lanes.next() else { break };
                    jobs.push(job);
                }
                return Closing::Failed(error.to_string());
            }
        };
        let mut kept = 0_usize;
        let mut lost = false;
        if take {
            while jobs.len() < self.core.options.batch_jobs.max(1)
                && began.elapsed() < self.core.options.batch_time
                && !lost
            {
                let Some(mut job) = self.core.lanes.next() else { break };
                if job.is_abandoned() {
                    continue;
                }
                self.one(job.as_mut(), now, &mut kept, &mut lost);
                jobs.push(job);
            }
        } else if let [alone] = jobs.as_mut_slice() {
            // It is undone with its transaction; a savepoint would keep a copy of each page that it changes.
            kept = usize::from(self.run(alone.as_mut(), now));
            lost = self.conn.is_autocommit();
        } else {
            for job in jobs.iter_mut() {
                self.one(job.as_mut(), now, &mut kept, &mut lost);
            }
        }
        if lost {
            self.roll_back();
            return Closing::Lost("the transaction was ended by SQLite".to_owned());
        }
        if kept == 0 {
            self.roll_back();
            return Closing::Nothing(commit_no);
        }
        self.commit(commit_no + 1, now)
    }

    fn begin(&mut self) -> rusqlite::Result<(u64, Moment)> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        if self.core.picked_up().next().is_some() {
            let version = data_version(&self.conn)?;
            if version != std::mem::replace(&mut self.version, version) {
                self.core.picked_up().for_each(Frames::others_wrote);
            }
        }
        let (commit_no, last): (i64, Moment) = self
            .conn
            .prepare_cached("SELECT commit_no, now_at FROM progress")?
            .query_row([], |row| Ok((row.get("commit_no")?, row.get("now_at")?)))?;
        Ok((u64::try_from(commit_no).unwrap_or(0), self.now(last)))
    }

    /// The moment of the transaction: it never goes back, and a jump of the machine's clock is told.
    fn now(&mut self, last: Moment) -> Moment {
        let wall = self.core.clock.now();
        let back = wall.millis() - last.millis();
        let drift = self.told.map_or(0, |(then, at)| {
            let passed = i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
            wall.millis() - then.millis() - passed
        });
        self.told = Some((wall, Instant::now()));
        let by_ms = if back < -JUMP_MS { back } else { drift };
        if by_ms.abs() > JUMP_MS {
            tracing::error!(by_ms, "the machine's clock jumped");
            metrics::counter!("madoguchi_clock_jumps_total").increment(1);
            let mut jump = self.core.line.jump.lock().unwrap_or_else(PoisonError::into_inner);
            *jump = Some(ClockJump { at: wall, by_ms });
        }
        wall.max(last)
    }

    fn one(&self, job: &mut dyn Job, now: Moment, kept: &mut usize, lost: &mut bool) {
        let conn = &self.conn;
        let mark = |sql: &str| conn.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        if mark("SAVEPOINT job").is_err() {
            *lost = true;
            return;
        }
        let keep = self.run(job, now);
        if conn.is_autocommit() {
            *lost = true;
            return;
        }
        let undone = keep || mark("ROLLBACK TO job").is_ok();
        *lost = !undone || mark("RELEASE job").is_err();
        *kept += usize::from(keep);
    }

    fn run(&self, job: &mut dyn Job, now: Moment) -> bool {
        let actor = job.actor().clone();
        job.run(&WriteTx::new(&self.conn, now, &actor, &self.core.chance))
    }

    fn commit(&mut self, commit_no: u64, now: Moment) -> Closing {
        match self.stamp(commit_no, now) {
            Ok(()) => {
                metrics::counter!("madoguchi_commits_total").increment(1);
                lengthen(self.core.options.flush_extra);
                Closing::Committed(commit_no)
            }
            Err(error) => {
                self.roll_back();
                tracing::error!(%error, "a commit failed");
                if is_constraint(&error) {
                    return Closing::Lost(error.to_string());
                }
                // Frames of the failed commit may lie in the log: a small commit over them makes sure that none counts.
                let buried = self.begin().and_then(|(last, now)| {
                    self.stamp(last + 1, now)?;
                    // It is a commit like any other: who reads waits for its acknowledgement.
                    self.behind = Some(last + 1);
                    Ok(())
                });
                self.roll_back();
                if buried.is_ok() { Closing::Failed(error.to_string()) } else { Closing::Doubtful }
            }
        }
    }

    fn stamp(&self, commit_no: u64, now: Moment) -> rusqlite::Result<()> {
        let number = i64::try_from(commit_no).unwrap_or(i64::MAX);
        self.conn
            .prepare_cached("UPDATE progress SET commit_no = :commit_no, now_at = :now")?
            .execute(named_params! { ":commit_no": number, ":now": now })?;
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        // Before the next transaction: it may begin the log anew and write over these frames.
        for frames in self.core.picked_up() {
            frames.collect(commit_no, now);
        }
        Ok(())
    }

    fn roll_back(&self) {
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a rollback failed");
        }
    }
}

fn data_version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get("data_version"))
}

/// A deferred foreign key that one job of the batch left open.
fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

fn lengthen(flush: Duration) {
    if !flush.is_zero() {
        let (_open, never) = mpsc::channel::<()>();
        let _ = never.recv_timeout(flush);
    }
}
