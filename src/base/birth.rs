//! Dates as Japanese papers write them, and birth dates whose month or day may be unknown.

use std::borrow::Cow;
use std::fmt;

use super::{Day, text};

/// Month and day of birth, 29 February included. What a citizen proves besides the notice ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: u8,
    day: u8,
}

impl MonthDay {
    /// Month 1 to 12 and a day that exists in it; `None` otherwise.
    pub fn new(month: u8, day: u8) -> Option<Self> {
        (1..=days_in(2000, month)).contains(&day).then_some(Self { month, day })
    }

    /// Month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Four digits, `0413`, as `card.birth_mmdd` holds it.
    pub fn mmdd(self) -> String {
        format!("{:02}{:02}", self.month, self.day)
    }
}

/// A date of birth. Month, or month and day, may be unknown (不詳), written `00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BirthDate {
    year: i16,
    month: u8,
    day: u8,
}

impl BirthDate {
    /// Reads any of the forms of [`Written::parse`]; month and day may be `00`, the year may not.
    pub fn parse(written: &str) -> Result<Self, DateError> {
        let Written { year, month, day } = Written::parse(written)?;
        if month == 0 && day != 0 {
            return Err(DateError::Month);
        }
        Ok(Self { year, month, day })
    }

    /// Year of the common era.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// Month 1 to 12, 0 when unknown.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Day of the month 1 to 31, 0 when unknown.
    pub const fn day_of_month(self) -> u8 {
        self.day
    }

    /// Month and day, unless one of them is unknown.
    pub fn month_day(self) -> Option<MonthDay> {
        MonthDay::new(self.month, self.day)
    }

    /// The civil day, unless a part of it is unknown.
    pub fn whole_day(self) -> Option<Day> {
        Day::new(self.year, i8::try_from(self.month).ok()?, i8::try_from(self.day).ok()?)
    }

    /// Four digits, `0413`, unknown parts `00`, as `card.birth_mmdd` holds it.
    pub fn mmdd(self) -> String {
        format!("{:02}{:02}", self.month, self.day)
    }

    /// Full years of age on `today`; unknown month and day count as already past.
    pub fn age_on(self, today: Day) -> u16 {
        let had_birthday = (i16::from(today.month()), i16::from(today.day()))
            >= (i16::from(self.month), i16::from(self.day));
        let years = today.year() - self.year - i16::from(!had_birthday);
        u16::try_from(years).unwrap_or(0)
    }
}

impl fmt::Display for BirthDate {
    /// `1990-04-13`, unknown parts `00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl serde::Serialize for BirthDate {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Why a written date cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Nothing is written.
    #[error("the date is empty")]
    Empty,
    /// It has none of the forms that dates are written in.
    #[error("not a date")]
    Form,
    /// The year lies outside 1868 to 2199, or the year of the era is 0.
    #[error("the year is out of range")]
    Year,
    /// The month is not 1 to 12, or is unknown where it must be known.
    #[error("the month is out of range")]
    Month,
    /// The month has no such day, or the day is unknown where it must be known.
    #[error("month {month} has no day {day}")]
    Day {
        /// The month.
        month: u8,
        /// The day that it does not have.
        day: u8,
    },
}

/// A date as a file or a form writes it. Month and day are 0 when they are written as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Year of the common era.
    pub year: i16,
    /// Month 0 to 12.
    pub month: u8,
    /// Day 0 to 31; a day that exists in the month, when both are known.
    pub day: u8,
}

impl Written {
    /// Reads `2026-04-13`, `20260413`, `2026/4/13`, `2026年4月13日`, `R8.4.13`, `R080413`, `令和8年4月13日`, any width.
    pub fn parse(written: &str) -> Result<Self, DateError> {
        if let Some((year, month, day)) = full(written) {
            return checked(year, month, day);
        }
        let composed = text::composed(written);
        let is_plain = composed.chars().all(|c| !c.is_whitespace() && (c == '-' || !text::is_dash(c)));
        let plain = if is_plain {
            composed
        } else {
            let dash = |c| if text::is_dash(c) { '-' } else { c };
            Cow::Owned(composed.chars().filter(|c| !c.is_whitespace()).map(dash).collect())
        };
        if plain.is_empty() {
            return Err(DateError::Empty);
        }
        let (before, digits) = era(&plain);
        let (year, month, day) = numbers(digits, before.is_some())?;
        let year = match before {
            Some(_) if year == 0 => return Err(DateError::Year),
            Some(before) => before + year,
            None => year,
        };
        checked(year, month, day)
    }

