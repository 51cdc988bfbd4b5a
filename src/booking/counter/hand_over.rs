//! Cards of a booking are handed over: one person's, several, the whole family's.

use super::{CounterError, HANDED_OVER, Served, become_status, get, set_member, settle, told_of, unchanged};
use crate::base::{BookingId, CardId};
use crate::booking::{Booking, BookingStatus, Outcome, follow};
use crate::cards::{self, CardStatus};
use crate::db::WriteTx;

/// The wish to hand over cards of a booking.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// The booking.
    pub booking: BookingId,
    /// Whose cards; empty means everybody who has not got theirs.
    pub cards: Vec<CardId>,
}

/// Hands over the cards of a booking: one, several, or the whole family's. Cards that are handed over already stay so;
/// if all of them are, nothing changes.
///
/// Spec: 7(2)⑦.
pub fn hand_over(tx: &WriteTx<'_>, wish: &HandOver) -> Result<Served, CounterError> {
    let booking = get(tx, wish.booking)?;
    let wanted = wanted(&booking, &wish.cards)?;
    match booking.status {
        BookingStatus::Cancelled => return Err(CounterError::Status(booking.status)),
        _ if wanted.is_empty() => return Ok(unchanged(&booking)),
        _ if booking.day > tx.today() => return Err(CounterError::NotToday(booking.day)),
        _ => {}
    }
    for card in &wanted {
        become_status(tx, *card, CardStatus::Issued)?;
        set_member(tx, booking.id, *card, Some(Outcome::Issued), false)?;
        cards::set_booking_state(tx, *card, None)?;
        follow::follow(tx, *card)?;
    }
    settle(tx, booking.id)?;
    told_of(tx, booking.id, HANDED_OVER, (&wanted, Some(Outcome::Issued)), None)
}

/// Those of the named cards, or of all, that are still to be handed over.
fn wanted(booking: &Booking, named: &[CardId]) -> Result<Vec<CardId>, CounterError> {
    for card in named {
        booking.member_of(*card).ok_or(CounterError::NotInBooking)?;
    }
    let open = booking.members.iter().filter(|member| member.outcome != Some(Outcome::Issued));
    let open = open.filter_map(|member| member.card);
    Ok(open.filter(|card| named.is_empty() || named.contains(card)).collect())
}
