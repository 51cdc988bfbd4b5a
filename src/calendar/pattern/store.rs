//! The rows of `hours_pattern`, and who names them.

use rusqlite::named_params;

use crate::calendar::edit::{Use, UsedBy};
use crate::calendar::rules::{PatternId, Period};
use crate::calendar::store::replace_periods;
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn insert_pattern(tx: &WriteTx<'_>, name: &str, periods: &[Period]) -> Result<PatternId, Fault> {
    let id = tx.insert(
        "INSERT INTO hours_pattern (name, position) SELECT :name, coalesce(max(position), 0) + 1 FROM hours_pattern",
        named_params! { ":name": name },
    )?;
    replace_periods(tx, id, periods)?;
    Ok(id)
}

pub(super) fn delete_pattern(tx: &WriteTx<'_>, id: PatternId) -> Result<(), Fault> {
    tx.run("DELETE FROM hours_period WHERE pattern_id = :id", named_params! { ":id": id })?;
    tx.run("DELETE FROM hours_pattern WHERE id = :id", named_params! { ":id": id })?;
    Ok(())
}

pub(super) fn uses_of(tx: &ReadTx<'_>, id: PatternId) -> Result<Vec<Use>, Fault> {
    let mut uses = tx.all(
        "SELECT location_id, weekday, effective_on FROM weekly_plan WHERE pattern_id = :id",
        named_params! { ":id": id },
        |row| {
            let by = UsedBy::Weekly(row.get("weekday")?, row.get("effective_on")?);
            Ok(Use { location: Some(row.get("location_id")?), by })
        },
    )?;
    uses.extend(tx.all(
        "SELECT location_id, nth, weekday FROM nth_weekday WHERE pattern_id = :id",
        named_params! { ":id": id },
        |row| {
            let by = UsedBy::Nth(row.get("nth")?, row.get("weekday")?);
            Ok(Use { location: Some(row.get("location_id")?), by })
        },
    )?);
    uses.extend(tx.all(
        "SELECT nullif(location_id, 0) AS location_id, on_day FROM special_day WHERE pattern_id = :id",
        named_params! { ":id": id },
        |row| Ok(Use { location: row.get("location_id")?, by: UsedBy::Day(row.get("on_day")?) }),
    )?);
    Ok(uses)
}
