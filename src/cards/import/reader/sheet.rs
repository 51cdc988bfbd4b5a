//! Workbooks (.xlsx): the cells of one sheet, and what a spreadsheet made of them.
//!
//! **Invariant:** nothing of a workbook is read before it is known how much it unpacks to.

use std::io::{Cursor, Read, Seek};

use calamine::{Cell, DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::delimited::CELLS_MAX;
use super::raw::{CellKind, Raw};
use super::{ROWS_MAX, ReadError};
use crate::cards::import::profile::{Profile, serial};

/// Bytes that all of a workbook may unpack to.
pub(super) const UNPACKED_MAX: u64 = 256 << 20;

/// Bytes that its list of texts may unpack to; it is held in memory whole.
const TEXTS_MAX: u64 = 160 << 20;

/// Bytes of text that the cells of the sheet may hold together, the same text counted each time.
const HELD_MAX: usize = 128 << 20;

/// Cells that the sheet may hold.
const HELD_CELLS: usize = 8_000_000;

/// The cells of one sheet.
#[derive(Debug)]
pub(super) struct Sheet {
    text: String,
    /// Where each cell ends in the text.
    cells: Vec<(u32, CellKind)>,
    /// Each row that is not blank: its number, counted from 1, and where it ends among the cells.
    rows: Vec<(u64, u32)>,
    /// Names of the visible sheets.
    pub names: Vec<String>,
    /// Whether its days are counted from 1904, as on old Macs.
    pub from_1904: bool,
}

/// Where the reading of a sheet stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct SheetRows<'s> {
    sheet: &'s Sheet,
    at: usize,
}

impl Sheet {
    /// Reads the sheet that the profile names, else the first visible one.
    pub(super) fn read(bytes: &[u8], profile: &Profile) -> Result<Self, ReadError> {
        check_size(bytes)?;
        let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| ReadError::Workbook)?;
        let is_seen = |sheet: &&calamine::Sheet| {
            sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet
        };
        let seen = book.sheets_metadata().iter().filter(is_seen);
        let names: Vec<String> = seen.map(|sheet| sheet.name.clone()).collect();
        let wanted = match &profile.sheet {
            Some(name) => names.iter().find(|one| *one == name),
            None => names.first(),
        };
        let missing = || ReadError::NoSheet { sheet: profile.sheet.clone().unwrap_or_default() };
        let name = wanted.ok_or_else(missing)?.clone();
        let from_1904 = book.has_1904_epoch();
        let mut sheet = Self { text: String::new(), cells: Vec::new(), rows: Vec::new(), names, from_1904 };
        sheet.fill(&mut book, &name)?;
        Ok(sheet)
    }

    fn fill<R: Read + Seek>(&mut self, book: &mut Xlsx<R>, name: &str) -> Result<(), ReadError> {
        let mut cells = book.worksheet_cells_reader(name).map_err(|_| ReadError::Workbook)?;
        let (mut row, mut column) = (0, 0);
        while let Some(cell) = cells.next_cell().map_err(|_| ReadError::Workbook)? {
            let (at, across) = cell.get_position();
            if at < row || (at == row && across < column) || across as usize >= CELLS_MAX {
                return Err(ReadError::LongRow { line: u64::from(at) + 1 });
            }
            if at > row {
                self.end_row(row)?;
                (row, column) = (at, 0);
            }
            for _ in column..across {
                self.end_cell(CellKind::Text)?;
            }
            column = across + 1;
            self.take(&cell)?;
        }
        self.end_row(row)
    }

    fn take(&mut self, cell: &Cell<DataRef<'_>>) -> Result<(), ReadError> {
        let kind = match cell.get_value() {
            DataRef::Empty => CellKind::Text,
            DataRef::SharedString(text) => self.push(text, CellKind::Text),
            DataRef::String(text) | DataRef::DurationIso(text) => self.push(text, CellKind::Text),
            DataRef::Bool(true) => self.push("TRUE", CellKind::Text),
            DataRef::Bool(false) => self.push("FALSE", CellKind::Text),
            DataRef::Int(number) => self.push(&number.to_string(), CellKind::Number),
            DataRef::Float(number) => self.push(&plain(*number), CellKind::Number),
            DataRef::DateTime(moment) => {
                let (text, kind) = moment_of(moment, self.from_1904);
                self.push(&text, kind)
            }
            DataRef::DateTimeIso(text) => {
                let text = text.get(..16).unwrap_or(text);
                self.push(text.strip_suffix("T00:00").unwrap_or(text), CellKind::Day)
            }
            DataRef::Error(_) => CellKind::Fault,
        };
        if kind == CellKind::Fault {
            // What a person sees there says more than an empty cell.
            self.push("#", kind);
        }
        self.end_cell(kind)
    }

    fn push(&mut self, text: &str, kind: CellKind) -> CellKind {
        self.text.push_str(text);
        kind
    }

    fn end_cell(&mut self, kind: CellKind) -> Result<(), ReadError> {
        let end = u32::try_from(self.text.len()).ok().filter(|end| *end as usize <= HELD_MAX);
        let end = end.filter(|_| self.cells.len() < HELD_CELLS);
        self.cells.push((end.ok_or(ReadError::Unpacked { most: HELD_MAX as u64 })?, kind));
        Ok(())
    }

    /// Ends the row with this number, counted from 0; one without any text is none.
    fn end_row(&mut self, row: u32) -> Result<(), ReadError> {
        let begun = self.rows.last().map_or(0, |(_, end)| *end as usize);
        let before =
            begun.checked_sub(1).and_then(|at| self.cells.get(at)).map_or(0, |(end, _)| *end as usize);
        if self.text.get(before..).is_none_or(|text| text.trim().is_empty()) {
            self.cells.truncate(begun);
            self.text.truncate(before);
            return Ok(());
        }
        // The header and the titles above it are no rows of the register.
        if self.rows.len() > ROWS_MAX + usize::from(u16::MAX) {
            return Err(ReadError::TooManyRows { most: ROWS_MAX });
        }
        let end = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        self.rows.push((u64::from(row) + 1, end));
        Ok(())
    }

    /// A cursor behind the first `skipped` rows of the sheet, blank ones included.
    pub(super) fn rows(&self, skipped: u16) -> SheetRows<'_> {
        let at = self.rows.partition_point(|(number, _)| *number <= u64::from(skipped));
        SheetRows { sheet: self, at }
    }
}

