//! A job in the queue: what to run, who asked, and how it is answered.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::{Actor, Fault, WriteTx};

/// What became of the transaction that a job ran in.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// It stands and is acknowledged, or there was nothing to commit.
    Stands,
    /// It does not stand; the reason.
    NotRegistered(String),
    /// It stands here, nobody knows for how long.
    Unsure,
}

pub(super) trait Job: Send + fmt::Debug {
    fn actor(&self) -> &Actor;
    /// Whether nobody waits for it any more and it has not been started yet.
    fn is_abandoned(&self) -> bool;
    /// Runs it and keeps its result; `true` when it may be committed.
    fn run(&mut self, tx: &WriteTx<'_>) -> bool;
    /// Whether the last run refused or failed by itself.
    fn failed(&self) -> bool;
    fn answer(self: Box<Self>, end: &End);
}

pub(super) struct Waiting<T, E, F> {
    pub actor: Actor,
    pub job: F,
    pub started: bool,
    pub result: Option<Result<T, E>>,
    pub answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Waiting<T, E, F>
where
    T: Send,
    E: From<Fault> + Send,
    F: Fn(&WriteTx<'_>) -> Result<T, E> + Send,
{
    fn actor(&self) -> &Actor {
        &self.actor
    }

    fn is_abandoned(&self) -> bool {
        !self.started && self.answer.is_closed()
    }

    fn run(&mut self, tx: &WriteTx<'_>) -> bool {
        self.started = true;
        let ran = catch_unwind(AssertUnwindSafe(|| (self.job)(tx)));
        let result = ran.unwrap_or_else(|_| Err(Fault::Panicked.into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn failed(&self) -> bool {
        matches!(self.result, Some(Err(_)))
    }

    fn answer(self: Box<Self>, end: &End) {
        let nothing = || Err(Fault::NotRegistered("the job was not run".to_owned()).into());
        let result = match end {
            End::Stands => self.result.unwrap_or_else(nothing),
            End::NotRegistered(why) => Err(Fault::NotRegistered(why.clone()).into()),
            End::Unsure => Err(Fault::Unsure.into()),
        };
        // The caller may have gone meanwhile; the job is done all the same.
        let _ = self.answer.send(result);
    }
}

impl<T, E, F> fmt::Debug for Waiting<T, E, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("actor", &self.actor).finish_non_exhaustive()
    }
}
