//! What staff do with bookings: make them, move them, add people, take people out, cancel.
//!
//! **Invariant:** each act names the state that its form saw; when somebody else was faster it is refused, not merged.
//! **Invariant:** capacity is gone over only with a reason, which stays with the booking. Spec: 7(2)④.
//!
//! Whether somebody may go over capacity is their role's matter and is asked before they get here.

mod book;
mod cancel;
mod find;
mod join;
mod reach;
mod resend;
mod shift;

use super::{Booking, BookingStatus, store};
use crate::base::BookingId;
use crate::db::{Fault, ReadTx};

pub use book::{
    BookByStaff, BookProcedure, Party, StaffBookingError, book_by_staff, book_procedure_by_staff,
};
pub use cancel::{CancelByStaff, CancelByStaffError, cancel_by_staff};
pub use find::{Candidates, Find, candidates};
pub use join::{JoinByStaff, JoinError, Newcomer, join_by_staff};
pub use reach::{Reach, Way, reach};
pub use resend::{ResendError, resend};
pub use shift::{ChangeTo, ShiftError, change_by_staff};

/// What a form knew of the booking that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The booking.
    pub booking: BookingId,
    /// Its [`Booking::version`] when the form was drawn.
    pub version: i64,
}

/// How the booking of a form stands.
enum Found {
    /// As the form saw it.
    Same(Box<Booking>),
    /// Somebody changed it since.
    Changed,
    /// It is not there, or not to be changed any more.
    Gone,
}

fn find(tx: &ReadTx<'_>, seen: Seen, fits: impl Fn(BookingStatus) -> bool) -> Result<Found, Fault> {
    Ok(match store::get(tx, seen.booking)? {
        None => Found::Gone,
        Some(booking) if !fits(booking.status) => Found::Gone,
        Some(booking) if booking.version != seen.version => Found::Changed,
        Some(booking) => Found::Same(Box::new(booking)),
    })
}