    /// Reads a date all of whose parts are known.
    pub fn parse_day(written: &str) -> Result<Day, DateError> {
        let date = Self::parse(written)?;
        if date.month == 0 {
            return Err(DateError::Month);
        }
        let whole = i8::try_from(date.month).ok().zip(i8::try_from(date.day).ok());
        whole
            .and_then(|(month, day)| Day::new(date.year, month, day))
            .ok_or(DateError::Day { month: date.month, day: date.day })
    }
}

/// Names of the eras, and the year before their first one.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::day::write_parts(f, self.year, self.month, self.day)
    }
}

/// The numbers of `2026-04-13` and `20260413`, as most files write their days.
fn full(written: &str) -> Option<(i16, u8, u8)> {
    let (year, month, day) = match written.as_bytes() {
        [year @ .., b'-', m1, m2, b'-', d1, d2] | [year @ .., m1, m2, d1, d2] if year.len() == 4 => {
            (year, [*m1, *m2], [*d1, *d2])
        }
        _ => return None,
    };
    let number = |digits: &[u8]| {
        digits
            .iter()
            .try_fold(0_i16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0')))
    };
    let part = |digits: &[u8]| number(digits).and_then(|part| u8::try_from(part).ok());
    Some((number(year)?, part(&month)?, part(&day)?))
}

const ERAS: &[(&[&str], i16)] = &[
    (&["令和", "R", "r"], 2018),
    (&["平成", "H", "h"], 1988),
    (&["昭和", "S", "s"], 1925),
    (&["大正", "T", "t"], 1911),
    (&["明治", "M", "m"], 1867),
];

fn era(plain: &str) -> (Option<i16>, &str) {
    let hit = ERAS.iter().find_map(|(names, before)| {
        names.iter().find_map(|name| plain.strip_prefix(name)).map(|rest| (Some(*before), rest))
    });
    hit.unwrap_or((None, plain))
}

fn numbers(digits: &str, in_era: bool) -> Result<(i16, u8, u8), DateError> {
    let year_length = if in_era { 2 } else { 4 };
    if digits.len() == year_length + 4 && digits.bytes().all(|b| b.is_ascii_digit()) {
        let (year, rest) = digits.split_at_checked(year_length).ok_or(DateError::Form)?;
        let (month, day) = rest.split_at_checked(2).ok_or(DateError::Form)?;
        return Ok((number(year)?, number(month)?, number(day)?));
    }
    // `元` stands for one digit, wherever it stands.
    let spelt =
        if digits.contains('元') { Cow::Owned(digits.replace('元', "1")) } else { Cow::Borrowed(digits) };
    let spelt = spelt.strip_suffix('日').unwrap_or(&spelt);
    let mut parts = spelt.split(['-', '年', '月', '/', '.']);
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(DateError::Form);
    };
    let year_fits = if in_era { year.len() <= 2 } else { year.len() == 4 };
    if !year_fits || month.len() > 2 || day.len() > 2 {
        return Err(DateError::Form);
    }
    Ok((number(year)?, number(month)?, number(day)?))
}

fn number<N: std::str::FromStr>(digits: &str) -> Result<N, DateError> {
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| all_digits).ok_or(DateError::Form)
}

fn checked(year: i16, month: u8, day: u8) -> Result<Written, DateError> {
    if !(1868..=2199).contains(&year) {
        return Err(DateError::Year);
    }
    if month > 12 {
        return Err(DateError::Month);
    }
    let most = if month == 0 { 31 } else { days_in(year, month) };
    if day > most { Err(DateError::Day { month, day }) } else { Ok(Written { year, month, day }) }
}

