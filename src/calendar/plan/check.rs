//! Whether a plan can be: its rules are possible, and what they name exists.

use std::collections::{BTreeMap, BTreeSet};

use super::super::edit::{EditError, check_periods, check_window};
use super::super::pattern as patterns;
use super::super::rules::{Hours, Pattern, PatternId, Planned, SpecialDay};
use super::super::store;
use super::{Edit, Plan, apply};
use crate::base::{Day, LocationId};
use crate::db::{Fault, ReadTx};

/// The most seats of a slot.
const SEATS_MAX: u16 = 999;

/// The most edits of one plan: a month of single slots at thirty locations is about 12,000.
const EDITS_MAX: usize = 20_000;

/// Refuses a plan whose rules cannot be, or that names what is not there.
pub fn check(tx: &ReadTx<'_>, plan: &Plan) -> Result<(), EditError> {
    if plan.edits.len() > EDITS_MAX {
        return Err(EditError::TooMuchAtOnce { most: EDITS_MAX });
    }
    let places = store::locations(tx)?.into_iter().map(|one| one.id).collect();
    let known = Known { tx, hours: patterns::hours(tx)?, live: patterns::live_patterns(tx)?, places };
    plan.edits.iter().try_for_each(|edit| known.check(edit))
}

/// The same for a new wish, which changes nothing that has been: its days begin with today.
pub fn check_new(tx: &ReadTx<'_>, plan: &Plan) -> Result<(), EditError> {
    let today = tx.today();
    let is_past = |edit: &Edit| match edit {
        Edit::Special { day, .. } | Edit::Slot { day, .. } => *day < today,
        Edit::Weekly { effective, .. } => *effective < today,
        _ => false,
    };
    if plan.edits.iter().any(is_past) {
        return Err(EditError::PastDay);
    }
    let (hours, live) = (patterns::hours(tx)?, patterns::live_patterns(tx)?);
    for edit in &plan.edits {
        if apply::named(edit).is_some_and(|id| !live.contains(&id)) {
            return Err(EditError::NoSuchPattern);
        }
        if let Edit::Pattern { pattern, from } = edit {
            check_version(&hours, pattern, from.unwrap_or(Hours::BEGINNING), today)?;
        }
        if let Edit::Nth { location, nth, weekday, effective, .. } = edit {
            // A rule that began before may be ended; a new one begins today at the earliest.
            let is_new = super::store::nth(tx, *location, (*nth, *weekday), *effective)?.is_none();
            if is_new && *effective < today {
                return Err(EditError::PastDay);
            }
        }
    }
    check(tx, plan)
}

/// A version of a pattern begins today or later; one that has begun keeps its periods, and can have another name.
fn check_version(
    hours: &BTreeMap<PatternId, Hours>,
    pattern: &Pattern,
    from: Day,
    today: Day,
) -> Result<(), EditError> {
    let stands = hours.get(&pattern.id).and_then(|hours| hours.from(from));
    match stands {
        Some(version) if version.periods == pattern.periods => Ok(()),
        _ if from < today => Err(EditError::PastDay),
        None if pattern.periods.is_empty() => Err(EditError::NoPeriod),
        _ if pattern.periods.is_empty() && from == today => Err(EditError::PastDay),
        _ => Ok(()),
    }
}

struct Known<'t, 'c> {
    tx: &'t ReadTx<'c>,
    hours: BTreeMap<PatternId, Hours>,
    live: Vec<PatternId>,
    places: BTreeSet<LocationId>,
}

