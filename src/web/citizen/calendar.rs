//! The calendar: a month of days, the times of a chosen day. Never a count.
//!
//! Spec: 7(3)⑤ ⑦ ⑧.

use std::sync::Arc;

use axum::extract::Query;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::parts::{self, Summary, Wrong};
use crate::base::{Day, Minute};
use crate::booking::availability::{self, Availability, DayState, SlotState, State};
use crate::booking::entry::Session;
use crate::booking::{self, Hold, HoldError, SlotRefusal};
use crate::calendar::{SlotId, Weekdays};
use crate::db::{Fault, Lane, ReadTx};
use crate::render::View;
use crate::web::{Ctx, PageError, Post};

/// What the address of the calendar says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Shown {
    month: Option<String>,
    day: Option<String>,
}

#[derive(Debug, Serialize)]
struct Cell {
    day: Day,
    date: i8,
    state: State,
    holiday: bool,
    chosen: bool,
}

#[derive(Debug, Serialize)]
struct Time {
    id: String,
    starts: Minute,
    ends: Minute,
    state: State,
    chosen: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Calendar {
    summary: Summary,
    month: Day,
    before: Option<Day>,
    after: Option<Day>,
    /// The days of the week that are shown, 0 = Sunday; each week has as many cells.
    columns: Vec<u8>,
    weeks: Vec<Vec<Option<Cell>>>,
    day: Option<Day>,
    morning: Vec<Time>,
    afternoon: Vec<Time>,
    any: bool,
    last: Option<Day>,
    hold_minutes: u16,
    /// Whether people may ask to be told of a free seat.
    waits: bool,
    wrong: Vec<Wrong>,
}

impl View for Calendar {
    const TEMPLATE: &'static str = "citizen/calendar.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let cell = Cell { day, date: 13, state: State::Open, holiday: false, chosen: true };
        let time = Time {
            id: "1.2026-04-13.0900".to_owned(),
            starts: Minute::of(540),
            ends: Minute::of(570),
            state: State::Few,
            chosen: false,
        };
        let summary = Summary { place: "本庁舎".to_owned(), people: 1, changing: false, alone: false };
        let sample = Self {
            summary,
            month: day.first_of_month(),
            before: None,
            after: Some(day.plus(30)),
            columns: vec![1, 2, 3, 4, 5],
            weeks: vec![vec![Some(cell), None, None, None, None]],
            day: Some(day),
            morning: vec![time],
            afternoon: Vec::new(),
            any: true,
            last: Some(day),
            hold_minutes: 10,
            waits: true,
            wrong: vec![Wrong::new("slots", "calendar.choose")],
        };
        let summary = Summary { place: "本庁舎".to_owned(), people: 3, changing: false, alone: false };
        let none = Self {
            summary,
            month: day,
            before: None,
            after: None,
            columns: Vec::new(),
            weeks: Vec::new(),
            day: None,
            morning: Vec::new(),
            afternoon: Vec::new(),
            any: false,
            last: Some(day),
            hold_minutes: 10,
            waits: true,
            wrong: Vec::new(),
        };
        vec![("calendar", sample), ("no day", none)]
    }
}

#[derive(Debug, Serialize)]
pub(super) struct List {
    summary: Summary,
    months: Vec<Month>,
    last: Option<Day>,
    waits: bool,
}

/// The bookable days of a month.
#[derive(Debug, Serialize)]
struct Month {
    first: Day,
    days: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    day: Day,
    state: State,
}

impl View for List {
    const TEMPLATE: &'static str = "citizen/calendar_list.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let summary = || Summary { place: "本庁舎".to_owned(), people: 1, changing: false, alone: false };
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let month = Month { first: day, days: vec![Listed { day, state: State::Open }] };
        vec![
            ("list", Self { summary: summary(), months: vec![month], last: Some(day), waits: true }),
            ("empty list", Self { summary: summary(), months: Vec::new(), last: None, waits: true }),
        ]
    }
}

pub(super) async fn get(ctx: Ctx, Query(shown): Query<Shown>) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    if session.location.is_none() {
        return Ok(ctx.to("/location#main"));
    }
    ctx.page(&view(&ctx, &session, &shown, Vec::new()).await?)
}

pub(super) async fn list(ctx: Ctx) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    if session.location.is_none() {
        return Ok(ctx.to("/location#main"));
    }
    let (summary, _, found) = look(&ctx, &session).await?;
    ctx.page(&List { summary, months: months(&found), last: found.last(), waits: ctx.settings.waiting })
}

fn months(found: &Availability) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    for DayState { day, state, .. } in &found.days {
        if !matches!(state, State::Open | State::Few) {
            continue;
        }
        let listed = Listed { day: *day, state: *state };
        match months.last_mut().filter(|month| month.first == day.first_of_month()) {
            Some(month) => month.days.push(listed),
            None => months.push(Month { first: day.first_of_month(), days: vec![listed] }),
        }
    }
    months
}

pub(super) async fn post(
    Query(shown): Query<Shown>,
    Post { ctx, fields }: Post,
) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    let typed = fields.get("slot");
    let Ok(slot) = typed.parse::<SlotId>() else {
        let key = if typed.is_empty() { "calendar.choose" } else { "calendar.closed" };
        return ctx.again(&view(&ctx, &session, &shown, vec![Wrong::new("slots", key)]).await?);
    };
    let wish = Hold { key: session.key, slot };
    let refused = match ctx.city.db.write(ctx.actor(), move |tx| booking::hold(tx, &wish)).await {
        Ok(_) => return Ok(ctx.to("/precautions#main")),
        Err(HoldError::SessionOver) => return Err(PageError::SessionOver),
        Err(HoldError::Slot(SlotRefusal::Fault(fault)) | HoldError::Fault(fault)) => return Err(fault.into()),
        Err(HoldError::Slot(refusal)) => refusal,
        Err(HoldError::NoMore) => SlotRefusal::Closed,
    };
    let wrong = vec![Wrong::new("slots", refusal_key(&refused))];
    let there = Shown { month: None, day: Some(slot.day.to_string()) };
    ctx.again(&view(&ctx, &session, &there, wrong).await?)
}

