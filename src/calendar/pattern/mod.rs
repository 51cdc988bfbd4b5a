//! Opening patterns come and go; what they hold is changed by a plan.

mod store;

use super::edit::{EditError, Use, check_periods};
use super::rules::{PatternId, Period};
use super::{place, store as rules};
use crate::base::{Day, LocationId};
use crate::db::{Fault, OnUnique, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The longest name of a pattern, in characters.
const NAME_MAX: usize = 20;

/// Adds a pattern at the end of the city's order. Nothing uses it yet, so no slot changes.
///
/// Spec: 7(2)⑤.
pub fn add_pattern(tx: &WriteTx<'_>, name: &str, periods: &[Period]) -> Result<PatternId, EditError> {
    let name = name.trim();
    if !place::fits(name, NAME_MAX) || name.is_empty() {
        return Err(EditError::BadName);
    }
    check_periods(periods)?;
    let id = store::insert_pattern(tx, name, periods)
        .on_unique("hours_pattern.name", || EditError::PatternNameTaken)?;
    tell(tx, "hours.pattern_added", Change::new("name", None, Some(name.to_owned())))?;
    Ok(id)
}

/// Takes a pattern away that nothing uses, and nothing has used: a past day must not lose its hours.
///
/// Spec: 7(2)⑤.
pub fn drop_pattern(tx: &WriteTx<'_>, id: PatternId) -> Result<(), EditError> {
    let pattern =
        rules::patterns(tx)?.into_iter().find(|one| one.id == id).ok_or(EditError::NoSuchPattern)?;
    let uses = uses_of(tx, id)?;
    if !uses.is_empty() {
        return Err(EditError::InUse(uses));
    }
    store::delete_pattern(tx, id)?;
    tell(tx, "hours.pattern_removed", Change::new("name", Some(pattern.name), None))?;
    Ok(())
}

fn tell(tx: &WriteTx<'_>, operation: &'static str, change: Change) -> Result<(), Fault> {
    rules::raise_version(tx, LocationId::of(0))?;
    history::record(tx, &Event { changes: vec![change], ..Event::of(operation, Record::Municipality) })?;
    Ok(())
}

/// Where a pattern is used, also in the past: every row that names it, so that no past day loses its hours.
pub fn uses_of(tx: &ReadTx<'_>, id: PatternId) -> Result<Vec<Use>, Fault> {
    let mut uses = store::uses_of(tx, id)?;
    uses.sort_by_key(|one| (one.location, first_day(one)));
    Ok(uses)
}

fn first_day(one: &Use) -> Option<Day> {
    match one.by {
        super::UsedBy::Weekly(_, day) | super::UsedBy::Day(day) => Some(day),
        super::UsedBy::Nth(..) => None,
    }
}
