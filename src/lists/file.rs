//! A list as a file for a spreadsheet: comma-separated in one of two encodings, or a workbook.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};

use super::csv::Sheet;
use super::table::{Kind, Table};
use crate::base::cp932::to_cp932;
use crate::base::text::is_variation_selector;

/// Which file is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// CSV in UTF-8 with its mark: nothing is lost.
    Utf8,
    /// CSV in Shift_JIS as Windows has it (CP932), for programs that read nothing else.
    Cp932,
    /// A workbook: nothing is lost, and leading zeros stay.
    Workbook,
}

impl FileKind {
    /// Every kind, the usual one first.
    pub const ALL: [Self; 3] = [Self::Utf8, Self::Cp932, Self::Workbook];

    /// Its code in forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Utf8 => "csv",
            Self::Cp932 => "cp932",
            Self::Workbook => "xlsx",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// How its files' names end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Cp932 => "csv",
            Self::Workbook => "xlsx",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Utf8 => "text/csv; charset=utf-8",
            Self::Cp932 => "text/csv; charset=Shift_JIS",
            Self::Workbook => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A file and what it does not hold as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// Signs that the encoding does not have, each written as 〓, and how often.
    pub lost: BTreeMap<String, usize>,
    /// Signs whose own drawing it does not have (異体字); the usual one is written.
    pub plainer: BTreeMap<String, usize>,
}

/// A workbook that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the workbook could not be written: {0}")]
pub struct WorkbookError(#[from] XlsxError);

/// Writes a list as a file.
pub fn file(table: &Table, kind: FileKind) -> Result<Written, WorkbookError> {
    match kind {
        FileKind::Utf8 => Ok(Written { bytes: csv(table, Sheet::for_spreadsheet), ..Written::default() }),
        FileKind::Cp932 => Ok(cp932(&csv(table, Sheet::new))),
        FileKind::Workbook => Ok(Written { bytes: workbook(table)?, ..Written::default() }),
    }
}

/// Headings and rows; where a list is divided, what a section is called stands before each of its rows.
fn csv(table: &Table, begin: fn(&[&str]) -> Sheet) -> Vec<u8> {
    let divided = table.is_divided();
    let titles = table.columns.iter().map(|column| column.title.as_str());
    let heading: Vec<&str> = divided.then_some("区分").into_iter().chain(titles).collect();
    let mut sheet = begin(&heading);
    for section in &table.sections {
        for row in &section.rows {
            let name = divided.then_some(section.title.as_str());
            sheet.line(name.into_iter().chain(row.iter().map(String::as_str)));
        }
    }
    sheet.end()
}

/// The same in CP932, which has no mark, and no variants of a kanji: 葛 with a selector becomes 葛, not 葛〓.
fn cp932(utf8: &[u8]) -> Written {
    let words = String::from_utf8_lossy(utf8);
    let (mut plain, mut plainer, mut base) = (String::with_capacity(words.len()), BTreeMap::new(), ' ');
    for c in words.trim_start_matches('\u{FEFF}').chars() {
        if is_variation_selector(c) {
            *plainer.entry(format!("{base}{c}")).or_default() += 1;
        } else {
            plain.push(c);
            base = c;
        }
    }
    let (bytes, missing) = to_cp932(&plain);
    let mut lost = BTreeMap::new();
    for one in missing {
        *lost.entry(one.character.to_string()).or_default() += 1;
    }
    Written { bytes, lost, plainer }
}

/// A workbook of one sheet: headings that stay, columns as wide as on paper, every cell a text but numbers.
fn workbook(table: &Table) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (bold, words) = (Format::new().set_bold(), Format::new().set_text_wrap().set_align(FormatAlign::Top));
    let divided = table.is_divided();
    let first = u16::from(divided);
    if divided {
        sheet.set_column_width(0, 20)?;
        sheet.write_string_with_format(0, 0, "区分", &bold)?;
    }
    for (at, column) in (first..).zip(&table.columns) {
        sheet.set_column_width(at, f64::from(column.width) * 0.6)?;
        sheet.write_string_with_format(0, at, &column.title, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let rows = table.sections.iter().flat_map(|section| section.rows.iter().map(move |row| (section, row)));
    for (line, (section, row)) in (1..).zip(rows) {
        if divided {
            sheet.write_string_with_format(line, 0, &section.title, &words)?;
        }
        for (at, (cell, column)) in (first..).zip(row.iter().zip(&table.columns)) {
            match cell.parse::<u32>() {
                Ok(number) if column.kind == Kind::Number => sheet.write_number(line, at, number)?,
                _ => sheet.write_string_with_format(line, at, cell, &words)?,
            };
        }
    }
    book.save_to_buffer()
}
