//! A list for a spreadsheet: UTF-8 with its mark, lines that end as Windows ends them, no cell that is taken for a formula.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::base::{Day, text};

/// A sheet that is being written, in memory.
#[derive(Debug)]
pub struct Sheet {
    writer: csv::Writer<Vec<u8>>,
    /// Whether a spreadsheet is kept from taking a code for a number or a day.
    exact: bool,
}

impl Sheet {
    /// A sheet with its heading.
    ///
    /// Spec: 7(2)⑧ ⑨.
    pub fn new(heading: &[&str]) -> Self {
        let mut builder = WriterBuilder::new();
        builder.terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).flexible(true);
        let mut sheet = Self { writer: builder.from_writer("\u{FEFF}".as_bytes().to_vec()), exact: false };
        sheet.line(heading.iter().copied());
        sheet
    }

    /// The same for people who open it with a double click: `007`, `12E-000003` and `1-2` stay what they are, where a
    /// spreadsheet would make 7, 0.012 and the second of January of them. Other programs get [`Sheet::new`].
    pub fn for_spreadsheet(heading: &[&str]) -> Self {
        Self { exact: true, ..Self::new(heading) }
    }

    /// One more line.
    pub fn line<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        // Writing to memory does not fail.
        let exact = self.exact;
        let cell =
            |cell: &str| if exact && is_changed(cell) { format!("=\"{cell}\"") } else { text::cell(cell) };
        let _ = self.writer.write_record(cells.into_iter().map(cell));
    }

    /// The file.
    pub fn end(self) -> Vec<u8> {
        self.writer.into_inner().unwrap_or_default()
    }
}

/// Whether a spreadsheet reads something else than what stands there: digits with a zero before them or too many of
/// them, a number with a power, a day that is none. What is true of it can hold no formula.
fn is_changed(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(cell) {
        return (cell.len() > 1 && cell.starts_with('0')) || cell.len() > 15;
    }
    if let Some((number, power)) = cell.split_once(['E', 'e']) {
        return digits(number) && digits(power.strip_prefix(['-', '+']).unwrap_or(power));
    }
    let is_day = cell.len() == 10 && cell.parse::<Day>().is_ok();
    let parts: Vec<&str> = cell.split(['-', '/']).collect();
    !is_day && parts.len() > 1 && parts.iter().all(|part| digits(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_opens_in_a_spreadsheet_and_computes_nothing() {
        let mut sheet = Sheet::new(&["氏名", "備考"]);
        sheet.line(["田中, 健太", "=cmd|' /C calc'!A0"]);
        sheet.line(["山\n田", "－5 ＝ \"x\""]);
        let text = String::from_utf8(sheet.end()).unwrap();
        assert_eq!(
            text,
            "\u{FEFF}氏名,備考\r\n\"田中, 健太\",'=cmd|' /C calc'!A0\r\n\"山\n田\",\"'－5 ＝ \"\"x\"\"\"\r\n"
        );
    }

    #[test]
    fn codes_are_no_numbers_for_a_spreadsheet() {
        for code in ["007", "12E-000003", "1E5", "1-2", "3/4", "1234567890123456"] {
            assert!(is_changed(code), "{code}");
        }
        for plain in ["7", "0", "2026-04-13", "A-007", "B-04-103", "9:30", "", "-", "E5", "田中", "1-B"] {
            assert!(!is_changed(plain), "{plain}");
        }
        let mut sheet = Sheet::for_spreadsheet(&["番号"]);
        sheet.line(["007"]);
        sheet.line(["-5"]);
        let text = String::from_utf8(sheet.end()).unwrap();
        assert_eq!(text, "\u{FEFF}番号\r\n\"=\"\"007\"\"\"\r\n'-5\r\n");
    }
}
