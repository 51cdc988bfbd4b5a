//! The schedules of every location at once, for tables of many places: the same rules, one statement for each table.
//!
//! **Invariant:** for every location this gives what `calendar::rules` gives for it alone.

mod store;

use std::collections::BTreeMap;

use super::holidays::Holidays;
use super::rules::{Rules, SpecialDay};
use crate::base::{Day, LocationId};
use crate::db::{Fault, ReadTx};

/// What stands for every location in the table of special days.
const ALL: LocationId = LocationId::of(0);

/// The schedule of each of these locations, exact for the days from `from` to `to`.
///
/// Spec: 7(2)④ ⑤.
pub fn rules_of(
    tx: &ReadTx<'_>,
    locations: &[LocationId],
    from: Day,
    to: Day,
) -> Result<BTreeMap<LocationId, Rules>, Fault> {
    let patterns = super::pattern::hours(tx)?;
    let mut weekly = store::weekly(tx)?;
    let mut nth = store::nth(tx)?;
    let mut special: BTreeMap<LocationId, BTreeMap<Day, SpecialDay>> = store::special_days(tx, from, to)?;
    let everywhere = special.remove(&ALL).unwrap_or_default();
    let mut overrides = store::overrides(tx, from, to)?;
    let mut stops = store::stops(tx, from, to)?;
    let parts = super::plan::unwritten(tx, None)?;
    let (yearly, holidays) = (super::store::yearly(tx)?, Holidays::with_table(super::store::holidays(tx)?));
    let rules = locations.iter().map(|location| {
        let rules = Rules {
            location: *location,
            patterns: patterns.clone(),
            weekly: weekly.remove(location).unwrap_or_default(),
            nth: nth.remove(location).unwrap_or_default(),
            special_here: special.remove(location).unwrap_or_default(),
            special_everywhere: everywhere.clone(),
            yearly: yearly.clone(),
            holidays: holidays.clone(),
            overrides: overrides.remove(location).unwrap_or_default(),
            stops: stops.remove(location).unwrap_or_default(),
        };
        (*location, rules.with_parts(&parts, from, to))
    });
    Ok(rules.collect())
}
