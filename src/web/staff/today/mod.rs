//! Today at the counter: the scan box with its answer, and the board.
//!
//! **Invariant:** what was typed never becomes part of an address; rows do.
//!
//! Spec: 7(2)⑦, 7(2)③.

mod acts;
mod answer;
mod questions;
mod samples;
mod view;

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

pub(super) use acts::{arrive, check_in, issue, many, no_show, today, undo, walk_in};
#[cfg(test)]
pub(super) use questions::{Choose, Lacking, Why};
pub(super) use questions::{choose, lacking, note_lacking};
#[cfg(test)]
pub(super) use view::Board;

use self::answer::Stand;
use self::view::{Filter, Look, Opening, When};
use super::alike::Alikes;
use super::sight::Sight;
use super::whereabouts::Places;
use super::{StaffCtx, StaffPost};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, LocationId, NoticePattern};
use crate::booking::{self, BoardRow, Scanned, Tally};
use crate::calendar;
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};
use crate::history::Record;
use crate::render::View;
use crate::web::{Fields, PageError};

/// What an address of the board asks for.
#[derive(Clone, Debug, Default)]
struct Asked {
    day: Option<Day>,
    show: Filter,
    booking: Option<BookingId>,
    card: Option<CardId>,
    among: Vec<CardId>,
    again: bool,
}

impl Asked {
    fn of(get: impl Fn(&str) -> String) -> Self {
        let row = |name: &str| get(name).parse::<i64>().ok();
        let among = get("among");
        let among = among.split('.').filter_map(|row| row.parse().ok().map(CardId::of));
        Self {
            day: get("day").parse().ok(),
            show: Filter::from_code(&get("show")),
            booking: row("booking").map(BookingId::of),
            card: row("card").map(CardId::of),
            among: among.take(booking::CHOICE_MAX).collect(),
            again: get("again") == "1",
        }
    }

    /// The board that a form was on.
    fn of_form(fields: &Fields) -> Self {
        Self {
            day: fields.get("day").parse().ok(),
            show: Filter::from_code(&fields.get("show")),
            ..Self::default()
        }
    }

    /// Where the board of this day and filter lies.
    fn path(&self, today: Day) -> String {
        let mut parts = Vec::new();
        if let Some(day) = self.day.filter(|day| *day != today) {
            parts.push(format!("day={day}"));
        }
        if self.show != Filter::Whole {
            parts.push(format!("show={}", self.show.code()));
        }
        if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
    }
}

/// Shown while the city has no office, or none that this person may work for.
#[derive(Debug, Serialize)]
pub(super) struct NoPlace {
    may_set_up: bool,
}

impl View for NoPlace {
    const TEMPLATE: &'static str = "staff/no_place.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("no place", Self { may_set_up: false }), ("no place yet", Self { may_set_up: true })]
    }
}

pub(super) async fn show(
    ctx: StaffCtx,
    query: Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(|name| query.get(name).cloned().unwrap_or_default());
    let Some(here) = ctx.place().map(|place| place.id) else {
        return ctx.page(&NoPlace { may_set_up: ctx.may(Permission::EditCalendar) });
    };
    let record = asked.booking.map(Record::Booking).or(asked.card.map(Record::Card));
    let board = board(&ctx, here, asked, None).await?;
    ctx.saw("today", record).await?;
    ctx.page(&board)
}

/// A scan, or a few typed letters: who is expected here today is checked in, for all others the answer says what is so.
pub(super) async fn scan(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let here = office(&ctx)?;
    let typed = fields.get("scan");
    let found = if let Ok(card) = fields.get("card").parse::<i64>() {
        ctx.read(move |tx| booking::scan_card(tx, CardId::of(card), here)).await?
    } else {
        let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
        let by_name = ctx.may(Permission::SeeName);
        let wish = booking::Scan { typed: typed.clone(), location: here, pattern, by_name };
        ctx.read(move |tx| booking::scan(tx, &wish)).await?
    };
    let sentence = match found {
        Scanned::Booking { booking, card } => return arrive(&ctx, here, booking, card).await,
        Scanned::Card(card) => return Ok(ctx.to(&format!("/?card={card}#scan"))),
        Scanned::Several(cards) => {
            let rows: Vec<String> = cards.iter().map(ToString::to_string).collect();
            return Ok(ctx.to(&format!("/?among={}#scan", rows.join("."))));
        }
        Scanned::Empty => "通知書ID、予約番号、カナ、氏名のどれかを読み取るか入力してください。".to_owned(),
        Scanned::TooMany => {
            "当てはまる方が多すぎます。氏名を続けて入力するか、通知書IDを読み取ってください。".to_owned()
        }
        Scanned::Unknown => {
            format!("「{typed}」のカードも予約も見つかりません。番号をもう一度確かめてください。")
        }
    };
    ctx.again(&board(&ctx, here, Asked::default(), Some(sentence)).await?)
}

