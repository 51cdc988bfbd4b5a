//! From text to named cells: delimiter, header, quoted line ends, ragged rows, and the guard against individual numbers.

use csv::{ReaderBuilder, StringRecord};

use super::ReadError;
use crate::base::text;

/// The columns of the standard card file, in its order.
pub const COLUMNS: [&str; 12] = [
    "交付通知書ID",
    "氏名",
    "フリガナ",
    "生年月日",
    "交付場所",
    "保管場所",
    "棚番号",
    "作成日",
    "通知書発送日",
    "受取期限",
    "有効期限",
    "照会番号",
];

/// How many of [`COLUMNS`] a file must have.
pub const REQUIRED: usize = 4;

/// Rows that a file may have.
pub const ROWS_MAX: usize = 200_000;

/// At least so many values are needed to judge a column by them.
const JUDGED_FROM: usize = 20;

/// The cells of a file, as they stand in it.
#[derive(Debug)]
pub(super) struct Table {
    /// Where each of [`COLUMNS`] stands in a record.
    places: [Option<usize>; COLUMNS.len()],
    width: usize,
    /// Each with the line on which it begins.
    records: Vec<(u64, StringRecord)>,
}

/// One record with its line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'t> {
    table: &'t Table,
    line: u64,
    record: &'t StringRecord,
}

impl Table {
    pub(super) fn read(text: &str) -> Result<Self, ReadError> {
        let first = text.lines().find(|line| !line.trim().is_empty()).ok_or(ReadError::NoHeader)?;
        let delimiter = if first.contains('\t') && !first.contains(',') { b'\t' } else { b',' };
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut records = Vec::new();
        let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
        for record in reader.records() {
            let record = record.map_err(|_| ReadError::NoHeader)?;
            if record.iter().any(|field| !field.trim().is_empty()) {
                records.push((lines.of(&record), record));
            }
            if records.len() > ROWS_MAX + 1 {
                return Err(ReadError::TooManyRows { most: ROWS_MAX });
            }
        }
        closed_quotes(text, &records)?;
        if records.is_empty() {
            return Err(ReadError::NoHeader);
        }
        let (_, header) = records.remove(0);
        let table = Self { places: places(&header)?, width: header.len(), records };
        table.guard()?;
        Ok(table)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Cells<'_>> {
        self.records.iter().map(|(line, record)| Cells { table: self, line: *line, record })
    }

    /// Refuses the whole file when a column is full of individual numbers, whatever its header says.
    ///
    /// Spec: 11(1).
    fn guard(&self) -> Result<(), ReadError> {
        let widest = self.records.iter().map(|(_, record)| record.len()).max().unwrap_or(0);
        for column in 0..widest {
            let values = self.records.iter().filter_map(|(_, record)| record.get(column));
            let (mut filled, mut numbers) = (0_usize, 0_usize);
            for value in values.filter(|value| !value.trim().is_empty()) {
                filled += 1;
                numbers += usize::from(text::is_my_number(value));
            }
            if filled >= JUDGED_FROM && numbers * 100 >= filled * 95 {
                return Err(ReadError::MyNumber { column: column + 1 });
            }
        }
        Ok(())
    }
}

impl<'t> Cells<'t> {
    /// The line on which it begins, counted from 1.
    pub(super) fn line(self) -> u64 {
        self.line
    }

    /// What stands in this column, without spaces around it; empty where the row is too short.
    pub(super) fn get(self, column: usize) -> &'t str {
        let place = self.table.places.get(column).copied().flatten();
        place.and_then(|at| self.record.get(at)).unwrap_or_default().trim()
    }

    /// What stands beyond the header's last column, if anything does.
    pub(super) fn beyond(self) -> Option<&'t str> {
        self.record.iter().skip(self.table.width).find(|field| !field.trim().is_empty())
    }
}

/// Counts lines along the text; a record begins after the line ends that the reader's position still lies before.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, record: &StringRecord) -> u64 {
        let position = record.position().map_or(0, csv::Position::byte);
        let mut to = usize::try_from(position).unwrap_or(usize::MAX);
        while self.text.get(to).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            to += 1;
        }
        while self.at < to {
            let (here, next) = (self.text.get(self.at), self.text.get(self.at + 1));
            let ends = here == Some(&b'\n') || (here == Some(&b'\r') && next != Some(&b'\n'));
            self.line += u64::from(ends);
            self.at += 1;
        }
        self.line
    }
}

