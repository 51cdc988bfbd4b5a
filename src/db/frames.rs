//! The frames that each commit wrote to the log, picked up before a checkpoint can take them away: what the archive ships.
//!
//! **Invariant:** every frame of every commit is picked up once, in order, or the batch says that some were lost.
//! **Invariant:** nothing here fails a commit, and what waits for the archive is bounded; beyond that it is lost and said so.

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
    /// Where the log stood before the first frame.
    pub from: u64,
    /// Where it stands after the last commit.
    pub place: LogPlace,
    /// When the last commit was made.
    pub at: Option<Moment>,
    /// Frames before these were lost: the whole file must be shipped.
    pub lost: bool,
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
}

impl Frames {
    /// Begins after what the archive holds; `None` when it holds nothing.
    pub fn after(shipped: Option<LogPlace>) -> Self {
        let waiting = Batch { lost: shipped.is_none(), ..Batch::default() };
        Self(Arc::new(Mutex::new(State { shipped, tail: None, waiting, bytes: 0 })))
    }

    /// Takes what waits; `None` when there is nothing to ship.
    pub fn take(&self) -> Option<Batch> {
        let mut state = self.lock();
        if state.waiting.pages.is_empty() && !state.waiting.lost {
            return None;
        }
        state.bytes = 0;
        let place = state.waiting.place;
        let next = Batch { place, from: place.end, ..Batch::default() };
        Some(std::mem::replace(&mut state.waiting, next))
    }

    /// Whether something waits.
    pub fn is_waiting(&self) -> bool {
        let state = self.lock();
        state.waiting.lost || !state.waiting.pages.is_empty()
    }

    /// Puts back what could not be shipped; what came meanwhile is newer.
    pub fn give_back(&self, batch: Batch) {
        let mut state = self.lock();
        let state = &mut *state;
        let newer = std::mem::replace(&mut state.waiting, batch);
        state.waiting.lost |= newer.lost;
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

    /// Lets go of what waits: there is no room for it. The whole file is due then.
    pub fn drop_waiting(&self) {
        let mut state = self.lock();
        state.lose();
    }

    /// The writer has opened the file: finds its place in the log.
    pub(super) fn attach(&self, path: &Path, page_size: u32, commit_no: u64) {
        let mut state = self.lock();
        if state.tail.is_some() {
            return;
        }
        let mut tail = Tail::new(log_of(path), page_size);
        match tail.find(state.shipped) {
            Ok(true) => {
                // What follows the archive's place in the log is picked up by the first collection.
                state.waiting.place = state.shipped.unwrap_or_default();
                state.waiting.from = state.waiting.place.end;
                state.tail = Some(tail);
                state.collect(commit_no, None);
            }
            Ok(false) => {
                let known = state.shipped.is_some_and(|place| place.commit_no == commit_no);
                state.waiting.lost |= !known;
                state.waiting.place = tail.place(commit_no);
                state.waiting.from = tail.offset;
                state.tail = Some(tail);
            }
            Err(error) => {
                tracing::error!(%error, "the log cannot be read");
                state.waiting.lost = true;
            }
        }
    }

    /// Picks up what the commit with this number wrote.
    pub(super) fn collect(&self, commit_no: u64, at: Moment) {
        self.lock().collect(commit_no, Some(at));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn collect(&mut self, commit_no: u64, at: Option<Moment>) {
        let Some(tail) = &mut self.tail else { return };
        let before = tail.salts;
        match tail.poll() {
            Ok(Some(pages)) => {
                if tail.salts != before {
                    self.waiting.from = HEAD;
                }
                self.waiting.place = tail.place(commit_no);
                self.waiting.at = at.or(self.waiting.at).or(Some(Moment::from_millis(0)));
                let size = tail.pages;
                for (number, page) in pages {
                    self.bytes += page.len();
                    if let Some(old) = self.waiting.pages.insert(number, page) {
                        self.bytes -= old.len();
                    }
                }
                self.waiting.pages.retain(|number, _| *number <= size);
                self.bound();
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "the log cannot be read");
                self.lose();
            }
        }
    }

    fn bound(&mut self) {
        if self.bytes > BOUND {
            tracing::error!(bytes = self.bytes, "the archive does not keep up: the whole file is due");
            self.lose();
        }
    }

    fn lose(&mut self) {
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
