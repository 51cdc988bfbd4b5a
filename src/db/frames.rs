//! The frames that each commit wrote to the log, picked up before a checkpoint can take them away: what the archive ships.
//!
//! **Invariant:** every frame of every commit is picked up once, in order, or the batch says that some were lost.
//! **Invariant:** nothing here fails a commit, and what waits for the archive is bounded; beyond that it is lost and said so.
//! **Invariant:** on the leader of a pair nothing is given out that is not acknowledged: a takeover could take it back.
//! **Invariant:** what another program wrote into the file is picked up too, or the whole file is due: no page is ever missing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::copy::log_of;
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

/// Bytes before the first frame of a log, and before the page of each frame.
const HEAD: u64 = 32;
const FRAME_HEAD: usize = 24;

/// Reads committed frames one after the other, each checked against the chain of checksums.
#[derive(Debug)]
struct Tail {
    path: PathBuf,
    page_size: u32,
    salts: (u32, u32),
    offset: u64,
    sum: (u32, u32),
    big_endian: bool,
    pages: u32,
}

impl Tail {
    fn new(path: PathBuf, page_size: u32) -> Self {
        Self { path, page_size, salts: (0, 0), offset: 0, sum: (0, 0), big_endian: false, pages: 0 }
    }

    fn place(&self, commit_no: u64) -> LogPlace {
        LogPlace { salts: self.salts, end: self.offset, commit_no, pages: self.pages }
    }

    /// Goes to the archive's place when the log still holds it (`true`), else to the log's end.
    fn find(&mut self, place: Option<LogPlace>) -> io::Result<bool> {
        let Some(file) = self.open()? else { return Ok(false) };
        if !self.begin(&file)? {
            return Ok(false);
        }
        let wanted = place.filter(|place| place.salts == self.salts);
        if let Some(place) = wanted
            && place.end == HEAD
        {
            return Ok(true);
        }
        while let Some(size) = self.commit(&file, |_, _| {})? {
            self.pages = size;
            if wanted.is_some_and(|place| place.end == self.offset) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Every page that was committed since the last call; `None` when nothing was.
    fn poll(&mut self) -> io::Result<Option<BTreeMap<u32, Vec<u8>>>> {
        let Some(file) = self.open()? else { return Ok(None) };
        let mut head = [0; 32];
        if read_at(&file, &mut head, 0)? < 32 {
            return Ok(None);
        }
        if (word(&head, 16), word(&head, 20)) != self.salts && !self.begin(&file)? {
            return Ok(None);
        }
        let mut found = BTreeMap::new();
        let mut any = false;
        loop {
            let mut pages = BTreeMap::new();
            let Some(size) = self.commit(&file, |number, page| {
                pages.insert(number, page.to_vec());
            })?
            else {
                break;
            };
            any = true;
            self.pages = size;
            found.append(&mut pages);
        }
        Ok(any.then_some(found))
    }

    /// The salts of the log's present round; `None` without a log.
    fn round(&self) -> io::Result<Option<(u32, u32)>> {
        let Some(file) = self.open()? else { return Ok(None) };
        let mut head = [0; 32];
        Ok((read_at(&file, &mut head, 0)? == head.len()).then(|| (word(&head, 16), word(&head, 20))))
    }

    /// Whether a commit lies behind the last one that was read.
    fn is_longer(&self) -> bool {
        let mut ahead = Self { path: self.path.clone(), ..*self };
        matches!(self.open(), Ok(Some(file)) if !matches!(ahead.commit(&file, |_, _| {}), Ok(None)))
    }

    fn open(&self) -> io::Result<Option<File>> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Goes to the first frame of the log's present round.
    fn begin(&mut self, file: &File) -> io::Result<bool> {
        let mut head = [0; 32];
        if read_at(file, &mut head, 0)? < 32 {
            return Ok(false);
        }
        let magic = word(&head, 0);
        let big_endian = magic & 1 == 1;
        let sum = checksum(big_endian, (0, 0), head.get(..24).unwrap_or_default());
        if magic & !1 != 0x377f_0682
            || sum != (word(&head, 24), word(&head, 28))
            || word(&head, 8) != self.page_size
        {
            return Ok(false);
        }
        self.big_endian = big_endian;
        self.salts = (word(&head, 16), word(&head, 20));
        (self.offset, self.sum) = (HEAD, sum);
        Ok(true)
    }

    /// Reads the frames of the next commit, and gives the size of the file after it. Nothing moves when there is none.
    fn commit(&mut self, file: &File, mut each: impl FnMut(u32, &[u8])) -> io::Result<Option<u32>> {
        let length = FRAME_HEAD + usize::try_from(self.page_size).unwrap_or(0);
        let mut frame = vec![0; length];
        let (mut offset, mut sum) = (self.offset, self.sum);
        loop {
            if read_at(file, &mut frame, offset)? < length {
                return Ok(None);
            }
            let (head, page) = frame.split_at(FRAME_HEAD);
            if (word(head, 8), word(head, 12)) != self.salts {
                return Ok(None);
            }
            sum = checksum(self.big_endian, sum, head.get(..8).unwrap_or_default());
            sum = checksum(self.big_endian, sum, page);
            if sum != (word(head, 16), word(head, 20)) {
                return Ok(None);
            }
            offset += u64::try_from(length).unwrap_or(0);
            each(word(head, 0), page);
            let size = word(head, 4);
            if size != 0 {
                (self.offset, self.sum) = (offset, sum);
                return Ok(Some(size));
            }
        }
    }
}

/// As many bytes as there are, up to the buffer's length.
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let at = offset + u64::try_from(done).unwrap_or(0);
        match file.read_at(rest, at)? {
            0 => break,
            read => done += read,
        }
    }
    Ok(done)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or_default();
    u32::from_be_bytes(four)
}

/// The log's checksum, carried on over `bytes`, whose length is a multiple of eight.
fn checksum(big_endian: bool, (mut a, mut b): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    for eight in bytes.chunks_exact(8) {
        let half = |at: usize| {
            let four = eight.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or_default();
            if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
        };
        a = a.wrapping_add(half(0)).wrapping_add(b);
        b = b.wrapping_add(half(4)).wrapping_add(a);
    }
    (a, b)
}
