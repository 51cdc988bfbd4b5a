//! A card's status with all that belongs to it, kept so that a step can be taken back.

use serde::{Deserialize, Serialize};

use super::store::{self, Step};
use super::transition::changes;
use super::{Card, CardStatus, ReasonCode, Trail, TransitionError};
use crate::base::{CardId, Day, HistoryId};
use crate::db::WriteTx;
use crate::history::{self, Event, Record};

/// The status of a card as it was, with reason and days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The status.
    pub status: CardStatus,
    trail: Option<String>,
    overridden: bool,
    code: Option<String>,
    incomplete: Option<String>,
    hold_until: Option<Day>,
    sent_on: Option<Day>,
    renotice_on: Option<Day>,
    due_on: Option<Day>,
}

impl Snapshot {
    /// The card as it stands.
    pub fn of(card: &Card) -> Self {
        Self {
            status: card.status,
            trail: card.trail.codes(),
            overridden: card.overridden,
            code: card.reason_code.map(|code| code.code().to_owned()),
            incomplete: card.incomplete_reason.clone(),
            hold_until: card.hold_until,
            sent_on: card.notice_sent_on,
            renotice_on: card.renotice_sent_on,
            due_on: card.pickup_due_on,
        }
    }
}

/// Gives a card the status back that it had before a step, and records it. Nobody may have changed it since that step,
/// which left it in the version `expect_version`.
///
/// Spec: 7(2)⑦.
pub fn restore(
    tx: &WriteTx<'_>,
    id: CardId,
    before: &Snapshot,
    expect_version: i64,
    (reason, batch): (Option<String>, Option<HistoryId>),
) -> Result<(), TransitionError> {
    let card = store::get(tx, id)?.ok_or(TransitionError::NotFound)?;
    if card.version != expect_version {
        return Err(TransitionError::Conflict { now: Box::new(card) });
    }
    if before.status.ends_bookings() && card.booking_state.is_some_and(super::BookingState::is_live) {
        return Err(TransitionError::HasBooking);
    }
    let step = Step {
        to: before.status,
        trail: before.trail.as_deref().and_then(Trail::from_codes).unwrap_or_default(),
        overridden: before.overridden,
        reason_code: before.code.as_deref().and_then(ReasonCode::from_code),
        incomplete: before.incomplete.as_deref(),
        hold_until: before.hold_until,
        sent_on: before.sent_on,
        renotice_on: before.renotice_on,
        due_on: before.due_on,
    };
    store::take_step(tx, id, &step)?;
    let event = Event {
        cards: &[id],
        changes: changes(&card, &step),
        reason,
        batch,
        ..Event::of("card.status_undone", Record::Card(id))
    };
    history::record(tx, &event)?;
    Ok(())
}
