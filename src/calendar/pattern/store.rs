//! The rows of `hours_pattern`, and who names them.

use std::collections::BTreeMap;

use rusqlite::{Row, named_params};

use crate::base::Day;
use crate::calendar::edit::{Use, UsedBy};
use crate::calendar::rules::{Hours, Pattern, PatternId, Period};
use crate::db::{Fault, ReadTx, WriteTx};

/// The patterns that can be chosen, in the city's order.
pub(in crate::calendar) fn live_patterns(tx: &ReadTx<'_>) -> Result<Vec<PatternId>, Fault> {
    tx.all("SELECT id FROM hours_pattern WHERE retired_at IS NULL ORDER BY position, id", [], |row| {
        row.get("id")
    })
}

/// What every pattern holds from which day on.
pub(in crate::calendar) fn hours(tx: &ReadTx<'_>) -> Result<BTreeMap<PatternId, Hours>, Fault> {
    let periods = tx.all(
        "SELECT p.id AS id, p.name AS name, h.effective_on AS effective_on, h.starts_min AS starts_min,
                h.ends_min AS ends_min, h.unit_min AS unit_min, h.capacity AS capacity
           FROM hours_pattern AS p
           JOIN hours_period AS h ON h.pattern_id = p.id
          ORDER BY p.id, h.effective_on, h.starts_min",
        [],
        |row| {
            let period = Period {
                starts: row.get("starts_min")?,
                ends: row.get("ends_min")?,
                unit: row.get("unit_min")?,
                capacity: row.get("capacity")?,
            };
            Ok((row.get::<_, PatternId>("id")?, row.get::<_, Day>("effective_on")?, row.get("name")?, period))
        },
    )?;
    let mut found: BTreeMap<(PatternId, Day), Pattern> = BTreeMap::new();
    for (id, from, name, period) in periods {
        let empty = || Pattern { id, name, periods: Vec::new() };
        found.entry((id, from)).or_insert_with(empty).periods.push(period);
    }
    let mut hours: BTreeMap<PatternId, Hours> = BTreeMap::new();
    for ((id, from), version) in found {
        hours.entry(id).or_default().set(from, version);
    }
    Ok(hours)
}

pub(in crate::calendar) fn upsert_pattern(
    tx: &WriteTx<'_>,
    name: &str,
    periods: &[Period],
) -> Result<PatternId, Fault> {
    tx.run(
        "INSERT INTO hours_pattern (name, position) SELECT :name, coalesce(max(position), 0) + 1 FROM hours_pattern WHERE true
         ON CONFLICT (name) WHERE retired_at IS NULL DO NOTHING",
        named_params! { ":name": name },
    )?;
    let id: PatternId = tx.one(
        "SELECT id FROM hours_pattern WHERE name = :name AND retired_at IS NULL",
        named_params! { ":name": name },
        |row| row.get("id"),
    )?;
    replace_periods(tx, id, Hours::BEGINNING, periods)?;
    Ok(id)
}

/// Sets what a pattern holds from a day on; no periods take that version away.
pub(in crate::calendar) fn replace_periods(
    tx: &WriteTx<'_>,
    id: PatternId,
    from: Day,
    periods: &[Period],
) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM hours_period WHERE pattern_id = :id AND effective_on = :from",
        named_params! { ":id": id, ":from": from },
    )?;
    for period in periods {
        tx.run(
            "INSERT INTO hours_period (pattern_id, effective_on, starts_min, ends_min, unit_min, capacity)
             VALUES (:id, :from, :starts, :ends, :unit, :capacity)",
            named_params! {
                ":id": id, ":from": from, ":starts": period.starts, ":ends": period.ends, ":unit": period.unit,
                ":capacity": period.capacity,
            },
        )?;
    }
    Ok(())
}