impl SheetRows<'_> {
    pub(super) fn next(&mut self, raw: &mut Raw) -> bool {
        let Some((number, end)) = self.sheet.rows.get(self.at) else { return false };
        let before = self.at.checked_sub(1).and_then(|at| self.sheet.rows.get(at));
        let mut cell = before.map_or(0, |(_, end)| *end as usize);
        let start = |cell: usize| cell.checked_sub(1).and_then(|at| self.sheet.cells.get(at));
        raw.begin(*number);
        while cell < *end as usize {
            let from = start(cell).map_or(0, |(end, _)| *end as usize);
            let Some((to, kind)) = self.sheet.cells.get(cell) else { break };
            raw.push_str(self.sheet.text.get(from..*to as usize).unwrap_or_default());
            raw.end_cell(*kind);
            cell += 1;
        }
        self.at += 1;
        true
    }
}

/// Unpacks the workbook once and keeps nothing of it: what it says of its own size is not believed.
fn check_size(bytes: &[u8]) -> Result<(), ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ReadError::Workbook)?;
    let mut left = UNPACKED_MAX;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|_| ReadError::Workbook)?;
        let name = part.name().map_err(|_| ReadError::Workbook)?.to_lowercase();
        let holds_texts = name.contains("sharedstrings");
        let is_xml = name.contains(".xml");
        let most = if holds_texts { left.min(TEXTS_MAX) } else { left };
        left -= unpack(&mut part, most, is_xml)?;
    }
    Ok(())
}

/// The bytes that a part unpacks to. A list of texts that announces more than it can hold is refused: room is made for it.
fn unpack(part: &mut impl Read, most: u64, is_xml: bool) -> Result<u64, ReadError> {
    let (mut buffer, mut sum, mut tail) = (vec![0; 64 * 1024], 0, Vec::new());
    loop {
        let read = part.read(&mut buffer).map_err(|_| ReadError::Workbook)?;
        if read == 0 {
            return Ok(sum);
        }
        sum += read as u64;
        if sum > most {
            return Err(ReadError::Unpacked { most });
        }
        if is_xml {
            tail.extend(buffer.iter().take(read));
            if announces_too_much(&tail) {
                return Err(ReadError::Workbook);
            }
            tail.drain(..tail.len().saturating_sub(64));
        }
    }
}

/// Whether somewhere stands a `uniqueCount` of more texts than fit, or bytes that are no UTF-8 and might hide one.
fn announces_too_much(xml: &[u8]) -> bool {
    const MARK: &[u8] = b"uniqueCount";
    // The letter of it that stands least often is looked for: there are many megabytes of others.
    let letters = xml.iter().enumerate().filter(|(_, byte)| **byte == b'q');
    let starts = letters.filter_map(|(at, _)| at.checked_sub(3));
    let mut marks = starts.filter(|at| xml.get(*at..).is_some_and(|from| from.starts_with(MARK)));
    xml.contains(&0)
        || marks.any(|at| {
            let after = xml.iter().skip(at + MARK.len()).take(40);
            let digits =
                after.skip_while(|byte| !byte.is_ascii_digit()).take_while(|byte| byte.is_ascii_digit());
            digits.count() > 7
        })
}

/// A number without an exponent.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { number.to_string() }
}

/// A day, with its time unless that is midnight; a time alone stays the fraction of a day.
fn moment_of(moment: &ExcelDateTime, from_1904: bool) -> (String, CellKind) {
    let number = moment.as_f64();
    let day = serial(&format!("{:.0}", number.trunc()), from_1904);
    let (Some(day), false) = (day, moment.is_duration()) else { return (plain(number), CellKind::Number) };
    let (_, _, _, hour, minute, _, _) = moment.to_ymd_hms_milli();
    let time = if (hour, minute) == (0, 0) { String::new() } else { format!("T{hour:02}:{minute:02}") };
    (format!("{day}{time}"), CellKind::Day)
}
