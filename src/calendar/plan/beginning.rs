//! A new location that opens with its first day: the weekdays of a pattern, or all that another location has.

use super::super::edit::{EditError, NewLocation, add_location};
use super::super::rules::{PatternId, Planned};
use super::super::store;
use super::{Edit, Plan, apply, check_new, copy_location};
use crate::base::LocationId;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::once::{self, OnceKey};

/// How a new location begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Closed, until its week is planned.
    Closed,
    /// Open from Monday to Friday, from today on.
    Weekdays(PatternId),
    /// Like another location from today on: its week, its days on their own, its windows.
    Like(LocationId),
}

/// The wish to add a location.
#[derive(Clone, Debug)]
pub struct BeginLocation {
    /// The location; without a code it gets one.
    pub new: NewLocation,
    /// How it begins.
    pub beginning: Beginning,
    /// The beginning in words, for the list of changes.
    pub what: String,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Adds a location and opens it. Nobody is booked there, so there is no effect to be looked at before.
///
/// Spec: 7(2)⑤.
pub fn begin_location(tx: &WriteTx<'_>, wish: &BeginLocation) -> Result<LocationId, EditError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(LocationId::of(made));
    }
    let mut new = wish.new.clone();
    if new.code.is_empty() {
        new.code = free_code(tx)?;
    }
    let id = add_location(tx, &new)?;
    let plan = plan(tx, id, wish.beginning)?;
    if !plan.edits.is_empty() {
        check_new(tx, &plan)?;
        apply(tx, &plan, &wish.what, None)?;
    }
    once::keep(tx, &wish.once, "location.added", &id.to_string())?;
    Ok(id)
}

fn plan(tx: &ReadTx<'_>, location: LocationId, beginning: Beginning) -> Result<Plan, EditError> {
    let effective = tx.today();
    Ok(match beginning {
        Beginning::Closed => Plan::default(),
        Beginning::Weekdays(pattern) => {
            let to = Some(Planned { pattern: Some(pattern), capacity: None });
            let edit = |weekday| Edit::Weekly { location, weekday, effective, to };
            Plan { edits: (1..=5).map(edit).collect() }
        }
        Beginning::Like(other) => {
            if store::location(tx, other)?.is_none() {
                return Err(EditError::NoSuchLocation);
            }
            copy_location(tx, other, &[location], effective)?
        }
    })
}

/// A code that no location has: the first free number.
fn free_code(tx: &ReadTx<'_>) -> Result<String, Fault> {
    let all = store::locations(tx)?;
    let codes = (1..).map(|number: u32| format!("p{number:02}"));
    let mut free = codes.filter(|code| all.iter().all(|one| one.code != *code));
    Ok(free.next().unwrap_or_default())
}
