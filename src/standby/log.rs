//! The durable log: rounds of frames, each appended and synced before it is acknowledged.
//!
//! **Invariant:** a round is there whole or not at all: what was being written when the power went is cut off, and was never
//! acknowledged. Damage anywhere else is told, and never skipped.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::frame::Frame;
use crate::archive::crc::Crc;

const MAGIC: &[u8; 8] = b"MDGLOG1\n";

/// Bytes before each round: its length and its checksum.
const HEAD: usize = 12;

/// Why the log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Something that was synced is not what was written.
    #[error("{path}: the log is damaged at byte {at}; the pages must be compared with the other node's")]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where.
        at: usize,
    },
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The segment or the directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The log in a directory.
#[derive(Debug)]
pub struct Log {
    dir: PathBuf,
    number: u64,
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Log {
    /// Opens the log, gives every frame in it to `each` in order, and goes on in a segment of its own.
    pub fn open(dir: &Path, mut each: impl FnMut(Frame)) -> Result<Self, LogError> {
        let at_dir = |source| LogError::Io { path: dir.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(at_dir)?;
        let segments = segments(dir).map_err(at_dir)?;
        let last = segments.last().map(|(number, _)| *number);
        for (number, path) in &segments {
            let bytes = fs::read(path).map_err(|source| LogError::Io { path: path.clone(), source })?;
            let whole = replay(path, &bytes, Some(*number) == last, &mut each)?;
            if whole < bytes.len() {
                cut(path, whole).map_err(|source| LogError::Io { path: path.clone(), source })?;
            }
        }
        Self::begin(dir, last.unwrap_or(0) + 1)
    }

    /// Makes these frames durable, all of them or none.
    pub fn append<'f>(&mut self, frames: impl IntoIterator<Item = &'f Frame>) -> Result<(), LogError> {
        let mut body = Vec::new();
        for frame in frames {
            frame.write(&mut body);
        }
        let mut round = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
        round.extend_from_slice(&sum(&body).to_be_bytes());
        round.extend_from_slice(&body);
        let written = self.file.write_all(&round).and_then(|()| self.file.sync_data());
        written.map_err(|source| LogError::Io { path: self.path.clone(), source })?;
        self.bytes += u64::try_from(round.len()).unwrap_or(0);
        Ok(())
    }

    /// Bytes in the present segment.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Begins a new segment and lets the older ones go: what stands in them is synced in the cities' files.
    pub fn forget(&mut self) -> Result<(), LogError> {
        let next = Self::begin(&self.dir, self.number + 1)?;
        let at_dir = |source| LogError::Io { path: next.dir.clone(), source };
        for (number, path) in segments(&next.dir).map_err(at_dir)? {
            if number < next.number {
                fs::remove_file(&path).map_err(|source| LogError::Io { path, source })?;
            }
        }
        File::open(&next.dir).and_then(|dir| dir.sync_all()).map_err(at_dir)?;
        *self = next;
        Ok(())
    }

    fn begin(dir: &Path, number: u64) -> Result<Self, LogError> {
        let path = dir.join(format!("{number:016x}.seg"));
        let io = |source| LogError::Io { path: path.clone(), source };
        let mut file =
            OpenOptions::new().create_new(true).append(true).mode(0o600).open(&path).map_err(io)?;
        file.write_all(MAGIC).map_err(io)?;
        file.sync_all().map_err(io)?;
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)?;
        Ok(Self { dir: dir.to_owned(), number, file, bytes: 0, path })
    }
}

/// The segments in order.
fn segments(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_suffix(".seg").and_then(|name| u64::from_str_radix(name, 16).ok());
        found.extend(number.map(|number| (number, path)));
    }
    found.sort();
    Ok(found)
}

/// Gives out the frames of a segment, and how many bytes of it are whole. Only the last one may end in the middle of a round.
fn replay(path: &Path, bytes: &[u8], last: bool, each: &mut impl FnMut(Frame)) -> Result<usize, LogError> {
    let damaged = |at| LogError::Damaged { path: path.to_owned(), at };
    if !bytes.starts_with(MAGIC) {
        // A segment that was being begun.
        return if last && bytes.len() < MAGIC.len() { Ok(0) } else { Err(damaged(0)) };
    }
    let mut at = MAGIC.len();
    while at < bytes.len() {
        match round(bytes.get(at..).unwrap_or_default()) {
            Round::Whole(body) => {
                let mut rest = body;
                while !rest.is_empty() {
                    each(Frame::read(&mut rest).ok_or_else(|| damaged(at))?);
                }
                at += HEAD + body.len();
            }
            Round::Torn if last => return Ok(at),
            Round::Torn | Round::Wrong => return Err(damaged(at)),
        }
    }
    Ok(at)
}

