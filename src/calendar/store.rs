//! The calendar's SQL.

use std::collections::BTreeMap;

use rusqlite::{Row, named_params};

use super::edit::{NewLocation, NewStorage, NthWeekday, Weekly};
use super::holidays::Holidays;
use super::location::{Location, LocationText, Storage, Weekdays};
use super::rules::{
    NthRow, PatternId, Planned, Rules, SlotOverride, SpecialDay, Stop, WeeklyRow, YearlyClosure,
};
use super::slot::SlotId;
use super::window::{Audience, Latest, Window};
use super::{pattern, plan};
use crate::base::{Day, LocationId, Minute, Moment, StorageId};
use crate::db::{Fault, ReadTx, WriteTx};

const LOCATION: &str =
    "SELECT id, code, name, address, access, phone, barrier_free, hours_text, position, citizen_visible,
                               seats_by, few_percent, shown_weekdays, retired_on, version
                        FROM location";

fn location_row(row: &Row<'_>) -> rusqlite::Result<Location> {
    Ok(Location {
        id: row.get("id")?,
        code: row.get("code")?,
        name: row.get("name")?,
        address: row.get("address")?,
        access: row.get("access")?,
        phone: row.get("phone")?,
        barrier_free: row.get("barrier_free")?,
        hours_text: row.get("hours_text")?,
        position: row.get("position")?,
        citizen_visible: row.get("citizen_visible")?,
        seats_by: row.get("seats_by")?,
        few_percent: row.get("few_percent")?,
        weekdays: Weekdays::from_bits(row.get("shown_weekdays")?),
        retired_on: row.get("retired_on")?,
        version: row.get("version")?,
    })
}

pub(super) fn locations(tx: &ReadTx<'_>) -> Result<Vec<Location>, Fault> {
    tx.all(&format!("{LOCATION} ORDER BY position, id"), [], location_row)
}

pub(super) fn location(tx: &ReadTx<'_>, id: LocationId) -> Result<Option<Location>, Fault> {
    tx.opt(&format!("{LOCATION} WHERE id = :id"), named_params! { ":id": id }, location_row)
}

pub(super) fn location_text(
    tx: &ReadTx<'_>,
    id: LocationId,
    language: &str,
) -> Result<Option<LocationText>, Fault> {
    tx.opt(
        "SELECT name, address, access, barrier_free, hours_text
           FROM location_text WHERE location_id = :id AND language = :language",
        named_params! { ":id": id, ":language": language },
        |row| {
            Ok(LocationText {
                name: row.get("name")?,
                address: row.get("address")?,
                access: row.get("access")?,
                barrier_free: row.get("barrier_free")?,
                hours_text: row.get("hours_text")?,
            })
        },
    )
}

fn storage_row(row: &Row<'_>) -> rusqlite::Result<Storage> {
    Ok(Storage {
        id: row.get("id")?,
        code: row.get("code")?,
        name: row.get("name")?,
        location: row.get("location_id")?,
    })
}

pub(super) fn storages(tx: &ReadTx<'_>) -> Result<Vec<Storage>, Fault> {
    tx.all("SELECT id, code, name, location_id FROM storage ORDER BY code", [], storage_row)
}

pub(super) fn storage(tx: &ReadTx<'_>, id: StorageId) -> Result<Option<Storage>, Fault> {
    tx.opt(
        "SELECT id, code, name, location_id FROM storage WHERE id = :id",
        named_params! { ":id": id },
        storage_row,
    )
}

pub(super) fn route(tx: &ReadTx<'_>, storage: StorageId, location: LocationId) -> Result<Option<u16>, Fault> {
    tx.opt(
        "SELECT lead_days FROM route WHERE storage_id = :storage AND location_id = :location",
        named_params! { ":storage": storage, ":location": location },
        |row| row.get("lead_days"),
    )
}

pub(super) fn rules(tx: &ReadTx<'_>, location: LocationId, from: Day, to: Day) -> Result<Rules, Fault> {
    let rules = Rules {
        location,
        patterns: pattern::hours(tx)?,
        weekly: weekly(tx, location)?,
        nth: nth(tx, location)?,
        special_here: special_days(tx, location, from, to)?,
        special_everywhere: special_days(tx, LocationId::of(0), from, to)?,
        yearly: yearly(tx)?,
        holidays: Holidays::with_table(holidays(tx)?),
        overrides: overrides(tx, location, from, to)?,
        stops: stops(tx, location, from, to)?,
    };
    Ok(rules.with_parts(&plan::unwritten(tx, Some(location))?, from, to))
}