pub(super) fn insert_pattern(tx: &WriteTx<'_>, name: &str, periods: &[Period]) -> Result<PatternId, Fault> {
    let id = tx.insert(
        "INSERT INTO hours_pattern (name, position) SELECT :name, coalesce(max(position), 0) + 1 FROM hours_pattern",
        named_params! { ":name": name },
    )?;
    replace_periods(tx, id, Hours::BEGINNING, periods)?;
    Ok(id)
}

pub(super) fn delete_pattern(tx: &WriteTx<'_>, id: PatternId) -> Result<(), Fault> {
    tx.run("DELETE FROM hours_period WHERE pattern_id = :id", named_params! { ":id": id })?;
    tx.run("DELETE FROM hours_pattern WHERE id = :id", named_params! { ":id": id })?;
    Ok(())
}

pub(super) fn retire_pattern(tx: &WriteTx<'_>, id: PatternId) -> Result<(), Fault> {
    tx.run(
        "UPDATE hours_pattern SET retired_at = :now WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

/// Every row that names the pattern.
pub(super) fn uses_of(tx: &ReadTx<'_>, id: PatternId) -> Result<Vec<Use>, Fault> {
    let mut uses = tx.all(
        "SELECT location_id, weekday, effective_on FROM weekly_plan WHERE pattern_id = :id",
        named_params! { ":id": id },
        weekly,
    )?;
    uses.extend(tx.all(
        "SELECT location_id, nth, weekday FROM nth_weekday WHERE pattern_id = :id",
        named_params! { ":id": id },
        nth,
    )?);
    uses.extend(tx.all(
        "SELECT nullif(location_id, 0) AS location_id, on_day FROM special_day WHERE pattern_id = :id",
        named_params! { ":id": id },
        special,
    )?);
    Ok(uses)
}

/// The rows that give its hours to today or to a day to come: those that no later row has taken the place of.
pub(super) fn uses_now(tx: &ReadTx<'_>, id: PatternId) -> Result<Vec<Use>, Fault> {
    let today = tx.today();
    let mut uses = tx.all(
        "SELECT location_id, weekday, effective_on FROM weekly_plan AS w
          WHERE pattern_id = :id
            AND (effective_on > :today OR NOT EXISTS (
                  SELECT 1 FROM weekly_plan AS later
                   WHERE later.location_id = w.location_id AND later.weekday = w.weekday
                     AND later.effective_on > w.effective_on AND later.effective_on <= :today))",
        named_params! { ":id": id, ":today": today },
        weekly,
    )?;
    uses.extend(tx.all(
        "SELECT location_id, nth, weekday FROM nth_weekday AS n
          WHERE pattern_id = :id AND (until_on IS NULL OR until_on >= :today)
            AND (effective_on > :today OR NOT EXISTS (
                  SELECT 1 FROM nth_weekday AS later
                   WHERE later.location_id = n.location_id AND later.nth = n.nth AND later.weekday = n.weekday
                     AND later.effective_on > n.effective_on AND later.effective_on <= :today
                     AND (later.until_on IS NULL OR later.until_on >= n.until_on)))",
        named_params! { ":id": id, ":today": today },
        nth,
    )?);
    uses.extend(tx.all(
        "SELECT nullif(location_id, 0) AS location_id, on_day FROM special_day
          WHERE pattern_id = :id AND on_day >= :today",
        named_params! { ":id": id, ":today": today },
        special,
    )?);
    Ok(uses)
}

fn weekly(row: &Row<'_>) -> rusqlite::Result<Use> {
    let by = UsedBy::Weekly(row.get("weekday")?, row.get("effective_on")?);
    Ok(Use { location: Some(row.get("location_id")?), by })
}

fn nth(row: &Row<'_>) -> rusqlite::Result<Use> {
    let by = UsedBy::Nth(row.get("nth")?, row.get("weekday")?);
    Ok(Use { location: Some(row.get("location_id")?), by })
}

fn special(row: &Row<'_>) -> rusqlite::Result<Use> {
    Ok(Use { location: row.get("location_id")?, by: UsedBy::Day(row.get("on_day")?) })
}
