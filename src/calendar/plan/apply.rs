//! Writing a plan down.

use std::collections::BTreeSet;

use super::super::edit::{EditError, NthWeekday, Weekly};
use super::super::pattern as patterns;
use super::super::rules::{Hours, Pattern, PatternId, SpecialDay};
use super::super::slot::SlotId;
use super::super::store as rows;
use super::later::{self, Later, prepare};
use super::{ChangeId, Edit, Plan, check, store};
use crate::base::LocationId;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// What stands for every location in the tables of special days and of versions.
const ALL: LocationId = LocationId::of(0);

/// A plan that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its row in the list of changes.
    pub id: ChangeId,
    /// The plan that takes it back.
    pub before: Plan,
}

/// A plan with what of it can be read ahead of the write.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Edits that are written with the change.
    pub(super) at_once: Vec<Edit>,
    /// Edits of single days and slots, where they are too many for that.
    pub(super) later: Option<Later>,
}

/// Applies a plan: all of it, with its event, or nothing. `what` says it in words; `undoes` names the change that it takes
/// back. An edit that changes nothing is left out.
///
/// Spec: 7(2)⑤ ⑥.
pub fn apply(
    tx: &WriteTx<'_>,
    plan: &Plan,
    what: &str,
    undoes: Option<ChangeId>,
) -> Result<Applied, EditError> {
    check(tx, plan)?;
    apply_prepared(tx, &prepare(tx, plan)?, what, undoes)
}

/// The same for a plan that was checked and prepared over rules that have not changed since.
pub fn apply_prepared(
    tx: &WriteTx<'_>,
    prepared: &Prepared,
    what: &str,
    undoes: Option<ChangeId>,
) -> Result<Applied, EditError> {
    let (mut done, mut before) = (Plan::default(), Plan::default());
    for edit in &prepared.at_once {
        let was = current(tx, edit)?;
        if was != *edit {
            put(tx, edit)?;
            done.edits.push(edit.clone());
            before.edits.push(was);
        }
    }
    before.edits.reverse();
    let later = prepared.later.as_ref().filter(|later| !later.done.is_empty());
    if done.edits.is_empty() && later.is_none() {
        return Err(EditError::NothingChanges);
    }
    let mut texts = (store::written(&done)?, store::written(&before)?);
    record(tx, (&done, later), what, texts.clone())?;
    if let Some(later) = later {
        for pattern in later.done.iter().filter_map(named).collect::<BTreeSet<_>>() {
            store::revive(tx, pattern)?;
        }
        texts = (later::joined(&texts.0, &later.texts.0), later::joined(&texts.1, &later.texts.1));
        done.edits.extend(later.done.iter().cloned());
        before.edits.extend(later.before.iter().cloned());
    }
    raise(tx, &done)?;
    let id = store::insert_change(tx, what, (&texts.0, &texts.1), undoes)?;
    if let Some(later) = later {
        store::insert_parts(tx, id, &later.parts)?;
    }
    Ok(Applied { id, before })
}

fn raise(tx: &WriteTx<'_>, plan: &Plan) -> Result<(), Fault> {
    match plan.places() {
        Some(places) => places.into_iter().try_for_each(|place| rows::raise_version(tx, place)),
        None => rows::raise_version(tx, ALL),
    }
}

/// Its event holds the rules themselves; of thousands of single days and slots it holds the seal, and `calendar_change` the rest.
fn record(
    tx: &WriteTx<'_>,
    (plan, later): (&Plan, Option<&Later>),
    what: &str,
    (now, was): (String, String),
) -> Result<(), Fault> {
    let mut places = plan.places();
    let mut changes = vec![Change::new("plan", Some(was), Some(now))];
    if let Some(later) = later {
        places = places.map(|places| places.into_iter().chain(later.places()).collect());
        changes.push(Change::new("plan_seal", Some(later.seals.1.clone()), Some(later.seals.0.clone())));
    }
    let place = places.filter(|places| places.len() == 1).and_then(|places| places.into_iter().next());
    let event = Event {
        changes,
        reason: Some(what.to_owned()),
        ..Event::of("calendar.changed", place.map_or(Record::Municipality, Record::Location))
    };
    history::record(tx, &event)?;
    Ok(())
}

