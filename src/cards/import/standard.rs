//! Writing: the standard card file, and the list of rows that cannot be taken.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::profile::{Kind, Target};
use super::row::Row;
use super::why::Noted;
use crate::base::Day;

/// The columns of the standard card file, in its order.
pub fn columns() -> impl Iterator<Item = &'static str> {
    Target::of(Kind::Card).iter().take(12).map(|target| target.label())
}

/// The standard card file with these rows: UTF-8, the twelve columns, days as `YYYY-MM-DD`.
///
/// A thirteenth, 在留期限, follows them where a row tells of it.
pub fn standard_csv(rows: &[Row]) -> Vec<u8> {
    let mut out = Sheet::new();
    let has_residence = rows.iter().any(|row| row.card.residence_until.is_some());
    let width = if has_residence { 13 } else { 12 };
    let head: Vec<&str> = Target::of(Kind::Card).iter().take(width).map(|target| target.label()).collect();
    out.line(&head);
    for row in rows {
        let card = &row.card;
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let (notice, birth) = (card.notice_id.to_string(), card.birth.to_string());
        let (made, sent) = (day(card.made_on), day(card.notice_sent_on));
        let (due, valid) = (day(card.pickup_due_on), day(card.valid_until));
        let residence = day(card.residence_until);
        let cells: [&str; 13] = [
            &notice,
            &card.name,
            &card.kana,
            &birth,
            &row.location,
            &row.storage,
            &row.shelf,
            &made,
            &sent,
            &due,
            &valid,
            &card.inquiry_no,
            &residence,
        ];
        out.line(cells.get(..width).unwrap_or(&cells));
    }
    out.end()
}

/// The rows that cannot be taken, for a spreadsheet: UTF-8 with its mark, cells that no spreadsheet takes for a formula.
pub fn errors_csv(errors: &[Noted]) -> Vec<u8> {
    let mut out = Sheet::new();
    out.line(&["行", "項目", "ファイルの値", "理由と直し方"]);
    for error in errors {
        out.line(&[&error.line.to_string(), &error.column, &plain(&error.value), &error.why]);
    }
    let mut bytes = "\u{FEFF}".as_bytes().to_vec();
    bytes.extend(out.end());
    bytes
}

/// A cell that begins like a formula gets an apostrophe in front.
fn plain(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{value}") } else { value.to_owned() }
}

/// A list for a spreadsheet.
#[derive(Debug)]
pub(in crate::cards) struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    fn new() -> Self {
        Self::after(Vec::new())
    }

    /// One that begins with the mark by which a spreadsheet knows UTF-8.
    pub(in crate::cards) fn marked() -> Self {
        Self::after("\u{FEFF}".as_bytes().to_vec())
    }

    fn after(head: Vec<u8>) -> Self {
        let mut builder = WriterBuilder::new();
        builder.terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).flexible(true);
        Self(builder.from_writer(head))
    }

    /// A line whose cells no spreadsheet takes for a formula.
    pub(in crate::cards) fn words(&mut self, cells: &[&str]) {
        let plain: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
        self.line(&plain.iter().map(String::as_str).collect::<Vec<_>>());
    }

    pub(in crate::cards) fn line(&mut self, cells: &[&str]) {
        // Writing to memory does not fail.
        let _ = self.0.write_record(cells);
    }

    pub(in crate::cards) fn end(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::import::{Context, RowError, Why, read};

    #[test]
    fn what_is_written_reads_as_the_same_rows() {
        let text = "氏名,交付通知書ID,生年月日,フリガナ,棚番号,受取期限,交付場所\n\
                    \"髙﨑,\n花\",a13345603,S20.0.0,ﾀｶｻｷ,B-4-103,R8.6.30,本庁舎\n";
        let file = read(text.replace(",\n花", "，花").as_bytes(), &Context::default()).unwrap();
        let written = standard_csv(&file.rows);
        let head = String::from_utf8(written.clone()).unwrap();
        assert!(
            head.starts_with("交付通知書ID,氏名,フリガナ,生年月日,交付場所,保管場所,棚番号,作成日,"),
            "{head}"
        );
        assert!(
            head.contains("A13-345603,髙﨑，花,ﾀｶｻｷ,1945-00-00,本庁舎,,B-4-103,,,2026-06-30,,\r\n"),
            "{head}"
        );
        let again = read(&written, &Context::default()).unwrap();
        assert_eq!(again.rows.first().map(|row| &row.card.name), file.rows.first().map(|row| &row.card.name));
        assert_eq!(standard_csv(&again.rows), written);
    }

    #[test]
    fn the_column_of_residence_stands_there_only_when_a_row_tells_of_it() {
        let head = "交付通知書ID,氏名,フリガナ,生年月日,在留期限\n";
        let file = read(
            format!("{head}A13345603,グエン,,19900413,R9.3.31\nA13345604,林,,19900413,\n").as_bytes(),
            &Context::default(),
        )
        .unwrap();
        let written = String::from_utf8(standard_csv(&file.rows)).unwrap();
        assert!(
            written.starts_with("交付通知書ID,") && written.contains("照会番号,在留期限\r\n"),
            "{written}"
        );
        assert!(written.contains(",,2027-03-31\r\n") && written.ends_with(",,\r\n"), "{written}");
        assert_eq!(
            standard_csv(&read(written.as_bytes(), &Context::default()).unwrap().rows),
            written.as_bytes()
        );
    }

    #[test]
    fn a_list_of_errors_holds_no_formula() {
        let error = RowError { line: 3, column: "氏名", value: "=1+1".to_owned(), why: Why::Empty };
        let errors = [Noted::from(&error)];
        let text = String::from_utf8(errors_csv(&errors)).unwrap();
        assert!(text.starts_with("\u{FEFF}行,項目") && text.contains("3,氏名,'=1+1,"), "{text}");
    }
}
