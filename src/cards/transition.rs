//! A card takes another status: by the table, or by override with a reason.

use super::{Card, CardStatus, store};
use crate::base::{CardId, HistoryId};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Days from sending the notice to the last pick-up day.
pub const PICKUP_DAYS: i32 = 90;

/// The wish to give a card another status.
#[derive(Clone, Debug)]
pub struct Transition {
    /// The card.
    pub card: CardId,
    /// The status it shall take.
    pub to: CardStatus,
    /// Why; needed for some statuses and for every override.
    pub reason: Option<String>,
    /// The version that the person saw; `None` where the operation itself has just read the card.
    pub expect_version: Option<i64>,
    /// Whether the person may leave the table of steps.
    pub may_override: bool,
}

/// Why a card does not take the status.
#[derive(Debug, thiserror::Error)]
pub enum TransitionError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// The table has no such step, and the person may not override it.
    #[error("{from:?} does not become {to:?}")]
    Illegal {
        /// The status it has.
        from: CardStatus,
        /// The status that was wished for.
        to: CardStatus,
    },
    /// This step needs a reason.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason is longer than 500 characters, or holds control characters or an individual number.
    #[error("the reason cannot be stored")]
    BadReason,
    /// The card has a live booking, which must be cancelled first.
    #[error("the card has a live booking")]
    HasBooking,
    /// Somebody else changed the card since the person opened it.
    #[error("the card was changed in the meantime")]
    Conflict {
        /// The card as it stands now.
        now: Box<Card>,
    },
    /// The database could not do it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Gives the card its new status, records it, and returns the card as it then stands.
///
/// Spec: 7(2)⑦.
pub fn transition(tx: &WriteTx<'_>, wish: &Transition) -> Result<Card, TransitionError> {
    transition_in(tx, wish, None)
}

/// The same as a part of a bulk act, whose own event is `batch`.
pub fn transition_in(
    tx: &WriteTx<'_>,
    wish: &Transition,
    batch: Option<HistoryId>,
) -> Result<Card, TransitionError> {
    let card = store::get(tx, wish.card)?.ok_or(TransitionError::NotFound)?;
    if wish.expect_version.is_some_and(|seen| seen != card.version) {
        return Err(TransitionError::Conflict { now: Box::new(card) });
    }
    let reason = checked_reason(wish.reason.as_deref())?;
    check_step(&card, wish, reason.is_some())?;

    let before = wish.to.may_go_back().then_some(card.status);
    let incomplete = reason.as_deref().filter(|_| wish.to == CardStatus::Incomplete);
    store::set_status(tx, card.id, wish.to, before, incomplete)?;
    if wish.to == CardStatus::Notified && card.notice_sent_on.is_none() {
        store::set_notice_sent(tx, card.id, tx.today(), tx.today().plus(PICKUP_DAYS))?;
    }
    history::record(
        tx,
        &Event {
            cards: &[card.id],
            changes: vec![status_change(card.status, wish.to)],
            reason,
            batch,
            ..Event::of("card.status_changed", Record::Card(card.id))
        },
    )?;
    store::get(tx, card.id)?.ok_or(TransitionError::NotFound)
}

/// The change of status as history holds it.
pub(super) fn status_change(from: CardStatus, to: CardStatus) -> Change {
    Change::new("status", Some(from.code().to_owned()), Some(to.code().to_owned()))
}

/// Whether a reason can be stored: not empty, not too long, no control characters, no individual number.
pub fn is_reason(reason: &str) -> bool {
    checked_reason(Some(reason)).is_ok_and(|reason| reason.is_some())
}

/// The reason without spaces around it; `None` when nothing was said.
pub(super) fn checked_reason(reason: Option<&str>) -> Result<Option<String>, TransitionError> {
    let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) else { return Ok(None) };
    if reason.chars().count() > 500
        || super::edit::is_unfit(reason)
        || crate::base::text::contains_my_number(reason)
    {
        return Err(TransitionError::BadReason);
    }
    Ok(Some(reason.to_owned()))
}

/// Whether the wish would be granted as the card stands. Nothing is written.
pub fn check(card: &Card, wish: &Transition) -> Result<(), TransitionError> {
    let reason = checked_reason(wish.reason.as_deref())?;
    check_step(card, wish, reason.is_some())
}

fn check_step(card: &Card, wish: &Transition, has_reason: bool) -> Result<(), TransitionError> {
    let legal = card.status.may_become(wish.to, card.status_before);
    let possible = wish.may_override && card.status != wish.to && card.status != CardStatus::Issued;
    if !legal && !possible {
        return Err(TransitionError::Illegal { from: card.status, to: wish.to });
    }
    if !has_reason && (!legal || wish.to.needs_reason()) {
        return Err(TransitionError::ReasonNeeded);
    }
    let leaves = matches!(
        wish.to,
        CardStatus::Voided | CardStatus::Disposed | CardStatus::Mailed | CardStatus::DefectReturned
    );
    if leaves && card.booking_state.is_some_and(super::BookingState::is_live) {
        return Err(TransitionError::HasBooking);
    }
    Ok(())
}
