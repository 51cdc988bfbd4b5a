//! A register that lies with one of the two nodes itself (`manual`): a file that nobody else asks.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::register::{Answer, Call, Keeper, Register};
use super::store::{RegisterFile, StoreError};

/// This node's own register.
#[derive(Debug)]
pub struct Local {
    file: RegisterFile,
    began: Instant,
    keeper: Mutex<Option<Keeper>>,
}

impl Local {
    /// Reads the register in `dir`. Where there is none, the other node leads for all that this one knows.
    pub fn open(dir: &Path, cluster: &str, nodes: (&str, &str), lease: Duration) -> Result<Self, StoreError> {
        let file = RegisterFile::in_dir(dir);
        let register = file.read()?.unwrap_or_else(|| Register::new(cluster, nodes.1, 0, 0));
        let keeper = Mutex::new(Some(Keeper::own(register, lease, nodes)));
        Ok(Self { file, began: Instant::now(), keeper })
    }

    /// What is in force; `None` when nobody knows what a power cut would leave of it.
    pub fn register(&self) -> Option<Register> {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.as_ref().map(|keeper| keeper.register().clone())
    }

    /// What the register says to this question; the change that it makes is durable then. After a change of which nobody knows
    /// whether it is, it answers no more.
    pub fn call(&self, call: &Call) -> Option<Answer> {
        let mut place = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let keeper = place.as_mut()?;
        let now = self.began.elapsed();
        let ruling = keeper.decide(call, now);
        let verdict = ruling.verdict;
        if let Some(change) = &ruling.change
            && let Err(error) = self.file.write(change)
        {
            tracing::error!(%error, "the register of this node is not written");
            if matches!(error, StoreError::Unsure { .. }) {
                *place = None;
            }
            return None;
        }
        keeper.adopt(ruling);
        Some(keeper.answer(call.id, verdict, now))
    }
}
