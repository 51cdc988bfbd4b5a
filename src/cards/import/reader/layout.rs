//! From a profile and a file to rows: format, encoding and delimiter, header, and where each column stands.

use super::delimited::{Delimited, Marks, delimiter_of};
use super::fixed::Fixed;
use super::raw::Raw;
use super::sheet::{Sheet, SheetRows};
use super::{BYTES_MAX, Found, ReadError, sha256};
use crate::cards::import::decode::{self, Decoded, Encoding};
use crate::cards::import::profile::{Format, Place, Profile, header_key};

/// The beginning of every packed file, workbooks among them.
const PACKED: &[u8] = b"PK\x03\x04";

/// The beginning of workbooks before .xlsx, and of those with a password.
const OLD_WORKBOOK: &[u8] = b"\xD0\xCF\x11\xE0";

/// How a file is laid out.
#[derive(Debug)]
pub(super) enum Layout<'b> {
    Delimited { bytes: &'b [u8], encoding: Encoding, marks: Marks, format: Format },
    Fixed { bytes: &'b [u8], encoding: Encoding },
    Sheet(Sheet),
}

/// Where the reading of a file stands.
#[derive(Debug)]
pub(super) enum Cursor<'l> {
    Delimited(Delimited<'l>),
    Fixed(Fixed<'l>),
    Sheet(SheetRows<'l>),
}

impl<'b> Layout<'b> {
    pub(super) fn of(bytes: &'b [u8], profile: &Profile) -> Result<Self, ReadError> {
        if bytes.len() > BYTES_MAX {
            return Err(ReadError::TooLarge { most: BYTES_MAX });
        }
        if bytes.starts_with(OLD_WORKBOOK) {
            return Err(ReadError::OldWorkbook);
        }
        if profile.format == Format::Xlsx || bytes.starts_with(PACKED) {
            return Sheet::read(bytes, profile).map(Self::Sheet);
        }
        let encoding = match profile.encoding {
            Some(encoding) => encoding,
            None => decode::detect(bytes).map_err(ReadError::Encoding)?,
        };
        if profile.format == Format::FixedBytes {
            return Ok(Self::Fixed { bytes, encoding });
        }
        let delimiter = match (profile.delimiter, profile.format) {
            (Some(delimiter), _) => delimiter,
            (None, Format::Tsv) => '\t',
            (None, Format::Csv) => ',',
            (None, _) => delimiter_of(&first_line(bytes, encoding, profile)?),
        };
        let format = if delimiter == '\t' { Format::Tsv } else { Format::Csv };
        let marks = Marks { delimiter, quote: profile.quote };
        Ok(Self::Delimited { bytes, encoding, marks, format })
    }

    /// A cursor before the header, or before the first row.
    pub(super) fn cursor(&self, profile: &Profile) -> Result<Cursor<'_>, ReadError> {
        Ok(match self {
            Self::Delimited { bytes, encoding, marks, .. } => {
                let mut rows = Delimited::new(Decoded::new(*encoding, bytes), *marks);
                rows.skip_lines(profile.skip_rows)?;
                Cursor::Delimited(rows)
            }
            Self::Fixed { bytes, encoding } => {
                let mut rows = Fixed::new(bytes, *encoding, profile);
                rows.skip_lines(profile.skip_rows);
                Cursor::Fixed(rows)
            }
            Self::Sheet(sheet) => Cursor::Sheet(sheet.rows(profile.skip_rows)),
        })
    }

    pub(super) fn found(&self, bytes: &[u8], header: Vec<String>) -> Found {
        let (format, encoding, delimiter) = match self {
            Self::Delimited { encoding, marks, format, .. } => {
                (*format, Some(*encoding), Some(marks.delimiter))
            }
            Self::Fixed { encoding, .. } => (Format::FixedBytes, Some(*encoding), None),
            Self::Sheet(_) => (Format::Xlsx, None, None),
        };
        let (sha256, size) = (sha256(bytes), bytes.len());
        Found { format, encoding, delimiter, header, unused: Vec::new(), rows: 0, sha256, size }
    }

    /// Whether its days are counted from 1904, as workbooks of old Macs do.
    pub(super) const fn counts_from_1904(&self) -> bool {
        matches!(self, Self::Sheet(Sheet { from_1904: true, .. }))
    }

    /// Names of its visible sheets.
    pub(super) fn sheets(&self) -> &[String] {
        if let Self::Sheet(sheet) = self { &sheet.names } else { &[] }
    }

    /// Whether a row that is shorter or longer than the others has lost or won something.
    pub(super) const fn is_ragged_when_uneven(&self) -> bool {
        matches!(self, Self::Delimited { .. })
    }
}

impl<'l> Cursor<'l> {
    pub(super) fn next(&mut self, raw: &mut Raw, profile: &Profile) -> Result<bool, ReadError> {
        match self {
            Self::Delimited(rows) => rows.next(raw),
            Self::Fixed(rows) => rows.next(raw, profile),
            Self::Sheet(rows) => Ok(rows.next(raw)),
        }
    }

    /// Moves behind the header; its names, where it has any.
    pub(super) fn header(&mut self, profile: &Profile, raw: &mut Raw) -> Result<Vec<String>, ReadError> {
        if !profile.header {
            return Ok(Vec::new());
        }
        if let Cursor::Fixed(rows) = self {
            rows.skip_lines(1);
            return Ok(Vec::new());
        }
        if !self.next(raw, profile)? {
            return Err(ReadError::NoHeader);
        }
        Ok(raw.cells().map(|(name, _)| name.to_owned()).collect())
    }

    /// The bytes of the row before, where columns are bytes.
    pub(super) fn line(&self) -> Option<&'l [u8]> {
        match self {
            Self::Fixed(rows) => Some(rows.last),
            Self::Delimited(_) | Self::Sheet(_) => None,
        }
    }
}

/// The header's names as they are compared.
pub(super) fn keys(header: &[String]) -> Vec<String> {
    header.iter().map(|name| header_key(name)).collect()
}

/// The cells of a row that the profile drops, counted from 0.
pub(super) fn dropped(profile: &Profile, keys: &[String]) -> Vec<usize> {
    let mut cells = Vec::new();
    for place in &profile.drop {
        match place {
            Place::Header(name) => {
                let key = header_key(name);
                cells.extend(keys.iter().enumerate().filter(|(_, one)| **one == key).map(|(at, _)| at));
            }
            Place::Index(number) => cells.push(usize::from(*number) - 1),
            Place::Bytes { .. } => {}
        }
    }
    cells
}

/// Where each of the profile's columns stands in a row.
pub(super) fn places(profile: &Profile, keys: &[String]) -> Result<Vec<Option<usize>>, ReadError> {
    let (mut places, mut missing) = (Vec::with_capacity(profile.columns.len()), Vec::new());
    for (at, column) in profile.columns.iter().enumerate() {
        let place = match &column.from {
            Place::Bytes { .. } => Some(at),
            Place::Index(number) => Some(usize::from(*number) - 1),
            Place::Header(name) => {
                let key = header_key(name);
                let mut hits = keys.iter().enumerate().filter(|(_, one)| **one == key);
                let hit = hits.next().map(|(at, _)| at);
                if hits.next().is_some() {
                    return Err(ReadError::TwiceInHeader { column: name.clone() });
                }
                if hit.is_none() && !column.optional {
                    missing.push(name.clone());
                }
                hit
            }
        };
        places.push(place);
    }
    if missing.is_empty() { Ok(places) } else { Err(ReadError::MissingColumns { missing }) }
}

/// The first line that is not blank, behind those that the profile skips.
fn first_line(bytes: &[u8], encoding: Encoding, profile: &Profile) -> Result<String, ReadError> {
    let mut piece = String::new();
    Decoded::new(encoding, bytes).next(&mut piece).map_err(ReadError::Encoding)?;
    let lines = piece.lines().skip(usize::from(profile.skip_rows));
    Ok(lines.map(str::to_owned).find(|line| !line.trim().is_empty()).unwrap_or_default())
}
