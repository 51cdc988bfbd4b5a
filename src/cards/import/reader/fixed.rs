//! Columns at fixed bytes (固定長): lines are cut before they are decoded, because one character is one byte or more.

use super::ReadError;
use super::raw::{CellKind, Raw};
use crate::cards::import::Encoding;
use crate::cards::import::decode::Undecodable;
use crate::cards::import::profile::{Place, Profile};

/// The records of a file with fixed columns.
#[derive(Clone, Debug)]
pub(super) struct Fixed<'b> {
    bytes: &'b [u8],
    encoding: Encoding,
    record_bytes: Option<usize>,
    at: usize,
    line: u64,
    /// The bytes of the record before.
    pub last: &'b [u8],
}

/// Bytes that a line may have.
const LINE_MAX: usize = 64 * 1024;

/// A record and where it stands.
#[derive(Clone, Copy, Debug)]
struct Line<'b> {
    bytes: &'b [u8],
    /// Its first byte in the file, counted from 0.
    offset: usize,
    /// Its number, counted from 1.
    number: u64,
}

impl<'b> Fixed<'b> {
    pub(super) fn new(bytes: &'b [u8], encoding: Encoding, profile: &Profile) -> Self {
        let at = encoding.marked(bytes);
        Self { bytes, encoding, record_bytes: profile.record_bytes.map(usize::from), at, line: 0, last: &[] }
    }

    pub(super) fn skip_lines(&mut self, lines: u16) {
        for _ in 0..lines {
            if self.line().is_none() {
                return;
            }
        }
    }

    /// The next record that is not blank, cut and decoded; `false` at the end.
    pub(super) fn next(&mut self, raw: &mut Raw, profile: &Profile) -> Result<bool, ReadError> {
        let Some(line) = self.filled() else { return Ok(false) };
        raw.begin(line.number);
        self.last = line.bytes;
        if line.bytes.len() > LINE_MAX {
            return Err(ReadError::LongRow { line: line.number });
        }
        for column in &profile.columns {
            if let Place::Bytes { from, length } = column.from {
                let start = usize::from(from) - 1;
                self.cut(raw, line, start, start + usize::from(length))?;
            }
        }
        Ok(true)
    }

    /// The next record that is not blank.
    fn filled(&mut self) -> Option<Line<'b>> {
        loop {
            let line = self.line()?;
            if !line.bytes.iter().all(|byte| matches!(byte, b' ' | 0)) {
                return Some(line);
            }
        }
    }

    fn cut(&self, raw: &mut Raw, line: Line<'b>, from: usize, to: usize) -> Result<(), ReadError> {
        let end = to.min(line.bytes.len());
        let cell = line.bytes.get(from.min(end)..end).unwrap_or_default();
        let Some(text) = self.encoding.text(cell) else {
            let offset = line.offset + from + whole(self.encoding, cell);
            let wrong = Undecodable { encoding: self.encoding, offset, line: line.number };
            return Err(ReadError::Encoding(wrong));
        };
        raw.push_str(&text);
        raw.end_cell(CellKind::Text);
        Ok(())
    }

    fn line(&mut self) -> Option<Line<'b>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty() && *rest != b"\x1A")?;
        self.line += 1;
        let (offset, unit) = (self.at, self.encoding.unit());
        let length = match self.record_bytes {
            Some(bytes) => bytes.min(rest.len()),
            None => line_length(rest, unit),
        };
        let line = rest.get(..length).unwrap_or_default();
        self.at += length + line_end(rest.get(length..).unwrap_or_default(), unit);
        Some(Line { bytes: line, offset, number: self.line })
    }
}

/// Bytes before the first line end. The second byte of a character of CP932 is never one.
fn line_length(bytes: &[u8], unit: usize) -> usize {
    let mut at = 0;
    for code in bytes.chunks(unit) {
        if is_code(code, b'\n') || is_code(code, b'\r') {
            break;
        }
        at += code.len();
    }
    at
}