fn stops(tx: &ReadTx<'_>, location: LocationId, from: Day, to: Day) -> Result<Vec<Stop>, Fault> {
    tx.all(
        &format!("{STOP} AND p.location_id = :location"),
        named_params! { ":location": location, ":from": first_moment(from), ":to": first_moment(to.plus(1)) },
        stop_row,
    )
}

/// The closures out of turn that touch a stretch of time; those that were lifted are none.
pub(super) const STOP: &str =
    "SELECT p.location_id AS location_id, c.from_at AS from_at, c.to_at AS to_at, c.reason AS reason
   FROM closure AS c
   JOIN closure_place AS p ON p.closure_id = c.id
  WHERE c.state NOT IN ('reopening', 'reopened') AND c.from_at < :to AND :from < c.to_at";

pub(super) fn first_moment(day: Day) -> Moment {
    Moment::at(day, Minute::of(0))
}

pub(super) fn stop_row(row: &Row<'_>) -> rusqlite::Result<Stop> {
    Ok(Stop { from: row.get("from_at")?, to: row.get("to_at")?, reason: row.get("reason")? })
}

fn planned(row: &Row<'_>) -> rusqlite::Result<Planned> {
    Ok(Planned { pattern: row.get("pattern_id")?, capacity: row.get("capacity")? })
}

fn weekly(tx: &ReadTx<'_>, location: LocationId) -> Result<Vec<WeeklyRow>, Fault> {
    tx.all(
        "SELECT weekday, effective_on, pattern_id, capacity FROM weekly_plan WHERE location_id = :location",
        named_params! { ":location": location },
        weekly_row,
    )
}

pub(super) fn weekly_row(row: &Row<'_>) -> rusqlite::Result<WeeklyRow> {
    Ok(WeeklyRow {
        weekday: row.get("weekday")?,
        effective: row.get("effective_on")?,
        planned: planned(row)?,
    })
}

fn nth(tx: &ReadTx<'_>, location: LocationId) -> Result<Vec<NthRow>, Fault> {
    tx.all(
        "SELECT nth, weekday, effective_on, until_on, pattern_id, capacity
           FROM nth_weekday WHERE location_id = :location",
        named_params! { ":location": location },
        nth_row,
    )
}

pub(super) fn nth_row(row: &Row<'_>) -> rusqlite::Result<NthRow> {
    Ok(NthRow {
        nth: row.get("nth")?,
        weekday: row.get("weekday")?,
        effective: row.get("effective_on")?,
        until: row.get("until_on")?,
        planned: planned(row)?,
    })
}

fn special_days(
    tx: &ReadTx<'_>,
    location: LocationId,
    from: Day,
    to: Day,
) -> Result<BTreeMap<Day, SpecialDay>, Fault> {
    let days = tx.all(
        "SELECT on_day, pattern_id, unit_min, capacity, reason FROM special_day
         WHERE location_id = :location AND on_day BETWEEN :from AND :to",
        named_params! { ":location": location, ":from": from, ":to": to },
        special_row,
    )?;
    Ok(days.into_iter().collect())
}

pub(super) fn special_row(row: &Row<'_>) -> rusqlite::Result<(Day, SpecialDay)> {
    let reason = row.get("reason")?;
    let special = match row.get::<_, Option<PatternId>>("pattern_id")? {
        Some(pattern) => {
            SpecialDay::Open { pattern, unit: row.get("unit_min")?, capacity: row.get("capacity")?, reason }
        }
        None => SpecialDay::Closed { reason },
    };
    Ok((row.get("on_day")?, special))
}

pub(super) fn yearly(tx: &ReadTx<'_>) -> Result<Vec<YearlyClosure>, Fault> {
    tx.all("SELECT from_md, to_md, name FROM yearly_closure", [], |row| {
        Ok(YearlyClosure { from: row.get("from_md")?, to: row.get("to_md")?, name: row.get("name")? })
    })
}

pub(super) fn holidays(tx: &ReadTx<'_>) -> Result<BTreeMap<Day, String>, Fault> {
    let days =
        tx.all("SELECT on_day, name FROM holiday", [], |row| Ok((row.get("on_day")?, row.get("name")?)))?;
    Ok(days.into_iter().collect())
}

fn overrides(
    tx: &ReadTx<'_>,
    location: LocationId,
    from: Day,
    to: Day,
) -> Result<BTreeMap<(Day, Minute), SlotOverride>, Fault> {
    let slots = tx.all(
        "SELECT on_day, starts_min, capacity, citizen_open FROM slot_override
         WHERE location_id = :location AND on_day BETWEEN :from AND :to",
        named_params! { ":location": location, ":from": from, ":to": to },
        override_row,
    )?;
    Ok(slots.into_iter().collect())
}

