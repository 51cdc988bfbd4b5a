//! What must be known before booking, each item ticked.
//!
//! Spec: 7(3)⑨.

use axum::response::Response;
use serde::Serialize;

use super::location::choose_error;
use super::parts::{self, Summary, Ticket, Wrong};
use crate::base::{Minute, Moment, text};
use crate::booking::entry::{self, ChooseError, Session};
use crate::booking::{self, HoldError, ISSUANCE, SlotRefusal};
use crate::calendar::{self, Slot};
use crate::db::{Fault, Lane, ReadTx};
use crate::render::{Text, View};
use crate::web::{Ctx, PageError, Post};

/// How many precautions the hand-over of cards has.
const COUNT: u8 = 5;

/// The controls of the precautions that a city says.
const FIELDS: [&str; 12] = ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11", "a12"];

#[derive(Debug, Serialize)]
pub(super) struct Precautions {
    chosen: Chosen,
    numbers: Vec<u8>,
    ticked: Vec<u8>,
    wrong: Vec<Wrong>,
    done: Option<String>,
}

impl View for Precautions {
    const TEMPLATE: &'static str = "citizen/precautions.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let numbers = (1..=COUNT).collect();
        let wrong = vec![Wrong::new("a2", "precautions.missing_2")];
        let sample = Self { chosen: Chosen::sample(), numbers, ticked: vec![1], wrong, done: None };
        let lines = vec!["｜本人《ほんにん》が来ます".to_owned()];
        let chosen = Chosen { lines, issuance: false, ..Chosen::sample() };
        let other = Self { chosen, numbers: vec![1], ticked: Vec::new(), wrong: Vec::new(), done: None };
        vec![("precautions", sample), ("precautions of another procedure", other)]
    }
}

/// The chosen time with what surrounds it, for this page and the check page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Chosen {
    pub(super) summary: Summary,
    pub(super) ticket: Ticket,
    pub(super) old: Option<Ticket>,
    pub(super) held_until: Option<Moment>,
    pub(super) lapsed: bool,
    pub(super) hold_minutes: u16,
    pub(super) change_until: Moment,
    pub(super) tails: Vec<String>,
    /// Names in kana of those who are known by what they said.
    pub(super) said: Vec<String>,
    /// What to acknowledge where the city says it; empty for the hand-over of cards, which has the product's own five.
    pub(super) lines: Vec<String>,
    pub(super) issuance: bool,
}

impl Chosen {
    /// How many precautions there are to acknowledge.
    fn count(&self) -> u8 {
        if self.issuance { COUNT } else { u8::try_from(self.lines.len()).unwrap_or(u8::MAX) }
    }

    pub(super) fn sample() -> Self {
        Self {
            summary: Summary { place: "本庁舎".to_owned(), people: 1, changing: false, alone: false },
            ticket: Ticket::sample(),
            old: Some(Ticket::sample()),
            held_until: Some(Moment::from_millis(1_775_980_800_000)),
            lapsed: false,
            hold_minutes: 10,
            change_until: Moment::from_millis(1_775_980_800_000),
            tails: vec!["678".to_owned()],
            said: vec!["ミホン ハナコ".to_owned()],
            lines: Vec::new(),
            issuance: true,
        }
    }
}

/// When the procedure's last slot ends, if it began with this one.
fn stretched(tx: &ReadTx<'_>, procedure: &str, slot: Slot) -> Result<Minute, Fault> {
    Ok(booking::stretch_end(tx, procedure, &slot)?.unwrap_or(slot.ends))
}

