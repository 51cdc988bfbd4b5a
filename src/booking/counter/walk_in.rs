//! Somebody comes without a booking, or long before it, and gets the card.

use super::{CounterError, HANDED_OVER, HandOver, Served, become_status, get, hand_over, store, told_of};
use crate::base::{CardId, LocationId};
use crate::booking::cancel::take_out;
use crate::booking::{CancelledBy, Outcome, Who, confirm, follow};
use crate::cards::{self, CardStatus};
use crate::db::WriteTx;

/// The wish to hand over a card to somebody who came without a booking.
#[derive(Clone, Copy, Debug)]
pub struct WalkIn {
    /// The card.
    pub card: CardId,
    /// At which office.
    pub location: LocationId,
}

/// Hands over a card to somebody who came without a booking, and notes the visit as a booking of this minute.
///
/// A booking of today is used; one for a later day is given up for this person. The same again changes nothing.
/// Spec: 7(1)⑤, 7(2)⑦.
pub fn hand_over_walk_in(tx: &WriteTx<'_>, wish: &WalkIn) -> Result<Served, CounterError> {
    let card = cards::get(tx, wish.card)?.ok_or(CounterError::NotFound)?;
    if card.status == CardStatus::Issued
        && let Some(visit) = store::visit_of_day(tx, card.id, tx.today())?
    {
        return Ok(super::unchanged(&get(tx, visit)?));
    }
    if let Some(live) = crate::booking::live_of_card(tx, card.id)? {
        if live.day <= tx.today() {
            return hand_over(tx, &HandOver { booking: live.id, people: vec![Who::Card(card.id)] });
        }
        take_out(tx, &live, &[Who::Card(card.id)], CancelledBy::System, None)?;
    }
    become_status(tx, card.id, CardStatus::Issued)?;
    cards::set_booking_state(tx, card.id, None)?;
    follow::follow(tx, card.id)?;
    let number = confirm::free_number(tx, tx.today())?;
    let visit = store::insert_visit(tx, wish, &number, &card)?;
    told_of(tx, visit, HANDED_OVER, (&[card.id], Some(Outcome::Issued)), None)
}
