//! A day of one place: its slots with the bookings in each.
//!
//! **Invariant:** a booking that lies outside of every slot, as after a closure, is shown all the same.

use axum::response::Response;
use serde::Serialize;

use super::fill::{Fill, closed_words};
use super::{Around, PlaceName, StaffCtx, samples};
use crate::base::{BookingId, Day, Minute};
use crate::booking::{self, BoardRow, Booking};
use crate::calendar::Location;
use crate::db::{Fault, ReadTx};
use crate::history::Record;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::sight::Sight;
use crate::web::staff::wording;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct PlaceDay {
    around: Around,
    shown: Day,
    before: Day,
    after: Day,
    place: PlaceName,
    places: Vec<PlaceName>,
    closed: Option<String>,
    slots: Vec<Slot>,
    /// Bookings outside of every slot.
    outside: Vec<Entry>,
    fill: Fill,
}

#[derive(Debug, Serialize)]
struct Slot {
    id: String,
    starts: Minute,
    ends: Minute,
    open: bool,
    citizen_open: bool,
    fill: Fill,
    bookings: Vec<Entry>,
}

/// A booking in its slot.
#[derive(Clone, Debug, Serialize)]
struct Entry {
    id: BookingId,
    no: String,
    name: String,
    more: usize,
    people: u8,
    starts: Minute,
    ends: Minute,
    status: (&'static str, &'static str),
    channel: &'static str,
    over: Option<String>,
    /// Whether it began in an earlier slot.
    runs_on: bool,
}

impl View for PlaceDay {
    const TEMPLATE: &'static str = "staff/calendar_place.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let around = samples::around();
        let day = around.today;
        let entry = Entry {
            id: BookingId::of(1),
            no: "K7M2-0413".to_owned(),
            name: "田中 健太".to_owned(),
            more: 1,
            people: 2,
            starts: Minute::of(540),
            ends: Minute::of(570),
            status: ("予約", "book"),
            channel: "電話",
            over: Some("係長 了承済み".to_owned()),
            runs_on: true,
        };
        let slot = |open, bookings| Slot {
            id: "1.2026-04-13.0900".to_owned(),
            starts: Minute::of(540),
            ends: Minute::of(570),
            open,
            citizen_open: !open,
            fill: samples::fill(),
            bookings,
        };
        let whole = |closed: Option<&str>, slots, outside| Self {
            around: samples::around(),
            shown: day,
            before: day.minus(1),
            after: day.plus(1),
            place: samples::around().place,
            places: vec![samples::around().place],
            closed: closed.map(str::to_owned),
            slots,
            outside,
            fill: samples::fill(),
        };
        vec![
            ("day", whole(None, vec![slot(true, vec![entry.clone()]), slot(false, Vec::new())], Vec::new())),
            ("closed with bookings", whole(Some("停電"), Vec::new(), vec![entry])),
            ("closed", whole(Some("閉庁"), Vec::new(), Vec::new())),
        ]
    }
}

pub(super) async fn show(ctx: &StaffCtx, day: Day, place: &Location) -> Result<Response, PageError> {
    let view = view(ctx, day, place).await?;
    ctx.saw("calendar.day", Some(Record::Location(place.id))).await?;
    ctx.page(&view)
}

async fn view(ctx: &StaffCtx, day: Day, place: &Location) -> Result<PlaceDay, PageError> {
    let wanted = place.clone();
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let counts = booking::count_days(tx, std::slice::from_ref(&wanted), day, day)?;
        Ok((counts, booking::day_board(tx, wanted.id, day)?))
    };
    let (mut counts, rows) = ctx.read(read).await?;
    let count = counts.pop().and_then(|mut one| one.days.pop());
    let count = count.ok_or_else(|| Fault::Stored(format!("no count of {day}")))?;
    let sight = Sight::of(&ctx.signed);
    let touches =
        |row: &BoardRow, starts: Minute, ends: Minute| row.booking.starts < ends && starts < row.booking.ends;
    let slot = |one: &booking::SlotCount| Slot {
        id: one.slot.id().to_string(),
        starts: one.slot.starts,
        ends: one.slot.ends,
        open: ctx.now() < one.slot.begins_at(),
        citizen_open: one.slot.citizen_open,
        fill: Fill::of_slot(one),
        bookings: rows
            .iter()
            .filter(|row| touches(row, one.slot.starts, one.slot.ends))
            .map(|row| entry(row, sight, row.booking.starts < one.slot.starts))
            .collect(),
    };
    let lost = |row: &&BoardRow| !count.slots.iter().any(|one| touches(row, one.slot.starts, one.slot.ends));
    Ok(PlaceDay {
        around: Around::of(ctx, day, place),
        shown: day,
        before: day.minus(1),
        after: day.plus(1),
        place: PlaceName::of(place, Some(place.id)),
        places: ctx.locations.iter().map(|one| PlaceName::of(one, Some(place.id))).collect(),
        closed: count.closed.as_ref().map(closed_words),
        slots: count.slots.iter().map(slot).collect(),
        outside: rows.iter().filter(lost).map(|row| entry(row, sight, false)).collect(),
        fill: Fill::of_day(&count),
    })
}

fn entry(row: &BoardRow, sight: Sight, runs_on: bool) -> Entry {
    let booking: &Booking = &row.booking;
    Entry {
        id: booking.id,
        no: booking.no.clone(),
        name: named(sight, row),
        more: booking.members.len().saturating_sub(1),
        people: booking.people,
        starts: booking.starts,
        ends: booking.ends,
        status: wording::booking_status(booking.status),
        channel: wording::channel(booking.channel),
        over: booking.over_reason.clone(),
        runs_on,
    }
}

/// Who comes, and what for where it is not the hand-over of a card.
pub(in crate::web::staff) fn named(sight: Sight, row: &BoardRow) -> String {
    let name = sight.lead_name(row);
    let name = if name.is_empty() { "（氏名なし）".to_owned() } else { name };
    row.procedure.as_ref().map_or_else(|| name.clone(), |what| format!("{name}（{what}）"))
}
