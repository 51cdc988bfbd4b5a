//! The frames that each commit wrote to the log, picked up before a checkpoint can take them away: what the archive ships.
//!
//! **Invariant:** every frame of every commit is picked up once, in order, or the batch says that some were lost.
//! **Invariant:** nothing here fails a commit, and what waits for the archive is bounded; beyond that it is lost and said so.
//! **Invariant:** on the leader of a pair nothing is given out that is not acknowledged: a takeover could take it back.
//! **Invariant:** what another program wrote into the file is picked up too, or the whole file is due: no page is ever missing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::copy::log_of;
use super::tail::{HEAD, Tail};
use crate::base::Moment;

/// Bytes of pages that may wait for the archive.
const BOUND: usize = 64 << 20;

/// A place in the log up to which everything is in the archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogPlace {
    /// The two salts of the log's present round.
    pub salts: (u32, u32),
    /// Bytes from the log's beginning.
    pub end: u64,
    /// Number of the last commit before it.
    pub commit_no: u64,
    /// Pages of the file after that commit.
    pub pages: u32,
}

/// What was committed since the last batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Each changed page as it is after the last commit.
    pub pages: BTreeMap<u32, Vec<u8>>,
    /// Number of the commit that this follows: whoever holds all up to it, and this, has all.
    pub after: u64,
    /// Where the log stood before the first frame.
    pub from: u64,
    /// Where it stands after the last commit.
    pub place: LogPlace,
    /// When the first commit in it was made.
    pub since: Option<Moment>,
    /// When the last commit was made.
    pub at: Option<Moment>,
    /// Frames before these were lost: the whole file must be shipped.
    pub lost: bool,
    /// They were let go because there was no room: a new lineage is due.
    pub fresh: bool,
}

/// Where the writer puts frames and the archive takes them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Frames(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Where the archive stands, from before this process.
    shipped: Option<LogPlace>,
    tail: Option<Tail>,
    waiting: Batch,
    bytes: usize,
    /// What was committed and is not acknowledged: nobody may have it yet.
    unsettled: Option<Batch>,
    /// Whether what is committed waits for its acknowledgement before it is given out.
    settles: bool,
    /// The moment of the oldest commit in what was taken and has not arrived.
    under_way: Option<Moment>,
    /// Another program wrote and nobody knows what: the whole file is due with the next commit.
    foreign: bool,
}

impl Frames {
    /// Begins after what the archive holds; `None` when it holds nothing.
    pub fn after(shipped: Option<LogPlace>) -> Self {
        let waiting = Batch { lost: shipped.is_none(), ..Batch::default() };
        Self(Arc::new(Mutex::new(State {
            shipped,
            tail: None,
            waiting,
            bytes: 0,
            unsettled: None,
            settles: false,
            under_way: None,
            foreign: false,
        })))
    }

    /// Gives out only what was said to be acknowledged: what a takeover could take back must not be in the archive.
    pub(super) fn only_settled(&self) {
        self.lock().settles = true;
    }

    /// Everything up to this commit is acknowledged.
    pub(super) fn settle(&self) {
        let mut state = self.lock();
        if let Some(settled) = state.unsettled.take() {
            state.pass(settled);
        }
    }

    /// Takes what waits; `None` when there is nothing to ship.
    pub fn take(&self) -> Option<Batch> {
        let mut state = self.lock();
        if !state.waits() {
            return None;
        }
        state.bytes = 0;
        state.under_way = state.waiting.since;
        let place = state.waiting.place;
        let next = Batch { place, from: place.end, after: place.commit_no, ..Batch::default() };
        Some(std::mem::replace(&mut state.waiting, next))
    }

    /// Whether something waits.
    pub fn is_waiting(&self) -> bool {
        self.lock().waits()
    }

    /// What was taken is in the archive.
    pub fn arrived(&self) {
        self.lock().under_way = None;
    }

    /// The moment of the oldest commit that is not in the archive, and the bytes of the pages that wait; `None` when all are.
    pub fn backlog(&self) -> Option<(Moment, usize)> {
        let state = self.lock();
        let waiting = state.waiting.since.filter(|_| state.waits());
        state.under_way.or(waiting).map(|since| (since, state.bytes))
    }

    /// Puts back what could not be shipped; what came meanwhile is newer.
    pub fn give_back(&self, batch: Batch) {
        let mut state = self.lock();
        let state = &mut *state;
        state.under_way = None;
        let newer = std::mem::replace(&mut state.waiting, batch);
        state.waiting.lost |= newer.lost;
        state.waiting.fresh |= newer.fresh;
        state.waiting.since = state.waiting.since.or(newer.since);
        if newer.at.is_some() {
            let same_round = newer.place.salts == state.waiting.place.salts;
            state.waiting.from = if same_round { state.waiting.from } else { newer.from };
            state.waiting.place = newer.place;
            state.waiting.at = newer.at;
        }
        state.waiting.pages.extend(newer.pages);
        state.bytes = state.waiting.pages.values().map(Vec::len).sum();
        state.bound();
    }

    /// Lets go of what was taken and of what waits: there is no room for it. A new lineage with the whole file is due then.
    pub fn let_go(&self, batch: Batch) {
        self.give_back(batch);
        let mut state = self.lock();
        state.lose();
        state.waiting.fresh = true;
    }

