//! How days, months and times are written: the shapes are messages (`messages/<language>/dates.toml`).
//!
//! | filter | takes | Japanese |
//! |---|---|---|
//! | `day_ja` | day | 2026年4月13日（月） |
//! | `day_era` | day | 2026年（令和8年）4月13日（月） |
//! | `day_plain` | day | 2026年4月13日 |
//! | `day_short` | day | 4月13日（月） |
//! | `era_year` | day | 2026年（令和8年） |
//! | `month_era` | day | 2026年（令和8年）4月 |
//! | `month_name` | day | 4月 |
//! | `weekday` | day | 月 |
//! | `weekday_name` | day | 月曜日 |
//! | `time` | minute of the day | 9:30 |
//! | `day_slash(year)` | day | 4/13, with its year when that is another: 2027/4/13 |
//! | `birth` | date of birth | 1990年（平成2年）4月13日, for the staff pages |
//! | `birth_short` | date of birth | H2.4.13 |
//! | `moment` | moment | 4月3日（金）14:20 |
//! | `moment_day` | moment | 2026-04-03, for the filters above |
//! | `moment_time` | moment | 14:20 |

use std::sync::Arc;

use minijinja::{Environment, Error, ErrorKind};

use super::Catalogue;
use crate::base::{BirthDate, Day, Minute, Moment};

/// Japanese eras by their first day. Earlier days are written without an era.
const ERAS: [((i16, i8, i8), &str); 5] = [
    ((2019, 5, 1), "reiwa"),
    ((1989, 1, 8), "heisei"),
    ((1926, 12, 25), "showa"),
    ((1912, 7, 30), "taisho"),
    ((1868, 10, 23), "meiji"),
];

/// The shapes that take a day, each a key of `dates.toml` and the name of a filter.
const DAY_SHAPES: [&str; 9] = [
    "day_ja",
    "day_era",
    "day_plain",
    "day_short",
    "era_year",
    "month_era",
    "month_name",
    "weekday",
    "weekday_name",
];

/// `day` written in the shape `dates.<shape>` of `language`; `None` when the messages lack it.
pub fn write_day(catalogue: &Catalogue, language: &str, shape: &str, day: Day) -> Option<String> {
    let said = |key: &str| catalogue.words(language, key, |_| None);
    let without_era = shape.contains("era") && era(day).is_none();
    let key = if without_era { format!("dates.no_era.{shape}") } else { format!("dates.{shape}") };
    catalogue.words(language, &key, |place| match place {
        "year" => Some(day.year().to_string()),
        "month" => Some(day.month().to_string()),
        "month_name" => said(&format!("dates.months.{}", day.month())),
        "day" => Some(day.day().to_string()),
        "weekday" => said(&format!("dates.weekdays.{}", day.weekday())),
        "era" => said(&format!("dates.eras.{}", era(day)?.0)),
        "era_year" => match era(day)?.1 {
            1 => said("dates.first_year"),
            year => Some(year.to_string()),
        },
        _ => None,
    })
}

/// `at` written in the shape `dates.moment` of `language`.
pub fn write_moment(catalogue: &Catalogue, language: &str, at: Moment) -> Option<String> {
    let day = write_day(catalogue, language, "day_short", at.day())?;
    catalogue.words(language, "dates.moment", |place| match place {
        "day" => Some(day.clone()),
        "time" => Some(at.minute().to_string()),
        _ => None,
    })
}

/// The era of `day` and the year in it.
fn era(day: Day) -> Option<(&'static str, i16)> {
    ERAS.iter().find_map(|((year, month, first), name)| {
        let begins = Day::new(*year, *month, *first)?;
        (day >= begins).then(|| (*name, day.year() - year + 1))
    })
}

