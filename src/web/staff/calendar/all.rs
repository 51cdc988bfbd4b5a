//! A month of all places: a row a place, a column a day.

use serde::Serialize;

use super::fill::{Fill, closed_words};
use super::{Around, MonthLink, PlaceName, StaffCtx, counted, samples};
use crate::base::Day;
use crate::booking::{DayCount, PlaceCount};
use crate::calendar::Location;
use crate::render::View;
use crate::web::PageError;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct All {
    around: Around,
    before: MonthLink,
    after: MonthLink,
    now: MonthLink,
    days: Vec<Head>,
    rows: Vec<Row>,
}

/// A day at the head of its column.
#[derive(Debug, Serialize)]
struct Head {
    day: Day,
    date: i8,
    weekday: u8,
    today: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    place: PlaceName,
    cells: Vec<Cell>,
    fill: Fill,
}

#[derive(Debug, Serialize)]
struct Cell {
    day: Day,
    date: i8,
    closed: Option<String>,
    fill: Fill,
}

impl View for All {
    const TEMPLATE: &'static str = "staff/calendar_all.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let around = samples::around();
        let day = around.today;
        let head = Head { day, date: 13, weekday: 1, today: true };
        let cell = |closed: Option<&str>| Cell {
            day,
            date: 13,
            closed: closed.map(str::to_owned),
            fill: samples::fill(),
        };
        let place = around.place.clone();
        let row = Row { place, cells: vec![cell(None), cell(Some("昭和の日"))], fill: samples::fill() };
        let link = MonthLink::of(day);
        let (before, after, now) = (link.clone(), link.clone(), link);
        vec![("all places", Self { around, before, after, now, days: vec![head], rows: vec![row] })]
    }
}

pub(super) async fn view(ctx: &StaffCtx, month: Day, place: &Location) -> Result<All, PageError> {
    let counts = counted(ctx, month, month.last_of_month()).await?;
    let head = |day: Day| Head { day, date: day.day(), weekday: day.weekday(), today: day == ctx.today() };
    Ok(All {
        around: Around::of(ctx, month, place),
        before: MonthLink::of(month.minus(1)),
        after: MonthLink::of(month.last_of_month().plus(1)),
        now: MonthLink::of(ctx.today()),
        days: (0..i32::from(month.last_of_month().day())).map(|ahead| head(month.plus(ahead))).collect(),
        rows: counts.iter().map(|one| row(one, place)).collect(),
    })
}

fn row(one: &PlaceCount, place: &Location) -> Row {
    let cell = |day: &DayCount| Cell {
        day: day.day,
        date: day.day.day(),
        closed: day.closed.as_ref().map(closed_words),
        fill: Fill::of_day(day),
    };
    Row {
        place: PlaceName::of(&one.location, Some(place.id)),
        cells: one.days.iter().map(cell).collect(),
        fill: Fill::of_days(one.days.iter()),
    }
}
