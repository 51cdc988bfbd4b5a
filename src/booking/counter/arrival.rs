//! Somebody comes, comes without a paper, or does not come.

use super::{CounterError, Served, get, mark, set_member, settle, told, told_of, unchanged};
use crate::base::{BookingId, CardId, LocationId};
use crate::booking::{Booking, BookingStatus, Outcome, Who, confirm, store};
use crate::cards::{self, BookingState, CardStatus, ReasonCode, Transition, TransitionError};
use crate::db::WriteTx;

/// The wish to note that a paper was missing.
#[derive(Clone, Debug)]
pub struct Incomplete {
    /// The booking.
    pub booking: BookingId,
    /// Whose paper.
    pub who: Who,
    /// What was missing.
    pub reason: String,
    /// The same in a word that is counted.
    pub code: Option<ReasonCode>,
}

/// Notes that the people of a booking are here. Doing it again changes nothing; late comers are taken back from no-show.
///
/// Only on the day of the booking: people who come on another day are moved first, see `come_today`. Spec: 7(2)⑦.
pub fn check_in(tx: &WriteTx<'_>, id: BookingId) -> Result<Served, CounterError> {
    let booking = get(tx, id)?;
    if booking.status == BookingStatus::CheckedIn {
        return Ok(unchanged(&booking));
    }
    if booking.day != tx.today() {
        return Err(CounterError::NotToday(booking.day));
    }
    arrive(tx, &booking)?;
    told(tx, id, "booking.checked_in", None)
}

/// The same for people who stand at this office: a booking for another one is refused.
pub fn check_in_here(tx: &WriteTx<'_>, id: BookingId, here: LocationId) -> Result<Served, CounterError> {
    let booking = get(tx, id)?;
    if booking.location != here {
        return Err(CounterError::NotHere(booking.location));
    }
    check_in(tx, id)
}

/// Sets the people of a booking waiting.
pub(super) fn arrive(tx: &WriteTx<'_>, booking: &Booking) -> Result<(), CounterError> {
    if !matches!(booking.status, BookingStatus::Confirmed | BookingStatus::NoShow) {
        return Err(CounterError::Status(booking.status));
    }
    store::set_status(tx, booking.id, BookingStatus::CheckedIn, Some(tx.now()))?;
    mark(tx, booking, Some(BookingState::CheckedIn), true)
}

/// Notes that somebody came and a paper was missing. The same again changes nothing.
///
/// Spec: 7(2)⑦.
pub fn incomplete(tx: &WriteTx<'_>, wish: &Incomplete) -> Result<Served, CounterError> {
    let booking = get(tx, wish.booking)?;
    let member = booking.member(wish.who).ok_or(CounterError::NotInBooking)?;
    if member.outcome == Some(Outcome::Incomplete) {
        return Ok(unchanged(&booking));
    }
    let open =
        matches!(booking.status, BookingStatus::Confirmed | BookingStatus::CheckedIn | BookingStatus::NoShow);
    if !open || member.outcome.is_some() {
        return Err(CounterError::Status(booking.status));
    }
    if booking.day > tx.today() {
        return Err(CounterError::NotToday(booking.day));
    }
    if wish.reason.trim().is_empty() {
        return Err(CounterError::Card(TransitionError::ReasonNeeded));
    }
    match wish.who.card().filter(|_| booking.is_issuance()) {
        Some(card) => lack(tx, card, wish)?,
        None if !cards::is_reason(&wish.reason) => {
            return Err(CounterError::Card(TransitionError::BadReason));
        }
        None => {}
    }
    set_member(tx, booking.id, wish.who, Some(Outcome::Incomplete), false)?;
    confirm::mark_card(tx, &booking.procedure, wish.who, None)?;
    settle(tx, booking.id)?;
    let reason = Some(wish.reason.trim().to_owned());
    let cards: Vec<CardId> = wish.who.card().into_iter().collect();
    told_of(tx, booking.id, "booking.incomplete", (&cards, Some(Outcome::Incomplete)), reason)
}

fn lack(tx: &WriteTx<'_>, id: CardId, wish: &Incomplete) -> Result<(), CounterError> {
    let card = cards::get(tx, id)?.ok_or(CounterError::NotFound)?;
    if card.status == CardStatus::Incomplete {
        return Ok(cards::set_incomplete_reason(tx, id, &wish.reason, wish.code)?);
    }
    let step = Transition {
        reason: Some(wish.reason.clone()),
        code: wish.code,
        ..Transition::of(id, CardStatus::Incomplete)
    };
    cards::transition(tx, &step)?;
    Ok(())
}

/// Notes that nobody came. Doing it again changes nothing; checking in later takes it back.
///
/// Spec: 7(2)⑫.
pub fn mark_no_show(tx: &WriteTx<'_>, id: BookingId) -> Result<Served, CounterError> {
    let booking = get(tx, id)?;
    match booking.status {
        BookingStatus::NoShow => return Ok(unchanged(&booking)),
        BookingStatus::Confirmed => {}
        other => return Err(CounterError::Status(other)),
    }
    if tx.now() < booking.starts_at() {
        return Err(CounterError::TooEarly);
    }
    store::set_status(tx, id, BookingStatus::NoShow, None)?;
    mark(tx, &booking, Some(BookingState::NoShow), false)?;
    told(tx, id, "booking.no_show", None)
}