fn days_in(year: i16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_one_day_is_that_day() {
        let day: Day = "2025-04-01".parse().unwrap();
        for written in [
            "2025-04-01",
            "20250401",
            "2025/4/1",
            "2025.04.01",
            "2025年4月1日",
            "R7.4.1",
            "r07/04/01",
            "R070401",
            "令和7年4月1日",
            "令和７年４月１日",
            "㋿7年4月1日",
            "２０２５－０４－０１",
            " R 7. 4. 1 ",
        ] {
            assert_eq!(Written::parse_day(written), Ok(day), "{written}");
        }
    }

    #[test]
    fn the_two_common_forms_are_read_as_the_long_way_reads_them() {
        for year in ["2026", "1867", "2200", "+026", "２０"] {
            for (month, day) in
                [("04", "13"), ("02", "29"), ("00", "00"), ("13", "01"), ("4a", "13"), ("-4", "1-")]
            {
                for dash in ["", "-"] {
                    let written = format!("{year}{dash}{month}{dash}{day}");
                    // A space sends it the long way.
                    assert_eq!(Written::parse(&written), Written::parse(&format!(" {written}")), "{written}");
                }
            }
        }
    }

    #[test]
    fn eras_have_a_first_year() {
        assert_eq!(Written::parse_day("令和元年5月1日").unwrap().to_string(), "2019-05-01");
        assert_eq!(Written::parse_day("S64.1.7").unwrap().to_string(), "1989-01-07");
        assert_eq!(Written::parse_day("H1.1.8").unwrap().to_string(), "1989-01-08");
        assert_eq!(Written::parse_day("T15.12.25").unwrap().to_string(), "1926-12-25");
        assert_eq!(Written::parse("R0.4.1"), Err(DateError::Year));
    }

    #[test]
    fn what_is_no_day_is_refused_with_its_reason() {
        assert_eq!(Written::parse(""), Err(DateError::Empty));
        assert_eq!(Written::parse("S63.13.2"), Err(DateError::Month));
        assert_eq!(Written::parse("20260631"), Err(DateError::Day { month: 6, day: 31 }));
        assert_eq!(Written::parse("2023-02-29"), Err(DateError::Day { month: 2, day: 29 }));
        for wrong in
            ["来月", "4/13", "2026-4", "26-04-13", "2026-04-13-1", "+026-04-13", "2026041", "R7", "1２3"]
        {
            assert_eq!(Written::parse(wrong), Err(DateError::Form), "{wrong}");
        }
        assert_eq!(Written::parse_day("2026-00-00"), Err(DateError::Month));
        assert_eq!(Written::parse_day("2026-04-00"), Err(DateError::Day { month: 4, day: 0 }));
    }

    #[test]
    fn a_birth_date_may_be_known_in_part() {
        let unknown = BirthDate::parse("S20.0.0").unwrap();
        assert_eq!(
            (unknown.to_string().as_str(), unknown.month_day(), unknown.whole_day()),
            ("1945-00-00", None, None)
        );
        assert_eq!(BirthDate::parse("19450800").unwrap().to_string(), "1945-08-00");
        assert_eq!(BirthDate::parse("1945-00-13"), Err(DateError::Month));
        let leap = BirthDate::parse("2000-02-29").unwrap();
        assert_eq!(leap.month_day(), MonthDay::new(2, 29));
        assert_eq!(leap.mmdd(), "0229");
    }

    #[test]
    fn a_month_day_exists_in_some_year() {
        assert!(MonthDay::new(2, 29).is_some());
        for (month, day) in [(0, 1), (13, 1), (2, 30), (4, 31), (1, 0), (12, 32)] {
            assert!(MonthDay::new(month, day).is_none(), "{month}/{day}");
        }
        assert_eq!(MonthDay::new(4, 3).unwrap().mmdd(), "0403");
    }

    #[test]
    fn age_counts_birthdays() {
        let birth = BirthDate::parse("1990-04-13").unwrap();
        let on = |day: &str| birth.age_on(day.parse().unwrap());
        assert_eq!((on("2026-04-12"), on("2026-04-13"), on("1980-01-01")), (35, 36, 0));
    }
}