pub(super) fn override_row(row: &Row<'_>) -> rusqlite::Result<((Day, Minute), SlotOverride)> {
    let exception = SlotOverride { capacity: row.get("capacity")?, citizen_open: row.get("citizen_open")? };
    Ok(((row.get("on_day")?, row.get("starts_min")?), exception))
}

pub(super) fn window(
    tx: &ReadTx<'_>,
    location: LocationId,
    audience: Audience,
) -> Result<Option<Window>, Fault> {
    tx.opt(
        "SELECT lead_days, lead_unit, same_day_until_min, latest_days, latest_on, change_days, change_unit,
                change_until_min, cancel_days, cancel_unit, cancel_until_min
         FROM booking_window WHERE location_id = :location AND audience = :audience",
        named_params! { ":location": location, ":audience": audience },
        |row| {
            let latest = match row.get::<_, Option<Day>>("latest_on")? {
                Some(day) => Latest::Date(day),
                None => Latest::Days(row.get("latest_days")?),
            };
            Ok(Window {
                lead: row.get("lead_days")?,
                unit: row.get("lead_unit")?,
                same_day_until: row.get("same_day_until_min")?,
                latest,
                change_days: row.get("change_days")?,
                change_unit: row.get("change_unit")?,
                change_until: row.get("change_until_min")?,
                cancel_days: row.get("cancel_days")?,
                cancel_unit: row.get("cancel_unit")?,
                cancel_until: row.get("cancel_until_min")?,
            })
        },
    )
}

pub(super) fn version(tx: &ReadTx<'_>, location: LocationId) -> Result<i64, Fault> {
    tx.one(
        "SELECT coalesce(sum(version), 0) AS version FROM calendar_version WHERE location_id IN (0, :location)",
        named_params! { ":location": location },
        |row| row.get("version"),
    )
}

pub(super) fn raise_version(tx: &WriteTx<'_>, location: LocationId) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO calendar_version (location_id, version) VALUES (:location, 1)
         ON CONFLICT (location_id) DO UPDATE SET version = version + 1",
        named_params! { ":location": location },
    )?;
    Ok(())
}

pub(super) fn insert_location(tx: &WriteTx<'_>, new: &NewLocation) -> Result<LocationId, Fault> {
    let row = tx.insert(
        "INSERT INTO location (code, name, address, access, phone, barrier_free, hours_text, position, citizen_visible,
                               seats_by, few_percent)
         SELECT :code, :name, :address, :access, :phone, :barrier_free, :hours, coalesce(max(position), 0) + 1, :visible,
                :seats_by, :few
         FROM location",
        named_params! {
            ":code": new.code, ":name": new.name, ":address": new.address, ":access": new.access, ":phone": new.phone,
            ":barrier_free": new.barrier_free, ":hours": new.hours_text, ":visible": new.citizen_visible, ":seats_by": new.seats_by,
            ":few": new.few_percent,
        },
    )?;
    Ok(LocationId::of(row))
}

pub(super) fn insert_storage(tx: &WriteTx<'_>, new: &NewStorage) -> Result<StorageId, Fault> {
    let row = tx.insert(
        "INSERT INTO storage (code, name, location_id) VALUES (:code, :name, :location)",
        named_params! { ":code": new.code, ":name": new.name, ":location": new.location },
    )?;
    Ok(StorageId::of(row))
}

pub(super) fn upsert_route(
    tx: &WriteTx<'_>,
    storage: StorageId,
    location: LocationId,
    days: u16,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO route (storage_id, location_id, lead_days) VALUES (:storage, :location, :days)
         ON CONFLICT (storage_id, location_id) DO UPDATE SET lead_days = :days",
        named_params! { ":storage": storage, ":location": location, ":days": days },
    )?;
    Ok(())
}

pub(super) fn delete_route(tx: &WriteTx<'_>, storage: StorageId, location: LocationId) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM route WHERE storage_id = :storage AND location_id = :location",
        named_params! { ":storage": storage, ":location": location },
    )?;
    Ok(())
}

pub(super) fn routes(tx: &ReadTx<'_>) -> Result<Vec<(StorageId, LocationId, u16)>, Fault> {
    tx.all("SELECT storage_id, location_id, lead_days FROM route", [], |row| {
        Ok((row.get("storage_id")?, row.get("location_id")?, row.get("lead_days")?))
    })
}

pub(super) fn upsert_weekly(tx: &WriteTx<'_>, plan: &Weekly) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO weekly_plan (location_id, weekday, effective_on, pattern_id, capacity)
         VALUES (:location, :weekday, :effective, :pattern, :capacity)
         ON CONFLICT (location_id, weekday, effective_on)
         DO UPDATE SET pattern_id = :pattern, capacity = :capacity",
        named_params! {
            ":location": plan.location, ":weekday": plan.weekday, ":effective": plan.effective,
            ":pattern": plan.pattern, ":capacity": plan.capacity,
        },
    )?;
    Ok(())
}