fn line_end(rest: &[u8], unit: usize) -> usize {
    let mut codes = rest.chunks(unit);
    match codes.next() {
        Some(code) if is_code(code, b'\r') => {
            unit + codes.next().filter(|next| is_code(next, b'\n')).map_or(0, <[u8]>::len)
        }
        Some(code) if is_code(code, b'\n') => unit,
        _ => 0,
    }
}

fn is_code(code: &[u8], byte: u8) -> bool {
    match code {
        [one] => *one == byte,
        [one, other] => (*one == byte && *other == 0) || (*one == 0 && *other == byte),
        _ => false,
    }
}

/// Bytes at the beginning that hold whole characters.
fn whole(encoding: Encoding, cell: &[u8]) -> usize {
    (0..=cell.len())
        .rev()
        .find(|end| cell.get(..*end).is_some_and(|part| encoding.text(part).is_some()))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::import::profile::{Column, Format, Kind, Target};

    fn profile(record_bytes: Option<u16>) -> Profile {
        let bytes = |target, from, length| Column::new(target, Place::Bytes { from, length });
        Profile {
            format: Format::FixedBytes,
            header: false,
            record_bytes,
            columns: vec![
                bytes(Target::NoticeId, 1, 9),
                bytes(Target::Name, 10, 10),
                bytes(Target::Birth, 20, 8),
            ],
            ..Profile::empty(Kind::Card)
        }
    }

    fn rows(
        bytes: &[u8],
        encoding: Encoding,
        profile: &Profile,
    ) -> Result<Vec<(u64, Vec<String>)>, ReadError> {
        let mut file = Fixed::new(bytes, encoding, profile);
        let (mut raw, mut rows) = (Raw::default(), Vec::new());
        while file.next(&mut raw, profile)? {
            rows.push((raw.line, raw.cells().map(|(cell, _)| cell.to_owned()).collect()));
        }
        Ok(rows)
    }

    fn cp932(text: &str) -> Vec<u8> {
        encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
    }

    #[test]
    fn a_kanji_of_two_bytes_moves_no_column() {
        let text = "A13345601髙橋　花  19900413\r\nA13345602ｻﾄｳ ｲﾁ    19910501余り\r\n\r\nA13345603彅\r\n";
        let read = rows(&cp932(text), Encoding::Cp932, &profile(None)).unwrap();
        let row = |line, cells: [&str; 3]| (line, cells.map(str::to_owned).to_vec());
        assert_eq!(
            read,
            [
                row(1, ["A13345601", "髙橋　花", "19900413"]),
                row(2, ["A13345602", "ｻﾄｳ ｲﾁ", "19910501"]),
                row(4, ["A13345603", "彅", ""])
            ]
        );
    }

    #[test]
    fn records_may_follow_each_other_without_a_line_end() {
        let text = "A13345601髙橋　花  19900413A13345602ｻﾄｳ ｲﾁ    19910501";
        let read = rows(&cp932(text), Encoding::Cp932, &profile(Some(27))).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[1].1, ["A13345602", "ｻﾄｳ ｲﾁ", "19910501"]);
    }

    #[test]
    fn a_cut_through_a_character_is_told_with_its_byte() {
        let text = "A13345601髙橋　花子花19900413\r\n";
        let cut = rows(
            &cp932(&format!("{text}{}", text.replace("髙橋", "x髙橋"))),
            Encoding::Cp932,
            &profile(None),
        );
        let wrong = Undecodable { encoding: Encoding::Cp932, offset: 31 + 9 + 9, line: 2 };
        assert_eq!(cut, Err(ReadError::Encoding(wrong)));
    }

    #[test]
    fn lines_of_utf16_end_at_whole_characters() {
        // U+0A0A and U+0D0A hold the bytes of line ends and end no line.
        let text = "A13345601\r\n\u{A0A}\u{D0A}\r\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut wide = profile(None);
        wide.columns.truncate(1);
        wide.columns[0].from = Place::Bytes { from: 1, length: 18 };
        let read = rows(&bytes, Encoding::Utf16Le, &wide).unwrap();
        assert_eq!(read[0].1, ["A13345601"]);
        assert_eq!(read[1].1, ["\u{A0A}\u{D0A}"]);
    }
}
