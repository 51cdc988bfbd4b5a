//! A slot (枠): a stretch of a day at a location that can be booked.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::base::{Day, LocationId, Minute, Moment};

/// One slot of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Slot {
    /// Where.
    pub location: LocationId,
    /// The day in Japan.
    pub day: Day,
    /// First minute.
    pub starts: Minute,
    /// The minute after the last one.
    pub ends: Minute,
    /// Seats in all.
    pub capacity: u16,
    /// Whether citizens are offered it.
    pub citizen_open: bool,
}

impl Slot {
    /// The id that forms and links carry.
    pub fn id(&self) -> SlotId {
        SlotId { location: self.location, day: self.day, starts: self.starts }
    }

    /// The moment it begins.
    pub fn begins_at(&self) -> Moment {
        Moment::at(self.day, self.starts)
    }

    /// Whether the two stretches of one day share a minute.
    pub fn overlaps(&self, starts: Minute, ends: Minute) -> bool {
        self.starts < ends && starts < self.ends
    }
}

/// What names a slot: `LOCATION.2026-04-13.0900`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlotId {
    /// Where.
    pub location: LocationId,
    /// The day in Japan.
    pub day: Day,
    /// First minute.
    pub starts: Minute,
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.location, self.day, self.starts.compact())
    }
}

/// The text names no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not of the form LOCATION.YYYY-MM-DD.HHMM")]
pub struct NotASlotId;

impl FromStr for SlotId {
    type Err = NotASlotId;

    fn from_str(text: &str) -> Result<Self, NotASlotId> {
        let mut parts = text.split('.');
        let (Some(location), Some(day), Some(time), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotASlotId);
        };
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !digits(location) || !digits(time) || time.len() != 4 {
            return Err(NotASlotId);
        }
        let location = location.parse().map(LocationId::of).map_err(|_| NotASlotId)?;
        let time: u16 = time.parse().map_err(|_| NotASlotId)?;
        if time % 100 > 59 || time >= 2400 {
            return Err(NotASlotId);
        }
        let day = day.parse().map_err(|_| NotASlotId)?;
        Ok(Self { location, day, starts: Minute::of(time / 100 * 60 + time % 100) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_id_comes_back_from_its_text() {
        let id: SlotId = "12.2026-04-13.0930".parse().unwrap();
        assert_eq!(id.starts, Minute::of(570));
        assert_eq!(id.to_string(), "12.2026-04-13.0930");
    }

    #[test]
    fn what_is_made_up_is_no_slot_id() {
        for wrong in [
            "",
            "12",
            "12.2026-04-13",
            "a.2026-04-13.0900",
            "12.2026-02-30.0900",
            "12.2026-04-13.2460",
            "12.2026-04-13.2400",
            "12.2026-04-13.900",
            "12.2026-04-13.0900.1",
            "-1.2026-04-13.0900",
            "12.2026-04-13.+900",
        ] {
            assert!(wrong.parse::<SlotId>().is_err(), "{wrong}");
        }
    }
}
