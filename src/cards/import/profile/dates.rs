//! Days and times as files write them, brought to one form.

use std::borrow::Cow;

use crate::base::{Day, Written, text};

/// A way in which a file writes its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateFormat {
    /// `2025-04-01`.
    Dashes,
    /// `2025/4/1` and `2025.4.1`.
    Slashes,
    /// `20250401`.
    Compact,
    /// `2025年4月1日`.
    Kanji,
    /// `R7.4.1` and `R070401`.
    EraLetter,
    /// `令和7年4月1日`.
    EraName,
    /// `5070401`: the era as a digit from 1 (明治) to 5 (令和), then six digits.
    EraDigit,
    /// `45748`: days as spreadsheets count them from 1900.
    Serial,
    /// `4/1/2025`.
    MonthFirst,
    /// `1/4/2025`.
    DayFirst,
}

use DateFormat as F;

impl DateFormat {
    /// Every format.
    pub const fn all() -> [Self; 10] {
        [
            F::Dashes,
            F::Slashes,
            F::Compact,
            F::Kanji,
            F::EraLetter,
            F::EraName,
            F::EraDigit,
            F::Serial,
            F::MonthFirst,
            F::DayFirst,
        ]
    }

    /// The word that profiles write.
    pub const fn code(self) -> &'static str {
        match self {
            F::Dashes => "YYYY-MM-DD",
            F::Slashes => "YYYY/MM/DD",
            F::Compact => "YYYYMMDD",
            F::Kanji => "YYYY年M月D日",
            F::EraLetter => "R7.4.1",
            F::EraName => "令和7年4月1日",
            F::EraDigit => "EYYMMDD",
            F::Serial => "serial",
            F::MonthFirst => "MM/DD/YYYY",
            F::DayFirst => "DD/MM/YYYY",
        }
    }

    /// The format of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().into_iter().find(|format| format.code() == code)
    }

    /// The day in this format, with its unknown parts as `00`; `None` when it is written otherwise.
    fn read(self, plain: &str) -> Option<Written> {
        let first = plain.chars().next()?;
        let spelt = |fits: bool| fits.then(|| Written::parse(plain).ok()).flatten();
        let starts_with_digit = first.is_ascii_digit();
        match self {
            F::Dashes => spelt(starts_with_digit && plain.contains('-')),
            F::Slashes => spelt(starts_with_digit && plain.contains(['/', '.'])),
            F::Compact => spelt(plain.len() == 8 && is_number(plain)),
            F::Kanji => spelt(starts_with_digit && plain.contains('年')),
            F::EraLetter => spelt(first.is_ascii_alphabetic()),
            F::EraName => spelt("令平昭大明".contains(first)),
            F::EraDigit => era_digit(plain),
            F::Serial => serial(plain, false).map(whole),
            F::MonthFirst => parts(plain).and_then(|[month, day, year]| dashed(year, month, day)),
            F::DayFirst => parts(plain).and_then(|[day, month, year]| dashed(year, month, day)),
        }
    }
}

/// The day as `YYYY-MM-DD`, unknown parts `00`. Without formats everything that is clear by itself is read.
///
/// `None` when none of the formats fits; the text then stands in the report as it came.
pub(in crate::cards::import) fn normal_day(written: &str, formats: &[DateFormat]) -> Option<String> {
    let plain = plain(written);
    let read = if formats.is_empty() {
        Written::parse(&plain).ok()
    } else {
        formats.iter().find_map(|format| format.read(&plain))
    };
    read.map(|day| day.to_string())
}

/// The day that a spreadsheet's number means in a column of days: written as eight digits, or counted.
pub(in crate::cards::import) fn day_of_number(number: &str, from_1904: bool) -> Option<String> {
    if number.len() == 8 {
        return normal_day(number, &[F::Compact]);
    }
    serial(number.split('.').next()?, from_1904).map(|day| day.to_string())
}

/// The day with this number in a spreadsheet. Its 29 February 1900, which never was, is no day.
pub(in crate::cards::import) fn serial(number: &str, from_1904: bool) -> Option<Day> {
    let days: i32 = number.parse().ok().filter(|_| is_number(number))?;
    let first = if from_1904 { Day::new(1904, 1, 1)? } else { Day::new(1899, 12, 30)? };
    let day = match days {
        0 | 60 if !from_1904 => return None,
        1..60 if !from_1904 => first.plus(days + 1),
        days if days < 109_600 => first.plus(days),
        _ => return None,
    };
    Some(day)
}

