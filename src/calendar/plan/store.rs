//! Single rules of the calendar, and the list of its changes.

use rusqlite::{Row, named_params};

use super::super::pattern::replace_periods;
use super::super::rules::{Pattern, PatternId, Planned, SlotOverride, SpecialDay};
use super::super::slot::SlotId;
use super::super::store::{override_row, special_row};
use super::{Change, ChangeId, Edit, NthPlanned, Plan};
use crate::base::{Day, LocationId};
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn weekly(
    tx: &ReadTx<'_>,
    location: LocationId,
    weekday: u8,
    effective: Day,
) -> Result<Option<Planned>, Fault> {
    tx.opt(
        "SELECT pattern_id, capacity FROM weekly_plan
          WHERE location_id = :location AND weekday = :weekday AND effective_on = :effective",
        named_params! { ":location": location, ":weekday": weekday, ":effective": effective },
        |row| Ok(Planned { pattern: row.get("pattern_id")?, capacity: row.get("capacity")? }),
    )
}

pub(super) fn nth(
    tx: &ReadTx<'_>,
    location: LocationId,
    (nth, weekday): (u8, u8),
    effective: Day,
) -> Result<Option<NthPlanned>, Fault> {
    tx.opt(
        "SELECT until_on, pattern_id, capacity FROM nth_weekday
          WHERE location_id = :location AND nth = :nth AND weekday = :weekday AND effective_on = :effective",
        named_params! { ":location": location, ":nth": nth, ":weekday": weekday, ":effective": effective },
        |row| {
            let planned = Planned { pattern: row.get("pattern_id")?, capacity: row.get("capacity")? };
            Ok(NthPlanned { until: row.get("until_on")?, planned })
        },
    )
}

pub(super) fn special(tx: &ReadTx<'_>, location: LocationId, day: Day) -> Result<Option<SpecialDay>, Fault> {
    tx.opt(
        "SELECT on_day, pattern_id, unit_min, capacity, reason FROM special_day
          WHERE location_id = :location AND on_day = :day",
        named_params! { ":location": location, ":day": day },
        |row| Ok(special_row(row)?.1),
    )
}

pub(super) fn slot(tx: &ReadTx<'_>, slot: &SlotId) -> Result<Option<SlotOverride>, Fault> {
    tx.opt(
        "SELECT on_day, starts_min, capacity, citizen_open FROM slot_override
          WHERE location_id = :location AND on_day = :day AND starts_min = :starts",
        named_params! { ":location": slot.location, ":day": slot.day, ":starts": slot.starts },
        |row| Ok(override_row(row)?.1),
    )
}

pub(super) fn yearly(tx: &ReadTx<'_>, from: &str, until: &str) -> Result<Option<String>, Fault> {
    tx.opt(
        "SELECT name FROM yearly_closure WHERE from_md = :from AND to_md = :until",
        named_params! { ":from": from, ":until": until },
        |row| row.get("name"),
    )
}

pub(super) fn holidays(tx: &ReadTx<'_>, year: i16) -> Result<Option<Vec<(Day, String)>>, Fault> {
    let days = tx.all(
        "SELECT on_day, name FROM holiday WHERE on_day BETWEEN :first AND :last ORDER BY on_day",
        named_params! { ":first": format!("{year:04}-01-01"), ":last": format!("{year:04}-12-31") },
        |row| Ok((row.get("on_day")?, row.get("name")?)),
    )?;
    Ok(if days.is_empty() { None } else { Some(days) })
}

pub(super) fn set_pattern(tx: &WriteTx<'_>, pattern: &Pattern, from: Day) -> Result<(), Fault> {
    tx.run(
        "UPDATE hours_pattern SET name = :name WHERE id = :id",
        named_params! { ":id": pattern.id, ":name": pattern.name },
    )?;
    replace_periods(tx, pattern.id, from, &pattern.periods)
}

/// A plan names a pattern again that was retired: it can be chosen once more.
pub(super) fn revive(tx: &WriteTx<'_>, id: PatternId) -> Result<(), Fault> {
    tx.run(
        "UPDATE hours_pattern SET retired_at = NULL WHERE id = :id AND retired_at IS NOT NULL",
        named_params! { ":id": id },
    )?;
    Ok(())
}

pub(super) fn set_holidays(tx: &WriteTx<'_>, year: i16, days: &[(Day, String)]) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM holiday WHERE on_day BETWEEN :first AND :last",
        named_params! { ":first": format!("{year:04}-01-01"), ":last": format!("{year:04}-12-31") },
    )?;
    for (day, name) in days {
        tx.run(
            "INSERT INTO holiday (on_day, name) VALUES (:day, :name)",
            named_params! { ":day": day, ":name": name },
        )?;
    }
    Ok(())
}

pub(super) fn remove(tx: &WriteTx<'_>, edit: &Edit) -> Result<(), Fault> {
    match edit {
        Edit::Weekly { location, weekday, effective, .. } => tx.run(
            "DELETE FROM weekly_plan
              WHERE location_id = :location AND weekday = :weekday AND effective_on = :effective",
            named_params! { ":location": location, ":weekday": weekday, ":effective": effective },
        ),
        Edit::Nth { location, nth, weekday, effective, .. } => tx.run(
            "DELETE FROM nth_weekday
              WHERE location_id = :location AND nth = :nth AND weekday = :weekday AND effective_on = :effective",
            named_params! { ":location": location, ":nth": nth, ":weekday": weekday, ":effective": effective },
        ),
        Edit::Special { location, day, .. } => tx.run(
            "DELETE FROM special_day WHERE location_id = :location AND on_day = :day",
            named_params! { ":location": location.unwrap_or(LocationId::of(0)), ":day": day },
        ),
        Edit::Slot { location, day, starts, .. } => tx.run(
            "DELETE FROM slot_override WHERE location_id = :location AND on_day = :day AND starts_min = :starts",
            named_params! { ":location": location, ":day": day, ":starts": starts },
        ),
        Edit::Yearly { from, until, .. } => tx.run(
            "DELETE FROM yearly_closure WHERE from_md = :from AND to_md = :until",
            named_params! { ":from": from, ":until": until },
        ),
        Edit::Window { location, audience, .. } => tx.run(
            "DELETE FROM booking_window WHERE location_id = :location AND audience = :audience",
            named_params! { ":location": location, ":audience": audience },
        ),
        Edit::Pattern { .. } | Edit::Holidays { .. } => Ok(0),
    }?;
    Ok(())
}

