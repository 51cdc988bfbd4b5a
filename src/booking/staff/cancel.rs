//! Staff take people out of a booking, or cancel it.

use super::{Found, Seen, find};
use crate::booking::cancel::take_out;
use crate::booking::check::{BadReason, fit_reason};
use crate::booking::{BookingStatus, Cancelled, CancelledBy, Who};
use crate::db::{Fault, WriteTx};
use crate::once::{self, OnceKey};

/// The wish of staff to cancel.
#[derive(Clone, Debug)]
pub struct CancelByStaff {
    /// The booking as the form saw it.
    pub seen: Seen,
    /// Who is taken out; empty = everybody.
    pub people: Vec<Who>,
    /// Why, in the words of whoever cancels.
    pub reason: String,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Why nothing was cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelByStaffError {
    /// It is not there, or cancelled or finished already.
    #[error("no booking that can be cancelled")]
    Gone,
    /// Somebody changed it since the form was drawn.
    #[error("changed meanwhile")]
    Changed,
    /// The person is not in the booking.
    #[error("not in this booking")]
    Nobody,
    /// Somebody of them has been served already.
    #[error("served already")]
    Served,
    /// A reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason cannot be kept.
    #[error(transparent)]
    Reason(#[from] BadReason),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const OPERATION: &str = "booking.cancelled";

/// Takes people out of a booking, with a reason; with the last one the booking is cancelled.
///
/// Spec: 7(2)④ ⑦.
pub fn cancel_by_staff(tx: &WriteTx<'_>, wish: &CancelByStaff) -> Result<Cancelled, CancelByStaffError> {
    if let Some(result) = once::seen(tx, &wish.once)? {
        return Ok(result.parse().map_or(Cancelled::All, |people| Cancelled::Left { people }));
    }
    let reason = fit_reason(&wish.reason)?;
    if reason.is_empty() {
        return Err(CancelByStaffError::ReasonNeeded);
    }
    let booking = match find(tx, wish.seen, BookingStatus::is_live)? {
        Found::Same(booking) => booking,
        Found::Changed => return Err(CancelByStaffError::Changed),
        Found::Gone => return Err(CancelByStaffError::Gone),
    };
    let people: Vec<Who> =
        if wish.people.is_empty() { booking.people_in().collect() } else { wish.people.clone() };
    let leaving: Vec<_> =
        booking.members.iter().filter(|one| one.who().is_some_and(|who| people.contains(&who))).collect();
    if leaving.is_empty() || leaving.len() < people.len() {
        return Err(CancelByStaffError::Nobody);
    }
    if leaving.iter().any(|member| member.outcome.is_some()) {
        return Err(CancelByStaffError::Served);
    }
    let done = take_out(tx, &booking, &people, CancelledBy::Staff, Some(reason.to_owned()))?;
    let result = match done {
        Cancelled::All => "all".to_owned(),
        Cancelled::Left { people } => people.to_string(),
    };
    once::keep(tx, &wish.once, OPERATION, &result)?;
    Ok(done)
}
