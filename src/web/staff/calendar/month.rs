//! A month of one place, and beside it how full every place is that month.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fill::{Fill, closed_words};
use super::{Around, MonthLink, PlaceName, StaffCtx, counted, samples};
use crate::base::Day;
use crate::booking::{DayCount, PlaceCount};
use crate::calendar::Location;
use crate::render::View;
use crate::web::PageError;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Month {
    around: Around,
    before: MonthLink,
    after: MonthLink,
    now: MonthLink,
    weeks: Vec<Vec<Option<Cell>>>,
    places: Vec<Row>,
}

/// A day of the month.
#[derive(Debug, Serialize)]
struct Cell {
    day: Day,
    date: i8,
    /// `past`, `today` or `future`.
    when: &'static str,
    /// Why it is closed.
    closed: Option<String>,
    /// What is unlike other days.
    note: String,
    fill: Fill,
    issued: u32,
}

/// A place's month.
#[derive(Debug, Serialize)]
struct Row {
    place: PlaceName,
    fill: Fill,
}

impl View for Month {
    const TEMPLATE: &'static str = "staff/calendar.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let around = samples::around();
        let day = around.today;
        let fill = samples::fill();
        let cell = |when, closed: Option<&str>| {
            let (closed, note) = (closed.map(str::to_owned), "延長".to_owned());
            Some(Cell { day, date: 13, when, closed, note, fill: fill.clone(), issued: 3 })
        };
        let weeks = vec![
            vec![
                None,
                cell("past", None),
                cell("past", Some("昭和の日")),
                cell("today", None),
                None,
                None,
                None,
            ],
            vec![cell("future", None), cell("future", Some("閉庁（停電）")), None, None, None, None, None],
        ];
        let row = Row { place: around.place.clone(), fill: fill.clone() };
        let (before, after) = (MonthLink::of(day.minus(31)), MonthLink::of(day.plus(31)));
        let now = MonthLink::of(day);
        vec![("month", Self { around, before, after, now, weeks, places: vec![row] })]
    }
}

pub(super) async fn view(ctx: &StaffCtx, month: Day, place: &Location) -> Result<Month, PageError> {
    let counts = counted(ctx, month, month.last_of_month()).await?;
    let days =
        counts.iter().find(|one| one.location.id == place.id).map_or(&[][..], |one| one.days.as_slice());
    let row = |one: &PlaceCount| Row {
        place: PlaceName::of(&one.location, Some(place.id)),
        fill: Fill::of_days(one.days.iter()),
    };
    Ok(Month {
        around: Around::of(ctx, month, place),
        before: MonthLink::of(month.minus(1)),
        after: MonthLink::of(month.last_of_month().plus(1)),
        now: MonthLink::of(ctx.today()),
        weeks: weeks(month, days, ctx.today()),
        places: counts.iter().map(row).collect(),
    })
}

fn weeks(month: Day, days: &[DayCount], today: Day) -> Vec<Vec<Option<Cell>>> {
    let usual = usual_pattern(days);
    let mut cells: Vec<Option<Cell>> = (0..month.weekday()).map(|_| None).collect();
    cells.extend(days.iter().map(|day| Some(cell(day, usual.as_deref(), today))));
    cells.resize_with(cells.len().next_multiple_of(7), || None);
    let mut weeks = Vec::new();
    while !cells.is_empty() {
        weeks.push(cells.drain(..7).collect());
    }
    weeks
}

fn cell(day: &DayCount, usual: Option<&str>, today: Day) -> Cell {
    Cell {
        day: day.day,
        date: day.day.day(),
        when: when(day.day, today),
        closed: day.closed.as_ref().map(closed_words),
        note: note(day, usual),
        fill: Fill::of_day(day),
        issued: day.issued,
    }
}

fn when(day: Day, today: Day) -> &'static str {
    match day.cmp(&today) {
        std::cmp::Ordering::Less => "past",
        std::cmp::Ordering::Equal => "today",
        std::cmp::Ordering::Greater => "future",
    }
}

/// What a day has that most days of the month have not.
fn note(day: &DayCount, usual: Option<&str>) -> String {
    match (&day.special, &day.pattern) {
        (Some(reason), _) if !reason.trim().is_empty() => reason.trim().to_owned(),
        (Some(_), _) => "臨時開庁".to_owned(),
        (None, Some(pattern)) if Some(pattern.as_str()) != usual => pattern.clone(),
        _ => String::new(),
    }
}

/// The hours that most open days of the month have.
fn usual_pattern(days: &[DayCount]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for pattern in days.iter().filter_map(|day| day.pattern.as_deref()) {
        *counts.entry(pattern).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, days)| *days).map(|(pattern, _)| pattern.to_owned())
}
