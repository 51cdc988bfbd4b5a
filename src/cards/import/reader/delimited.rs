//! Cells that are separated by a character, with quotes around those that hold it or a line end.

use super::ReadError;
use super::raw::{CellKind, Raw};
use crate::cards::import::decode::Decoded;

/// Bytes that one row may have: more is a quote that was never closed.
const ROW_MAX: usize = 1 << 20;

/// Cells that one row may have.
pub(super) const CELLS_MAX: usize = 1000;

/// How cells are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    pub delimiter: char,
    pub quote: Option<char>,
}

/// The rows of a file, read as they come.
#[derive(Debug)]
pub(super) struct Delimited<'b> {
    decoded: Decoded<'b>,
    marks: Marks,
    piece: String,
    at: usize,
    /// The line on which the next character stands, counted from 1.
    line: u64,
    /// Whether the character before was `\r`: a `\n` now ends no second line.
    after_return: bool,
}

impl<'b> Delimited<'b> {
    pub(super) fn new(decoded: Decoded<'b>, marks: Marks) -> Self {
        Self { decoded, marks, piece: String::new(), at: 0, line: 1, after_return: false }
    }

    /// Passes over whole lines, whatever quotes stand in them.
    pub(super) fn skip_lines(&mut self, lines: u16) -> Result<(), ReadError> {
        let first = self.line + u64::from(lines);
        while self.line < first && self.take()?.is_some() {}
        Ok(())
    }

    /// The next row that is not blank; `false` at the end.
    pub(super) fn next(&mut self, raw: &mut Raw) -> Result<bool, ReadError> {
        loop {
            let more = self.row(raw)?;
            if !more || !raw.is_blank() {
                return Ok(more);
            }
        }
    }

    fn row(&mut self, raw: &mut Raw) -> Result<bool, ReadError> {
        raw.begin(self.line);
        let Some(mut c) = self.take()? else { return Ok(false) };
        loop {
            let is_quote = Some(c) == self.marks.quote && raw.is_at_start();
            if is_quote {
                self.quoted(raw)?;
            } else if c == self.marks.delimiter {
                raw.end_cell(CellKind::Text);
            } else if matches!(c, '\n' | '\r') {
                break;
            } else {
                raw.push(c);
                self.run(raw, self.marks.delimiter);
            }
            if raw.bytes() > ROW_MAX || raw.len() > CELLS_MAX {
                return Err(ReadError::LongRow { line: raw.line });
            }
            match self.take()? {
                Some(next) => c = next,
                None => break,
            }
        }
        raw.end_cell(CellKind::Text);
        Ok(true)
    }

    /// What stands between an opened quote and its end; two of them are one.
    fn quoted(&mut self, raw: &mut Raw) -> Result<(), ReadError> {
        loop {
            let open = ReadError::OpenQuote { line: raw.line };
            let c = self.take()?.filter(|_| raw.bytes() <= ROW_MAX).ok_or(open)?;
            if Some(c) != self.marks.quote {
                raw.push(c);
                self.run(raw, self.marks.quote.unwrap_or('"'));
            } else if self.peek()? == self.marks.quote {
                self.take()?;
                raw.push(c);
            } else {
                return Ok(());
            }
        }
    }

    /// Takes what is left of the piece up to the end of the line or to this mark, which come one by one.
    fn run(&mut self, raw: &mut Raw, mark: char) {
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let ends = |byte: u8| matches!(byte, b'\n' | b'\r') || char::from(byte) == mark;
        let end = if mark.is_ascii() { rest.bytes().position(ends) } else { rest.find(['\n', '\r', mark]) };
        let run = end.map_or(rest, |end| rest.get(..end).unwrap_or_default());
        if !run.is_empty() {
            raw.push_str(run);
            self.at += run.len();
            self.after_return = false;
        }
    }

    fn peek(&mut self) -> Result<Option<char>, ReadError> {
        loop {
            if let Some(c) = self.piece.get(self.at..).and_then(|rest| rest.chars().next()) {
                return Ok(Some(c));
            }
            self.at = 0;
            if !self.decoded.next(&mut self.piece).map_err(ReadError::Encoding)? {
                return Ok(None);
            }
        }
    }

    /// The next character. `\r\n` comes as `\r` alone between rows and whole inside quotes.
    fn take(&mut self) -> Result<Option<char>, ReadError> {
        let Some(c) = self.peek()? else { return Ok(None) };
        self.at += c.len_utf8();
        let ends = c == '\r' || (c == '\n' && !self.after_return);
        self.line += u64::from(ends);
        self.after_return = c == '\r';
        Ok(Some(c))
    }
}

/// The character that separates the cells of this line: tabs before commas before others, by their number.
pub(super) fn delimiter_of(line: &str) -> char {
    let count = |mark: char| line.matches(mark).count();
    let mut best = ',';
    for mark in ['\t', ';', '|'] {
        if count(mark) > count(best) {
            best = mark;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::import::Encoding;

    fn rows_with(text: &str, quote: Option<char>) -> Result<Vec<(u64, Vec<String>)>, ReadError> {
        let decoded = Decoded::new(Encoding::Utf8, text.as_bytes());
        let mut file = Delimited::new(decoded, Marks { delimiter: ',', quote });
        let (mut raw, mut rows) = (Raw::default(), Vec::new());
        while file.next(&mut raw)? {
            rows.push((raw.line, raw.cells().map(|(cell, _)| cell.to_owned()).collect()));
        }
        Ok(rows)
    }

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        rows_with(text, Some('"')).unwrap()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn every_line_end_ends_a_row_and_blank_lines_count() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("a,b{end}{end}c,d{end},{end}e");
            assert_eq!(rows(&text), [row(1, &["a", "b"]), row(3, &["c", "d"]), row(5, &["e"])], "{end:?}");
        }
    }

    #[test]
    fn quotes_hold_delimiters_line_ends_and_doubled_quotes() {
        let text = "\"a,\"\"b\"\"\",\"c\r\nd\",e\r\nf,g\"h,\"i\"j\r\n";
        assert_eq!(rows(text), [row(1, &["a,\"b\"", "c\r\nd", "e"]), row(3, &["f", "g\"h", "ij"])]);
        let plain = rows_with("\"a\",b\n", None).unwrap();
        assert_eq!(plain, [row(1, &["\"a\"", "b"])], "a file may have no quotes");
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told_with_its_row() {
        let open = rows_with("a,b\nc,\"d,e\nf,g\n", Some('"'));
        assert_eq!(open, Err(ReadError::OpenQuote { line: 2 }));
        let long = format!("a,b\nc,\"{}\"\n", "d\n".repeat(ROW_MAX));
        assert_eq!(rows_with(&long, Some('"')), Err(ReadError::OpenQuote { line: 2 }));
        let wide = format!("a\n{}\n", "b,".repeat(CELLS_MAX + 1));
        assert_eq!(rows_with(&wide, Some('"')), Err(ReadError::LongRow { line: 2 }));
    }

    #[test]
    fn a_text_kept_from_a_spreadsheet_is_taken_out_of_its_wrapping() {
        assert_eq!(rows("=\"0123\",=1\n"), [row(1, &["0123", "=1"])]);
    }

    #[test]
    fn the_delimiter_is_the_one_that_stands_most_often() {
        for (line, mark) in [("a\tb\tc,d", '\t'), ("a,b", ','), ("a;b;c", ';'), ("a|b", '|'), ("a", ',')] {
            assert_eq!(delimiter_of(line), mark, "{line}");
        }
    }
}
