//! What happens at the counter: somebody comes, gets the card, lacks a paper, or does not come.

use super::{Booking, BookingStatus, Outcome, confirm, store};
use crate::base::{BookingId, CardId};
use crate::cards::{self, BookingState, CardStatus, Transition, TransitionError};
use crate::db::{Fault, WriteTx};

/// The wish to hand over cards of a booking.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// The booking.
    pub booking: BookingId,
    /// Whose cards; empty means everybody who has not got theirs.
    pub cards: Vec<CardId>,
}

/// How a booking stands after the act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// The booking.
    pub booking: BookingId,
    /// Its status now.
    pub status: BookingStatus,
    /// Whether anything changed; a scan that is repeated changes nothing.
    pub changed: bool,
}

/// Why the act was not done.
#[derive(Debug, thiserror::Error)]
pub enum CounterError {
    /// There is no such booking.
    #[error("no such booking")]
    NotFound,
    /// The booking is in a status from which this does not follow.
    #[error("not possible from {0:?}")]
    Status(BookingStatus),
    /// The card is not in this booking.
    #[error("not in this booking")]
    NotInBooking,
    /// A reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The card cannot take the status.
    #[error("card: {0}")]
    Card(TransitionError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<TransitionError> for CounterError {
    fn from(error: TransitionError) -> Self {
        match error {
            TransitionError::Fault(fault) => Self::Fault(fault),
            refused => Self::Card(refused),
        }
    }
}

/// Notes that the people of a booking are here. Doing it again changes nothing; late comers are taken back from no-show.
///
/// Spec: 7(2)⑦.
pub fn check_in(tx: &WriteTx<'_>, id: BookingId) -> Result<Served, CounterError> {
    let booking = store::get(tx, id)?.ok_or(CounterError::NotFound)?;
    if booking.status == BookingStatus::CheckedIn {
        return Ok(Served { booking: id, status: booking.status, changed: false });
    }
    if !matches!(booking.status, BookingStatus::Confirmed | BookingStatus::NoShow) {
        return Err(CounterError::Status(booking.status));
    }
    store::set_status(tx, id, BookingStatus::CheckedIn, Some(tx.now()))?;
    mark(tx, &booking, Some(BookingState::CheckedIn), true)?;
    served(tx, id, "booking.checked_in", None)
}

/// Takes a check-in back.
pub fn undo_check_in(tx: &WriteTx<'_>, id: BookingId) -> Result<Served, CounterError> {
    let booking = store::get(tx, id)?.ok_or(CounterError::NotFound)?;
    if booking.status != BookingStatus::CheckedIn {
        return Err(CounterError::Status(booking.status));
    }
    store::set_status(tx, id, BookingStatus::Confirmed, None)?;
    mark(tx, &booking, Some(BookingState::Confirmed), true)?;
    served(tx, id, "booking.check_in_undone", None)
}

/// Hands over the cards of a booking: one, several, or the whole family's.
///
/// Spec: 7(2)⑦.
pub fn hand_over(tx: &WriteTx<'_>, wish: &HandOver) -> Result<Served, CounterError> {
    let booking = store::get(tx, wish.booking)?.ok_or(CounterError::NotFound)?;
    if !matches!(
        booking.status,
        BookingStatus::Confirmed
            | BookingStatus::CheckedIn
            | BookingStatus::NoShow
            | BookingStatus::Incomplete
    ) {
        return Err(CounterError::Status(booking.status));
    }
    let everybody = booking.members.iter().filter(|member| member.outcome != Some(Outcome::Issued));
    let wanted: Vec<CardId> = if wish.cards.is_empty() {
        everybody.filter_map(|member| member.card).collect()
    } else {
        wish.cards.clone()
    };
    for card in &wanted {
        booking.member_of(*card).ok_or(CounterError::NotInBooking)?;
        issue(tx, *card)?;
        store::set_outcome(tx, booking.id, *card, Some(Outcome::Issued), false)?;
        cards::set_booking_state(tx, *card, None)?;
    }
    settle(tx, booking.id, "booking.handed_over", None)
}

/// Hands over a card to somebody who came without a booking.
pub fn hand_over_walk_in(tx: &WriteTx<'_>, card: CardId) -> Result<(), CounterError> {
    if let Some(booking) = super::live_of_card(tx, card)? {
        hand_over(tx, &HandOver { booking: booking.id, cards: vec![card] })?;
        return Ok(());
    }
    issue(tx, card)
}

/// Notes that somebody came and a paper was missing.
///
/// Spec: 7(2)⑦.
pub fn incomplete(
    tx: &WriteTx<'_>,
    id: BookingId,
    card: CardId,
    reason: &str,
) -> Result<Served, CounterError> {
    let booking = store::get(tx, id)?.ok_or(CounterError::NotFound)?;
    booking.member_of(card).ok_or(CounterError::NotInBooking)?;
    if !matches!(booking.status, BookingStatus::Confirmed | BookingStatus::CheckedIn | BookingStatus::NoShow)
    {
        return Err(CounterError::Status(booking.status));
    }
    if reason.trim().is_empty() {
        return Err(CounterError::ReasonNeeded);
    }
    store::set_outcome(tx, id, card, Some(Outcome::Incomplete), false)?;
    cards::set_booking_state(tx, card, None)?;
    become_status(tx, card, CardStatus::Incomplete, Some(reason.to_owned()))?;
    settle(tx, id, "booking.incomplete", Some(reason.trim().to_owned()))
}

/// Notes that nobody came. Checking in later takes it back.
///
/// Spec: 7(2)⑫.
pub fn mark_no_show(tx: &WriteTx<'_>, id: BookingId) -> Result<Served, CounterError> {
    let booking = store::get(tx, id)?.ok_or(CounterError::NotFound)?;
    if booking.status != BookingStatus::Confirmed {
        return Err(CounterError::Status(booking.status));
    }
    store::set_status(tx, id, BookingStatus::NoShow, None)?;
    mark(tx, &booking, Some(BookingState::NoShow), false)?;
    served(tx, id, "booking.no_show", None)
}

fn issue(tx: &WriteTx<'_>, card: CardId) -> Result<(), CounterError> {
    become_status(tx, card, CardStatus::Issued, None)
}

fn become_status(
    tx: &WriteTx<'_>,
    card: CardId,
    to: CardStatus,
    reason: Option<String>,
) -> Result<(), CounterError> {
    let wish = Transition { card, to, reason, expect_version: None, may_override: false };
    cards::transition(tx, &wish)?;
    Ok(())
}

/// The mark on everybody's card who is not finished, and whether their place in the booking lives.
fn mark(
    tx: &WriteTx<'_>,
    booking: &Booking,
    state: Option<BookingState>,
    live: bool,
) -> Result<(), CounterError> {
    for member in booking.members.iter().filter(|member| member.outcome.is_none()) {
        if let Some(card) = member.card {
            store::set_outcome(tx, booking.id, card, None, live)?;
            cards::set_booking_state(tx, card, state)?;
        }
    }
    Ok(())
}

/// When everybody has an outcome the booking is finished.
fn settle(
    tx: &WriteTx<'_>,
    id: BookingId,
    operation: &'static str,
    reason: Option<String>,
) -> Result<Served, CounterError> {
    let booking = store::get(tx, id)?.ok_or(CounterError::NotFound)?;
    if booking.members.iter().all(|member| member.outcome.is_some()) {
        let lacking = booking.members.iter().any(|member| member.outcome == Some(Outcome::Incomplete));
        let status = if lacking { BookingStatus::Incomplete } else { BookingStatus::Completed };
        store::finish(tx, id, status)?;
    }
    served(tx, id, operation, reason)
}

fn served(
    tx: &WriteTx<'_>,
    id: BookingId,
    operation: &'static str,
    reason: Option<String>,
) -> Result<Served, CounterError> {
    let booking = confirm::tell(tx, id, operation, reason)?;
    Ok(Served { booking: id, status: booking.status, changed: true })
}
