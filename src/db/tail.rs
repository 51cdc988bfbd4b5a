//! Reading a log of the engine's behind the writer: committed frames, one after the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::frames::LogPlace;

/// Bytes before the first frame of a log, and before the page of each frame.
pub(super) const HEAD: u64 = 32;
const FRAME_HEAD: usize = 24;

/// Reads committed frames one after the other, each checked against the chain of checksums.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    page_size: u32,
    pub(super) salts: (u32, u32),
    offset: u64,
    sum: (u32, u32),
    big_endian: bool,
    pub(super) pages: u32,
}

impl Tail {
    pub(super) fn new(path: PathBuf, page_size: u32) -> Self {
        Self { path, page_size, salts: (0, 0), offset: 0, sum: (0, 0), big_endian: false, pages: 0 }
    }

    pub(super) fn place(&self, commit_no: u64) -> LogPlace {
        LogPlace { salts: self.salts, end: self.offset, commit_no, pages: self.pages }
    }

    /// Goes to the archive's place when the log still holds it (`true`), else to the log's end.
    pub(super) fn find(&mut self, place: Option<LogPlace>) -> io::Result<bool> {
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
    pub(super) fn poll(&mut self) -> io::Result<Option<BTreeMap<u32, Vec<u8>>>> {
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
    pub(super) fn round(&self) -> io::Result<Option<(u32, u32)>> {
        let Some(file) = self.open()? else { return Ok(None) };
        let mut head = [0; 32];
        Ok((read_at(&file, &mut head, 0)? == head.len()).then(|| (word(&head, 16), word(&head, 20))))
    }

    /// Whether a commit lies behind the last one that was read.
    pub(super) fn is_longer(&self) -> bool {
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
