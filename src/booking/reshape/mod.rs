//! What a change of the calendar does to bookings: who would lose their time, who would be too many, what becomes of them.
//!
//! **Invariant:** a change of the calendar cancels no booking; each that it strands is kept with a mark, told, or telephoned.
//! **Invariant:** what is applied is what was shown: the same plan, over the same rules and bookings, or nothing.
//!
//! Spec: 7(2)④ ⑤.

mod apply;
mod effect;
mod retire;
mod settle;
mod store;
mod work;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::{BookingId, Day, LocationId, Minute};
use crate::calendar::{ChangeId, ClosedBecause};
use crate::stored_as_code;

pub use apply::{Reshape, ReshapeError, reshape};
pub use effect::{Chosen, Foreseen, effect, foresee};
pub use retire::{Retire, RetireError, retire};
pub use settle::{Case, Cases, call_made, cases_of, count_open_cases, open_cases};
pub(super) use store::is_asked;
pub use work::{Work, settle_affected, waits_to_settle, work_of};

/// What a plan would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// The days whose slots would change, by location and day.
    pub days: Vec<ChangedDay>,
    /// Bookings on those days that stay as they are.
    pub staying: u32,
    /// Bookings that would lose their time, or be more than the seats.
    pub affected: Vec<Affected>,
    /// Stands for the plan and all that the effect follows from; a wish to apply brings it back.
    pub seal: String,
}

/// A day before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedDay {
    /// Where.
    pub location: LocationId,
    /// The day.
    pub day: Day,
    /// As it is.
    pub before: DaySum,
    /// As it would be.
    pub after: DaySum,
}

/// A day in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySum {
    /// Its slots.
    pub slots: u32,
    /// The seats of all slots.
    pub seats: u32,
    /// The first and the last minute of its slots.
    pub span: Option<(Minute, Minute)>,
    /// Why it is closed.
    pub closed: Option<ClosedBecause>,
}

/// A booking that a plan would strand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The booking.
    pub booking: BookingId,
    /// Its state when it was looked at.
    pub version: i64,
    /// Where.
    pub location: LocationId,
    /// The day.
    pub day: Day,
    /// The first minute.
    pub starts: Minute,
    /// The minute after the last one.
    pub ends: Minute,
    /// What is wrong with it then.
    pub why: Why,
    /// Whether a letter can reach it.
    pub has_email: bool,
}

/// What is wrong with a booking after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its time is no opening time any more.
    Outside,
    /// Its slot has fewer seats than are booked.
    Over,
}

impl Why {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Over => "over",
        }
    }

    /// The one of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Outside, Self::Over].into_iter().find(|why| why.code() == code)
    }
}

stored_as_code!(Why);

/// What becomes of a booking that is stranded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// It is served at its time all the same, and marked.
    Keep,
    /// A letter asks to choose another time; without an address somebody calls.
    Tell,
    /// Somebody calls.
    Call,
}

impl Choice {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Tell, Self::Call, Self::Keep];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Tell => "tell",
            Self::Call => "call",
        }
    }

    /// The one of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.code() == code)
    }
}

stored_as_code!(Choice);

/// What becomes of each stranded booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Where nothing else is said.
    pub all: Choice,
    /// For single bookings.
    pub each: BTreeMap<BookingId, Choice>,
}

impl Choices {
    /// The choice for a booking; who has no address cannot be told by letter.
    fn of(&self, booking: &Affected) -> Choice {
        match self.each.get(&booking.booking).copied().unwrap_or(self.all) {
            Choice::Tell if !booking.has_email => Choice::Call,
            choice => choice,
        }
    }
}

/// A row of the table of stranded bookings that waits to be settled.
struct Waiting {
    change: ChangeId,
    booking: BookingId,
    choice: Choice,
    place: (LocationId, Day, Minute),
    what: String,
}