/// The sentence for a slot that cannot be booked.
pub(super) fn refusal_key(refusal: &SlotRefusal) -> &'static str {
    match refusal {
        SlotRefusal::Closed => "calendar.closed",
        SlotRefusal::Outside => "calendar.outside",
        SlotRefusal::Full => "calendar.full",
        SlotRefusal::Fault(_) => "error.fault_title",
    }
}

/// The summary, the days of the week that the location shows, and what is offered there.
type Look = (Summary, Weekdays, Arc<Availability>);

async fn look(ctx: &Ctx, session: &Session) -> Result<Look, PageError> {
    let (session, language) = (session.clone(), ctx.language().to_owned());
    let (snapshots, alone) = (ctx.city.snapshots.clone(), ctx.settings.party_max == 1);
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let location = session.location.ok_or_else(|| Fault::Stored("no location".to_owned()))?;
        let party = parts::party_of(tx, &session)?;
        let place = parts::place(tx, location, &language)?;
        let found = availability::for_session(tx, &snapshots, &session, location)?;
        Ok((
            Summary { place: place.name, people: party.people, changing: session.changing, alone },
            place.weekdays,
            found,
        ))
    };
    Ok(ctx.city.db.read(Lane::Citizen, read).await?)
}

async fn view(ctx: &Ctx, session: &Session, shown: &Shown, wrong: Vec<Wrong>) -> Result<Calendar, PageError> {
    let (summary, weekdays, found) = look(ctx, session).await?;
    let wished = shown.day.as_deref().and_then(|day| day.parse::<Day>().ok());
    let day = wished.filter(|day| found.of(*day).is_some_and(|one| !one.slots.is_empty()));
    let asked = shown.month.as_deref().and_then(|month| format!("{month}-01").parse::<Day>().ok());
    let first_free =
        found.days.iter().find(|one| matches!(one.state, State::Open | State::Few)).map(|one| one.day);
    let (first, last) = (found.first(), found.last());
    let month = asked.or(day).or(first_free).or(first).unwrap_or_else(|| ctx.now().day()).first_of_month();
    let month = month.clamp(first.unwrap_or(month).first_of_month(), last.unwrap_or(month).first_of_month());
    let slots = day.and_then(|day| found.of(day)).map_or(&[][..], |one| one.slots.as_slice());
    let times = |from: u16, to: u16| times(slots, session, from, to);
    let columns = columns(&found, month, weekdays);
    Ok(Calendar {
        before: Some(month.minus(1).first_of_month()).filter(|_| first.is_some_and(|first| first < month)),
        after: Some(month.last_of_month().plus(1)).filter(|next| last.is_some_and(|last| *next <= last)),
        weeks: weeks(&found, month, day, &columns),
        columns,
        morning: times(0, 12 * 60),
        afternoon: times(12 * 60, 24 * 60),
        any: first_free.is_some(),
        last,
        hold_minutes: ctx.settings.hold_minutes,
        waits: ctx.settings.waiting,
        summary,
        month,
        day,
        wrong,
    })
}

fn times(slots: &[SlotState], session: &Session, from: u16, to: u16) -> Vec<Time> {
    let within = slots.iter().filter(|one| (from..to).contains(&one.slot.starts.get()));
    let time = |one: &SlotState| Time {
        id: one.slot.id().to_string(),
        starts: one.slot.starts,
        ends: one.slot.ends,
        state: one.state,
        chosen: session.slot == Some(one.slot.id()),
    };
    within.filter(|one| one.state != State::Closed).map(time).collect()
}

/// The days of the week to show: those of the location, and each on which something can be booked in this month.
fn columns(found: &Availability, month: Day, shown: Weekdays) -> Vec<u8> {
    let open = |weekday: u8| {
        let here = found.days.iter().filter(|one| one.day.first_of_month() == month);
        here.filter(|one| one.day.weekday() == weekday).any(|one| one.state != State::Closed)
    };
    (0..7).filter(|weekday| shown.has(*weekday) || open(*weekday)).collect()
}

fn weeks(found: &Availability, month: Day, chosen: Option<Day>, columns: &[u8]) -> Vec<Vec<Option<Cell>>> {
    let mut weeks = Vec::new();
    let mut week: Vec<Option<Cell>> = (0..month.weekday()).map(|_| None).collect();
    let mut day = month;
    while day.month() == month.month() {
        let known = found.of(day);
        week.push(Some(Cell {
            day,
            date: day.day(),
            state: known.map_or(State::Closed, |one| one.state),
            holiday: known.is_some_and(|one| one.holiday),
            chosen: chosen == Some(day),
        }));
        if week.len() == 7 {
            weeks.push(std::mem::take(&mut week));
        }
        day = day.plus(1);
    }
    if !week.is_empty() {
        week.resize_with(7, || None);
        weeks.push(week);
    }
    let shown = |week: Vec<Option<Cell>>| {
        let cells = (0..7_u8).zip(week).filter(|(weekday, _)| columns.contains(weekday));
        cells.map(|(_, cell)| cell).collect::<Vec<_>>()
    };
    weeks.into_iter().map(shown).filter(|week| week.iter().any(Option::is_some)).collect()
}
