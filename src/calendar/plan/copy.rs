//! Plans that make one day, one stretch of days or one location like another.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rules::{DayPlan, NthRow, Rules, SlotOverride, SpecialDay};
use super::super::window::Audience;
use super::super::{ClosedBecause, store};
use super::{Edit, NthPlanned, Plan};
use crate::base::{Day, LocationId, Minute};
use crate::db::{Fault, ReadTx};

/// Days that shall become like other days, one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The location to copy from.
    pub from: LocationId,
    /// Each day with the day that becomes like it.
    pub days: Vec<(Day, Day)>,
    /// The locations to copy to.
    pub to: Vec<LocationId>,
}

/// The plan that makes each target day open like its source day, with the same hours, seats and single slots.
///
/// Where the usual plan of the target gives the same already, no day on its own is made. Of several days, those that are closed
/// as holidays or every year stay closed, unless the source is a day on its own: a week that is repeated opens no holiday.
pub fn copy_days(tx: &ReadTx<'_>, wish: &Stretch) -> Result<Plan, Fault> {
    let all = wish.days.iter().flat_map(|(from, to)| [*from, *to]);
    let (Some(first), Some(last)) = (all.clone().min(), all.max()) else { return Ok(Plan::default()) };
    let source = store::rules(tx, wish.from, first, last)?;
    let mut edits = Vec::new();
    for place in &wish.to {
        let target = store::rules(tx, *place, first, last)?;
        for (from, to) in &wish.days {
            let stays = wish.days.len() > 1 && stays_closed(&source, *from, &target, *to);
            if (wish.from, from) != (*place, to) && !stays {
                day_like(&source, *from, &target, *to, &mut edits);
            }
        }
    }
    Ok(Plan { edits })
}

/// Whether the target is a holiday or closed every year, and the source an ordinary day.
fn stays_closed(source: &Rules, from: Day, target: &Rules, to: Day) -> bool {
    let closed =
        matches!(target.usual(to), DayPlan::Closed(ClosedBecause::Holiday(_) | ClosedBecause::Yearly(_)));
    closed && source.special(from).is_none()
}

fn day_like(source: &Rules, from: Day, target: &Rules, to: Day, edits: &mut Vec<Edit>) {
    let wanted = like(source, from);
    let usual = match target.usual(to) {
        DayPlan::Open { pattern, capacity } => Some((pattern.id, capacity)),
        DayPlan::Closed(_) => None,
    };
    let same = match &wanted {
        SpecialDay::Open { pattern, unit: None, capacity, .. } => usual == Some((*pattern, *capacity)),
        SpecialDay::Open { .. } => false,
        SpecialDay::Closed { .. } => usual.is_none(),
    };
    let plain = same && source.special(from).is_none() && !target.special_everywhere.contains_key(&to);
    let special = (!plain).then_some(wanted);
    edits.push(Edit::Special { location: Some(target.location), day: to, to: special });
    let of_day = |rules: &Rules, day: Day| -> BTreeMap<Minute, SlotOverride> {
        let same_day = rules.overrides.iter().filter(|((on, _), _)| *on == day);
        same_day.map(|((_, starts), exception)| (*starts, *exception)).collect()
    };
    let (wanted, there) = (of_day(source, from), of_day(target, to));
    let starts: BTreeSet<Minute> = wanted.keys().chain(there.keys()).copied().collect();
    edits.extend(starts.into_iter().map(|starts| Edit::Slot {
        location: target.location,
        day: to,
        starts,
        to: wanted.get(&starts).copied(),
    }));
}

/// What a day is, as a day on its own.
fn like(rules: &Rules, day: Day) -> SpecialDay {
    if let Some(special) = rules.special(day) {
        return special.clone();
    }
    match rules.plan(day) {
        DayPlan::Open { pattern, capacity } => {
            SpecialDay::Open { pattern: pattern.id, unit: None, capacity, reason: String::new() }
        }
        DayPlan::Closed(why) => SpecialDay::Closed {
            reason: match why {
                ClosedBecause::Weekday => String::new(),
                ClosedBecause::Holiday(name) | ClosedBecause::Yearly(name) | ClosedBecause::Special(name) => {
                    name
                }
            },
        },
    }
}

