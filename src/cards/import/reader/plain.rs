//! A file whose columns another page knows by their names: every row as it stands there.

use super::guard::Guard;
use super::layout::{self, Layout};
use super::raw::Raw;
use super::{ROWS_MAX, ReadError};
use crate::cards::import::profile::{Kind, Profile, is_forbidden};

/// A file as it stands there, whatever its format and encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// The names in its header.
    pub header: Vec<String>,
    /// Its rows, each with its line counted from 1.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// Reads a file with a header whole. A column of individual numbers is refused as anywhere.
pub fn plain(bytes: &[u8]) -> Result<Plain, ReadError> {
    let profile = Profile::empty(Kind::Card);
    let layout = Layout::of(bytes, &profile)?;
    let (mut cursor, mut raw) = (layout.cursor(&profile)?, Raw::default());
    let header = cursor.header(&profile, &mut raw)?;
    if let Some(at) = layout::keys(&header).iter().position(|key| is_forbidden(key)) {
        return Err(ReadError::MyNumber { column: at + 1 });
    }
    let (mut guard, mut rows) = (Guard::default(), Vec::new());
    while cursor.next(&mut raw, &profile)? {
        if rows.len() == ROWS_MAX {
            return Err(ReadError::TooManyRows { most: ROWS_MAX });
        }
        guard.see(&raw);
        rows.push((raw.line, raw.cells().map(|(cell, _)| cell.to_owned()).collect()));
    }
    if let Some(at) = guard.found().next() {
        return Err(ReadError::MyNumber { column: at + 1 });
    }
    Ok(Plain { header, rows })
}
