//! A booking, or some of its people, are cancelled.

use super::applicant::Who;
use super::check::may_cancel;
use super::entry::{self, SessionKey};
use super::{Booking, BookingStatus, CancelledBy, Outcome, confirm, letters, store};
use crate::calendar;
use crate::db::{Fault, WriteTx};
use crate::mail::Letter;
use crate::once::{self, OnceKey};

/// The wish of a citizen to cancel.
#[derive(Clone, Debug)]
pub struct Cancel {
    /// The session.
    pub key: SessionKey,
    /// Who shall be taken out; somebody who is alone and known by what they said need not be named.
    pub people: Vec<Who>,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// What is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// Nothing: the booking is cancelled.
    All,
    /// The booking, for so many people.
    Left {
        /// How many.
        people: u8,
    },
}

/// Why nothing was cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// There is no live booking.
    #[error("no live booking")]
    NoBooking,
    /// Nobody was chosen.
    #[error("nobody chosen")]
    Nobody,
    /// It is too late to cancel on the web.
    #[error("too late")]
    TooLate,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Takes people out of the session's booking; with the last one the booking is cancelled.
///
/// Spec: 7(3)⑩ ⑪.
pub fn cancel(tx: &WriteTx<'_>, wish: &Cancel) -> Result<Cancelled, CancelError> {
    if let Some(result) = once::seen(tx, &wish.once)? {
        return Ok(result.parse().map_or(Cancelled::All, |people| Cancelled::Left { people }));
    }
    let session = entry::session(tx, &wish.key)?.ok_or(CancelError::SessionOver)?;
    let booking = session.booking.map(|id| store::get(tx, id)).transpose()?.flatten();
    let booking = booking.filter(|b| b.status == BookingStatus::Confirmed).ok_or(CancelError::NoBooking)?;
    if !may_cancel(tx, &booking)? {
        return Err(CancelError::TooLate);
    }
    let leaving = leaving(&booking, &wish.people);
    if leaving.is_empty() {
        return Err(CancelError::Nobody);
    }
    let done = take_out(tx, &booking, &leaving, CancelledBy::Citizen, None)?;
    let result = match done {
        Cancelled::All => "all".to_owned(),
        Cancelled::Left { people } => people.to_string(),
    };
    once::keep(tx, &wish.once, "booking.cancelled", &result)?;
    Ok(done)
}

/// Those of these people that are in the booking.
fn leaving(booking: &Booking, people: &[Who]) -> Vec<Who> {
    let everybody: Vec<Who> = booking.people_in().collect();
    match everybody.as_slice() {
        [Who::Applicant(_)] => everybody,
        _ => everybody.into_iter().filter(|who| people.contains(who)).collect(),
    }
}

/// Takes people out of a booking; with the last one it is cancelled.
pub(super) fn take_out(
    tx: &WriteTx<'_>,
    booking: &Booking,
    people: &[Who],
    by: CancelledBy,
    reason: Option<String>,
) -> Result<Cancelled, Fault> {
    let leaving: Vec<Who> = booking.people_in().filter(|who| people.contains(who)).collect();
    let left = booking.members.len() - leaving.len();
    if left == 0 {
        store::cancel(tx, booking.id, by, reason.as_deref())?;
        for who in leaving {
            confirm::mark_card(tx, &booking.procedure, who, None)?;
        }
        let cancelled = confirm::tell(tx, booking.id, "booking.cancelled", reason)?;
        letters::send(tx, &cancelled, Letter::BookingCancelled)?;
        return Ok(Cancelled::All);
    }
    confirm::tell(tx, booking.id, "booking.people_removed", reason)?;
    for who in leaving {
        store::set_outcome(tx, booking.id, who, Some(Outcome::Removed), false)?;
        confirm::mark_card(tx, &booking.procedure, who, None)?;
    }
    let people = u8::try_from(left).unwrap_or(u8::MAX);
    let seats = calendar::location(tx, booking.location)?.map_or(people, |place| place.seats_for(people));
    store::set_party(tx, booking.id, people, seats)?;
    if let Some(changed) = store::get(tx, booking.id)? {
        letters::send(tx, &changed, Letter::BookingChanged)?;
    }
    Ok(Cancelled::Left { people })
}
