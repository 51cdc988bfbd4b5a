//! People who wait for a seat (空き待ち): they say where and on which days, and learn of a seat that becomes free, each in turn.
//!
//! **Invariant:** whoever asked first is told first; a seat that somebody was told of is not told to the next before their time is
//! over, whether it is kept for them or not.
//! **Invariant:** somebody waits once for a procedure, and not while they have a booking; the schema holds both.
//! **Invariant:** nothing that citizens see or get tells how many wait.

mod list;
mod offer;
mod store;
mod wish;

use serde::Serialize;

use super::applicant::Who;
use crate::base::{CardId, Day, LocationId, Minute, Moment, Personal, WaitingId};
use crate::stored_as_code;

pub use list::{WaitingRow, anybody_waits, take_off, waiting_list};
pub use offer::{Chance, Look, give_up, look_for_offers, offer};
pub use wish::{LeaveError, Wait, WaitError, leave, wait, waiting_of};

pub(super) use offer::{kept_until, opened};

/// Which part of a day somebody can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DayPart {
    /// At any time.
    Any,
    /// Before noon.
    Morning,
    /// From noon on.
    Afternoon,
}

impl DayPart {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Any, Self::Morning, Self::Afternoon];

    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Morning => "morning",
            Self::Afternoon => "afternoon",
        }
    }

    /// The part with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Whether a time that begins at this minute lies in it.
    pub fn has(self, starts: Minute) -> bool {
        match self {
            Self::Any => true,
            Self::Morning => starts < Minute::of(12 * 60),
            Self::Afternoon => starts >= Minute::of(12 * 60),
        }
    }
}

stored_as_code!(DayPart);

/// How far somebody who waits is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitState {
    /// They wait.
    Waiting,
    /// They were told of a seat.
    Offered,
    /// They have a booking.
    Booked,
    /// They left the list.
    Left,
    /// Their days are over, or they did not take up what they were told of.
    Ended,
}

impl WaitState {
    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Booked => "booked",
            Self::Left => "left",
            Self::Ended => "ended",
        }
    }

    /// The state with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Waiting, Self::Offered, Self::Booked, Self::Left, Self::Ended]
            .into_iter()
            .find(|one| one.code() == code)
    }
}

stored_as_code!(WaitState);

/// A seat that somebody was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The day.
    pub day: Day,
    /// First minute.
    pub starts: Minute,
    /// The minute after the last one.
    pub ends: Minute,
    /// Until when nobody else is told of it.
    pub until: Moment,
}

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Their row.
    pub id: WaitingId,
    /// Who.
    pub who: Who,
    /// What they come for.
    pub procedure: String,
    /// Their family.
    pub members: Vec<Who>,
    /// How many they are.
    pub people: u8,
    /// Where.
    pub location: LocationId,
    /// From this day.
    pub from: Day,
    /// To this day.
    pub to: Day,
    /// Which part of the day.
    pub part: DayPart,
    /// Their address.
    pub email: Personal<String>,
    /// Their language.
    pub language: String,
    /// How far they are.
    pub state: WaitState,
    /// Their place in the order.
    pub queued_at: Moment,
    /// How often they were told of a seat.
    pub offers: u8,
    /// The seat that they were told of last, while it is theirs.
    pub offered: Option<Offered>,
    /// Since when they wait.
    pub created_at: Moment,
}

impl Waiting {
    /// The cards of everybody who is known by one.
    fn cards(&self) -> Vec<CardId> {
        std::iter::once(&self.who).chain(&self.members).filter_map(|who| who.card()).collect()
    }
}
