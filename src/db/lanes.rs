//! The queue in front of the writer: one bounded lane a side, served in turn.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::job::Job;
use super::{Fault, Lane};

#[derive(Debug)]
pub(super) struct Lanes {
    state: Mutex<State>,
    work: Condvar,
    running: watch::Sender<bool>,
    citizen_max: usize,
    staff_max: usize,
}

#[derive(Debug, Default)]
struct State {
    citizen: VecDeque<Box<dyn Job>>,
    staff: VecDeque<Box<dyn Job>>,
    citizen_next: bool,
    running: bool,
    closed: bool,
}

/// What the writer was woken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    Work,
    Quiet,
    Closed,
}

impl Lanes {
    pub(super) fn new(citizen_max: usize, staff_max: usize) -> Self {
        let running = watch::Sender::new(false);
        Self { state: Mutex::default(), work: Condvar::new(), running, citizen_max, staff_max }
    }

    /// Puts a job at the end of its lane. `true` when no writer runs and the caller must start one.
    pub(super) fn push(&self, lane: Lane, job: Box<dyn Job>) -> Result<bool, Fault> {
        let mut state = self.lock();
        if state.closed {
            return Err(Fault::Closed);
        }
        let (queue, max) = match lane {
            Lane::Citizen => (&mut state.citizen, self.citizen_max),
            Lane::Staff => (&mut state.staff, self.staff_max),
        };
        if queue.len() >= max {
            return Err(Fault::Busy);
        }
        queue.push_back(job);
        let start = !std::mem::replace(&mut state.running, true);
        drop(state);
        self.running.send_replace(true);
        self.work.notify_one();
        Ok(start)
    }

    /// The next job: the lanes take turns while both have one.
    pub(super) fn next(&self) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        state.citizen_next = !state.citizen_next;
        if state.citizen_next {
            state.citizen.pop_front().or_else(|| state.staff.pop_front())
        } else {
            state.staff.pop_front().or_else(|| state.citizen.pop_front())
        }
    }

    /// Waits for a job for at most `patience`. A closed queue is emptied first.
    pub(super) fn wait(&self, patience: Duration) -> Wake {
        let idle = |state: &mut State| state.is_empty() && !state.closed;
        let waited = self.work.wait_timeout_while(self.lock(), patience, idle);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match (state.is_empty(), state.closed) {
            (false, _) => Wake::Work,
            (true, true) => Wake::Closed,
            (true, false) => Wake::Quiet,
        }
    }

    /// The writer may end when nothing came in meanwhile.
    pub(super) fn retire(&self) -> bool {
        let mut state = self.lock();
        if !state.is_empty() {
            return false;
        }
        state.running = false;
        drop(state);
        self.running.send_replace(false);
        true
    }

    /// The writer is gone and whatever still waits is given back.
    pub(super) fn abandon(&self) -> Vec<Box<dyn Job>> {
        let mut state = self.lock();
        state.running = false;
        let mut left: Vec<_> = std::mem::take(&mut state.citizen).into();
        left.extend(std::mem::take(&mut state.staff));
        drop(state);
        self.running.send_replace(false);
        left
    }

    /// Takes no more jobs; those that wait are still done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Whether a writer runs, and later changes of it.
    pub(super) fn running(&self) -> watch::Receiver<bool> {
        self.running.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.citizen.is_empty() && self.staff.is_empty()
    }
}
