//! Reading a file by a profile: whatever the format, each row comes out as its line and what it says about each target.
//!
//! **Invariant:** a reader that is open has seen its file whole once: every byte of it decodes, and no column that is not
//! dropped is full of individual numbers.
//! **Invariant:** of the file there is never more in memory than its bytes and one row, a workbook's cells apart.
//!
//! Spec: 7(2)①, 11(1).

mod delimited;
mod error;
mod fixed;
mod guard;
mod layout;
mod peek;
mod plain;
mod raw;
mod record;
mod sheet;

use std::sync::mpsc;

use sha2::{Digest, Sha256};

use super::decode::Encoding;
use super::profile::{Format, Place, Profile, is_forbidden};
use super::why::RowError;
use guard::{ByteGuard, Guard};
use layout::{Cursor, Layout};
use raw::Raw;

pub use error::ReadError;
pub use peek::{Peek, peek};
pub use plain::{Plain, plain};
pub use record::Record;

/// Bytes that a file may have.
pub const BYTES_MAX: usize = 64 << 20;

/// Rows that a file may have.
pub const ROWS_MAX: usize = 200_000;

/// Rows that one hand reads before it is the turn of the next.
const TURN: usize = 1000;

/// Hands that read at most.
const HANDS: usize = 4;

/// Turns that a hand may be ahead, so that no more than a few thousand rows are held twice.
const AHEAD: usize = 2;

/// What was found out about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its format; never [`Format::Auto`].
    pub format: Format,
    /// Its encoding; a workbook's is not a city's concern.
    pub encoding: Option<Encoding>,
    /// What separates its cells, where something does.
    pub delimiter: Option<char>,
    /// The names in its header, in its order.
    pub header: Vec<String>,
    /// Names of the header that the profile neither takes nor drops.
    pub unused: Vec<String>,
    /// Its rows.
    pub rows: usize,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its length in bytes.
    pub size: usize,
}

impl Found {
    /// The code stored in `import_run.encoding`: the encoding, or `xlsx`.
    pub fn code(&self) -> &'static str {
        self.encoding.map_or(Format::Xlsx.code(), Encoding::code)
    }

    /// How the file is written, as staff read it.
    pub fn label(&self) -> &'static str {
        self.encoding.map_or(Format::Xlsx.label(), Encoding::label)
    }
}

/// How a file is written whose code is stored in `import_run.encoding`, as staff read it.
pub fn written_as(code: &str) -> &'static str {
    Encoding::from_code(code).map_or(Format::Xlsx.label(), Encoding::label)
}

/// A file that can be read.
#[derive(Debug)]
pub struct Reader<'b> {
    layout: Layout<'b>,
    profile: Profile,
    found: Found,
    /// Where each of the profile's columns stands in a row; `None` when the file lacks it.
    places: Vec<Option<usize>>,
    /// Cells that a row of the file has.
    width: usize,
}

impl<'b> Reader<'b> {
    /// Opens a file that is laid out as the profile says: reads it to its end once, and refuses it whole when anything is wrong.
    pub fn open(bytes: &'b [u8], profile: &Profile) -> Result<Self, ReadError> {
        let layout = Layout::of(bytes, profile)?;
        let header = layout.cursor(profile)?.header(profile, &mut Raw::default())?;
        let mut reader = Self {
            found: layout.found(bytes, header),
            places: Vec::new(),
            width: 0,
            profile: profile.clone(),
            layout,
        };
        reader.find_places()?;
        (reader.found.rows, reader.width) = reader.read_through()?;
        Ok(reader)
    }

