//! The page that shows what a change would do.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Wish;
use crate::base::{BookingId, Day, LocationId, Minute};
use crate::booking::{self, BoardRow, ChangedDay, Choice, Choices, DaySum, Effect, Why};
use crate::calendar;
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::calendar::closed_words;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, wording};

/// The most days that are listed one by one.
const DAYS: usize = 60;

/// The most bookings with a choice of their own.
const ROWS: usize = 100;

/// Something besides slots that changes, in words.
#[derive(Clone, Debug, Serialize)]
pub(in crate::web::staff) struct Note {
    /// What it is about.
    pub(in crate::web::staff) title: String,
    /// As it is.
    pub(in crate::web::staff) before: String,
    /// As it would be.
    pub(in crate::web::staff) after: String,
}

/// What was read for the page.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) effect: Effect,
    pub(super) rows: Vec<BoardRow>,
    pub(super) places: BTreeMap<LocationId, String>,
}

impl Seen {
    /// With the people of the bookings that are listed, and the names of the places.
    pub(super) fn with_rows(mut self, tx: &ReadTx<'_>) -> Result<Self, Fault> {
        let shown: Vec<BookingId> = self.effect.affected.iter().take(ROWS).map(|one| one.booking).collect();
        self.rows = booking::board_rows(tx, &shown)?;
        let places = calendar::all_locations(tx)?;
        self.places = places.into_iter().map(|place| (place.id, place.name)).collect();
        Ok(self)
    }
}

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct EffectPage {
    what: String,
    path: String,
    kept: Vec<(String, String)>,
    seal: String,
    notes: Vec<Note>,
    days: Vec<DayLine>,
    days_in_all: usize,
    seats: (u32, u32),
    staying: u32,
    outside: usize,
    over: usize,
    rows: Vec<CaseLine>,
    unlisted: usize,
    /// Code, words, chosen.
    all: Vec<(&'static str, &'static str, bool)>,
    is_undo: bool,
    wrong: Vec<Wrong>,
}

/// A day that changes.
#[derive(Debug, Serialize)]
struct DayLine {
    day: Day,
    place: String,
    before: String,
    after: String,
    less: bool,
}

/// A booking that is stranded.
#[derive(Debug, Serialize)]
struct CaseLine {
    id: BookingId,
    no: String,
    name: String,
    people: u8,
    day: Day,
    starts: Minute,
    place: String,
    why: (&'static str, &'static str),
    has_email: bool,
    /// Code, words, chosen.
    choices: Vec<(&'static str, &'static str, bool)>,
}

impl View for EffectPage {
    const TEMPLATE: &'static str = "staff/effect.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let line = |has_email| CaseLine {
            id: BookingId::of(1),
            no: "K7M2-0413".to_owned(),
            name: "橋本 葵".to_owned(),
            people: 1,
            day,
            starts: Minute::of(810),
            place: "本庁舎 市民課".to_owned(),
            why: wording::stranded(Why::Outside),
            has_email,
            choices: options(Choice::Tell, has_email),
        };
        let of = |affected: bool, wrong: Vec<Wrong>| Self {
            what: "5月1日（金）の短縮".to_owned(),
            path: "/days".to_owned(),
            kept: vec![("day".to_owned(), "2026-05-01".to_owned())],
            seal: "s".to_owned(),
            notes: vec![Note {
                title: "市民の受付".to_owned(),
                before: "4月16日から".to_owned(),
                after: "4月20日から".to_owned(),
            }],
            days: vec![DayLine {
                day,
                place: "本庁舎".to_owned(),
                before: "9:00–17:00　枠96".to_owned(),
                after: "閉庁".to_owned(),
                less: true,
            }],
            days_in_all: 70,
            seats: (96, 22),
            staying: 6,
            outside: usize::from(affected) * 3,
            over: usize::from(affected),
            rows: if affected { vec![line(true), line(false)] } else { Vec::new() },
            unlisted: usize::from(affected) * 12,
            all: options(Choice::Tell, true),
            is_undo: !affected,
            wrong,
        };
        let wrong = ["effect", "lower"].map(|field| Wrong::new(field, "違います。"));
        vec![
            ("effect", of(true, Vec::new())),
            ("effect on nobody", of(false, Vec::new())),
            ("effect refused", of(true, wrong.into())),
        ]
    }
}

impl EffectPage {
    pub(super) fn of(
        ctx: &StaffCtx,
        wish: &Wish,
        seen: Seen,
        (kept, choices): (Vec<(String, String)>, Choices),
        wrong: Vec<Wrong>,
    ) -> Self {
        let Seen { effect, rows, places } = seen;
        let sight = Sight::of(&ctx.signed);
        let name = |id: LocationId| places.get(&id).cloned().unwrap_or_default();
        let whys: BTreeMap<BookingId, Why> =
            effect.affected.iter().map(|one| (one.booking, one.why)).collect();
        let count = |why| effect.affected.iter().filter(|one| one.why == why).count();
        let line = |row: &BoardRow| {
            let booking = &row.booking;
            let has_email = booking.email.is_some();
            let chosen = choices.each.get(&booking.id).copied().unwrap_or(choices.all);
            CaseLine {
                id: booking.id,
                no: booking.no.clone(),
                name: sight.lead_name(row),
                people: booking.people,
                day: booking.day,
                starts: booking.starts,
                place: name(booking.location),
                why: wording::stranded(whys.get(&booking.id).copied().unwrap_or(Why::Outside)),
                has_email,
                choices: options(chosen, has_email),
            }
        };
        let seats = effect
            .days
            .iter()
            .fold((0, 0), |(before, after), day| (before + day.before.seats, after + day.after.seats));
        Self {
            what: wish.what.clone(),
            path: wish.path.clone(),
            kept,
            notes: wish.notes.clone(),
            days: effect.days.iter().take(DAYS).map(|day| day_line(day, name(day.location))).collect(),
            days_in_all: effect.days.len(),
            seats,
            staying: effect.staying,
            outside: count(Why::Outside),
            over: count(Why::Over),
            rows: rows.iter().map(line).collect(),
            unlisted: effect.affected.len().saturating_sub(rows.len()),
            all: options(choices.all, true),
            is_undo: wish.undoes.is_some(),
            seal: effect.seal,
            wrong,
        }
    }
}

fn options(chosen: Choice, has_email: bool) -> Vec<(&'static str, &'static str, bool)> {
    let chosen = if chosen == Choice::Tell && !has_email { Choice::Call } else { chosen };
    let offered = Choice::ALL.into_iter().filter(|choice| has_email || *choice != Choice::Tell);
    offered.map(|choice| (choice.code(), wording::stranded_choice(choice), choice == chosen)).collect()
}

fn day_line(day: &ChangedDay, place: String) -> DayLine {
    DayLine {
        day: day.day,
        place,
        before: day_words(&day.before),
        after: day_words(&day.after),
        less: day.after.seats < day.before.seats,
    }
}

/// A day in short: from when to when, how many slots and seats.
fn day_words(day: &DaySum) -> String {
    match (&day.closed, day.span) {
        (Some(why), _) => closed_words(why),
        (None, Some((from, until))) => format!("{from}–{until}　{}枠・{}件", day.slots, day.seats),
        (None, None) => "枠なし".to_owned(),
    }
}