/// The time of day as `HH:MM`: `9:00`, `0900`, `９時30分`, `9:00:00`, `9:00～9:15` (its beginning).
pub(in crate::cards::import) fn normal_time(written: &str) -> Option<String> {
    let plain = plain(written);
    let from = plain.split(['~', '〜']).next().unwrap_or_default();
    let from = if from.contains(':') { from.split('-').next().unwrap_or_default() } else { from };
    let spelt = from.replace('時', ":").replace('分', "");
    let (hour, minute) = match spelt.split_once(':') {
        Some((hour, rest)) => (hour, rest.split(':').next().unwrap_or_default()),
        None if is_number(&spelt) && (3..=4).contains(&spelt.len()) => {
            spelt.split_at_checked(spelt.len() - 2)?
        }
        None => return None,
    };
    let minute = if minute.is_empty() { "0" } else { minute };
    let (hour, minute): (u8, u8) = (digits(hour)?, digits(minute)?);
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

/// The time that the fraction of a spreadsheet's day means, to the minute.
pub(in crate::cards::import) fn time_of_fraction(number: &str) -> Option<String> {
    let fraction: f64 = number.parse().ok().filter(|part: &f64| part.is_finite() && *part >= 0.0)?;
    let minutes = (fraction.fract() * 1440.0).round();
    (0..1440_u16).find(|minute| (f64::from(*minute) - minutes).abs() < 0.5).map(|minute| {
        let (hour, minute) = (minute / 60, minute % 60);
        format!("{hour:02}:{minute:02}")
    })
}

/// One width, no spaces, one dash, and no midnight behind the day.
fn plain(written: &str) -> Cow<'_, str> {
    let one_width = text::composed(written.trim());
    if one_width.chars().all(|c| c == '-' || !(c.is_whitespace() || c == 'T' || text::is_dash(c))) {
        return one_width;
    }
    let day = match one_width.split_once([' ', 'T']) {
        Some((day, time)) if !time.is_empty() && time.chars().all(|c| matches!(c, '0' | ':' | '.')) => day,
        _ => &one_width,
    };
    let plain = day.chars().filter(|c| !c.is_whitespace());
    Cow::Owned(plain.map(|c| if text::is_dash(c) { '-' } else { c }).collect())
}

fn era_digit(plain: &str) -> Option<Written> {
    let (digit, rest) = plain.split_at_checked(1).filter(|_| plain.len() == 7 && is_number(plain))?;
    let era = match digit {
        "1" => 'M',
        "2" => 'T',
        "3" => 'S',
        "4" => 'H',
        "5" => 'R',
        _ => return None,
    };
    Written::parse(&format!("{era}{rest}")).ok()
}

fn parts(plain: &str) -> Option<[&str; 3]> {
    let mut parts = plain.split(['/', '-', '.']);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

fn dashed(year: &str, month: &str, day: &str) -> Option<Written> {
    Written::parse(&format!("{year}-{month}-{day}")).ok()
}

fn whole(day: Day) -> Written {
    let part = |part: i8| u8::try_from(part).unwrap_or(0);
    Written { year: day.year(), month: part(day.month()), day: part(day.day()) }
}

fn digits(text: &str) -> Option<u8> {
    text.parse().ok().filter(|_| is_number(text) && text.len() <= 2)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_reads_its_own_way_of_writing_and_no_other() {
        let ways = [
            (F::Dashes, "2025-04-01"),
            (F::Slashes, "2025/4/1"),
            (F::Compact, "20250401"),
            (F::Kanji, "2025年4月1日"),
            (F::EraLetter, "R7.4.1"),
            (F::EraName, "令和7年4月1日"),
            (F::EraDigit, "5070401"),
            (F::Serial, "45748"),
            (F::MonthFirst, "4/1/2025"),
            (F::DayFirst, "01-04-2025"),
        ];
        for (format, written) in ways {
            assert_eq!(normal_day(written, &[format]).as_deref(), Some("2025-04-01"), "{written}");
            assert_eq!(DateFormat::from_code(format.code()), Some(format));
            let others: Vec<_> = F::all().into_iter().filter(|other| *other != format).collect();
            if !matches!(format, F::MonthFirst | F::DayFirst) {
                assert_eq!(normal_day(written, &others), None, "{written}");
            }
        }
        assert_eq!(normal_day("3630813", &[F::EraDigit]).as_deref(), Some("1988-08-13"));
        assert_eq!(normal_day("6070401", &[F::EraDigit]), None);
    }

    #[test]
    fn without_formats_only_what_is_clear_by_itself_is_read() {
        for written in ["2025-04-01 00:00:00", "2025/4/1 0:00", "R7.4.1", "令和７年４月１日", "20250401"]
        {
            assert_eq!(normal_day(written, &[]).as_deref(), Some("2025-04-01"), "{written}");
        }
        for unclear in ["4/1/2025", "45748", "5070401", "2025-04-01 09:30"] {
            assert_eq!(normal_day(unclear, &[]), None, "{unclear}");
        }
        assert_eq!(normal_day("S20.0.0", &[]).as_deref(), Some("1945-00-00"));
    }

    #[test]
    fn a_spreadsheet_counts_days_with_one_that_never_was() {
        let day = |number, from_1904| serial(number, from_1904).map(|day| day.to_string());
        assert_eq!(day("1", false).as_deref(), Some("1900-01-01"));
        assert_eq!(day("59", false).as_deref(), Some("1900-02-28"));
        assert_eq!(day("60", false), None);
        assert_eq!(day("61", false).as_deref(), Some("1900-03-01"));
        assert_eq!(day("45748", false).as_deref(), Some("2025-04-01"));
        assert_eq!(day("44286", true).as_deref(), Some("2025-04-01"));
        assert_eq!(day("9999999", false), None);
        assert_eq!(day_of_number("19900413", false).as_deref(), Some("1990-04-13"));
        assert_eq!(day_of_number("45748.5", false).as_deref(), Some("2025-04-01"));
    }

    #[test]
    fn every_way_of_writing_a_time_is_that_time() {
        for written in ["9:30", "09:30", "0930", "930", "９時30分", "9:30:00", "9:30～9:45", "09:30-09:45"]
        {
            assert_eq!(normal_time(written).as_deref(), Some("09:30"), "{written}");
        }
        assert_eq!(normal_time("9時").as_deref(), Some("09:00"));
        for wrong in ["24:00", "9:60", "朝", "", "9", "12345"] {
            assert_eq!(normal_time(wrong), None, "{wrong}");
        }
        assert_eq!(time_of_fraction("0.395833333333333").as_deref(), Some("09:30"));
    }
}
