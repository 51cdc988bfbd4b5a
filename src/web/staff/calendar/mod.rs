//! The booking calendar: a month of one place, a month of all places, a day of all places, a day of one place.
//!
//! **Invariant:** every shade has its words and its numbers beside it; a colour never stands alone.
//!
//! Spec: 7(2)④.

mod all;
mod day;
mod fill;
mod month;
mod place;
mod samples;

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

#[cfg(test)]
pub(super) use self::all::All;
#[cfg(test)]
pub(super) use self::day::Matrix;
pub(super) use self::fill::{Fill, closed_words};
#[cfg(test)]
pub(super) use self::month::Month;
#[cfg(test)]
pub(super) use self::place::PlaceDay;
pub(super) use self::place::named;
use super::StaffCtx;
use crate::accounts::Permission;
use crate::base::{Day, LocationId};
use crate::booking::{self, PlaceCount};
use crate::calendar::Location;
use crate::db::Fault;
use crate::render::View;
use crate::web::PageError;

/// The months and days that the console shows, so that a made-up address computes nothing endless.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;

/// What the address of the calendar says.
#[derive(Clone, Debug, Default)]
struct Asked {
    month: Option<Day>,
    day: Option<Day>,
    all: bool,
    location: Option<LocationId>,
}

impl Asked {
    fn of(query: &BTreeMap<String, String>) -> Self {
        let get = |name: &str| query.get(name).map_or("", |value| value.trim());
        let in_reach = |day: &Day| YEARS.contains(&day.year());
        Self {
            month: format!("{}-01", get("month")).parse().ok().filter(in_reach),
            day: get("day").parse().ok().filter(in_reach),
            all: get("view") == "all",
            location: get("location").parse().ok().map(LocationId::of),
        }
    }
}

/// A month that a link leads to.
#[derive(Clone, Debug, Serialize)]
struct MonthLink {
    key: String,
    day: Day,
}

impl MonthLink {
    fn of(day: Day) -> Self {
        Self { key: format!("{:04}-{:02}", day.year(), day.month()), day: day.first_of_month() }
    }
}

/// A place that a link leads to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PlaceName {
    pub(super) id: LocationId,
    pub(super) name: String,
    pub(super) current: bool,
}

impl PlaceName {
    pub(super) fn of(place: &Location, current: Option<LocationId>) -> Self {
        Self { id: place.id, name: place.name.clone(), current: current == Some(place.id) }
    }
}

/// What every view of the calendar shows around its table.
#[derive(Clone, Debug, Serialize)]
struct Around {
    today: Day,
    /// The month that is shown, or that the shown day lies in.
    month: MonthLink,
    /// The day that the day views lead to.
    day: Day,
    /// The place that the views of one place lead to.
    place: PlaceName,
    may_book: bool,
    may_edit: bool,
}

impl Around {
    fn of(ctx: &StaffCtx, day: Day, place: &Location) -> Self {
        let today = ctx.today();
        let here = day.first_of_month() == today.first_of_month();
        Self {
            today,
            month: MonthLink::of(day),
            day: if here { today } else { day },
            place: PlaceName::of(place, Some(place.id)),
            may_book: ctx.may(Permission::Book),
            may_edit: ctx.may(Permission::EditCalendar) && super::nav::leads("/days"),
        }
    }
}

/// Shown while the city has no place, or none that this person may work for.
#[derive(Debug, Serialize)]
pub(super) struct NoPlace {}

impl View for NoPlace {
    const TEMPLATE: &'static str = "staff/calendar_none.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("no place", Self {})]
    }
}

/// Shows the view that the address asks for.
pub(super) async fn show(
    ctx: StaffCtx,
    query: Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(&query);
    let Some(here) = ctx.place().cloned() else { return ctx.page(&NoPlace {}) };
    let chosen = match asked.location {
        Some(id) => Some(ctx.place_of(id).cloned().ok_or(PageError::NotFound)?),
        None => None,
    };
    match (asked.day, chosen) {
        (Some(day), Some(place)) => place::show(&ctx, day, &place).await,
        (Some(day), None) => ctx.page(&day::view(&ctx, day, &here).await?),
        (None, chosen) => {
            let month = asked.month.unwrap_or_else(|| ctx.today()).first_of_month();
            let place = chosen.unwrap_or(here);
            if asked.all {
                ctx.page(&all::view(&ctx, month, &place).await?)
            } else {
                ctx.page(&month::view(&ctx, month, &place).await?)
            }
        }
    }
}

/// How full every place that this person may work for is, from one day to another.
async fn counted(ctx: &StaffCtx, from: Day, to: Day) -> Result<Vec<PlaceCount>, Fault> {
    let places = ctx.locations.to_vec();
    ctx.read(move |tx| booking::count_days(tx, &places, from, to)).await
}