/// The same rule as it is now.
fn current(tx: &WriteTx<'_>, edit: &Edit) -> Result<Edit, Fault> {
    let mut was = edit.clone();
    match &mut was {
        Edit::Pattern { pattern, from } => {
            let hours = patterns::hours(tx)?.remove(&pattern.id);
            let hours = hours.ok_or_else(|| Fault::Stored(format!("hours_pattern {}", pattern.id)))?;
            let from = from.unwrap_or(Hours::BEGINNING);
            let name = hours.on(from).map(|one| one.name.clone()).unwrap_or_default();
            let none = || Pattern { id: pattern.id, name, periods: Vec::new() };
            *pattern = hours.from(from).cloned().unwrap_or_else(none);
        }
        Edit::Weekly { location, weekday, effective, to } => {
            *to = store::weekly(tx, *location, *weekday, *effective)?;
        }
        Edit::Nth { location, nth, weekday, effective, to } => {
            *to = store::nth(tx, *location, (*nth, *weekday), *effective)?;
        }
        Edit::Special { location, day, to } => {
            *to = store::special(tx, location.unwrap_or(ALL), *day)?;
        }
        Edit::Slot { location, day, starts, to } => {
            let slot = SlotId { location: *location, day: *day, starts: *starts };
            *to = store::slot(tx, &slot)?;
        }
        Edit::Yearly { from, until, to } => *to = store::yearly(tx, from, until)?,
        Edit::Holidays { year, to } => *to = store::holidays(tx, *year)?,
        Edit::Window { location, audience, to } => *to = rows::window(tx, *location, *audience)?,
    }
    Ok(was)
}

/// The pattern that an edit chooses.
pub(super) fn named(edit: &Edit) -> Option<PatternId> {
    match edit {
        Edit::Weekly { to, .. } => to.and_then(|to| to.pattern),
        Edit::Nth { to, .. } => to.and_then(|to| to.planned.pattern),
        Edit::Special { to: Some(SpecialDay::Open { pattern, .. }), .. } => Some(*pattern),
        _ => None,
    }
}

fn put(tx: &WriteTx<'_>, edit: &Edit) -> Result<(), EditError> {
    if let Some(pattern) = named(edit) {
        store::revive(tx, pattern).or_else(super::check::taken)?;
    }
    match edit {
        Edit::Pattern { pattern, from } => {
            let from = from.unwrap_or(Hours::BEGINNING);
            return store::set_pattern(tx, pattern, from).or_else(super::check::taken);
        }
        Edit::Weekly { location, weekday, effective, to: Some(to) } => {
            let (pattern, capacity) = (to.pattern, to.capacity);
            let (location, weekday, effective) = (*location, *weekday, *effective);
            rows::upsert_weekly(tx, &Weekly { location, weekday, effective, pattern, capacity })?;
        }
        Edit::Nth { location, nth, weekday, effective, to: Some(to) } => {
            let row = NthWeekday {
                location: *location,
                nth: *nth,
                weekday: *weekday,
                effective: *effective,
                until: to.until,
                pattern: to.planned.pattern,
                capacity: to.planned.capacity,
            };
            rows::upsert_nth(tx, &row)?;
        }
        Edit::Special { .. } | Edit::Slot { .. } => put_day(tx, edit)?,
        Edit::Yearly { from, until, to: Some(name) } => {
            let closure =
                super::super::YearlyClosure { from: from.clone(), to: until.clone(), name: name.clone() };
            rows::insert_yearly(tx, &closure)?;
        }
        Edit::Holidays { year, to } => {
            store::set_holidays(tx, *year, to.as_deref().unwrap_or_default())?;
        }
        Edit::Window { location, audience, to: Some(to) } => {
            rows::upsert_window(tx, *location, *audience, to)?;
        }
        Edit::Weekly { to: None, .. }
        | Edit::Nth { to: None, .. }
        | Edit::Yearly { to: None, .. }
        | Edit::Window { to: None, .. } => store::remove(tx, edit)?,
    }
    Ok(())
}

/// Writes down what a day or a slot shall be.
pub(super) fn put_day(tx: &WriteTx<'_>, edit: &Edit) -> Result<(), Fault> {
    match edit {
        Edit::Special { location, day, to: Some(to) } => {
            rows::upsert_special(tx, location.unwrap_or(ALL), *day, to)
        }
        Edit::Slot { location, day, starts, to: Some(to) } => {
            let slot = SlotId { location: *location, day: *day, starts: *starts };
            rows::upsert_override(tx, &slot, *to)
        }
        _ => store::remove(tx, edit),
    }
}