impl Known<'_, '_> {
    fn check(&self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Pattern { pattern, from } => self.pattern(pattern, *from),
            Edit::Weekly { location, weekday, to, .. } => {
                self.place(*location)?;
                rank(*weekday, 1)?;
                to.iter().try_for_each(|to| self.planned(to))
            }
            Edit::Nth { location, nth, weekday, effective, to } => {
                self.place(*location)?;
                rank(*weekday, *nth)?;
                if to.is_some_and(|to| to.until.is_some_and(|until| until < *effective)) {
                    return Err(EditError::EndsBeforeItBegins);
                }
                to.iter().try_for_each(|to| self.planned(&to.planned))
            }
            Edit::Special { location, day, to } => {
                location.iter().try_for_each(|location| self.place(*location))?;
                to.iter().try_for_each(|to| self.special(to, *day))
            }
            Edit::Slot { location, to, .. } => {
                self.place(*location)?;
                seats(to.and_then(|to| to.capacity))
            }
            Edit::Yearly { from, until, to } => {
                let named = to.as_ref().is_none_or(|name| fits(name, 40) && !name.is_empty());
                if is_month_day(from) && is_month_day(until) && named {
                    Ok(())
                } else {
                    Err(EditError::BadDay)
                }
            }
            Edit::Holidays { year, to } => holidays(*year, to.as_deref().unwrap_or_default()),
            Edit::Window { location, to, .. } => {
                self.place(*location)?;
                to.iter().try_for_each(|to| check_window(self.tx, *location, to))
            }
        }
    }

    fn pattern(&self, pattern: &Pattern, from: Option<Day>) -> Result<(), EditError> {
        if !self.hours.contains_key(&pattern.id) {
            return Err(EditError::NoSuchPattern);
        }
        if pattern.name.is_empty() || !fits(&pattern.name, 20) {
            return Err(EditError::BadName);
        }
        let others = self.live.iter().filter(|id| **id != pattern.id).filter_map(|id| self.hours.get(id));
        if others.flat_map(Hours::versions).any(|(_, one)| one.name == pattern.name) {
            return Err(EditError::PatternNameTaken);
        }
        let taken_away = pattern.periods.is_empty() && from.is_some_and(|from| from > Hours::BEGINNING);
        if taken_away { Ok(()) } else { check_periods(&pattern.periods) }
    }

    fn place(&self, location: LocationId) -> Result<(), EditError> {
        if self.places.contains(&location) { Ok(()) } else { Err(EditError::NoSuchLocation) }
    }

    fn planned(&self, planned: &Planned) -> Result<(), EditError> {
        if planned.pattern.is_some_and(|id| !self.hours.contains_key(&id)) {
            return Err(EditError::NoSuchPattern);
        }
        seats(planned.capacity)
    }

    fn special(&self, special: &SpecialDay, day: Day) -> Result<(), EditError> {
        let (SpecialDay::Open { reason, .. } | SpecialDay::Closed { reason }) = special;
        if !fits(reason, 60) {
            return Err(EditError::BadReason);
        }
        let SpecialDay::Open { pattern, unit, capacity, .. } = special else { return Ok(()) };
        let pattern = self.hours.get(pattern).and_then(|hours| hours.on(day));
        let pattern = pattern.ok_or(EditError::NoSuchPattern)?;
        if let Some(unit) = unit {
            let cut =
                pattern.periods.iter().map(|period| super::super::rules::Period { unit: *unit, ..*period });
            check_periods(&cut.collect::<Vec<_>>())?;
        }
        seats(*capacity)
    }
}

fn rank(weekday: u8, nth: u8) -> Result<(), EditError> {
    if weekday <= 6 && (1..=6).contains(&nth) { Ok(()) } else { Err(EditError::BadDay) }
}

fn fits(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !crate::base::text::has_control(text)
}

fn seats(capacity: Option<u16>) -> Result<(), EditError> {
    if capacity.is_some_and(|seats| seats > SEATS_MAX) { Err(EditError::TooManySeats) } else { Ok(()) }
}

/// `MM-DD` of a day that a leap year has.
fn is_month_day(text: &str) -> bool {
    format!("2028-{text}").parse::<Day>().is_ok()
}

fn holidays(year: i16, days: &[(Day, String)]) -> Result<(), EditError> {
    let fine = |(day, name): &(Day, String)| day.year() == year && !name.is_empty() && fits(name, 40);
    if days.iter().all(fine) { Ok(()) } else { Err(EditError::BadDay) }
}

/// What the database said when a pattern's name was taken.
pub(super) fn taken(fault: Fault) -> Result<(), EditError> {
    use crate::db::OnUnique as _;
    Err(fault).on_unique("hours_pattern.name", || EditError::PatternNameTaken)
}