/// What the session has chosen; without a time the way leads to the calendar.
pub(super) async fn chosen(ctx: &Ctx, session: &Session) -> Result<Chosen, PageError> {
    let (session, language, hold_minutes) =
        (session.clone(), ctx.language().to_owned(), ctx.settings.hold_minutes);
    let alone = ctx.settings.party_max == 1;
    let read = move |tx: &ReadTx<'_>| -> Result<Option<Chosen>, Fault> {
        let Some(id) = session.slot else { return Ok(None) };
        let Some(slot) = calendar::slot(tx, &id)? else { return Ok(None) };
        let party = parts::party_of(tx, &session)?;
        let place = parts::place(tx, slot.location, &language)?;
        let held = booking::held(tx, session.who)?.and_then(|held| held.until);
        let changed = session.booking.filter(|_| session.changing);
        let changed = changed.map(|id| booking::get(tx, id)).transpose()?.flatten();
        let issuance = session.procedure == ISSUANCE;
        let words = booking::procedure_words(tx, &session.procedure, &language)?;
        let slots = stretched(tx, &session.procedure, slot)?;
        let ticket = Ticket::of(slot.day, slot.starts, slots, &place, party.people);
        let procedure = booking::name_to_tell(tx, &session.procedure, &language)?;
        Ok(Some(Chosen {
            lines: if issuance { Vec::new() } else { words.precautions },
            issuance,
            old: changed.map(|old| parts::ticket_of(tx, &old, &language)).transpose()?,
            ticket: Ticket { procedure, ..ticket },
            summary: Summary { place: place.name, people: party.people, changing: session.changing, alone },
            lapsed: hold_minutes > 0 && held.is_none(),
            held_until: held,
            hold_minutes,
            change_until: calendar::deadlines(tx, slot.location, slot.day)?.change,
            tails: parts::tails(tx, &party.cards)?,
            said: if session.changing { Vec::new() } else { parts::said_of(tx, &session.everybody())? },
        }))
    };
    let found = ctx.city.db.read(Lane::Citizen, read).await?;
    found.ok_or_else(|| PageError::To(ctx.path("/calendar#main")))
}

pub(super) async fn get(mut ctx: Ctx) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    let chosen = chosen(&ctx, &session).await?;
    let done = ctx.take_done();
    ctx.page(&Precautions { done, ..view(chosen, session.acks, Vec::new()) })
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    let chosen = chosen(&ctx, &session).await?;
    if fields.get("hold") == "extend" {
        return extend(&ctx, &session, "/precautions#msg").await;
    }
    let ticked: Vec<u8> = fields.all("ack").into_iter().filter_map(|number| number.parse().ok()).collect();
    let (key, numbers, count) = (session.key, ticked.clone(), chosen.count());
    let done = ctx.city.db.write(ctx.actor(), move |tx| entry::acknowledge(tx, &key, &numbers, count)).await;
    match done {
        Ok(()) => Ok(ctx.to("/confirm#main")),
        Err(ChooseError::NotAcknowledged { missing }) => {
            let wrong = missing.into_iter().filter_map(|number| missing_wrong(&chosen, number)).collect();
            ctx.again(&view(chosen, ticked, wrong))
        }
        Err(error) => Err(choose_error(error)),
    }
}

/// Begins the hold anew and leads back to the page.
pub(super) async fn extend(ctx: &Ctx, session: &Session, back: &str) -> Result<Response, PageError> {
    let key = session.key;
    match ctx.city.db.write(ctx.actor(), move |tx| booking::extend_hold(tx, &key)).await {
        Ok(_) => Ok(ctx.clone().told(back, "hold.extended")),
        Err(HoldError::NoMore) => Ok(ctx.clone().told(back, "hold.no_more")),
        Err(HoldError::SessionOver) => Err(PageError::SessionOver),
        Err(HoldError::Slot(SlotRefusal::Fault(fault)) | HoldError::Fault(fault)) => Err(fault.into()),
        Err(HoldError::Slot(_)) => Ok(ctx.to("/calendar#main")),
    }
}

fn view(chosen: Chosen, ticked: Vec<u8>, wrong: Vec<Wrong>) -> Precautions {
    let numbers = (1..=chosen.count()).collect();
    Precautions { chosen, numbers, ticked, wrong, done: None }
}

fn missing_wrong(chosen: &Chosen, number: u8) -> Option<Wrong> {
    if !chosen.issuance {
        let field = FIELDS.get(usize::from(number).checked_sub(1)?)?;
        let words = text::without_readings(chosen.lines.get(usize::from(number) - 1)?);
        return Some(Wrong {
            field,
            text: Text::key("procedure.missing").with("n", &number).with("words", &words),
        });
    }
    Some(match number {
        1 => Wrong::new("a1", "precautions.missing_1"),
        2 => Wrong::new("a2", "precautions.missing_2"),
        3 => Wrong::new("a3", "precautions.missing_3"),
        4 => Wrong::new("a4", "precautions.missing_4"),
        5 => Wrong::new("a5", "precautions.missing_5"),
        _ => return None,
    })
}
