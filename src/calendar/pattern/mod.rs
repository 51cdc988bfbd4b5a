//! Opening patterns come and go; what they hold is changed by a plan.

mod store;

pub(super) use store::{hours, live_patterns, replace_periods, upsert_pattern};

use super::edit::{EditError, Use, check_periods};
use super::plan::Edit;
use super::rules::{PatternId, Period, SpecialDay};
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

/// What became of a pattern that was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// No day ever had its hours: it is gone.
    Gone,
    /// Past days have its hours: it stays for them and can be chosen no more.
    Retired,
}

/// Takes a pattern away that no day from today on uses. Where past days have used it, it stays for them.
///
/// Spec: 7(2)⑤.
pub fn drop_pattern(tx: &WriteTx<'_>, id: PatternId) -> Result<Dropped, EditError> {
    let pattern =
        super::patterns(tx)?.into_iter().find(|one| one.id == id).ok_or(EditError::NoSuchPattern)?;
    let uses = uses_now(tx, id)?;
    if !uses.is_empty() {
        return Err(EditError::InUse(uses));
    }
    let (dropped, operation) = if uses_of(tx, id)?.is_empty() {
        store::delete_pattern(tx, id)?;
        (Dropped::Gone, "hours.pattern_removed")
    } else {
        store::retire_pattern(tx, id)?;
        (Dropped::Retired, "hours.pattern_retired")
    };
    tell(tx, operation, Change::new("name", Some(pattern.name), None))?;
    Ok(dropped)
}

fn tell(tx: &WriteTx<'_>, operation: &'static str, change: Change) -> Result<(), Fault> {
    rules::raise_version(tx, LocationId::of(0))?;
    history::record(tx, &Event { changes: vec![change], ..Event::of(operation, Record::Municipality) })?;
    Ok(())
}

/// Where a pattern is or was used: every row that names it.
pub fn uses_of(tx: &ReadTx<'_>, id: PatternId) -> Result<Vec<Use>, Fault> {
    with_unwritten(tx, id, store::uses_of(tx, id)?)
}

/// Where a pattern gives hours to today or to a day to come.
pub fn uses_now(tx: &ReadTx<'_>, id: PatternId) -> Result<Vec<Use>, Fault> {
    with_unwritten(tx, id, store::uses_now(tx, id)?)
}

/// The same with the days of changes that are not written into their table yet.
fn with_unwritten(tx: &ReadTx<'_>, id: PatternId, mut uses: Vec<Use>) -> Result<Vec<Use>, Fault> {
    for edit in super::plan::unwritten(tx, None)? {
        let Edit::Special { location, day, to: Some(SpecialDay::Open { pattern, .. }) } = edit else {
            continue;
        };
        let one = Use { location, by: super::UsedBy::Day(day) };
        if pattern == id && !uses.contains(&one) {
            uses.push(one);
        }
    }
    Ok(sorted(uses))
}

fn sorted(mut uses: Vec<Use>) -> Vec<Use> {
    uses.sort_by_key(|one| (one.location, first_day(one)));
    uses
}

fn first_day(one: &Use) -> Option<Day> {
    match one.by {
        super::UsedBy::Weekly(_, day) | super::UsedBy::Day(day) => Some(day),
        super::UsedBy::Nth(..) => None,
    }
}
