//! The plans of all locations, one statement a table.

use std::collections::BTreeMap;

use rusqlite::{Row, named_params};

use crate::base::{Day, LocationId, Minute};
use crate::calendar::rules::{NthRow, SlotOverride, SpecialDay, Stop, WeeklyRow};
use crate::calendar::store::{STOP, first_moment, nth_row, override_row, special_row, stop_row, weekly_row};
use crate::db::{Fault, ReadTx};

fn grouped<T, C>(rows: Vec<(LocationId, T)>) -> BTreeMap<LocationId, C>
where
    C: Default + Extend<T>,
{
    let mut groups: BTreeMap<LocationId, C> = BTreeMap::new();
    for (location, row) in rows {
        groups.entry(location).or_default().extend([row]);
    }
    groups
}

fn here<T>(
    row: &Row<'_>,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<(LocationId, T)> {
    Ok((row.get("location_id")?, read(row)?))
}

pub(super) fn weekly(tx: &ReadTx<'_>) -> Result<BTreeMap<LocationId, Vec<WeeklyRow>>, Fault> {
    let rows = tx.all(
        "SELECT location_id, weekday, effective_on, pattern_id, capacity FROM weekly_plan",
        [],
        |row| here(row, weekly_row),
    )?;
    Ok(grouped(rows))
}

pub(super) fn nth(tx: &ReadTx<'_>) -> Result<BTreeMap<LocationId, Vec<NthRow>>, Fault> {
    let rows = tx.all(
        "SELECT location_id, nth, weekday, effective_on, until_on, pattern_id, capacity FROM nth_weekday",
        [],
        |row| here(row, nth_row),
    )?;
    Ok(grouped(rows))
}

pub(super) fn special_days(
    tx: &ReadTx<'_>,
    from: Day,
    to: Day,
) -> Result<BTreeMap<LocationId, BTreeMap<Day, SpecialDay>>, Fault> {
    let rows = tx.all(
        "SELECT location_id, on_day, pattern_id, unit_min, capacity, reason
           FROM special_day WHERE on_day BETWEEN :from AND :to",
        named_params! { ":from": from, ":to": to },
        |row| here(row, special_row),
    )?;
    Ok(grouped(rows))
}

pub(super) fn stops(tx: &ReadTx<'_>, from: Day, to: Day) -> Result<BTreeMap<LocationId, Vec<Stop>>, Fault> {
    let rows = tx.all(
        STOP,
        named_params! { ":from": first_moment(from), ":to": first_moment(to.plus(1)) },
        |row| here(row, stop_row),
    )?;
    Ok(grouped(rows))
}

type Overrides = BTreeMap<(Day, Minute), SlotOverride>;

pub(super) fn overrides(
    tx: &ReadTx<'_>,
    from: Day,
    to: Day,
) -> Result<BTreeMap<LocationId, Overrides>, Fault> {
    let rows = tx.all(
        "SELECT location_id, on_day, starts_min, capacity, citizen_open
           FROM slot_override
          WHERE on_day BETWEEN :from AND :to",
        named_params! { ":from": from, ":to": to },
        |row| here(row, override_row),
    )?;
    Ok(grouped(rows))
}