/// The office at which this person stands.
fn office(ctx: &StaffCtx) -> Result<LocationId, PageError> {
    ctx.place().map(|place| place.id).ok_or(PageError::NotFound)
}

/// Everything that a board shows, read in one view of the file.
struct Seen {
    rows: Vec<BoardRow>,
    places: Places,
    opening: Opening,
    booking: Option<BoardRow>,
    card: Option<Card>,
    among: Vec<Card>,
    alikes: Alikes,
}

async fn board(
    ctx: &StaffCtx,
    here: LocationId,
    asked: Asked,
    refused: Option<String>,
) -> Result<view::Board, PageError> {
    let now = ctx.now();
    let day = asked.day.unwrap_or(now.day());
    let seen = {
        let asked = asked.clone();
        ctx.read(move |tx| read(tx, here, day, &asked)).await?
    };
    let sight = Sight::of(&ctx.signed);
    let stand = Stand { here, today: now.day(), sight, places: &seen.places, alikes: &seen.alikes };
    let when = When::of(day, now.day());
    let look = Look { now, when, sight, places: &seen.places, alikes: &seen.alikes };
    let answer = match (&seen.booking, &seen.card) {
        (Some(row), _) => answer::of_booking(row, asked.card, asked.again, stand),
        (None, Some(card)) => Some(answer::of_card(card, stand)),
        (None, None) => None,
    };
    let mut tally = Tally::of(&seen.rows, now);
    if when != When::Today {
        tally.late = 0;
    }
    Ok(view::Board {
        day,
        today: now.day(),
        when,
        place: seen.places.name(here),
        at: now,
        by: ctx.signed.name.clone(),
        show: asked.show.code(),
        counts: view::counts(&tally, asked.show),
        groups: view::groups(&seen.rows, asked.show, &look),
        opening: seen.opening,
        answer,
        choices: seen.among.iter().map(|card| answer::choice(card, stand)).collect(),
        refused,
        may_book: ctx.may(Permission::Book),
        may_see_cards: ctx.may(Permission::SeeCards),
    })
}

fn read(tx: &ReadTx<'_>, here: LocationId, day: Day, asked: &Asked) -> Result<Seen, Fault> {
    let booking = asked.booking.map(|id| booking::board_row(tx, id)).transpose()?.flatten();
    let card = asked.card.filter(|_| booking.is_none()).map(|id| cards::get(tx, id)).transpose()?.flatten();
    let rows = booking::day_board(tx, here, day)?;
    let shown = rows.iter().chain(&booking).flat_map(BoardRow::people).chain(&card);
    Ok(Seen {
        alikes: Alikes::read(tx, shown.map(|card| card.id))?,
        rows,
        places: Places::read(tx, Some(here))?,
        opening: opening(tx, here, day)?,
        booking,
        card,
        among: cards::of_ids(tx, &asked.among)?.into_values().collect(),
    })
}

/// When the office opens on a day, or why it does not.
fn opening(tx: &ReadTx<'_>, here: LocationId, day: Day) -> Result<Opening, Fault> {
    let rules = calendar::rules(tx, here, day, day)?;
    let slots = rules.slots(day);
    let why = match rules.plan(day) {
        calendar::DayPlan::Open { .. } | calendar::DayPlan::Closed(calendar::ClosedBecause::Weekday) => {
            String::new()
        }
        calendar::DayPlan::Closed(
            calendar::ClosedBecause::Holiday(why)
            | calendar::ClosedBecause::Yearly(why)
            | calendar::ClosedBecause::Special(why),
        ) => why,
    };
    Ok(Opening {
        open: !slots.is_empty(),
        from: slots.first().map(|slot| slot.starts),
        to: slots.last().map(|slot| slot.ends),
        seats: slots.iter().map(|slot| u32::from(slot.capacity)).sum(),
        why,
    })
}
