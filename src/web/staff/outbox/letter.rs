//! One letter: where it stands, what was tried, and what it says.

use axum::response::Response;
use serde::Serialize;

use super::{places, samples, served};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Moment, OutboxId};
use crate::booking;
use crate::cards;
use crate::db::{Fault, ReadTx};
use crate::history::{self, Entry, Record};
use crate::mail::wording::Own;
use crate::mail::{self, Kept, Rendered, State};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::letters::city_of;
use crate::web::staff::parts::Row;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what can be done with the letter, and what this person may do"
)]
pub(in crate::web::staff) struct Shown {
    pub(super) id: OutboxId,
    pub(super) kind: &'static str,
    pub(super) tag: (&'static str, &'static str),
    pub(super) to: String,
    pub(super) language: String,
    pub(super) at: Moment,
    pub(super) sent: Option<Moment>,
    pub(super) ended: Option<Moment>,
    pub(super) bounced: Option<Moment>,
    pub(super) next: Option<Moment>,
    pub(super) attempts: u32,
    pub(super) answer: Option<String>,
    /// Its card: row, notice ID and name as this person may see them.
    pub(super) card: Option<(CardId, String, String)>,
    pub(super) booking: Option<(BookingId, String)>,
    pub(super) copy_of: Option<OutboxId>,
    /// Subject, text, and whether a calendar file goes with it; `None` when it cannot be drawn.
    pub(super) text: Option<(String, String, bool)>,
    pub(super) reworded: Option<Moment>,
    /// What is held against its address: the row, and whether information stops.
    pub(super) failure: Option<(i64, bool)>,
    pub(super) story: Vec<(Moment, String, String)>,
    pub(super) again: bool,
    pub(super) off: bool,
    pub(super) may_act: bool,
    pub(super) may_book: bool,
}

impl View for Shown {
    const TEMPLATE: &'static str = "staff/outbox_letter.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::letter()
    }
}

/// What is read of the file, in one view.
struct Known {
    kept: Kept,
    card: Option<cards::Card>,
    booking: Option<booking::Booking>,
    failure: Option<mail::Failure>,
    story: Vec<Entry>,
    own: Own,
}

fn know(
    tx: &ReadTx<'_>,
    id: OutboxId,
    places: Option<&Vec<crate::base::LocationId>>,
) -> Result<Option<Known>, Fault> {
    let Some(kept) = mail::kept(tx, id)? else { return Ok(None) };
    if !served(tx, kept.row.booking, places)? {
        return Ok(None);
    }
    let card = kept.row.card.map(|card| cards::get(tx, card)).transpose()?.flatten();
    let booking = kept.row.booking.map(|one| booking::get(tx, one)).transpose()?.flatten();
    let failure = mail::failure_against(tx, Some(&kept.row.to))?;
    let story = history::of_record(tx, Record::Mail(id))?;
    Ok(Some(Known { kept, card, booking, failure, story, own: mail::wording::own(tx)? }))
}

/// A letter's page.
pub(in crate::web::staff) async fn show(ctx: StaffCtx, Row(row): Row) -> Result<Response, PageError> {
    let (id, places) = (OutboxId::of(row), places(&ctx));
    let known = ctx.read(move |tx| know(tx, id, places.as_ref())).await?.ok_or(PageError::NotFound)?;
    let view = view(&ctx, &known);
    ctx.saw("mail.letter", Some(Record::Mail(id))).await?;
    ctx.page(&view)
}

fn view(ctx: &StaffCtx, known: &Known) -> Shown {
    let (sight, row) = (Sight::of(&ctx.signed), &known.kept.row);
    let text = drawn(ctx, known);
    Shown {
        id: row.id,
        kind: wording::letter(&row.kind),
        tag: wording::letter_tag(row),
        to: sight.email(&row.to),
        language: row.language.clone(),
        at: row.created_at,
        sent: row.sent_at(),
        ended: row.finished_at.filter(|_| row.sent_at().is_none()),
        bounced: row.bounced_at,
        next: (row.state == State::Queued).then_some(row.next_at),
        attempts: row.attempts,
        answer: row.last_answer.clone(),
        card: known.card.as_ref().map(|card| (card.id, sight.notice(card), sight.name(card))),
        booking: known.booking.as_ref().map(|booking| (booking.id, booking.no.clone())),
        copy_of: row.copy_of,
        text: text.map(|text| (text.subject, text.body, text.calendar.is_some())),
        reworded: known.kept.reworded_at,
        failure: known.failure.as_ref().map(|one| (one.id.get(), one.suppressed_at.is_some())),
        story: known.story.iter().map(told).collect(),
        again: matches!(row.state, State::Sent | State::Dead | State::Held),
        off: matches!(row.state, State::Queued | State::Held),
        may_act: ctx.may(Permission::Mail),
        may_book: ctx.may(Permission::Book),
    }
}

fn told(entry: &Entry) -> (Moment, String, String) {
    (entry.at, wording::event(&entry.operation), entry.actor.clone())
}

/// The letter drawn again from its facts.
fn drawn(ctx: &StaffCtx, known: &Known) -> Option<Rendered> {
    let letter = known.kept.letter.as_ref()?;
    let city = city_of(ctx, ctx.settings.clone(), known.own.clone());
    let at = known.kept.row.created_at;
    let drawn = mail::render(&ctx.state.renderer, &city, letter, &known.kept.row.language, at);
    drawn
        .inspect_err(
            |error| tracing::error!(%error, id = known.kept.row.id.get(), "a letter cannot be drawn"),
        )
        .ok()
}
