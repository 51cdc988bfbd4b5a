//! Civil days and minutes of the day, as people in Japan count them.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// A civil day in Japan. Columns named `_on` hold it as `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The day of a calendar date.
    pub const fn from_date(date: Date) -> Self {
        Self(date)
    }

    /// The day of year, month and day; `None` when no such day exists.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self)
    }

    /// The calendar date.
    pub const fn date(self) -> Date {
        self.0
    }

    /// Year of the common era.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Month, 1 to 12.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Day of the month, 1 to 31.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Day of the week, 0 = Sunday.
    pub fn weekday(self) -> u8 {
        u8::try_from(self.0.weekday().to_sunday_zero_offset()).unwrap_or(0)
    }

    /// The day `days` later.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days.days()))
    }

    /// The day `days` earlier.
    #[must_use]
    pub fn minus(self, days: i32) -> Self {
        Self(self.0.saturating_sub(days.days()))
    }

    /// Days from `earlier` to this day; negative when `earlier` lies ahead.
    pub fn days_from(self, earlier: Self) -> i64 {
        self.days_since_1970() - earlier.days_since_1970()
    }

    /// Days since 1970-01-01.
    pub fn days_since_1970(self) -> i64 {
        i64::from(self.0.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days()))
    }

    /// The first day of this day's month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// The last day of this day's month.
    #[must_use]
    pub fn last_of_month(self) -> Self {
        Self(self.0.last_of_month())
    }

    /// Which one of its weekday in the month this day is: 1 = first.
    pub fn nth_in_month(self) -> u8 {
        u8::try_from((self.0.day() - 1) / 7 + 1).unwrap_or(1)
    }

    /// Whether no later day of the same weekday lies in this month.
    pub fn is_last_of_its_weekday(self) -> bool {
        self.0.day() + 7 > self.0.days_in_month()
    }

    /// Whether the day is a Saturday or Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Saturday | Weekday::Sunday)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parts(f, self.0.year(), self.0.month().unsigned_abs(), self.0.day().unsigned_abs())
    }
}

/// `2026-04-13`. Long files are full of days, so the digits are put together by hand.
pub(super) fn write_parts(f: &mut fmt::Formatter<'_>, year: i16, month: u8, day: u8) -> fmt::Result {
    let Ok(whole @ 0..=9999) = u16::try_from(year) else {
        return write!(f, "{year:04}-{month:02}-{day:02}");
    };
    let digit = |number: u16| b'0' + u8::try_from(number % 10).unwrap_or(0);
    let (month, day) = (u16::from(month), u16::from(day));
    let text = [
        digit(whole / 1000),
        digit(whole / 100),
        digit(whole / 10),
        digit(whole),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(day / 10),
        digit(day),
    ];
    f.write_str(std::str::from_utf8(&text).unwrap_or_default())
}

/// The text is not a day of the form `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day of the form YYYY-MM-DD")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return Err(NotADay) };
        let number = |digits: &[&u8]| {
            digits.iter().try_fold(0_i16, |sum, digit| {
                digit.is_ascii_digit().then(|| sum * 10 + i16::from(**digit - b'0'))
            })
        };
        let part = |digits: &[&u8]| number(digits).and_then(|part| i8::try_from(part).ok());
        let parts = (number(&[y1, y2, y3, y4]), part(&[m1, m2]), part(&[d1, d2]));
        let (Some(year), Some(month), Some(day)) = parts else { return Err(NotADay) };
        Self::new(year, month, day).ok_or(NotADay)
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A minute of the day in Japan, 0 to 1440 (24:00, only as an end). Columns named `_min` hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Minute(u16);

impl Minute {
    /// The minute `minutes` after midnight; more than 24 hours is cut to 24:00.
    pub const fn of(minutes: u16) -> Self {
        Self(if minutes > 1440 { 1440 } else { minutes })
    }

    /// Minutes after midnight.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The hour of the day.
    pub const fn hour(self) -> u16 {
        self.0 / 60
    }

    /// Four digits, `0930`, as slot ids write it.
    pub fn compact(self) -> String {
        format!("{:02}{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Display for Minute {
    /// `9:30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:02}", self.0 / 60, self.0 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_full_form_is_a_day() {
        assert_eq!("2026-04-13".parse::<Day>().unwrap().to_string(), "2026-04-13");
        for wrong in ["2026-4-13", "2026-02-29", "20260413", "2026-04-13 ", "+026-04-13", ""] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn weekdays_and_their_rank_in_the_month() {
        let second_saturday: Day = "2026-04-11".parse().unwrap();
        assert_eq!((second_saturday.weekday(), second_saturday.nth_in_month()), (6, 2));
        assert!(!second_saturday.is_last_of_its_weekday());
        assert!("2026-04-30".parse::<Day>().unwrap().is_last_of_its_weekday());
    }
}
