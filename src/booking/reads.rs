//! What staff look at: how full days and slots are.

use std::collections::BTreeMap;

use super::seats;
use crate::base::{Day, LocationId};
use crate::calendar::{self, Slot};
use crate::db::{Fault, ReadTx};

/// How full a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The slot.
    pub slot: Slot,
    /// Seats that bookings and holds take of those that all procedures share.
    pub taken: u32,
}

/// The slots of a day with what is taken of them.
///
/// Spec: 7(2)④.
pub fn day_load(tx: &ReadTx<'_>, location: LocationId, day: Day) -> Result<Vec<Load>, Fault> {
    Ok(month_load(tx, location, day, day)?.remove(&day).unwrap_or_default())
}

/// The same for every day from `from` to `to`; closed days have no slots.
///
/// Spec: 7(2)④.
pub fn month_load(
    tx: &ReadTx<'_>,
    location: LocationId,
    from: Day,
    to: Day,
) -> Result<BTreeMap<Day, Vec<Load>>, Fault> {
    let rules = calendar::rules(tx, location, from, to)?;
    let taken = seats::seats_taken_between(tx, location, from, to)?;
    let mut days = BTreeMap::new();
    let mut day = from;
    while day <= to {
        let loads = rules.slots(day).into_iter().map(|slot| {
            let of_slot = taken
                .iter()
                .filter(|one| one.pool == 0 && one.day == day && one.overlaps(slot.starts, slot.ends));
            Load { slot, taken: of_slot.map(|one| u32::from(one.seats)).sum() }
        });
        days.insert(day, loads.collect());
        day = day.plus(1);
    }
    Ok(days)
}
