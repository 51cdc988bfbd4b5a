//! Seats that citizens are not offered yet: kept back for another channel, or of a period that opens at a set time.
//!
//! **Invariant:** what is kept back is given to everybody at its moment by itself, without anybody pressing a button.
//! **Invariant:** staff are never kept from a period that waits for its opening; only citizens are.

mod edit;
mod store;

use serde::Serialize;

use crate::base::{Day, LocationId, Minute, Moment};
use crate::db::{Fault, ReadTx};
use crate::stored_as_code;

pub use edit::{AddRelease, QuotaError, SetReserves, add_release, drop_release, set_reserves};

/// For whom seats are kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptFor {
    /// For those who telephone (電話).
    Telephone,
    /// For those who come to the counter (来庁).
    WalkIn,
}

impl KeptFor {
    /// Everybody whom seats are kept back for.
    pub const ALL: [Self; 2] = [Self::Telephone, Self::WalkIn];

    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::WalkIn => "walk_in",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

stored_as_code!(KeptFor);

/// Seats of each slot that are kept back, and when what is left of them is given to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reserve {
    /// For whom.
    pub channel: KeptFor,
    /// How many of each slot.
    pub seats: u16,
    /// They are free for everybody from so many days before the day of the slot …
    pub release_days: u16,
    /// … at this minute in Japan.
    pub release_at: Minute,
}

impl Reserve {
    /// From which moment on the seats of a day are everybody's.
    pub fn released_at(&self, day: Day) -> Moment {
        Moment::at(day.minus(i32::from(self.release_days)), self.release_at)
    }
}

/// A period whose seats citizens are offered from a set moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Release {
    /// Its row.
    pub id: i64,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// From when on citizens are offered it.
    pub opens_at: Moment,
}

/// What citizens are not offered yet at one location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Seats kept back, a row a channel at most.
    pub reserves: Vec<Reserve>,
    /// Periods that open at a set time, those that are open already included.
    pub releases: Vec<Release>,
}

impl Quota {
    /// Whether citizens are offered the day at `now`: no period that it lies in waits for its opening.
    pub fn offers(&self, day: Day, now: Moment) -> bool {
        self.waits_until(day, now).is_none()
    }

    /// Until when citizens wait for the day; `None` when they need not.
    pub fn waits_until(&self, day: Day, now: Moment) -> Option<Moment> {
        let holds = self.releases.iter().filter(|one| one.from <= day && day <= one.to);
        holds.map(|one| one.opens_at).filter(|opens| now < *opens).max()
    }

    /// The reserves whose seats of `day` are still kept back at `now`.
    pub fn kept(&self, day: Day, now: Moment) -> impl Iterator<Item = &Reserve> {
        self.reserves.iter().filter(move |one| now < one.released_at(day))
    }

    /// The next moment after `now` at which seats are given free by themselves.
    pub fn next_turn(&self, now: Moment) -> Option<Moment> {
        let today = now.day();
        let daily = self
            .reserves
            .iter()
            .flat_map(|one| [today, today.plus(1)].map(|day| Moment::at(day, one.release_at)));
        let set = self.releases.iter().map(|one| one.opens_at);
        daily.chain(set).filter(|turn| now < *turn).min()
    }
}

/// What citizens are not offered yet at a location.
pub fn quota(tx: &ReadTx<'_>, location: LocationId) -> Result<Quota, Fault> {
    Ok(Quota { reserves: store::reserves(tx, location)?, releases: store::releases(tx, location)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Day {
        Day::new(2028, 2, 29).unwrap()
    }

    fn quota() -> Quota {
        let reserve = Reserve {
            channel: KeptFor::Telephone,
            seats: 1,
            release_days: 1,
            release_at: Minute::of(17 * 60),
        };
        let opens_at = Moment::at(Day::new(2028, 2, 1).unwrap(), Minute::of(0));
        let release = Release { id: 1, from: day(), to: day().plus(1), opens_at };
        Quota { reserves: vec![reserve], releases: vec![release] }
    }

    fn second_before(moment: Moment) -> Moment {
        moment.minus(std::time::Duration::from_secs(1))
    }

    #[test]
    fn a_kept_seat_is_everybodys_at_the_very_second() {
        let turn = Moment::at(Day::new(2028, 2, 28).unwrap(), Minute::of(17 * 60));
        assert_eq!(quota().kept(day(), second_before(turn)).count(), 1);
        assert_eq!(quota().kept(day(), turn).count(), 0);
        assert_eq!(quota().kept(day().plus(1), turn).count(), 1, "the next day is kept for another day");
    }

    #[test]
    fn a_period_opens_at_midnight_in_japan_and_not_a_second_earlier() {
        let turn = Moment::at(Day::new(2028, 2, 1).unwrap(), Minute::of(0));
        assert!(!quota().offers(day(), second_before(turn)));
        assert!(quota().offers(day(), turn));
        assert!(quota().offers(day().minus(1), second_before(turn)), "the day before is no part of it");
        assert!(!quota().offers(day().plus(1), second_before(turn)), "the last day is");
    }

    #[test]
    fn the_next_turn_is_the_first_of_all() {
        let opens = Moment::at(Day::new(2028, 2, 1).unwrap(), Minute::of(0));
        assert_eq!(quota().next_turn(second_before(opens)), Some(opens));
        assert_eq!(quota().next_turn(opens), Some(Moment::at(opens.day(), Minute::of(17 * 60))));
        let evening = Moment::at(opens.day(), Minute::of(17 * 60));
        assert_eq!(quota().next_turn(evening), Some(Moment::at(opens.day().plus(1), Minute::of(17 * 60))));
        assert_eq!(Quota::default().next_turn(opens), None);
    }
}
