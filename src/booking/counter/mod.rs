//! What happens at the counter: somebody comes, gets the card, lacks a paper, or does not come; and taking that back.
//!
//! **Invariant:** an act that is repeated changes nothing and says so; what somebody else did first is never done twice.
//! **Invariant:** a refused act leaves nothing half done.
//!
//! Spec: 7(2)⑦.

mod arrival;
mod hand_over;
mod serve;
mod store;
mod today;
mod undo;
mod walk_in;

pub use arrival::{Incomplete, check_in, check_in_here, incomplete, mark_no_show};
pub use hand_over::{HandOver, hand_over};
pub use serve::{Act, Answer, SERVED_AT_ONCE, Serve, ServeMany, serve, serve_many};
pub use today::{ComeToday, come_today};
pub use undo::{UndoHandOver, resume, undo_check_in, undo_hand_over, undo_no_show};
pub use walk_in::{WalkIn, hand_over_walk_in};

use super::check::SlotRefusal;
use super::{Booking, BookingStatus, CancelError, Outcome, Who, confirm};
use crate::base::{BookingId, CardId, Day, LocationId};
use crate::cards::{self, BookingState, CardStatus, Transition, TransitionError, UndoIssueError};
use crate::db::{Fault, OnUnique, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The event of a hand-over, by which boards say who did it.
pub(super) const HANDED_OVER: &str = "booking.handed_over";

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
    /// There is no such booking or card.
    #[error("not found")]
    NotFound,
    /// The booking is in a status from which this does not follow.
    #[error("not possible from {0:?}")]
    Status(BookingStatus),
    /// The booking is for another day.
    #[error("the booking is for {0}")]
    NotToday(Day),
    /// The booking is for another office.
    #[error("the booking is for another office")]
    NotHere(LocationId),
    /// Its time has not come yet, so nobody can have stayed away.
    #[error("its time has not come yet")]
    TooEarly,
    /// The card is not in this booking.
    #[error("not in this booking")]
    NotInBooking,
    /// The same citizen has another live booking by now.
    #[error("the citizen has another live booking")]
    BookedAgain,
    /// The office does not open today.
    #[error("not open today")]
    Closed,
    /// No seat is left now, and this person may not go over capacity.
    #[error("no seat left now")]
    Full,
    /// A booking ended with the step, and does not come back with it.
    #[error("a booking ended with it")]
    Ended,
    /// The card cannot take the status.
    #[error("card: {0}")]
    Card(TransitionError),
    /// The hand-over stands.
    #[error("undo: {0}")]
    Undo(UndoIssueError),
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

impl From<UndoIssueError> for CounterError {
    fn from(error: UndoIssueError) -> Self {
        match error {
            UndoIssueError::Fault(fault) => Self::Fault(fault),
            refused => Self::Undo(refused),
        }
    }
}

impl From<SlotRefusal> for CounterError {
    fn from(refusal: SlotRefusal) -> Self {
        match refusal {
            SlotRefusal::Closed | SlotRefusal::Outside => Self::Closed,
            SlotRefusal::Full => Self::Full,
            SlotRefusal::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<CancelError> for CounterError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Fault(fault) => Self::Fault(fault),
            _ => Self::NotInBooking,
        }
    }
}

fn get(tx: &WriteTx<'_>, id: BookingId) -> Result<Booking, CounterError> {
    super::get(tx, id)?.ok_or(CounterError::NotFound)
}

/// Nothing had to be done.
fn unchanged(booking: &Booking) -> Served {
    Served { booking: booking.id, status: booking.status, changed: false }
}

fn become_status(tx: &WriteTx<'_>, card: CardId, to: CardStatus) -> Result<(), CounterError> {
    cards::transition(tx, &Transition::of(card, to))?;
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
        if let Some(who) = member.who() {
            set_member(tx, booking.id, who, None, live)?;
            confirm::mark_card(tx, &booking.procedure, who, state)?;
        }
    }
    Ok(())
}

/// How it ended for one person. A place that comes to life again may find that its citizen has booked anew.
fn set_member(
    tx: &WriteTx<'_>,
    booking: BookingId,
    who: Who,
    outcome: Option<Outcome>,
    live: bool,
) -> Result<(), CounterError> {
    let again = || CounterError::BookedAgain;
    match super::store::set_outcome(tx, booking, who, outcome, live) {
        Err(fault) => Err(fault).on_unique("booking_member.card_id", again).or_else(|error| match error {
            CounterError::Fault(fault) => Err(fault).on_unique("booking_member.person_key", again),
            refused => Err(refused),
        }),
        Ok(()) => Ok(()),
    }
}

/// When everybody has an outcome the booking is finished.
fn settle(tx: &WriteTx<'_>, id: BookingId) -> Result<(), CounterError> {
    let booking = get(tx, id)?;
    if booking.members.iter().all(|member| member.outcome.is_some()) {
        let lacking = booking.members.iter().any(|member| member.outcome == Some(Outcome::Incomplete));
        let status = if lacking { BookingStatus::Incomplete } else { BookingStatus::Completed };
        super::store::finish(tx, id, status)?;
    }
    Ok(())
}

/// The event in the history of the whole party.
fn told(
    tx: &WriteTx<'_>,
    id: BookingId,
    operation: &'static str,
    reason: Option<String>,
) -> Result<Served, CounterError> {
    let booking = confirm::tell(tx, id, operation, reason)?;
    Ok(Served { booking: id, status: booking.status, changed: true })
}

/// The event in the history of those whom it concerns, with what became of them.
fn told_of(
    tx: &WriteTx<'_>,
    id: BookingId,
    operation: &'static str,
    (cards, outcome): (&[CardId], Option<Outcome>),
    reason: Option<String>,
) -> Result<Served, CounterError> {
    let booking = get(tx, id)?;
    let mut changes = confirm::facts_of(&booking);
    changes.push(Change::new("outcome", None, outcome.map(|outcome| outcome.code().to_owned())));
    let event = Event { cards, changes, reason, ..Event::of(operation, Record::Booking(id)) };
    history::record(tx, &event)?;
    Ok(Served { booking: id, status: booking.status, changed: true })
}