enum Round<'b> {
    Whole(&'b [u8]),
    /// It reaches to the end of the file, or would go beyond: it was being written.
    Torn,
    Wrong,
}

fn round(bytes: &[u8]) -> Round<'_> {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else { return Round::Torn };
    let [a, b, c, d, check @ ..] = *head;
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    match rest.get(..length) {
        Some(body) if length > 0 && sum(body) == u64::from_be_bytes(check) => Round::Whole(body),
        Some(body) if body.len() < rest.len() && !rest.iter().all(|byte| *byte == 0) => Round::Wrong,
        _ => Round::Torn,
    }
}

fn sum(bytes: &[u8]) -> u64 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn cut(path: &Path, whole: usize) -> io::Result<()> {
    if whole == 0 {
        return fs::remove_file(path);
    }
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(u64::try_from(whole).unwrap_or(0))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(txid: u64) -> Frame {
        let ltx = vec![u8::try_from(txid % 251).unwrap(); 40 + usize::try_from(txid).unwrap()];
        Frame { epoch: 1, txid, city: "999999".into(), commit_no: txid, before: 0, after: 0, ltx }
    }

    fn held(dir: &Path) -> Result<Vec<u64>, LogError> {
        let mut found = Vec::new();
        Log::open(dir, |frame| {
            assert_eq!(frame, self::frame(frame.txid));
            found.push(frame.txid);
        })?;
        Ok(found)
    }

    #[test]
    fn whatever_byte_the_power_goes_at_the_rounds_before_it_are_there_and_nothing_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let mut open = Log::open(&log, |_| {}).unwrap();
        open.append(&[frame(1), frame(2)]).unwrap();
        let before = fs::metadata(&open.path).unwrap().len();
        open.append(&[frame(3)]).unwrap();
        let (path, whole) = (open.path.clone(), fs::read(&open.path).unwrap());
        drop(open);
        for length in usize::try_from(before).unwrap()..whole.len() {
            for tail in [&[][..], &[0; 700]] {
                let again = dir.path().join("again");
                fs::create_dir(&again).unwrap();
                let torn = [&whole[..length], tail].concat();
                fs::write(again.join(path.file_name().unwrap()), torn).unwrap();
                if tail.is_empty() || length == usize::try_from(before).unwrap() {
                    assert_eq!(held(&again).unwrap(), [1, 2], "{length}");
                    assert_eq!(held(&again).unwrap(), [1, 2], "{length}, a second time");
                }
                fs::remove_dir_all(&again).unwrap();
            }
        }
        assert_eq!(held(&log).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn damage_in_what_was_synced_is_told_and_never_skipped() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::open(dir.path(), |_| {}).unwrap();
        log.append(&[frame(1)]).unwrap();
        log.append(&[frame(2)]).unwrap();
        let (path, good) = (log.path.clone(), fs::read(&log.path).unwrap());
        drop(log);
        for at in MAGIC.len() + HEAD..MAGIC.len() + HEAD + 60 {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            fs::write(&path, &bad).unwrap();
            assert!(matches!(held(dir.path()), Err(LogError::Damaged { .. })), "byte {at}");
        }
        // In an older segment the end is as sure as the beginning.
        fs::write(&path, &good[..good.len() - 1]).unwrap();
        Log::begin(dir.path(), 9).unwrap();
        assert!(matches!(held(dir.path()), Err(LogError::Damaged { .. })));
    }

    #[test]
    fn what_is_in_the_files_is_let_go_and_the_rest_stays() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::open(dir.path(), |_| {}).unwrap();
        log.append(&[frame(1)]).unwrap();
        assert!(log.bytes() > 40);
        log.forget().unwrap();
        log.append(&[frame(2)]).unwrap();
        drop(log);
        assert_eq!(held(dir.path()).unwrap(), [2]);
    }
}