pub(super) fn written(plan: &Plan) -> Result<String, Fault> {
    serde_json::to_string(plan).map_err(|error| Fault::Stored(format!("plan: {error}")))
}

pub(super) fn insert_change(
    tx: &WriteTx<'_>,
    what: &str,
    (plan, before): (&str, &str),
    undoes: Option<ChangeId>,
) -> Result<ChangeId, Fault> {
    tx.insert(
        "INSERT INTO calendar_change (at, staff_id, actor, what, plan, before, undoes)
         VALUES (:at, :staff, :actor, :what, :plan, :before, :undoes)",
        named_params! {
            ":at": tx.now(), ":staff": tx.actor().staff(), ":actor": tx.actor().display_name(), ":what": what,
            ":plan": plan, ":before": before, ":undoes": undoes,
        },
    )
}

const CHANGE: &str = "SELECT id, at, actor, what, before, undoes,
        EXISTS (SELECT 1 FROM calendar_change AS later WHERE later.undoes = calendar_change.id) AS undone
   FROM calendar_change";

fn row(row: &Row<'_>) -> rusqlite::Result<(Change, String)> {
    let change = Change {
        id: row.get("id")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        what: row.get("what")?,
        before: Plan::default(),
        undoes: row.get("undoes")?,
        is_undone: row.get("undone")?,
    };
    Ok((change, row.get("before")?))
}

fn with_plan((mut change, before): (Change, String)) -> Result<Change, Fault> {
    change.before = serde_json::from_str(&before)
        .map_err(|error| Fault::Stored(format!("calendar_change {}: {error}", change.id)))?;
    Ok(change)
}

pub(super) fn changes(tx: &ReadTx<'_>, most: u32) -> Result<Vec<Change>, Fault> {
    let found =
        tx.all(&format!("{CHANGE} ORDER BY id DESC LIMIT :most"), named_params! { ":most": most }, row)?;
    found.into_iter().map(with_plan).collect()
}

pub(super) fn change(tx: &ReadTx<'_>, id: ChangeId) -> Result<Option<Change>, Fault> {
    let found = tx.opt(&format!("{CHANGE} WHERE id = :id"), named_params! { ":id": id }, row)?;
    found.map(with_plan).transpose()
}

/// The newest change, unless it took one back or was taken back itself.
pub(super) fn last_id(tx: &ReadTx<'_>) -> Result<Option<ChangeId>, Fault> {
    tx.opt(
        "SELECT id FROM calendar_change
          WHERE id = (SELECT max(id) FROM calendar_change) AND undoes IS NULL
            AND NOT EXISTS (SELECT 1 FROM calendar_change AS later WHERE later.undoes = calendar_change.id)",
        [],
        |row| row.get("id"),
    )
}

pub(super) fn what_of(tx: &ReadTx<'_>, id: ChangeId) -> Result<Option<String>, Fault> {
    tx.opt("SELECT what FROM calendar_change WHERE id = :id", named_params! { ":id": id }, |row| {
        row.get("what")
    })
}

pub(super) fn version_of_all(tx: &ReadTx<'_>) -> Result<i64, Fault> {
    tx.one("SELECT coalesce(sum(version), 0) AS version FROM calendar_version", [], |row| row.get("version"))
}

pub(super) fn insert_parts(
    tx: &WriteTx<'_>,
    change: ChangeId,
    parts: &[(LocationId, String)],
) -> Result<(), Fault> {
    for (part, (location, edits)) in (1_i64..).zip(parts) {
        tx.run(
            "INSERT INTO calendar_part (change_id, part, location_id, edits)
             VALUES (:change, :part, :location, :edits)",
            named_params! { ":change": change, ":part": part, ":location": location, ":edits": edits },
        )?;
    }
    Ok(())
}

pub(super) fn has_parts(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    tx.one("SELECT EXISTS (SELECT 1 FROM calendar_part) AS found", [], |row| row.get("found"))
}

/// The parts that are not written yet, in their order: of one location, or of all.
pub(super) fn parts(tx: &ReadTx<'_>, location: Option<LocationId>) -> Result<Vec<String>, Fault> {
    match location {
        Some(location) => tx.all(
            "SELECT edits FROM calendar_part WHERE location_id = :location ORDER BY change_id, part",
            named_params! { ":location": location },
            |row| row.get("edits"),
        ),
        None => {
            tx.all("SELECT edits FROM calendar_part ORDER BY change_id, part", [], |row| row.get("edits"))
        }
    }
}

pub(super) fn first_part(tx: &ReadTx<'_>) -> Result<Option<(ChangeId, i64, String)>, Fault> {
    tx.opt("SELECT change_id, part, edits FROM calendar_part ORDER BY change_id, part LIMIT 1", [], |row| {
        Ok((row.get("change_id")?, row.get("part")?, row.get("edits")?))
    })
}

pub(super) fn drop_part(tx: &WriteTx<'_>, change: ChangeId, part: i64) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM calendar_part WHERE change_id = :change AND part = :part",
        named_params! { ":change": change, ":part": part },
    )?;
    Ok(())
}
