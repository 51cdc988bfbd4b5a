//! The queue in front of the writer: one bounded lane a side, served in turn, and one for the slices of long work.

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
    slices: Slices,
    running: bool,
    closed: bool,
}

/// Parts of long work, each as long as a job may be: they share no transaction with anybody.
#[derive(Debug, Default)]
struct Slices {
    waiting: VecDeque<Box<dyn Job>>,
    /// The others have had their turn since the last one.
    due: bool,
}

type Queue = fn(&mut State) -> &mut VecDeque<Box<dyn Job>>;

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
        let (queue, max): (Queue, _) = match lane {
            Lane::Citizen => (|state| &mut state.citizen, self.citizen_max),
            Lane::Staff | Lane::Background => (|state| &mut state.staff, self.staff_max),
        };
        self.put(queue, max, job)
    }

    /// Puts a slice of long work at the end of theirs.
    pub(super) fn push_slice(&self, job: Box<dyn Job>) -> Result<bool, Fault> {
        self.put(|state| &mut state.slices.waiting, self.staff_max, job)
    }

    fn put(&self, queue: Queue, max: usize, job: Box<dyn Job>) -> Result<bool, Fault> {
        let mut state = self.lock();
        if state.closed {
            return Err(Fault::Closed);
        }
        let queue = queue(&mut state);
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

    /// The next slice, when it is the turn of the slices: nobody else waits, or the others have just been served.
    pub(super) fn next_slice(&self) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        let turn = state.slices.due || (state.citizen.is_empty() && state.staff.is_empty());
        state.slices.due = !turn;
        if turn { state.slices.waiting.pop_front() } else { None }
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
        left.extend(std::mem::take(&mut state.slices.waiting));
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
        self.citizen.is_empty() && self.staff.is_empty() && self.slices.waiting.is_empty()
    }
}
