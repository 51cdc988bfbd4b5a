//! Where cards are handed over, and where they are kept.

use serde::Serialize;

use crate::base::{Day, LocationId, StorageId};
use crate::stored_as_code;

/// Days of the week; 0 = Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Weekdays(u8);

impl Weekdays {
    /// All of them.
    pub const ALL: Self = Self(0b111_1111);

    /// These ones; `None` when there is none among them.
    pub fn of(days: impl IntoIterator<Item = u8>) -> Option<Self> {
        let bits = days.into_iter().filter(|day| *day < 7).fold(0, |bits, day| bits | 1 << day);
        (bits != 0).then_some(Self(bits))
    }

    /// The stored number.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The days of a stored number; what is none counts as all.
    pub fn from_bits(bits: u8) -> Self {
        if bits & Self::ALL.0 == 0 { Self::ALL } else { Self(bits & Self::ALL.0) }
    }

    /// Whether this day is among them.
    pub fn has(self, weekday: u8) -> bool {
        weekday < 7 && self.0 & 1 << weekday != 0
    }
}

/// A place where cards are handed over (交付場所).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// Its row.
    pub id: LocationId,
    /// Short code for lists and files.
    pub code: String,
    /// Name, in the language that was asked for.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// How to get there, parking.
    pub access: String,
    /// Telephone number.
    pub phone: String,
    /// Steps, lifts, toilets.
    pub barrier_free: String,
    /// When it is open, in words.
    pub hours_text: String,
    /// Place in the city's order.
    pub position: i64,
    /// Whether citizens may choose it (7(3)⑦).
    pub citizen_visible: bool,
    /// What one seat is.
    pub seats_by: SeatsBy,
    /// At or below this share of free seats a slot shows △, in percent.
    pub few_percent: u8,
    /// The days of the week that citizens' calendars show.
    pub weekdays: Weekdays,
    /// From this day on it is not used.
    pub retired_on: Option<Day>,
    /// The number of this state, for finding out that somebody else was faster.
    pub version: i64,
}

impl Location {
    /// Whether it is used on `day`.
    pub fn is_in_use(&self, day: Day) -> bool {
        self.retired_on.is_none_or(|retired| day < retired)
    }

    /// How many seats a party of `people` takes here.
    pub fn seats_for(&self, people: u8) -> u8 {
        match self.seats_by {
            SeatsBy::People => people,
            SeatsBy::Booking => 1,
        }
    }

    pub(super) fn speak(&mut self, text: LocationText) {
        let replace = |old: &mut String, new: String| {
            if !new.is_empty() {
                *old = new;
            }
        };
        replace(&mut self.name, text.name);
        replace(&mut self.address, text.address);
        replace(&mut self.access, text.access);
        replace(&mut self.barrier_free, text.barrier_free);
        replace(&mut self.hours_text, text.hours_text);
    }
}

/// A location's words in another language; what is empty is said in Japanese.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LocationText {
    /// Name.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// How to get there.
    pub access: String,
    /// Steps, lifts, toilets.
    pub barrier_free: String,
    /// When it is open.
    pub hours_text: String,
}

/// What one seat of a slot is (予約可能件数の数え方).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatsBy {
    /// One person.
    People,
    /// One booking, whatever its size.
    Booking,
}

impl SeatsBy {
    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Booking => "booking",
        }
    }

    /// The way of counting with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::People, Self::Booking].into_iter().find(|way| way.code() == code)
    }
}

stored_as_code!(SeatsBy);

/// A place where cards are kept (保管場所).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Storage {
    /// Its row.
    pub id: StorageId,
    /// Short code for lists and files.
    pub code: String,
    /// Name.
    pub name: String,
    /// The location that it stands in.
    pub location: Option<LocationId>,
}