/// The plan that gives to the locations `to`, from a day on, the weeks, the days on their own, the single slots and the
/// windows of the location `from`. What was before that day stays as it was.
pub fn copy_location(
    tx: &ReadTx<'_>,
    from: LocationId,
    to: &[LocationId],
    effective: Day,
) -> Result<Plan, Fault> {
    let last = effective.plus(super::super::COPY_REACH);
    let source = store::rules(tx, from, effective, last)?;
    let mut edits = Vec::new();
    for place in to.iter().filter(|place| **place != from) {
        let target = store::rules(tx, *place, effective, last)?;
        weeks_like(&source, &target, effective, &mut edits);
        nths_like(&source, &target, effective, &mut edits);
        days_like(&source, &target, &mut edits);
        for audience in [Audience::Citizen, Audience::Staff] {
            let window = store::window(tx, from, audience)?;
            edits.push(Edit::Window { location: *place, audience, to: window });
        }
    }
    Ok(Plan { edits })
}

fn weeks_like(source: &Rules, target: &Rules, effective: Day, edits: &mut Vec<Edit>) {
    let location = target.location;
    for row in target.weekly.iter().filter(|row| row.effective > effective) {
        edits.push(Edit::Weekly { location, weekday: row.weekday, effective: row.effective, to: None });
    }
    for weekday in 0..=6 {
        let in_force =
            source.weekly.iter().filter(|row| row.weekday == weekday && row.effective <= effective);
        let planned = in_force.max_by_key(|row| row.effective).map(|row| row.planned);
        let closed = super::super::rules::Planned { pattern: None, capacity: None };
        let to = Some(planned.unwrap_or(closed));
        edits.push(Edit::Weekly { location, weekday, effective, to });
    }
    for row in source.weekly.iter().filter(|row| row.effective > effective) {
        let (weekday, effective, to) = (row.weekday, row.effective, Some(row.planned));
        edits.push(Edit::Weekly { location, weekday, effective, to });
    }
}

fn nths_like(source: &Rules, target: &Rules, effective: Day, edits: &mut Vec<Edit>) {
    let location = target.location;
    let edit = |row: &NthRow, effective, to| Edit::Nth {
        location,
        nth: row.nth,
        weekday: row.weekday,
        effective,
        to,
    };
    for row in &target.nth {
        let ended = NthPlanned { until: Some(effective.minus(1)), planned: row.planned };
        let still = row.until.is_none_or(|until| until >= effective);
        if row.effective >= effective {
            edits.push(edit(row, row.effective, None));
        } else if still {
            edits.push(edit(row, row.effective, Some(ended)));
        }
    }
    for row in source.nth.iter().filter(|row| row.until.is_none_or(|until| until >= effective)) {
        let to = NthPlanned { until: row.until, planned: row.planned };
        edits.push(edit(row, row.effective.max(effective), Some(to)));
    }
}

fn days_like(source: &Rules, target: &Rules, edits: &mut Vec<Edit>) {
    let location = target.location;
    let days: BTreeSet<Day> = source.special_here.keys().chain(target.special_here.keys()).copied().collect();
    edits.extend(days.into_iter().map(|day| Edit::Special {
        location: Some(location),
        day,
        to: source.special_here.get(&day).cloned(),
    }));
    let slots: BTreeSet<_> = source.overrides.keys().chain(target.overrides.keys()).copied().collect();
    edits.extend(slots.into_iter().map(|(day, starts)| Edit::Slot {
        location,
        day,
        starts,
        to: source.overrides.get(&(day, starts)).copied(),
    }));
}
