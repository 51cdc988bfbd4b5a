//! The Cabinet Office's list of public holidays (国民の祝日について, `syukujitsu.csv`): a date and a name a line, in Shift_JIS.

use std::collections::BTreeMap;

use crate::base::{Day, text};

/// A year with fewer days is no whole year: the law has had twelve and more since 1989.
const WHOLE_YEAR: usize = 10;

/// The longest file, in bytes; the office's own has some 20,000.
pub const BYTES_MAX: usize = 60_000;

/// The years of a file, each with its days.
pub type Years = BTreeMap<i16, Vec<(Day, String)>>;

/// Why a list was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HolidayFileError {
    /// The bytes are neither UTF-8 nor Shift_JIS.
    #[error("neither UTF-8 nor Shift_JIS")]
    Encoding,
    /// A line is no date with a name.
    #[error("line {0} is no date with a name")]
    Line(usize),
    /// A year breaks off.
    #[error("the year {0} is not whole")]
    NotWhole(i16),
    /// No year from the wanted one on.
    #[error("no year is left")]
    NoYear,
}

/// Reads the years from `first` on; earlier ones are of no use for booking and are left out.
///
/// Spec: 7(2)⑤.
pub fn read(bytes: &[u8], first: i16) -> Result<Years, HolidayFileError> {
    let source = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or(HolidayFileError::Encoding)?
            .into_owned(),
    };
    let mut years = Years::new();
    let lines = source.trim_start_matches('\u{FEFF}').lines().zip(1usize..);
    for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
        match row(line) {
            Some((day, name)) if day.year() >= first => {
                years.entry(day.year()).or_default().push((day, name));
            }
            Some(_) => {}
            // The first line is the head of the table.
            None if number == 1 => {}
            None => return Err(HolidayFileError::Line(number)),
        }
    }
    if let Some((year, _)) = years.iter().find(|(_, days)| days.len() < WHOLE_YEAR) {
        return Err(HolidayFileError::NotWhole(*year));
    }
    for days in years.values_mut() {
        days.sort();
        days.dedup_by_key(|(day, _)| *day);
    }
    if years.is_empty() { Err(HolidayFileError::NoYear) } else { Ok(years) }
}

/// `2026/1/1,元日`, also with dashes, with two digits and in quotes.
fn row(line: &str) -> Option<(Day, String)> {
    let (date, name) = line.split_once(',')?;
    let bare = |part: &str| text::nfkc(part.trim().trim_matches('"'));
    let (date, name) = (bare(date), name.trim().trim_matches('"').to_owned());
    let mut parts = date.split(['/', '-']);
    let (year, month, day) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let fits = parts.next().is_none() && !name.is_empty() && name.chars().count() <= 40;
    Day::new(year, month, day).filter(|_| fits).map(|day| (day, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: i16) -> String {
        let lines = (1..=12).map(|month| format!("{year}/{month}/1,休日{month}\r\n"));
        lines.collect()
    }

    #[test]
    fn the_office_file_is_read_in_its_own_encoding_from_this_year_on() {
        let source = format!("国民の祝日・休日月日,国民の祝日・休日名称\r\n{}{}", year(2025), year(2026));
        let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(&source);
        let years = read(&bytes, 2026).unwrap();
        assert_eq!(years.keys().copied().collect::<Vec<_>>(), [2026]);
        assert_eq!(years[&2026][0], (Day::new(2026, 1, 1).unwrap(), "休日1".to_owned()));
        assert_eq!(read(source.as_bytes(), 2025).unwrap().len(), 2);
    }

    #[test]
    fn what_is_broken_is_refused_with_its_place() {
        let whole = year(2026);
        assert_eq!(
            read(format!("a,b\n{whole}2026/2/30,あ").as_bytes(), 2026),
            Err(HolidayFileError::Line(14))
        );
        assert_eq!(read(b"2026/1/1,a\n", 2026), Err(HolidayFileError::NotWhole(2026)));
        assert_eq!(read(whole.as_bytes(), 2027), Err(HolidayFileError::NoYear));
        assert_eq!(read(&[0xFF, 0xFE, 0x00], 2026), Err(HolidayFileError::Encoding));
    }
}
