//! From the cells of a row to what it says about each target, as the profile tells.

use super::Reader;
use super::raw::{CellKind, Raw};
use crate::cards::import::profile::{
    Column, Target, Transform, day_of_number, normal_day, normal_time, time_of_fraction,
};
use crate::cards::import::why::{RowError, Why};

/// What one row says about each target: transformed, days as `YYYY-MM-DD`, times as `HH:MM`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    line: u64,
    values: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Value {
    target: Target,
    text: String,
    was: Was,
}

/// What a value was in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Was {
    Text,
    /// A number of a spreadsheet, its first zeros gone.
    Number,
    /// A day or time of a spreadsheet, which is in its one form already.
    Moment,
}

impl Record {
    /// The line on which it begins, counted from 1; in a workbook the number of its row.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// What the row says about this target; empty when it says nothing.
    pub fn get(&self, target: Target) -> &str {
        self.value(target).map_or("", |value| &value.text)
    }

    /// Whether a spreadsheet held it as a number, so that zeros in front of it are gone.
    pub fn is_number(&self, target: Target) -> bool {
        self.value(target).is_some_and(|value| value.was == Was::Number)
    }

    fn value(&self, target: Target) -> Option<&Value> {
        self.values.iter().find(|value| value.target == target)
    }

    fn add(&mut self, column: &Column, text: String, was: Was) {
        let target = column.target;
        match self.values.iter_mut().find(|value| value.target == target) {
            Some(before) => {
                before.text.push_str(column.joint.as_deref().unwrap_or(target.joint()));
                before.text.push_str(&text);
                before.was = Was::Text;
            }
            None => self.values.push(Value { target, text, was }),
        }
    }
}

/// Reads one row; the first wrong value is told.
pub(super) fn read(reader: &Reader<'_>, raw: &Raw) -> Result<Record, RowError> {
    let mut record = Record { line: raw.line, values: Vec::with_capacity(reader.places.len()) };
    if reader.layout.is_ragged_when_uneven() {
        is_even(reader, raw)?;
    }
    for (column, place) in reader.profile.columns.iter().zip(&reader.places) {
        let cell = place.and_then(|at| raw.get(at)).filter(|(cell, _)| !cell.is_empty());
        let Some((cell, kind)) = cell else { continue };
        let text = value(reader, column, cell, kind);
        let (text, was) = text.map_err(|why| RowError::new(raw.line, column.target.label(), cell, why))?;
        if !text.is_empty() {
            record.add(column, text, was);
        }
    }
    finish(reader, record)
}

/// A row that has more or fewer cells than the header has lost a delimiter, or won one.
fn is_even(reader: &Reader<'_>, raw: &Raw) -> Result<(), RowError> {
    if raw.len() < reader.width {
        return Err(RowError::new(raw.line, "", "", Why::TooFewFields));
    }
    let extra = raw.cells().skip(reader.width).find(|(cell, _)| !cell.is_empty());
    let seen = |extra: &str| RowError::new(raw.line, "", extra, Why::TooManyFields);
    extra.map_or(Ok(()), |(extra, _)| Err(seen(extra)))
}

/// A cell after the transforms of its column.
fn value(reader: &Reader<'_>, column: &Column, cell: &str, kind: CellKind) -> Result<(String, Was), Why> {
    let (mut text, mut was) = plain(reader, column.target, cell, kind)?;
    for transform in &column.transforms {
        text = transform.apply(&text);
        if matches!(transform, Transform::Zeros(_)) {
            was = Was::Text;
        }
    }
    let trimmed = text.trim();
    match column.values.get(trimmed) {
        Some(meaning) => Ok((meaning.clone(), Was::Text)),
        None if trimmed.len() == text.len() => Ok((text, was)),
        None => Ok((trimmed.to_owned(), was)),
    }
}

/// A cell as text. What a spreadsheet made of it is undone where that is sure, and told where it is not.
fn plain(reader: &Reader<'_>, target: Target, cell: &str, kind: CellKind) -> Result<(String, Was), Why> {
    let text = |text: &str| Ok((text.to_owned(), Was::Text));
    let moment = |text: String| Ok((text, Was::Moment));
    match kind {
        CellKind::Text => text(cell),
        CellKind::Fault => Err(Why::CellFault),
        CellKind::Day if target.is_day() => moment(cell.chars().take(10).collect()),
        CellKind::Day if target.is_time() => {
            moment(cell.split_once('T').map_or("00:00", |(_, time)| time).to_owned())
        }
        CellKind::Day => Err(Why::BecameDay),
        CellKind::Number if target.is_day() => day(reader, cell).map_or_else(|| text(cell), moment),
        CellKind::Number if target.is_time() => time_of_fraction(cell).map_or_else(|| text(cell), moment),
        // A spreadsheet keeps fifteen digits of a number.
        CellKind::Number if cell.len() > 15 || !cell.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(Why::LostDigits)
        }
        CellKind::Number => Ok((cell.to_owned(), Was::Number)),
    }
}

/// The day of a number: as the profile says that days are written, else as eight digits or as a spreadsheet counts.
fn day(reader: &Reader<'_>, number: &str) -> Option<String> {
    let formats = &reader.profile.date_formats;
    let written = normal_day(number, formats).filter(|_| !formats.is_empty());
    written.or_else(|| day_of_number(number, reader.layout.counts_from_1904()))
}

/// Days and times in one form, and whether everything that must be filled is.
fn finish(reader: &Reader<'_>, mut record: Record) -> Result<Record, RowError> {
    let formats = &reader.profile.date_formats;
    for value in record.values.iter_mut().filter(|value| value.was != Was::Moment) {
        let (normal, why) = if value.target.is_day() {
            (normal_day(&value.text, formats), Why::DateForm)
        } else if value.target.is_time() {
            (normal_time(&value.text), Why::TimeForm)
        } else {
            continue;
        };
        match normal {
            Some(normal) => value.text = normal,
            // What is no day at all is told in its own words by whoever reads the row.
            None if value.target.is_day() && formats.is_empty() => {}
            None => return Err(RowError::new(record.line, value.target.label(), &value.text, why)),
        }
    }
    let empty = reader.profile.required.iter().find(|target| record.get(**target).is_empty());
    let told = |target: &Target| RowError::new(record.line, target.label(), "", Why::Empty);
    empty.map(told).map_or(Ok(record), Err)
}