/// Puts the filters of one language into a template environment.
pub(super) fn add_filters(
    environment: &mut Environment<'static>,
    language: &str,
    catalogue: &Arc<Catalogue>,
) {
    for shape in DAY_SHAPES {
        let (words, tongue) =
            (Arc::clone(catalogue), if shape == "day_ja" { "ja" } else { language }.to_owned());
        environment.add_filter(shape, move |day: &str| -> Result<String, Error> {
            let day: Day = day.parse().map_err(|_| wrong("not a day", day))?;
            write_day(&words, &tongue, shape, day).ok_or_else(|| wrong("dates.toml lacks", shape))
        });
    }
    environment.add_filter("day_slash", |day: &str, year: Option<&str>| -> Result<String, Error> {
        let day: Day = day.parse().map_err(|_| wrong("not a day", day))?;
        let short = format!("{}/{}", day.month(), day.day());
        let other = year != Some(day.year().to_string().as_str());
        Ok(if other { format!("{}/{short}", day.year()) } else { short })
    });
    environment.add_filter("birth_short", |written: &str| -> Result<String, Error> {
        let birth = BirthDate::parse(written).map_err(|_| wrong("not a date of birth", written))?;
        Ok(birth_short(birth))
    });
    let (words, tongue) = (Arc::clone(catalogue), language.to_owned());
    environment.add_filter("birth", move |written: &str| -> Result<String, Error> {
        let birth = BirthDate::parse(written).map_err(|_| wrong("not a date of birth", written))?;
        write_birth(&words, &tongue, birth).ok_or_else(|| wrong("dates.toml lacks", "era_year"))
    });
    let (words, tongue) = (Arc::clone(catalogue), language.to_owned());
    environment.add_filter("moment", move |at: i64| -> Result<String, Error> {
        write_moment(&words, &tongue, Moment::from_millis(at))
            .ok_or_else(|| wrong("dates.toml lacks", "moment"))
    });
    environment.add_filter("time", |minute: u16| Minute::of(minute).to_string());
    environment.add_filter("moment_day", |at: i64| Moment::from_millis(at).day().to_string());
    environment.add_filter("moment_iso", |at: i64| {
        let at = Moment::from_millis(at);
        format!("{}T{:02}:{:02}:00+09:00", at.day(), at.minute().hour(), at.minute().get() % 60)
    });
    environment.add_filter("moment_time", |at: i64| Moment::from_millis(at).minute().to_string());
}

/// A date of birth as lists write it, `H2.4.13`; unknown parts as `?`, without an era before the eras.
fn birth_short(birth: BirthDate) -> String {
    let part = |number: u8| if number == 0 { "?".to_owned() } else { number.to_string() };
    let (month, day) = (part(birth.month()), part(birth.day_of_month()));
    let letter = |name: &str| name.chars().next().map_or(' ', |first| first.to_ascii_uppercase());
    match birth.whole_day().and_then(era) {
        Some((name, year)) => format!("{}{year}.{month}.{day}", letter(name)),
        None => format!("{}.{month}.{day}", birth.year()),
    }
}

/// A date of birth written out, `1990年（平成2年）4月13日`; unknown parts are said to be so.
fn write_birth(catalogue: &Catalogue, language: &str, birth: BirthDate) -> Option<String> {
    let Some(day) = birth.whole_day() else {
        let month = if birth.month() == 0 { "月日" } else { "日" };
        let known = if birth.month() == 0 { String::new() } else { format!("{}月", birth.month()) };
        return Some(format!("{}年{known}（{month}不詳）", birth.year()));
    };
    let year = write_day(catalogue, language, "era_year", day)?;
    Some(format!("{year}{}月{}日", day.month(), day.day()))
}

fn wrong(why: &str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("{why}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(shape: &str, day: &str) -> String {
        write_day(&Catalogue::embedded().unwrap(), "ja", shape, day.parse().unwrap()).unwrap()
    }

    #[test]
    fn days_are_written_with_and_without_their_era() {
        assert_eq!(written("day_ja", "2026-04-13"), "2026年4月13日（月）");
        assert_eq!(written("day_era", "2026-04-13"), "2026年（令和8年）4月13日（月）");
        assert_eq!(written("day_short", "2026-04-13"), "4月13日（月）");
        assert_eq!(written("month_era", "2026-04-13"), "2026年（令和8年）4月");
    }

    #[test]
    fn dates_of_birth_are_written_also_where_a_part_is_unknown() {
        let short = |text: &str| birth_short(BirthDate::parse(text).unwrap());
        let long = |text: &str| {
            write_birth(&Catalogue::embedded().unwrap(), "ja", BirthDate::parse(text).unwrap()).unwrap()
        };
        assert_eq!((short("1990-04-13"), short("2019-05-01")), ("H2.4.13".to_owned(), "R1.5.1".to_owned()));
        assert_eq!(
            (short("1950-04-00"), short("1950-00-00")),
            ("1950.4.?".to_owned(), "1950.?.?".to_owned())
        );
        assert_eq!(long("1990-04-13"), "1990年（平成2年）4月13日");
        assert_eq!(
            (long("1950-04-00"), long("1950-00-00")),
            ("1950年4月（日不詳）".to_owned(), "1950年（月日不詳）".to_owned())
        );
    }

    #[test]
    fn eras_begin_on_their_first_day() {
        assert_eq!(written("era_year", "2019-04-30"), "2019年（平成31年）");
        assert_eq!(written("era_year", "2019-05-01"), "2019年（令和元年）");
        assert_eq!(written("era_year", "1989-01-07"), "1989年（昭和64年）");
        assert_eq!(written("era_year", "1867-01-01"), "1867年");
    }

    #[test]
    fn moments_are_written_in_japan_s_time() {
        let words = Catalogue::embedded().unwrap();
        let at = Moment::at("2026-04-03".parse().unwrap(), Minute::of(14 * 60 + 20));
        assert_eq!(write_moment(&words, "ja", at).unwrap(), "4月3日（金）14:20");
    }
}