pub(super) fn upsert_nth(tx: &WriteTx<'_>, plan: &NthWeekday) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO nth_weekday (location_id, nth, weekday, effective_on, until_on, pattern_id, capacity)
         VALUES (:location, :nth, :weekday, :effective, :until, :pattern, :capacity)
         ON CONFLICT (location_id, nth, weekday, effective_on)
         DO UPDATE SET until_on = :until, pattern_id = :pattern, capacity = :capacity",
        named_params! {
            ":location": plan.location, ":nth": plan.nth, ":weekday": plan.weekday, ":effective": plan.effective,
            ":until": plan.until, ":pattern": plan.pattern, ":capacity": plan.capacity,
        },
    )?;
    Ok(())
}

pub(super) fn upsert_special(
    tx: &WriteTx<'_>,
    location: LocationId,
    day: Day,
    special: &SpecialDay,
) -> Result<(), Fault> {
    let (kind, pattern, unit, capacity, reason) = match special {
        SpecialDay::Open { pattern, unit, capacity, reason } => {
            ("open", Some(*pattern), *unit, *capacity, reason)
        }
        SpecialDay::Closed { reason } => ("closed", None, None, None, reason),
    };
    tx.run(
        "INSERT INTO special_day (location_id, on_day, kind, pattern_id, unit_min, capacity, reason)
         VALUES (:location, :day, :kind, :pattern, :unit, :capacity, :reason)
         ON CONFLICT (location_id, on_day)
         DO UPDATE SET kind = :kind, pattern_id = :pattern, unit_min = :unit, capacity = :capacity, reason = :reason",
        named_params! {
            ":location": location, ":day": day, ":kind": kind, ":pattern": pattern, ":unit": unit,
            ":capacity": capacity, ":reason": reason,
        },
    )?;
    Ok(())
}

pub(super) fn insert_yearly(tx: &WriteTx<'_>, closure: &YearlyClosure) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO yearly_closure (from_md, to_md, name) VALUES (:from, :to, :name)
         ON CONFLICT (from_md, to_md) DO UPDATE SET name = :name",
        named_params! { ":from": closure.from, ":to": closure.to, ":name": closure.name },
    )?;
    Ok(())
}

pub(super) fn upsert_override(tx: &WriteTx<'_>, slot: &SlotId, exception: SlotOverride) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO slot_override (location_id, on_day, starts_min, capacity, citizen_open)
         VALUES (:location, :day, :starts, :capacity, :open)
         ON CONFLICT (location_id, on_day, starts_min) DO UPDATE SET capacity = :capacity, citizen_open = :open",
        named_params! {
            ":location": slot.location, ":day": slot.day, ":starts": slot.starts, ":capacity": exception.capacity,
            ":open": exception.citizen_open,
        },
    )?;
    Ok(())
}

pub(super) fn upsert_window(
    tx: &WriteTx<'_>,
    location: LocationId,
    audience: Audience,
    window: &Window,
) -> Result<(), Fault> {
    let (kind, days, date) = match window.latest {
        Latest::Days(days) => ("days", Some(days), None),
        Latest::Date(day) => ("date", None, Some(day)),
    };
    tx.run(
        "INSERT INTO booking_window (location_id, audience, lead_days, lead_unit, same_day_until_min, latest_kind,
                                     latest_days, latest_on, change_days, change_unit, change_until_min,
                                     cancel_days, cancel_unit, cancel_until_min)
         VALUES (:location, :audience, :lead, :unit, :same_day, :kind, :days, :date, :change_days, :change_unit,
                 :change_until, :cancel_days, :cancel_unit, :cancel_until)
         ON CONFLICT (location_id, audience)
         DO UPDATE SET lead_days = :lead, lead_unit = :unit, same_day_until_min = :same_day, latest_kind = :kind,
                       latest_days = :days, latest_on = :date, change_days = :change_days,
                       change_unit = :change_unit, change_until_min = :change_until, cancel_days = :cancel_days,
                       cancel_unit = :cancel_unit, cancel_until_min = :cancel_until",
        named_params! {
            ":location": location, ":audience": audience, ":lead": window.lead, ":unit": window.unit,
            ":same_day": window.same_day_until, ":kind": kind, ":days": days, ":date": date,
            ":change_days": window.change_days, ":change_unit": window.change_unit,
            ":change_until": window.change_until, ":cancel_days": window.cancel_days,
            ":cancel_unit": window.cancel_unit, ":cancel_until": window.cancel_until,
        },
    )?;
    Ok(())
}
