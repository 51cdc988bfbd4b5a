//! Closures of several locations at once (一斉閉庁), as when the national system is down or a typhoon comes: whose bookings they
//! hit, and how those people learn of it.
//!
//! **Invariant:** the times are taken from the calendar at once, in one transaction; people are told in slices that begin again
//! where they stood, whatever stopped them.
//! **Invariant:** no booking is cancelled by a closure: people choose another time, or staff do it for them.
//!
//! A change of the calendar strands bookings as well ([`super::reshape()`]), and its table is another one on purpose: there each
//! booking was shown before and got a choice of its own, and what is kept is its time of then, so that what was shown is what
//! happens. Here the bookings are found while people are told, the telling can be stopped and the times opened again, and
//! somebody calls until people are reached.

mod call;
mod close;
mod store;
mod tell;

use crate::base::{BookingId, ClosureId, Day, LocationId, Minute, Moment};
use crate::db::{Fault, ReadTx};
use crate::stored_as_code;

pub use call::{NoteCall, note_call};
pub use close::{Close, ClosureError, Steer, SteerClosure, close, steer_closure};
pub use tell::{tell_closed, waits_to_tell};

pub(super) use store::IN_CLOSURE;

/// Where a closure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosureState {
    /// People are being told, slice by slice.
    Telling,
    /// Telling was halted; the times stay closed.
    Stopped,
    /// Everybody is told or stands on the list to call.
    Told,
    /// The times are open again; those who were told learn of it.
    Reopening,
    /// It is over.
    Reopened,
}

impl ClosureState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Telling, Self::Stopped, Self::Told, Self::Reopening, Self::Reopened];

    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Telling => "telling",
            Self::Stopped => "stopped",
            Self::Told => "told",
            Self::Reopening => "reopening",
            Self::Reopened => "reopened",
        }
    }

    /// The state with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Whether the times are closed.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Telling | Self::Stopped | Self::Told)
    }
}

stored_as_code!(ClosureState);

/// How somebody learns of a closure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldBy {
    /// By a letter with their link.
    Mail,
    /// By somebody who calls.
    Telephone,
}

impl ToldBy {
    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Telephone => "telephone",
        }
    }

    /// The way with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Mail, Self::Telephone].into_iter().find(|one| one.code() == code)
    }
}

stored_as_code!(ToldBy);

/// A stretch of time at some locations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
    /// Where.
    pub places: Vec<LocationId>,
}

/// A closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// Its row.
    pub id: ClosureId,
    /// When and where.
    pub span: Span,
    /// Why, as people are told.
    pub reason: String,
    /// Where it stands.
    pub state: ClosureState,
    /// Up to which booking people were told.
    pub(super) reached: i64,
    /// When it was made.
    pub created_at: Moment,
    /// By whom.
    pub created_by: String,
    /// The number of this state.
    pub version: i64,
}

/// A booking that a stretch of time hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// The booking.
    pub booking: BookingId,
    /// Where.
    pub location: LocationId,
    /// On which day.
    pub day: Day,
    /// From when.
    pub starts: Minute,
    /// Until when.
    pub ends: Minute,
    /// How many people.
    pub people: u8,
    /// Whether it has an address.
    pub has_email: bool,
}

/// A booking of a closure, and how far its people are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The booking.
    pub booking: BookingId,
    /// How they learn of it.
    pub told_by: ToldBy,
    /// How often somebody called.
    pub calls: u32,
    /// When somebody called last.
    pub called_at: Option<Moment>,
    /// When they were reached.
    pub reached_at: Option<Moment>,
    /// Whether the booking still stands in the closed time; else it has another time, or is given up.
    pub is_open: bool,
}

/// How far a closure is, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// Bookings that it hits or has hit.
    pub all: usize,
    /// Not told yet.
    pub waiting: usize,
    /// Told by letter.
    pub mailed: usize,
    /// To be called: nobody was reached, and the booking still stands.
    pub to_call: usize,
    /// Reached by telephone.
    pub reached: usize,
    /// With another time, or given up.
    pub settled: usize,
}

impl Progress {
    /// The numbers of these, and of how many that are not told yet.
    pub fn of(items: &[Item], waiting: usize) -> Self {
        let count = |fits: fn(&Item) -> bool| items.iter().filter(|item| fits(item)).count();
        Self {
            all: items.len() + waiting,
            waiting,
            mailed: count(|item| item.told_by == ToldBy::Mail),
            to_call: count(|item| {
                item.is_open && item.told_by == ToldBy::Telephone && item.reached_at.is_none()
            }),
            reached: count(|item| item.reached_at.is_some()),
            settled: count(|item| !item.is_open),
        }
    }
}

/// Whether a booking lies in a closure that stands: its people may change it whatever the hour, and nobody is missed.
pub fn hits(tx: &ReadTx<'_>, booking: BookingId) -> Result<bool, Fault> {
    store::hits(tx, booking)
}

/// The bookings that people are still expected for in a stretch of time, by day and time.
pub fn struck(tx: &ReadTx<'_>, span: &Span) -> Result<Vec<Struck>, Fault> {
    let mut found = store::struck(tx, span, 0, i64::MAX)?;
    found.sort_by_key(|one| (one.day, one.starts, one.booking));
    Ok(found)
}

/// Every closure, the newest first.
pub fn closures(tx: &ReadTx<'_>) -> Result<Vec<Closure>, Fault> {
    store::all(tx)
}

/// The closure of this row.
pub fn closure(tx: &ReadTx<'_>, id: ClosureId) -> Result<Option<Closure>, Fault> {
    store::get(tx, id)
}

/// Its bookings, by day and time, and how many of those that it hits are not told yet.
pub fn closure_items(tx: &ReadTx<'_>, closure: &Closure) -> Result<(Vec<Item>, usize), Fault> {
    let items = store::items(tx, closure)?;
    let waiting = match closure.state {
        ClosureState::Telling | ClosureState::Stopped => {
            store::struck(tx, &closure.span, closure.reached, i64::MAX)?.len()
        }
        ClosureState::Told | ClosureState::Reopening | ClosureState::Reopened => 0,
    };
    Ok((items, waiting))
}
