//! A list for a spreadsheet: UTF-8 with its mark, lines that end as Windows ends them, no cell that is taken for a formula.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::base::text;

/// A sheet that is being written, in memory.
#[derive(Debug)]
pub struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    /// A sheet with its heading.
    ///
    /// Spec: 7(2)⑧ ⑨.
    pub fn new(heading: &[&str]) -> Self {
        let mut builder = WriterBuilder::new();
        builder.terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).flexible(true);
        let mut sheet = Self(builder.from_writer("\u{FEFF}".as_bytes().to_vec()));
        sheet.line(heading.iter().copied());
        sheet
    }

    /// One more line.
    pub fn line<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        // Writing to memory does not fail.
        let _ = self.0.write_record(cells.into_iter().map(text::cell));
    }

    /// The file.
    pub fn end(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
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
}