fn places(header: &StringRecord) -> Result<[Option<usize>; COLUMNS.len()], ReadError> {
    let names: Vec<String> = header.iter().map(column_key).collect();
    let forbidden = |name: &String| name.contains("個人番号") || name.contains("マイナンバー");
    if let Some(at) = names.iter().position(forbidden) {
        return Err(ReadError::MyNumber { column: at + 1 });
    }
    let mut places = [None; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut hits = names.iter().enumerate().filter(|(_, name)| **name == column_key(column));
        *place = hits.next().map(|(at, _)| at);
        if hits.next().is_some() {
            return Err(ReadError::TwiceInHeader { column });
        }
    }
    let missing: Vec<&'static str> = COLUMNS
        .into_iter()
        .zip(places)
        .take(REQUIRED)
        .filter_map(|(column, place)| place.is_none().then_some(column))
        .collect();
    if missing.is_empty() { Ok(places) } else { Err(ReadError::MissingColumns { missing }) }
}

/// A header as it is compared: width, case and spaces do not matter.
fn column_key(name: &str) -> String {
    text::nfkc(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// A quote that is never closed swallows the rest of the file into one field.
fn closed_quotes(text: &str, records: &[(u64, StringRecord)]) -> Result<(), ReadError> {
    let odd = text.matches('"').count() % 2 == 1;
    let Some((line, last)) = records.last().filter(|_| odd) else { return Ok(()) };
    if last.iter().next_back().is_some_and(|field| field.contains('\n')) {
        return Err(ReadError::OpenQuote { line: *line });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "交付通知書ID,氏名,フリガナ,生年月日";

    fn cells(text: &str) -> Vec<(u64, String, String)> {
        let table = Table::read(text).unwrap();
        table.rows().map(|row| (row.line(), row.get(0).to_owned(), row.get(3).to_owned())).collect()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_and_width() {
        let table = Table::read("生年月日, 氏 名 ,ﾌﾘｶﾞﾅ,交付通知書ＩＤ,謎\n1990,山田,ヤマダ,A13,x\n").unwrap();
        let row = table.rows().next().unwrap();
        assert_eq!((row.get(0), row.get(1), row.get(2), row.get(3)), ("A13", "山田", "ヤマダ", "1990"));
        assert_eq!(row.get(11), "", "a column that the file does not have is empty");
    }

    #[test]
    fn line_ends_inside_quotes_belong_to_the_value_and_count_as_lines() {
        let text = format!("{HEAD}\r\nA,\"山田\r\n太郎\",ヤ,1990\r\n\r\nB,田中,タ,1991\r\n,,,\r\n");
        assert_eq!(
            cells(&text),
            [(2, "A".to_owned(), "1990".to_owned()), (5, "B".to_owned(), "1991".to_owned())]
        );
    }

    #[test]
    fn tabs_separate_too_and_short_rows_are_padded() {
        let text = format!("{}\nA\t山田\n", HEAD.replace(',', "\t"));
        assert_eq!(cells(&text), [(2, "A".to_owned(), String::new())]);
    }

    #[test]
    fn what_stands_beyond_the_header_is_seen() {
        let table = Table::read(&format!("{HEAD}\nA,山,田,1990,x\nA,山,田,1990,,\n")).unwrap();
        let beyond: Vec<_> = table.rows().map(Cells::beyond).collect();
        assert_eq!(beyond, [Some("x"), None]);
    }

    #[test]
    fn a_header_that_lacks_something_is_refused() {
        assert!(matches!(Table::read(" \n\n"), Err(ReadError::NoHeader)));
        let Err(ReadError::MissingColumns { missing }) = Table::read("交付通知書ID,氏名\nA,B\n")
        else {
            panic!("the columns are missing")
        };
        assert_eq!(missing, ["フリガナ", "生年月日"]);
        let twice = Table::read(&format!("{HEAD},氏名\n"));
        assert!(matches!(twice, Err(ReadError::TwiceInHeader { column: "氏名" })));
    }

    #[test]
    fn a_quote_that_is_never_closed_is_found() {
        let open = Table::read(&format!("{HEAD}\nA,\"山田,ヤ,1990\nB,田中,タ,1991\n"));
        assert!(matches!(open, Err(ReadError::OpenQuote { line: 2 })));
    }

    #[test]
    fn a_column_of_individual_numbers_refuses_the_file_by_its_name_or_by_its_values() {
        for name in ["個人番号", "マイナンバー", "ﾏｲﾅﾝﾊﾞｰ(12桁)", "個 人 番 号"]
        {
            let named = Table::read(&format!("{HEAD},{name}\n"));
            assert!(matches!(named, Err(ReadError::MyNumber { column: 5 })), "{name}");
        }
        let rows = |good: usize, other: usize| {
            let numbers = "A,山,田,1990,1234-5678-9018\n".repeat(good);
            format!("{HEAD},番号\n{numbers}{}", "A,山,田,1990,123456789012\n".repeat(other))
        };
        assert!(matches!(Table::read(&rows(20, 0)), Err(ReadError::MyNumber { column: 5 })));
        assert!(matches!(Table::read(&rows(95, 5)), Err(ReadError::MyNumber { column: 5 })));
        assert!(Table::read(&rows(94, 6)).is_ok() && Table::read(&rows(19, 0)).is_ok());
    }
}
