//! How many seats are taken: the live overlap of bookings and holds with a span of time.
//!
//! **Invariant:** a seat counts for every slot that its time touches, so a changed slot length never offers it twice.

use super::applicant::Who;
use super::store;
use super::types::Channel;
use crate::base::{BookingId, Day, LocationId, Minute, Moment};
use crate::db::{Fault, ReadTx};

/// Seats that are in use over a span of time, by a booking or by a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The day.
    pub day: Day,
    /// The first minute.
    pub starts: Minute,
    /// The minute at which they are free again.
    pub ends: Minute,
    /// How many.
    pub seats: u8,
    /// When a hold lapses; `None` for a booking.
    pub until: Option<Moment>,
    /// Who holds them; `None` for a booking.
    pub held_by: Option<Who>,
    /// The booking that takes them; `None` for a hold.
    pub booking: Option<BookingId>,
    /// Which seats: 0 those that all procedures share, else the procedure's own.
    pub pool: u8,
    /// How the booking came in; `None` for a hold.
    pub channel: Option<Channel>,
}

impl Taken {
    /// Whether this use and the span from `starts` to `ends` share a minute.
    pub fn overlaps(&self, starts: Minute, ends: Minute) -> bool {
        self.starts < ends && starts < self.ends
    }
}

/// What must not count against somebody: their own hold, and the booking that they are moving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Except {
    /// Whose hold is left out.
    pub hold_of: Option<Who>,
    /// The booking that is left out.
    pub booking: Option<BookingId>,
}

impl Except {
    /// Whether this use is left out.
    pub fn leaves_out(self, taken: &Taken) -> bool {
        (taken.held_by.is_some() && taken.held_by == self.hold_of)
            || (taken.booking.is_some() && taken.booking == self.booking)
    }
}

/// All seats in use at a location on a day, at this transaction's moment.
pub fn seats_taken(tx: &ReadTx<'_>, location: LocationId, day: Day) -> Result<Vec<Taken>, Fault> {
    store::taken(tx, location, day, day, Except::default())
}

/// All seats in use at a location from one day to another, both included.
pub fn seats_taken_between(
    tx: &ReadTx<'_>,
    location: LocationId,
    from: Day,
    to: Day,
) -> Result<Vec<Taken>, Fault> {
    store::taken(tx, location, from, to, Except::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ten_to_eleven() -> Taken {
        Taken {
            day: Day::new(2026, 4, 13).unwrap(),
            starts: Minute::of(600),
            ends: Minute::of(660),
            seats: 1,
            until: None,
            held_by: None,
            booking: None,
            pool: 0,
            channel: None,
        }
    }

    #[test]
    fn neighbours_do_not_overlap() {
        assert!(!ten_to_eleven().overlaps(Minute::of(540), Minute::of(600)));
        assert!(!ten_to_eleven().overlaps(Minute::of(660), Minute::of(720)));
    }

    #[test]
    fn one_shared_minute_is_an_overlap() {
        assert!(ten_to_eleven().overlaps(Minute::of(540), Minute::of(601)));
        assert!(ten_to_eleven().overlaps(Minute::of(659), Minute::of(720)));
        assert!(ten_to_eleven().overlaps(Minute::of(620), Minute::of(630)));
    }
}
