//! The number line of a file: which commit was the last, and up to which one all are acknowledged.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;

use super::{Acknowledge, Fault};
use crate::base::Moment;

#[derive(Debug)]
pub(super) struct Line {
    acknowledged: watch::Sender<u64>,
    ask: Acknowledge,
    pub(super) jump: Mutex<Option<ClockJump>>,
}

/// The machine's clock was found more than a minute off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockJump {
    /// What the clock said then.
    pub at: Moment,
    /// How far it was off, in milliseconds; negative when it went back.
    pub by_ms: i64,
}

impl Line {
    pub(super) fn new(ask: Acknowledge) -> Self {
        Self { acknowledged: watch::Sender::new(0), ask, jump: Mutex::new(None) }
    }

    /// The last number that is acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        *self.acknowledged.borrow()
    }

    /// The last acknowledged number, and later ones.
    pub(super) fn commits(&self) -> watch::Receiver<u64> {
        self.acknowledged.subscribe()
    }

    /// Asks for the acknowledgement of everything up to `commit_no`.
    pub(super) fn acknowledge(&self, commit_no: u64) -> bool {
        if self.acknowledged() >= commit_no {
            return true;
        }
        if self.ask.ask(commit_no).is_err() {
            return false;
        }
        self.acknowledged.send_modify(|last| *last = commit_no.max(*last));
        true
    }

    /// Waits until `commit_no` is acknowledged.
    pub(super) async fn wait(&self, commit_no: u64, patience: Duration) -> Result<(), Fault> {
        let mut line = self.acknowledged.subscribe();
        let reached = line.wait_for(|last| *last >= commit_no);
        match tokio::time::timeout(patience, reached).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Fault::Unsure),
        }
    }
}
