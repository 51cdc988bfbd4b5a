//! The holidays of the law against independent sources: the Cabinet Office's own list for the years that it holds, the sun
//! itself for the equinoxes of the years to come, and the law's other days written down once more in another way.

use std::collections::BTreeSet;

use madoguchi::base::Day;
use madoguchi::calendar::{self, holiday_name};

/// `syukujitsu.csv` as the Cabinet Office publishes it.
const OFFICE: &[u8] = include_bytes!("../fixtures/syukujitsu.csv");

/// The last year of the office's list.
const KNOWN: i16 = 2027;

fn days_of(year: i16) -> impl Iterator<Item = Day> {
    let first = Day::new(year, 1, 1).unwrap();
    (0..366).map(move |ahead| first.plus(ahead)).filter(move |day| day.year() == year)
}

fn by_rule(year: i16) -> BTreeSet<Day> {
    days_of(year).filter(|day| holiday_name(*day).is_some()).collect()
}

#[test]
fn the_rule_says_what_the_cabinet_office_says_for_every_year_that_it_has_published() {
    let office = calendar::read_holidays(OFFICE, 1980).unwrap();
    assert_eq!(office.keys().copied().collect::<Vec<_>>(), (1980..=KNOWN).collect::<Vec<_>>());
    for (year, days) in office {
        let theirs: BTreeSet<Day> = days.iter().map(|(day, _)| *day).collect();
        assert_eq!(by_rule(year), theirs, "{year}");
        for (day, name) in days {
            let ours = holiday_name(day).unwrap();
            // The office calls every substitute 休日, and 2020's 体育の日 by its old name until it was renamed.
            let same = ours == name || (name == "休日" && ours.starts_with("休日"));
            let renamed = name.starts_with("体育の日") || name.starts_with("スポーツの日");
            assert!(same || renamed || name.contains("休日"), "{day}: {ours} and {name}");
        }
    }
}

/// The terms of the sun's and the planets' pull on the moment of an equinox: size, phase and speed in degrees.
const PULL: [(f64, f64, f64); 24] = [
    (485.0, 324.96, 1_934.136),
    (203.0, 337.23, 32_964.467),
    (199.0, 342.08, 20.186),
    (182.0, 27.85, 445_267.112),
    (156.0, 73.14, 45_036.886),
    (136.0, 171.52, 22_518.443),
    (77.0, 222.54, 65_928.934),
    (74.0, 296.72, 3_034.906),
    (70.0, 243.58, 9_037.513),
    (58.0, 119.81, 33_718.147),
    (52.0, 297.17, 150.678),
    (50.0, 21.02, 2_281.226),
    (45.0, 247.54, 29_929.562),
    (44.0, 325.15, 31_555.956),
    (29.0, 60.93, 4_443.417),
    (18.0, 155.12, 67_555.328),
    (17.0, 288.79, 4_562.452),
    (16.0, 198.04, 62_894.029),
    (14.0, 199.76, 31_436.921),
    (12.0, 95.39, 14_577.848),
    (12.0, 287.11, 31_931.756),
    (12.0, 320.81, 34_777.259),
    (9.0, 227.73, 1_222.114),
    (8.0, 15.45, 16_859.074),
];

/// The mean equinoxes of the years 1000 to 3000 as polynomials in thousands of years from 2000 (Meeus, Astronomical
/// Algorithms, chapter 27), in Julian days.
const MARCH: [f64; 5] = [2_451_623.809_84, 365_242.374_04, 0.051_69, -0.004_11, -0.000_57];
const SEPTEMBER: [f64; 5] = [2_451_810.217_15, 365_242.017_67, -0.115_75, 0.003_37, 0.000_78];

/// The day in Japan on which the sun crosses the equator, and how far from midnight that is, in minutes.
fn equinox(year: i16, mean: [f64; 5]) -> (Day, f64) {
    let y = (f64::from(year) - 2000.0) / 1000.0;
    let start = mean.iter().rev().fold(0.0, |sum, term| sum * y + term);
    let t = (start - 2_451_545.0) / 36_525.0;
    let w = (35_999.373 * t - 2.47).to_radians();
    let slope = 1.0 + 0.0334 * w.cos() + 0.0007 * (2.0 * w).cos();
    let pull: f64 = PULL.iter().map(|(a, b, c)| a * (b + c * t).to_radians().cos()).sum();
    // The earth's clock lags some seventy seconds behind the even time of the tables; Japan is nine hours ahead.
    let japan = start + 0.00001 * pull / slope - 70.0 / 86_400.0 + 9.0 / 24.0;
    let since_2000 = japan - 2_451_544.5;
    #[expect(clippy::cast_possible_truncation, reason = "some tens of thousands of days")]
    let days = since_2000.floor() as i32;
    let into_day = since_2000.fract().rem_euclid(1.0) * 1440.0;
    (Day::new(2000, 1, 1).unwrap().plus(days), into_day.min(1440.0 - into_day))
}

#[test]
fn the_equinoxes_fall_on_the_days_that_the_sun_gives_them() {
    for year in 1980..=2050 {
        for (mean, name) in [(MARCH, "春分の日"), (SEPTEMBER, "秋分の日")] {
            let (day, margin) = equinox(year, mean);
            assert!(margin > 5.0, "{year}: too near to midnight to be told");
            let named: Vec<Day> = days_of(year).filter(|day| holiday_name(*day) == Some(name)).collect();
            assert_eq!(named, [day], "{year} {name}");
        }
    }
}

/// The days of a year to come, from the law's text: fixed days, Mondays, equinoxes; then what is made up for, then what lies
/// between two.
fn by_law(year: i16) -> BTreeSet<Day> {
    let on = |month, day| Day::new(year, month, day).unwrap();
    let monday = |month, rank: i32| {
        let first = on(month, 1);
        first.plus((8 - i32::from(first.weekday())) % 7 + 7 * (rank - 1))
    };
    let mut days: BTreeSet<Day> = [
        on(1, 1),
        on(2, 11),
        on(2, 23),
        on(4, 29),
        on(5, 3),
        on(5, 4),
        on(5, 5),
        on(8, 11),
        on(11, 3),
        on(11, 23),
        monday(1, 2),
        monday(7, 3),
        monday(9, 3),
        monday(10, 2),
        equinox(year, MARCH).0,
        equinox(year, SEPTEMBER).0,
    ]
    .into();
    let statutory = days.clone();
    for sunday in statutory.iter().filter(|day| day.weekday() == 0) {
        let mut next = sunday.plus(1);
        while statutory.contains(&next) {
            next = next.plus(1);
        }
        days.insert(next);
    }
    for day in &statutory {
        let between = day.plus(1);
        if statutory.contains(&day.plus(2)) && between.weekday() != 0 {
            days.insert(between);
        }
    }
    days
}

#[test]
fn the_years_to_come_are_as_the_law_is_written() {
    for year in KNOWN - 4..=2050 {
        assert_eq!(by_rule(year), by_law(year), "{year}");
    }
}

#[test]
fn the_long_holidays_of_autumn_come_when_two_days_frame_one() {
    let day = |text: &str| text.parse::<Day>().unwrap();
    for text in ["2026-09-22", "2032-09-21", "2037-09-22", "2043-09-22", "2049-09-21"] {
        assert_eq!(holiday_name(day(text)), Some("休日（国民の休日）"), "{text}");
    }
    assert_eq!(holiday_name(day("2027-09-21")), None);
}