    /// The writer has opened the file: finds its place in the log.
    pub(super) fn attach(&self, path: &Path, page_size: u32, commit_no: u64, at: Moment) {
        let mut state = self.lock();
        if state.tail.is_some() {
            state.come_back();
            return;
        }
        let mut tail = Tail::new(log_of(path), page_size);
        let found = tail.find(state.shipped);
        let here = if matches!(found, Ok(true)) { state.shipped } else { None };
        let place = here.unwrap_or_else(|| tail.place(commit_no));
        (state.waiting.place, state.waiting.from, state.waiting.after) = (place, place.end, place.commit_no);
        state.tail = Some(tail);
        match (found, state.shipped) {
            // What follows the archive's place in the log is picked up at once.
            (Ok(true), _) => state.collect(commit_no, at),
            // The place lies in a log that is gone. Nothing was committed since, so only another program may have written.
            (Ok(false), Some(shipped)) if shipped.commit_no == commit_no => {
                state.foreign = shipped.salts != (0, 0);
            }
            (Ok(false), _) => state.waiting.lost = true,
            (Err(error), _) => {
                tracing::error!(%error, "the log cannot be read");
                state.waiting.lost = true;
            }
        }
    }

    /// Another program has committed since the last commit that was picked up.
    pub(super) fn others_wrote(&self) {
        tracing::warn!("another program wrote into the file of a city");
        self.lock().pick_up_foreign();
    }

    /// Picks up what the commit with this number wrote.
    pub(super) fn collect(&self, commit_no: u64, at: Moment) {
        self.lock().collect(commit_no, at);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waits(&self) -> bool {
        // Pages of another program alone wait for the next commit, which gives them a number.
        self.waiting.lost
            || (!self.waiting.pages.is_empty() && self.waiting.place.commit_no > self.waiting.after)
    }

    fn collect(&mut self, commit_no: u64, at: Moment) {
        if std::mem::take(&mut self.foreign) {
            tracing::error!("another program wrote into the file of a city: the whole file is due");
            self.lose();
        }
        let Some(tail) = &mut self.tail else { return };
        let before = tail.salts;
        match tail.poll() {
            Ok(Some(pages)) => {
                let batch = Batch {
                    pages,
                    from: if tail.salts == before { 0 } else { HEAD },
                    place: tail.place(commit_no),
                    since: Some(at),
                    at: Some(at),
                    ..Batch::default()
                };
                if self.settles {
                    self.hold(batch);
                } else {
                    self.pass(batch);
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "the log cannot be read");
                self.lose();
            }
        }
    }

    /// Keeps a commit until it is acknowledged.
    fn hold(&mut self, newer: Batch) {
        let Some(held) = &mut self.unsettled else {
            self.unsettled = Some(newer);
            return;
        };
        held.pages.extend(newer.pages);
        held.from = held.from.max(newer.from);
        (held.place, held.at) = (newer.place, newer.at);
        // Nobody acknowledges anything for so long: the whole file comes when somebody does.
        if held.pages.values().map(Vec::len).sum::<usize>() > BOUND {
            held.pages.clear();
            held.lost = true;
        }
    }

    /// Gives a commit out.
    fn pass(&mut self, batch: Batch) {
        if batch.from != 0 {
            self.waiting.from = batch.from;
        }
        self.waiting.place = batch.place;
        self.waiting.at = batch.at;
        self.waiting.since = self.waiting.since.or(batch.since);
        if batch.lost {
            self.lose();
        }
        self.add(batch.pages, batch.place.pages);
    }

    /// `size`: how many pages the file has with these.
    fn add(&mut self, pages: BTreeMap<u32, Vec<u8>>, size: u32) {
        for (number, page) in pages {
            self.bytes += page.len();
            if let Some(old) = self.waiting.pages.insert(number, page) {
                self.bytes -= old.len();
            }
        }
        while let Some(entry) = self.waiting.pages.last_entry().filter(|entry| *entry.key() > size) {
            self.bytes -= entry.remove().len();
        }
        self.bound();
    }

    /// The writer has opened the file again. While nobody here had it open, another program that left it last took the log
    /// away, and may have written before.
    fn come_back(&mut self) {
        let Some(tail) = &self.tail else { return };
        let round = tail.round().unwrap_or_default();
        if round != Some(tail.salts) {
            self.foreign = true;
        } else if tail.is_longer() {
            // Whatever was added to the same log lies behind our own frames.
            self.pick_up_foreign();
        }
    }

    fn pick_up_foreign(&mut self) {
        let Some(tail) = &mut self.tail else { return };
        let before = tail.salts;
        match tail.poll() {
            Ok(Some(pages)) if tail.salts == before && self.unsettled.is_none() => {
                let size = tail.pages;
                self.add(pages, size);
            }
            _ => self.foreign = true,
        }
    }

    fn bound(&mut self) {
        if self.bytes > BOUND {
            tracing::error!(bytes = self.bytes, "the archive does not keep up: the whole file is due");
            self.lose();
        }
    }

    fn lose(&mut self) {
        if let Some(held) = &mut self.unsettled {
            // They are part of the whole file once they count.
            held.pages.clear();
        }
        self.waiting.pages.clear();
        self.waiting.lost = true;
        self.bytes = 0;
    }
}
