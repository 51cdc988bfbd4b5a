//! A card takes another status, and a booking that makes no sense any more ends with it.

use super::super::cancel::take_out;
use super::super::{
    Booking, BookingStatus, CancelledBy, CounterError, WalkIn, Who, hand_over_walk_in, live_of_card,
};
use crate::base::{CardId, HistoryId, LocationId};
use crate::cards::{self, Card, CardStatus, Transition, TransitionError};
use crate::db::WriteTx;

/// A card that took its step.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The card as it stands now.
    pub card: Card,
    /// The booking that ended for its holder, as it was.
    pub ended: Option<Booking>,
}

/// Gives a card another status. Where that leaves nothing to collect, its holder is taken out of the live booking in the
/// same transaction, and the letter says so. Handing over has an operation of its own.
///
/// Spec: 7(2)⑦, 7(3)⑪.
pub fn set_status(
    tx: &WriteTx<'_>,
    wish: &Transition,
    batch: Option<HistoryId>,
) -> Result<Changed, CounterError> {
    let card = cards::get(tx, wish.card)?.ok_or(CounterError::NotFound)?;
    if wish.expect_version.is_some_and(|seen| seen != card.version) {
        return Err(TransitionError::Conflict { now: Box::new(card) }.into());
    }
    let ended = if wish.to.ends_bookings() { end_booking(tx, &card, wish)? } else { None };
    let card = cards::transition_in(tx, wish, batch)?;
    Ok(Changed { card, ended })
}

fn end_booking(tx: &WriteTx<'_>, card: &Card, wish: &Transition) -> Result<Option<Booking>, CounterError> {
    let Some(live) = live_of_card(tx, card.id)? else { return Ok(None) };
    if live.status != BookingStatus::Confirmed {
        return Err(TransitionError::HasBooking.into());
    }
    let reason = wish.reason.clone().filter(|reason| cards::is_reason(reason));
    take_out(tx, &live, &[Who::Card(card.id)], CancelledBy::Staff, reason)?;
    Ok(Some(live))
}

/// Hands a card over as a line of a list, through its booking where it has one.
pub(super) fn hand_over(
    tx: &WriteTx<'_>,
    (card, version): (CardId, i64),
    location: Option<LocationId>,
) -> Result<Changed, CounterError> {
    let now = cards::get(tx, card)?.ok_or(CounterError::NotFound)?;
    if version != now.version {
        return Err(TransitionError::Conflict { now: Box::new(now) }.into());
    }
    if now.status == CardStatus::Issued {
        return Err(TransitionError::Illegal { from: now.status, to: CardStatus::Issued }.into());
    }
    let location = location.ok_or(CounterError::Closed)?;
    let later = live_of_card(tx, card)?.filter(|live| live.day > tx.today());
    hand_over_walk_in(tx, &WalkIn { card, location })?;
    let card = cards::get(tx, card)?.ok_or(CounterError::NotFound)?;
    Ok(Changed { card, ended: later })
}
