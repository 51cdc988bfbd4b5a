//! Public holidays (国民の祝日), computed from the law; a year that the city has read from the Cabinet Office's file wins.

use std::collections::BTreeMap;

use crate::base::Day;

/// Holidays as a city knows them: its own table for the years that it holds, the law for the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    table: BTreeMap<Day, String>,
}

impl Holidays {
    /// With the rows of the table `holiday`; a year with a row is taken from the table alone.
    pub fn with_table(table: BTreeMap<Day, String>) -> Self {
        Self { table }
    }

    /// The rows of the table.
    pub fn table(&self) -> &BTreeMap<Day, String> {
        &self.table
    }

    /// The name of the holiday on `day`.
    pub fn name(&self, day: Day) -> Option<&str> {
        let year = day.year();
        let first = Day::new(year, 1, 1)?;
        let listed = self.table.range(first..=first.plus(365)).any(|(on, _)| on.year() == year);
        if listed { self.table.get(&day).map(String::as_str) } else { holiday_name(day) }
    }
}

/// The name of the holiday that the law puts on `day`, from 1980 to 2099.
pub fn holiday_name(day: Day) -> Option<&'static str> {
    named(day).or_else(|| substitute(day)).or_else(|| between(day))
}

const SUBSTITUTE: &str = "休日（振替休日）";
const BETWEEN: &str = "休日（国民の休日）";

fn named(day: Day) -> Option<&'static str> {
    let (year, month, date) = (day.year(), day.month(), day.day());
    once_only(year, month, date).or_else(|| fixed(year, month, date)).or_else(|| moving(day))
}

fn once_only(year: i16, month: i8, date: i8) -> Option<&'static str> {
    Some(match (year, month, date) {
        (1989, 2, 24) => "大喪の礼",
        (1990, 11, 12) => "即位礼正殿の儀",
        (1993, 6, 9) => "結婚の儀",
        (2019, 5, 1) => "天皇の即位の日",
        (2019, 10, 22) => "即位礼正殿の儀の行われる日",
        (2020, 7, 23) | (2021, 7, 22) => "海の日",
        (2020, 7, 24) | (2021, 7, 23) => "スポーツの日",
        (2020, 8, 10) | (2021, 8, 8) => "山の日",
        _ => return None,
    })
}

fn fixed(year: i16, month: i8, date: i8) -> Option<&'static str> {
    Some(match (month, date) {
        (1, 1) => "元日",
        (1, 15) if year <= 1999 => "成人の日",
        (2, 11) => "建国記念の日",
        (2, 23) if year >= 2020 => "天皇誕生日",
        (4, 29) if year >= 2007 => "昭和の日",
        (4, 29) if year >= 1989 => "みどりの日",
        (4, 29) => "天皇誕生日",
        (5, 3) => "憲法記念日",
        (5, 4) if year >= 2007 => "みどりの日",
        (5, 5) => "こどもの日",
        (7, 20) if (1996..=2002).contains(&year) => "海の日",
        (8, 11) if year >= 2016 && year != 2020 && year != 2021 => "山の日",
        (9, 15) if year <= 2002 => "敬老の日",
        (10, 10) if year <= 1999 => "体育の日",
        (11, 3) => "文化の日",
        (11, 23) => "勤労感謝の日",
        (12, 23) if (1989..=2018).contains(&year) => "天皇誕生日",
        _ => return None,
    })
}

fn moving(day: Day) -> Option<&'static str> {
    let (year, month, date) = (day.year(), day.month(), day.day());
    let olympic = year == 2020 || year == 2021;
    let nth_monday = if day.weekday() == 1 { day.nth_in_month() } else { 0 };
    Some(match (month, nth_monday) {
        (1, 2) if year >= 2000 => "成人の日",
        (7, 3) if year >= 2003 && !olympic => "海の日",
        (9, 3) if year >= 2003 => "敬老の日",
        (10, 2) if year >= 2000 && !olympic => {
            if year >= 2022 {
                "スポーツの日"
            } else {
                "体育の日"
            }
        }
        (3, _) if i64::from(date) == equinox(year, 20_843_100) => "春分の日",
        (9, _) if i64::from(date) == equinox(year, 23_248_800) => "秋分の日",
        _ => return None,
    })
}

/// The day of the month of an equinox, by the usual approximation that holds from 1980 to 2099.
fn equinox(year: i16, base: i64) -> i64 {
    let years = i64::from(year) - 1980;
    (base + 242_194 * years) / 1_000_000 - years / 4
}

/// A holiday on a Sunday is made up for on the next day; since 2007 on the next day that is no holiday.
fn substitute(day: Day) -> Option<&'static str> {
    let mut before = day.minus(1);
    if day.year() < 2007 {
        return (before.weekday() == 0 && named(before).is_some()).then_some(SUBSTITUTE);
    }
    while named(before).is_some() {
        if before.weekday() == 0 {
            return Some(SUBSTITUTE);
        }
        before = before.minus(1);
    }
    None
}

/// Since 1986 a day between two holidays is one, too.
fn between(day: Day) -> Option<&'static str> {
    let sunday_counts_not = day.weekday() != 0;
    let framed = named(day.minus(1)).is_some() && named(day.plus(1)).is_some();
    (day.year() >= 1986 && sunday_counts_not && framed).then_some(BETWEEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holidays_of(year: i16) -> Vec<String> {
        let mut day = Day::new(year, 1, 1).unwrap();
        let mut found = Vec::new();
        while day.year() == year {
            if holiday_name(day).is_some() {
                found.push(day.to_string()[5..].to_owned());
            }
            day = day.plus(1);
        }
        found
    }

    #[test]
    fn years_that_are_known() {
        assert_eq!(
            holidays_of(2026),
            [
                "01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06",
                "07-20", "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23"
            ]
        );
        assert_eq!(
            holidays_of(2019),
            [
                "01-01", "01-14", "02-11", "03-21", "04-29", "04-30", "05-01", "05-02", "05-03", "05-04",
                "05-05", "05-06", "07-15", "08-11", "08-12", "09-16", "09-23", "10-14", "10-22", "11-03",
                "11-04", "11-23"
            ]
        );
        assert_eq!(
            holidays_of(2021),
            [
                "01-01", "01-11", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "07-22",
                "07-23", "08-08", "08-09", "09-20", "09-23", "11-03", "11-23"
            ]
        );
        assert_eq!(
            holidays_of(1989),
            [
                "01-01", "01-02", "01-15", "01-16", "02-11", "02-24", "03-21", "04-29", "05-03", "05-04",
                "05-05", "09-15", "09-23", "10-10", "11-03", "11-23", "12-23"
            ]
        );
    }

    #[test]
    fn a_year_in_the_citys_table_is_taken_from_the_table_alone() {
        let moved: Day = "2027-02-22".parse().unwrap();
        let table = BTreeMap::from([(moved, "特別の休日".to_owned())]);
        let holidays = Holidays::with_table(table);
        assert_eq!(holidays.name(moved), Some("特別の休日"));
        assert_eq!(holidays.name("2027-01-01".parse().unwrap()), None);
        assert_eq!(holidays.name("2028-01-01".parse().unwrap()), Some("元日"));
    }
}
