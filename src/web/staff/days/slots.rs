//! The slots of one day: seats of each, and whether citizens are offered it.

use axum::response::Response;
use serde::Serialize;

use super::{DaysPage, again};
use crate::base::{Day, LocationId, Minute, text};
use crate::booking::{self, SlotCount};
use crate::calendar::{self, Edit, Location, Plan, Slot, SlotOverride};
use crate::db::{Fault, ReadTx};
use crate::web::staff::calendar::closed_words;
use crate::web::staff::effect::{Answer, Wish, answer};
use crate::web::staff::hours::day_of;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffPost, wording};
use crate::web::{Fields, PageError};

/// What is drawn of the day.
#[derive(Debug, Serialize)]
pub(super) struct Panel {
    day: Day,
    closed: Option<String>,
    is_past: bool,
    all: String,
    slots: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    starts: Minute,
    ends: Minute,
    key: u16,
    seats: String,
    booked: u32,
    citizen_open: bool,
    /// Booked above what was typed.
    short: u32,
}

impl Panel {
    pub(super) fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 5, 1));
        let line = |short| Line {
            starts: Minute::of(600),
            ends: Minute::of(630),
            key: 600,
            seats: "2".to_owned(),
            booked: 3,
            citizen_open: short == 0,
            short,
        };
        let of = |closed: Option<&str>, is_past, slots| Self {
            day,
            closed: closed.map(str::to_owned),
            is_past,
            all: String::new(),
            slots,
        };
        vec![
            ("slots of a day", of(None, false, vec![line(0), line(1)])),
            ("slots of a closed day", of(Some("昭和の日"), false, Vec::new())),
            ("slots of a past day", of(None, true, vec![line(0)])),
        ]
    }

    pub(super) fn read(tx: &ReadTx<'_>, place: &Location, day: Day, typed: &Fields) -> Result<Self, Fault> {
        let mut counts = booking::count_days(tx, std::slice::from_ref(place), day, day)?;
        let count = counts.pop().and_then(|mut one| one.days.pop());
        let closed = count.as_ref().and_then(|count| count.closed.as_ref().map(closed_words));
        let all = typed.get("all_seats");
        let fill = typed.get("act") == "fill" && !all.is_empty();
        let slots = count.map(|count| count.slots).unwrap_or_default();
        let line = |one: &SlotCount| line(one, typed, fill.then_some(all.as_str()));
        Ok(Self { day, closed, is_past: day < tx.today(), slots: slots.iter().map(line).collect(), all })
    }
}

fn line(one: &SlotCount, typed: &Fields, all: Option<&str>) -> Line {
    let key = one.slot.starts.get();
    let field = format!("c{key}");
    let was_sent = typed.has(&field);
    let seats = match all {
        Some(all) => all.to_owned(),
        None if was_sent => typed.get(&field),
        None => one.slot.capacity.to_string(),
    };
    let number: u32 = text::nfkc(&seats).parse().unwrap_or(u32::from(one.slot.capacity));
    Line {
        starts: one.slot.starts,
        ends: one.slot.ends,
        key,
        booked: one.booked,
        citizen_open: if was_sent { typed.has(&format!("o{key}")) } else { one.slot.citizen_open },
        short: one.booked.saturating_sub(number),
        seats,
    }
}

/// Changes the slots of a day.
pub(super) async fn save(post: &StaffPost, place: &Location) -> Result<Response, PageError> {
    let Some(day) = day_of(&post.fields, "day") else { return Err(PageError::NotFound) };
    if post.fields.get("act") == "fill" {
        return post.ctx.page(&DaysPage::read(&post.ctx, &post.fields, Vec::new()).await?);
    }
    let (id, typed) = (place.id, post.fields.clone());
    let Some(plan) = post.ctx.read(move |tx| plan(tx, id, day, &typed)).await? else {
        let wrong = Wrong::new("slots", "件数は0から999までの数字で入力してください。");
        return again(post, vec![wrong]).await;
    };
    let wish = Wish {
        plan,
        what: format!("{}　{}月{}日の枠の件数", place.name, day.month(), day.day()),
        path: "/days".to_owned(),
        done: format!("/days?location={id}&day={day}"),
        notes: Vec::new(),
        undoes: None,
    };
    match answer(&post.ctx, &post.fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => again(post, vec![Wrong::new("slots", wording::calendar(error)?)]).await,
    }
}

/// The exceptions that make the slots what was typed; `None` when a number cannot be read. What the plan of the day gives
/// anyway needs no exception.
fn plan(tx: &ReadTx<'_>, location: LocationId, day: Day, typed: &Fields) -> Result<Option<Plan>, Fault> {
    let rules = calendar::rules(tx, location, day, day)?;
    let clear = rules.overrides().keys().map(|(day, starts)| Edit::Slot {
        location,
        day: *day,
        starts: *starts,
        to: None,
    });
    let plain = rules.after(&Plan { edits: clear.collect() });
    let mut edits = Vec::new();
    for slot in plain.slots(day) {
        let key = slot.starts.get();
        let Ok(seats) = text::nfkc(&typed.get(&format!("c{key}"))).parse::<u16>() else { return Ok(None) };
        let open = typed.has(&format!("o{key}"));
        edits.push(Edit::Slot { location, day, starts: slot.starts, to: exception(&slot, seats, open) });
    }
    Ok(Some(Plan { edits }))
}

fn exception(plain: &Slot, seats: u16, open: bool) -> Option<SlotOverride> {
    let capacity = (seats != plain.capacity).then_some(seats);
    (capacity.is_some() || !open).then_some(SlotOverride { capacity, citizen_open: open })
}
