//! Plans of thousands of single days and slots: in force with the change, written into their tables in slices.
//!
//! **Invariant:** readers see all of a change or nothing of it: parts that are not written yet lie over the tables.
//! **Invariant:** writing a part changes no rule, so it may be done at any time, and again after a crash.
//! **Invariant:** parts are written in the order of their changes, so that the last wish stands.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::super::everywhere::rules_of;
use super::super::rules::Rules;
use super::apply::{Prepared, put_day};
use super::{Edit, Plan, store};
use crate::base::{Day, LocationId};
use crate::db::{Fault, ReadTx, WriteTx};

/// So many days and slots are written with the change; where there are more, all follow in slices.
const AT_ONCE: usize = 200;

/// Edits of one part, so that writing it does not hold the writer long.
const PART: usize = 300;

/// Edits of single days and slots with their way back.
#[derive(Clone, Debug)]
pub(super) struct Later {
    pub(super) done: Vec<Edit>,
    /// What takes them back, in the order in which it is to be done.
    pub(super) before: Vec<Edit>,
    /// Both as they are stored.
    pub(super) texts: (String, String),
    /// Digests of both, for the history.
    pub(super) seals: (String, String),
    /// What is to be done, location by location.
    pub(super) parts: Vec<(LocationId, String)>,
}

impl Later {
    pub(super) fn places(&self) -> impl Iterator<Item = LocationId> {
        self.done.iter().filter_map(place_and_day).map(|(place, _)| place)
    }
}

/// The location and the day of an edit that can be written later.
fn place_and_day(edit: &Edit) -> Option<(LocationId, Day)> {
    match edit {
        Edit::Special { location: Some(location), day, .. } | Edit::Slot { location, day, .. } => {
            Some((*location, *day))
        }
        _ => None,
    }
}

/// Reads what can be read of a plan ahead of its write, and decides what of it is written later.
pub fn prepare(tx: &ReadTx<'_>, plan: &Plan) -> Result<Prepared, Fault> {
    let (single, rules): (Vec<Edit>, Vec<Edit>) =
        plan.edits.iter().cloned().partition(|edit| place_and_day(edit).is_some());
    if single.is_empty() || (single.len() <= AT_ONCE && !store::has_parts(tx)?) {
        return Ok(Prepared { at_once: plan.edits.clone(), later: None });
    }
    Ok(Prepared { at_once: rules, later: Some(later(tx, single)?) })
}

fn later(tx: &ReadTx<'_>, edits: Vec<Edit>) -> Result<Later, Fault> {
    let keys: BTreeSet<(LocationId, Day)> = edits.iter().filter_map(place_and_day).collect();
    let places: BTreeSet<LocationId> = keys.iter().map(|(place, _)| *place).collect();
    let days = keys.iter().map(|(_, day)| *day);
    let (first, last) = days.clone().min().zip(days.max()).unwrap_or((tx.today(), tx.today()));
    let places: Vec<LocationId> = places.into_iter().collect();
    let mut rules = rules_of(tx, &places, first, last)?;
    let (mut done, mut before) = (Vec::new(), Vec::new());
    for edit in edits {
        let Some(rules) = place_and_day(&edit).and_then(|(place, _)| rules.get_mut(&place)) else { continue };
        let was = rules.now(&edit);
        if was != edit {
            rules.take(&edit);
            before.push(was);
            done.push(edit);
        }
    }
    before.reverse();
    let texts = (listed(&done)?, listed(&before)?);
    let seal = |text: &str| hex::encode(Sha256::digest(text));
    Ok(Later { seals: (seal(&texts.0), seal(&texts.1)), parts: parts(&done)?, done, before, texts })
}

/// The edits of each location in parts.
fn parts(edits: &[Edit]) -> Result<Vec<(LocationId, String)>, Fault> {
    let mut places: BTreeMap<LocationId, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        if let Some((place, _)) = place_and_day(edit) {
            places.entry(place).or_default().push(edit);
        }
    }
    let mut found = Vec::new();
    for (place, edits) in places {
        for part in edits.chunks(PART) {
            found.push((place, listed(part)?));
        }
    }
    Ok(found)
}

fn listed<T: serde::Serialize>(edits: &[T]) -> Result<String, Fault> {
    serde_json::to_string(edits).map_err(|error| Fault::Stored(format!("plan: {error}")))
}

/// A stored plan with further edits behind its own.
pub(super) fn joined(plan: &str, further: &str) -> String {
    let own = plan.strip_suffix("]}").unwrap_or(plan);
    let comma = if own.ends_with('[') { "" } else { "," };
    format!("{own}{comma}{}}}", further.strip_prefix('[').unwrap_or(further))
}

impl Rules {
    /// The same rule as it is now.
    fn now(&self, edit: &Edit) -> Edit {
        let mut was = edit.clone();
        match &mut was {
            Edit::Special { day, to, .. } => *to = self.special_here.get(day).cloned(),
            Edit::Slot { day, starts, to, .. } => *to = self.overrides.get(&(*day, *starts)).copied(),
            _ => {}
        }
        was
    }

    /// These rules, read for the days from `from` to `to`, with the parts of their location that are not written yet.
    pub(in crate::calendar) fn with_parts(mut self, parts: &[Edit], from: Day, to: Day) -> Self {
        let here = |edit: &&Edit| {
            place_and_day(edit).is_some_and(|(place, day)| place == self.location && from <= day && day <= to)
        };
        let mine: Vec<&Edit> = parts.iter().filter(here).collect();
        for edit in mine {
            self.take(edit);
        }
        self
    }
}

/// What is not written yet, in order: of one location, or (`None`) of all.
pub(in crate::calendar) fn unwritten(
    tx: &ReadTx<'_>,
    location: Option<LocationId>,
) -> Result<Vec<Edit>, Fault> {
    let mut edits = Vec::new();
    for text in store::parts(tx, location)? {
        edits.extend(read(&text)?);
    }
    Ok(edits)
}

fn read(text: &str) -> Result<Vec<Edit>, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Stored(format!("calendar_part: {error}")))
}

/// Whether something of a change is still to be written.
pub fn waits_to_write(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    store::has_parts(tx)
}

/// Writes the next part of the oldest change down, which changes nothing that anybody sees.
pub fn write_part(tx: &WriteTx<'_>) -> Result<(), Fault> {
    let Some((change, part, text)) = store::first_part(tx)? else { return Ok(()) };
    for edit in read(&text)? {
        put_day(tx, &edit)?;
    }
    store::drop_part(tx, change, part)
}

/// Writes all of it, for whoever is about to write into the tables of days and slots directly.
pub(in crate::calendar) fn write_all(tx: &WriteTx<'_>) -> Result<(), Fault> {
    while store::has_parts(tx)? {
        write_part(tx)?;
    }
    Ok(())
}