    /// What was found out about the file.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// The profile by which it is read.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The rows in the order of the file; a row that cannot be read as the profile says is an error with its line.
    pub fn rows(&self) -> impl Iterator<Item = Result<Record, RowError>> + '_ {
        // It was read to its end before: nothing can be wrong with it now.
        let (mut raw, mut cursor) = (Raw::default(), self.behind_header().ok());
        std::iter::from_fn(move || {
            let more = cursor.as_mut()?.next(&mut raw, &self.profile).ok()?;
            more.then(|| record::read(self, &raw))
        })
    }

    /// Hands out what each row comes to, in the order of the file. Long files are read by several hands: each goes over all of it,
    /// which costs little, and reads the rows of its own turns, few of them ahead of the others.
    pub(in crate::cards::import) fn each<T: Send>(
        &self,
        read: impl Fn(Record) -> Result<T, RowError> + Sync,
        mut take: impl FnMut(Result<T, RowError>),
    ) {
        let most = std::thread::available_parallelism().map_or(1, usize::from).min(HANDS);
        let hands = most.min(self.found.rows / TURN).max(1);
        if hands == 1 {
            return self.turns((0, 1), &read, |turn| {
                turn.into_iter().for_each(&mut take);
                true
            });
        }
        std::thread::scope(|scope| {
            let read = &read;
            let of_hand = |hand: usize| {
                let (give, turns) = mpsc::sync_channel(AHEAD);
                scope.spawn(move || self.turns((hand, hands), read, |turn| give.send(turn).is_ok()));
                turns
            };
            let turns: Vec<_> = (0..hands).map(of_hand).collect();
            // They take turns to the end: when the next one has no more, nobody has.
            for next in turns.iter().cycle() {
                let Ok(turn) = next.recv() else { break };
                turn.into_iter().for_each(&mut take);
            }
        });
    }

    /// The turns of one hand, each given away when it is full, as long as somebody takes them.
    fn turns<T>(
        &self,
        (hand, hands): (usize, usize),
        read: &impl Fn(Record) -> Result<T, RowError>,
        mut give: impl FnMut(Vec<Result<T, RowError>>) -> bool,
    ) {
        let (mut raw, mut cursor) = (Raw::default(), self.behind_header().ok());
        let (mut at, mut turn) = (0, Vec::new());
        // It was read to its end before: nothing can be wrong with it now.
        while cursor.as_mut().is_some_and(|cursor| cursor.next(&mut raw, &self.profile).unwrap_or(false)) {
            if at / TURN % hands == hand {
                turn.push(record::read(self, &raw).and_then(read));
                if turn.len() == TURN && !give(std::mem::take(&mut turn)) {
                    return;
                }
            }
            at += 1;
        }
        if !turn.is_empty() {
            give(turn);
        }
    }

    fn behind_header(&self) -> Result<Cursor<'_>, ReadError> {
        let mut cursor = self.layout.cursor(&self.profile)?;
        cursor.header(&self.profile, &mut Raw::default())?;
        Ok(cursor)
    }

    fn find_places(&mut self) -> Result<(), ReadError> {
        let keys = layout::keys(&self.found.header);
        self.width = keys.iter().rposition(|key| !key.is_empty()).map_or(0, |last| last + 1);
        let dropped = layout::dropped(&self.profile, &keys);
        if let Some(at) = (0..keys.len())
            .find(|at| !dropped.contains(at) && keys.get(*at).is_some_and(|key| is_forbidden(key)))
        {
            return Err(ReadError::MyNumber { column: at + 1 });
        }
        self.places = layout::places(&self.profile, &keys)?;
        let is_unused = |at: &usize| !dropped.contains(at) && !self.places.contains(&Some(*at));
        let unused = (0..self.width).filter(is_unused);
        self.found.unused = unused.filter_map(|at| self.found.header.get(at).cloned()).collect();
        Ok(())
    }

    /// Reads every row once: decodes it, counts it, and judges the columns. The number of rows, and the cells of one.
    fn read_through(&self) -> Result<(usize, usize), ReadError> {
        let (mut cursor, mut raw) = (self.behind_header()?, Raw::default());
        let (mut guard, mut lines) = (Guard::default(), ByteGuard::default());
        let (mut rows, mut width, mut widest) = (0, self.width, 0);
        while cursor.next(&mut raw, &self.profile)? {
            rows += 1;
            if rows > ROWS_MAX {
                return Err(ReadError::TooManyRows { most: ROWS_MAX });
            }
            if rows == 1 && width == 0 {
                width = raw.len();
            }
            widest = widest.max(raw.len());
            guard.see(&raw);
            if let Some(line) = cursor.line() {
                lines.see(&without_dropped(line, &self.profile));
            }
        }
        self.judge(&guard, &lines)?;
        self.has_indexed(rows, widest)?;
        Ok((rows, width))
    }

    /// Refuses the whole file when a column is full of individual numbers, whatever its header says.
    fn judge(&self, guard: &Guard, lines: &ByteGuard) -> Result<(), ReadError> {
        let dropped = layout::dropped(&self.profile, &layout::keys(&self.found.header));
        if self.found.format == Format::FixedBytes {
            if let Some(at) = lines.found().next() {
                return Err(ReadError::MyNumberAt { byte: at + 1 });
            }
            // A column of the profile may be narrower or wider than the number's own bytes.
            let column = guard.found().find_map(|at| self.profile.columns.get(at));
            return match column.map(|column| &column.from) {
                Some(Place::Bytes { from, .. }) => Err(ReadError::MyNumberAt { byte: usize::from(*from) }),
                _ => Ok(()),
            };
        }
        match guard.found().find(|at| !dropped.contains(at)) {
            Some(at) => Err(ReadError::MyNumber { column: at + 1 }),
            None => Ok(()),
        }
    }

    /// A column that the profile names by its number must be there.
    fn has_indexed(&self, rows: usize, widest: usize) -> Result<(), ReadError> {
        let is_missing = |place: &Place| matches!(place, Place::Index(at) if usize::from(*at) > widest);
        let needed = self.profile.columns.iter().filter(|column| !column.optional);
        let missing: Vec<String> =
            needed.filter(|column| is_missing(&column.from)).map(|column| column.from.label()).collect();
        if missing.is_empty() || rows == 0 { Ok(()) } else { Err(ReadError::MissingColumns { missing }) }
    }
}

/// The line with blanks where the profile drops bytes.
fn without_dropped(line: &[u8], profile: &Profile) -> Vec<u8> {
    let mut line = line.to_vec();
    for place in &profile.drop {
        if let Place::Bytes { from, length } = place {
            let dropped = line.iter_mut().skip(usize::from(*from) - 1).take(usize::from(*length));
            dropped.for_each(|byte| *byte = b' ');
        }
    }
    line
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;
