//! A day of all places: a row a time, a column a place. A slot that is longer than a row spans several.

use std::collections::BTreeSet;

use serde::Serialize;

use super::fill::{Fill, closed_words};
use super::{Around, PlaceName, StaffCtx, counted, samples};
use crate::base::{Day, Minute};
use crate::booking::{PlaceCount, SlotCount};
use crate::calendar::Location;
use crate::render::View;
use crate::web::PageError;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Matrix {
    around: Around,
    shown: Day,
    before: Day,
    after: Day,
    places: Vec<Column>,
    rows: Vec<Row>,
    fill: Fill,
}

/// A place at the head of its column.
#[derive(Debug, Serialize)]
struct Column {
    place: PlaceName,
    closed: Option<String>,
    fill: Fill,
}

#[derive(Debug, Serialize)]
struct Row {
    starts: Minute,
    hour: bool,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum Cell {
    /// A slot that begins in this row.
    Slot {
        id: String,
        place: String,
        rows: usize,
        starts: Minute,
        ends: Minute,
        /// Whether it can still be booked.
        open: bool,
        fill: Fill,
    },
    /// A slot of an earlier row goes on: nothing is drawn.
    Under,
    /// No slot.
    None,
}

impl View for Matrix {
    const TEMPLATE: &'static str = "staff/calendar_day.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let around = samples::around();
        let day = around.today;
        let column = |closed: Option<&str>| Column {
            place: around.place.clone(),
            closed: closed.map(str::to_owned),
            fill: samples::fill(),
        };
        let slot = |open, rows| Cell::Slot {
            id: "1.2026-04-13.0900".to_owned(),
            place: "本庁舎".to_owned(),
            rows,
            starts: Minute::of(540),
            ends: Minute::of(600),
            open,
            fill: samples::fill(),
        };
        let rows = vec![
            Row { starts: Minute::of(540), hour: true, cells: vec![slot(true, 2), slot(false, 1)] },
            Row { starts: Minute::of(570), hour: false, cells: vec![Cell::Under, Cell::None] },
        ];
        let whole = |rows| Self {
            around: samples::around(),
            shown: day,
            before: day.minus(1),
            after: day.plus(1),
            places: vec![column(None), column(Some("停電"))],
            rows,
            fill: samples::fill(),
        };
        vec![("day", whole(rows)), ("closed day", whole(Vec::new()))]
    }
}

pub(super) async fn view(ctx: &StaffCtx, day: Day, place: &Location) -> Result<Matrix, PageError> {
    let counts = counted(ctx, day, day).await?;
    let starts: BTreeSet<Minute> = slots(&counts).map(|one| one.slot.starts).collect();
    let column = |one: &PlaceCount| Column {
        place: PlaceName::of(&one.location, Some(place.id)),
        closed: one.days.first().and_then(|day| day.closed.as_ref()).map(closed_words),
        fill: Fill::of_days(one.days.iter()),
    };
    let row = |at: &Minute| Row {
        starts: *at,
        hour: at.get().is_multiple_of(60),
        cells: counts.iter().map(|one| cell(ctx, one, *at, &starts)).collect(),
    };
    Ok(Matrix {
        around: Around::of(ctx, day, place),
        shown: day,
        before: day.minus(1),
        after: day.plus(1),
        places: counts.iter().map(column).collect(),
        rows: starts.iter().map(row).collect(),
        fill: Fill::of_days(counts.iter().flat_map(|one| &one.days)),
    })
}

fn slots(counts: &[PlaceCount]) -> impl Iterator<Item = &SlotCount> {
    counts.iter().flat_map(|one| &one.days).flat_map(|day| &day.slots)
}

fn cell(ctx: &StaffCtx, one: &PlaceCount, at: Minute, starts: &BTreeSet<Minute>) -> Cell {
    let mut slots = one.days.iter().flat_map(|day| &day.slots);
    let Some(found) = slots.find(|one| one.slot.starts <= at && at < one.slot.ends) else {
        return Cell::None;
    };
    let slot = &found.slot;
    if slot.starts < at {
        return Cell::Under;
    }
    Cell::Slot {
        id: slot.id().to_string(),
        place: one.location.name.clone(),
        rows: starts.range(slot.starts..slot.ends).count(),
        starts: slot.starts,
        ends: slot.ends,
        open: ctx.now() < slot.begins_at(),
        fill: Fill::of_slot(found),
    }
}
