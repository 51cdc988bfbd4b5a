//! Cards of a booking are handed over, or another procedure is done: for one person, several, the whole family.

use super::{CounterError, HANDED_OVER, Served, become_status, get, set_member, settle, told_of, unchanged};
use crate::base::{BookingId, CardId};
use crate::booking::{Booking, BookingStatus, Member, Outcome, Who, confirm};
use crate::cards::CardStatus;
use crate::db::WriteTx;

/// The wish to hand over cards of a booking.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// The booking.
    pub booking: BookingId,
    /// For whom; empty means everybody who has not got theirs.
    pub people: Vec<Who>,
}

/// Hands over the cards of a booking, or notes that what its people came for is done: one's, several, or the whole family's. Cards that are handed over already stay so;
/// if all of them are, nothing changes.
///
/// Spec: 7(2)⑦.
pub fn hand_over(tx: &WriteTx<'_>, wish: &HandOver) -> Result<Served, CounterError> {
    let booking = get(tx, wish.booking)?;
    let wanted = wanted(&booking, &wish.people)?;
    match booking.status {
        BookingStatus::Cancelled => return Err(CounterError::Status(booking.status)),
        _ if wanted.is_empty() => return Ok(unchanged(&booking)),
        _ if booking.day > tx.today() => return Err(CounterError::NotToday(booking.day)),
        _ => {}
    }
    for who in &wanted {
        if let Some(card) = who.card().filter(|_| booking.is_issuance()) {
            become_status(tx, card, CardStatus::Issued)?;
        }
        set_member(tx, booking.id, *who, Some(Outcome::Issued), false)?;
        confirm::mark_card(tx, &booking.procedure, *who, None)?;
    }
    settle(tx, booking.id)?;
    let cards: Vec<CardId> = wanted.into_iter().filter_map(Who::card).collect();
    told_of(tx, booking.id, HANDED_OVER, (&cards, Some(Outcome::Issued)), None)
}

/// Those of the named, or of all, whose turn it still is.
fn wanted(booking: &Booking, named: &[Who]) -> Result<Vec<Who>, CounterError> {
    for who in named {
        booking.member(*who).ok_or(CounterError::NotInBooking)?;
    }
    let open = booking.members.iter().filter(|member| member.outcome != Some(Outcome::Issued));
    let open = open.filter_map(Member::who);
    let meant = |who: &Who| named.is_empty() || named.contains(who);
    Ok(open.filter(meant).collect())
}
