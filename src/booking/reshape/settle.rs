//! Stranded bookings, one after the other: marked, told, or on the list to call; and who of them has a time again.

use super::{Choice, Waiting, Why, store};
use crate::base::{BookingId, LocationId, Moment};
use crate::booking::{Booking, BookingStatus, closures, confirm, letters, store as bookings};
use crate::calendar::ChangeId;
use crate::db::{Fault, ReadTx, WriteTx};

/// A booking that a change of the calendar stranded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The change.
    pub change: ChangeId,
    /// The booking.
    pub booking: BookingId,
    /// Where it was when it was stranded.
    pub location: LocationId,
    /// What was wrong with it.
    pub why: Why,
    /// What was chosen for it.
    pub choice: Choice,
    /// When it was marked or its letter was queued; `None` = not yet.
    pub settled_at: Option<Moment>,
    /// When somebody called.
    pub called_at: Option<Moment>,
    /// Whether it has another time now, or is not to come any more.
    pub is_closed: bool,
    /// Whether the change was taken back, so that its time stands again.
    pub is_released: bool,
}

/// How the stranded bookings stand, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cases {
    /// All of them.
    pub all: usize,
    /// Marked, and served as they are.
    pub kept: usize,
    /// Told by letter, and not moved yet.
    pub told: usize,
    /// To be called.
    pub to_call: usize,
    /// With another time, or not to come any more, or with their old time again.
    pub closed: usize,
    /// Not settled yet.
    pub waiting: usize,
}

impl Case {
    /// Whether somebody still has to be reached by telephone.
    pub fn is_to_call(&self) -> bool {
        self.choice == Choice::Call && !self.is_done()
    }

    /// Whether nothing is left to be done about it.
    pub fn is_done(&self) -> bool {
        self.is_closed || self.is_released
    }
}

impl Cases {
    /// The numbers of these cases.
    pub fn count(cases: &[Case]) -> Self {
        let mut sum = Self { all: cases.len(), ..Self::default() };
        for case in cases {
            let field = match (case.is_done(), case.settled_at, case.choice) {
                (true, ..) => &mut sum.closed,
                (false, None, _) => &mut sum.waiting,
                (false, Some(_), Choice::Keep) => &mut sum.kept,
                (false, Some(_), Choice::Tell) => &mut sum.told,
                (false, Some(_), Choice::Call) => &mut sum.to_call,
            };
            *field += 1;
        }
        sum
    }
}

/// The bookings that this change stranded, by day and time.
pub fn cases_of(tx: &ReadTx<'_>, change: ChangeId) -> Result<Vec<Case>, Fault> {
    store::cases_of(tx, change)
}

/// The stranded bookings of all changes whose people still have to be reached, by day and time.
pub fn open_cases(tx: &ReadTx<'_>) -> Result<Vec<Case>, Fault> {
    store::open_cases(tx)
}

/// How many people still have to be reached.
pub fn count_open_cases(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    store::count_open(tx)
}

/// Settles a stranded booking, with its event and its letter.
pub(super) fn settle(tx: &WriteTx<'_>, one: &Waiting) -> Result<(), Fault> {
    let Some(booking) = bookings::get(tx, one.booking)?.filter(|booking| still_there(booking, one)) else {
        return Ok(());
    };
    let why = Some(one.what.clone());
    match one.choice {
        Choice::Keep => {
            if booking.over_reason.is_none() {
                bookings::set_over(tx, booking.id, Some(&one.what))?;
            }
            confirm::tell(tx, booking.id, "booking.kept", why)?;
        }
        Choice::Tell => {
            letters::ask_new_time(tx, &booking, one.change)?;
            confirm::tell(tx, booking.id, "booking.new_time_asked", why)?;
        }
        Choice::Call => {
            confirm::tell(tx, booking.id, "booking.call_needed", why)?;
        }
    }
    Ok(())
}

fn still_there(booking: &Booking, one: &Waiting) -> bool {
    booking.status == BookingStatus::Confirmed && (booking.location, booking.day, booking.starts) == one.place
}

/// Takes back what an undone change did to a booking: the mark goes, and who was asked by letter to choose another time learns
/// that the old one stands.
pub(super) fn release(tx: &WriteTx<'_>, undone: &str, case: &Case) -> Result<(), Fault> {
    let Some(booking) = bookings::get(tx, case.booking)?.filter(|_| !case.is_closed) else { return Ok(()) };
    match case.choice {
        Choice::Keep if booking.over_reason.as_deref() == Some(undone) => {
            bookings::set_over(tx, case.booking, None)?;
            confirm::tell(tx, case.booking, "booking.kept_ended", None)?;
        }
        Choice::Tell if case.settled_at.is_some() && !closures::hits(tx, case.booking)? => {
            letters::stands_after_all(tx, &booking, &format!("change:{}", case.change))?;
            confirm::tell(tx, case.booking, "booking.office_open", None)?;
        }
        _ => {}
    }
    Ok(())
}

/// Notes that the people of a stranded booking were called.
pub fn call_made(tx: &WriteTx<'_>, change: ChangeId, booking: BookingId) -> Result<bool, Fault> {
    let noted = store::set_called(tx, change, booking)?;
    if noted {
        confirm::tell(tx, booking, "booking.called", None)?;
    }
    Ok(noted)
}
