//! A first look at a file, for the page on which a person says what its columns mean.

use std::borrow::Cow;

use super::guard::{ByteGuard, Guard};
use super::layout::{self, Cursor, Layout};
use super::raw::Raw;
use super::{Found, ROWS_MAX, ReadError};
use crate::cards::import::profile::{Profile, is_forbidden};
use crate::cards::import::why::shown;

/// What a file looks like before its columns have a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peek {
    /// Format, encoding, delimiter, header and rows.
    pub found: Found,
    /// Its first rows, each with its line; of fixed columns the whole lines. Individual numbers are not shown.
    pub first: Vec<(u64, Vec<String>)>,
    /// Columns that hold individual numbers by their name or their values, counted from 0: to be dropped.
    pub forbidden: Vec<usize>,
    /// Cells of the widest row.
    pub width: usize,
    /// Names of a workbook's visible sheets.
    pub sheets: Vec<String>,
}

/// Looks at a file by the format, encoding and header of a profile, whose columns are not asked for.
pub fn peek(bytes: &[u8], profile: &Profile, rows: usize) -> Result<Peek, ReadError> {
    let layout = Layout::of(bytes, profile)?;
    let (mut cursor, mut raw) = (layout.cursor(profile)?, Raw::default());
    let header = cursor.header(profile, &mut raw)?;
    let keys = layout::keys(&header);
    let named = (0..keys.len()).filter(|at| keys.get(*at).is_some_and(|key| is_forbidden(key)));
    let mut peek = Peek {
        forbidden: named.collect(),
        width: header.len(),
        sheets: layout.sheets().to_vec(),
        found: layout.found(bytes, header),
        first: Vec::new(),
    };
    let (mut guard, mut lines, mut first) = (Guard::default(), ByteGuard::default(), Vec::new());
    while cursor.next(&mut raw, profile)? {
        peek.found.rows += 1;
        if peek.found.rows > ROWS_MAX {
            return Err(ReadError::TooManyRows { most: ROWS_MAX });
        }
        peek.width = peek.width.max(raw.len());
        guard.see(&raw);
        if let Some(line) = cursor.line() {
            lines.see(line);
        }
        if first.len() < rows {
            first.push(Sample::of(&raw, &cursor));
        }
    }
    peek.forbidden.extend(guard.found().filter(|at| !peek.forbidden.contains(at)).collect::<Vec<_>>());
    peek.first = first.into_iter().map(|sample| sample.shown(&peek, &lines)).collect();
    Ok(peek)
}

/// A row of the beginning, kept until it is known what may be shown of it.
struct Sample {
    line: u64,
    cells: Vec<String>,
    bytes: Option<Vec<u8>>,
}

impl Sample {
    fn of(raw: &Raw, cursor: &Cursor<'_>) -> Self {
        let cells = raw.cells().map(|(cell, _)| cell.to_owned()).collect();
        Self { line: raw.line, cells, bytes: cursor.line().map(<[u8]>::to_vec) }
    }

    fn shown(self, peek: &Peek, lines: &ByteGuard) -> (u64, Vec<String>) {
        if let Some(bytes) = self.bytes {
            let hidden = lines.hidden(&bytes);
            let text = peek.found.encoding.and_then(|encoding| encoding.text(&hidden).map(Cow::into_owned));
            return (self.line, vec![text.unwrap_or_default()]);
        }
        let cell = |(at, cell): (usize, String)| {
            if peek.forbidden.contains(&at) { "（表示しません）".to_owned() } else { shown(&cell) }
        };
        (self.line, self.cells.into_iter().enumerate().map(cell).collect())
    }
}
