//! The schedule as it will be once a plan is applied, without writing anything.

use super::super::holidays::Holidays;
use super::super::rules::{Hours, NthRow, Rules, WeeklyRow, YearlyClosure};
use super::{Edit, NthPlanned, Plan};
use crate::base::LocationId;

impl Rules {
    /// These rules with the edits of a plan that concern them.
    #[must_use]
    pub fn after(&self, plan: &Plan) -> Self {
        let mut rules = self.clone();
        for edit in &plan.edits {
            rules.take(edit);
        }
        rules
    }

    /// The same with one edit.
    pub(super) fn take(&mut self, edit: &Edit) {
        match edit {
            Edit::Pattern { pattern, from } => {
                let from = from.unwrap_or(Hours::BEGINNING);
                self.patterns.entry(pattern.id).or_default().set(from, pattern.clone());
            }
            Edit::Weekly { location, weekday, effective, to } if *location == self.location => {
                self.weekly.retain(|row| (row.weekday, row.effective) != (*weekday, *effective));
                let row = |planned| WeeklyRow { weekday: *weekday, effective: *effective, planned };
                self.weekly.extend(to.map(row));
            }
            Edit::Nth { location, nth, weekday, effective, to } if *location == self.location => {
                let key = (*nth, *weekday, *effective);
                self.nth.retain(|row| (row.nth, row.weekday, row.effective) != key);
                let row = |to: NthPlanned| NthRow {
                    nth: *nth,
                    weekday: *weekday,
                    effective: *effective,
                    until: to.until,
                    planned: to.planned,
                };
                self.nth.extend(to.map(row));
            }
            Edit::Special { .. } => self.take_special(edit),
            Edit::Slot { location, day, starts, to } if *location == self.location => {
                self.overrides.remove(&(*day, *starts));
                self.overrides.extend(to.map(|to| ((*day, *starts), to)));
            }
            Edit::Yearly { from, until, to } => {
                self.yearly.retain(|one| (&one.from, &one.to) != (from, until));
                let closure = |name: &String| YearlyClosure {
                    from: from.clone(),
                    to: until.clone(),
                    name: name.clone(),
                };
                self.yearly.extend(to.as_ref().map(closure));
            }
            Edit::Holidays { year, to } => self.holidays = self.holidays.with_year(*year, to.as_deref()),
            Edit::Weekly { .. } | Edit::Nth { .. } | Edit::Slot { .. } | Edit::Window { .. } => {}
        }
    }

    fn take_special(&mut self, edit: &Edit) {
        let Edit::Special { location, day, to } = edit else { return };
        let here = |one: &LocationId| *one == self.location;
        let days = match location {
            None => &mut self.special_everywhere,
            Some(one) if here(one) => &mut self.special_here,
            Some(_) => return,
        };
        days.remove(day);
        days.extend(to.clone().map(|to| (*day, to)));
    }
}

impl Holidays {
    fn with_year(&self, year: i16, days: Option<&[(crate::base::Day, String)]>) -> Self {
        let mut table = self.table().clone();
        table.retain(|day, _| day.year() != year);
        table.extend(days.unwrap_or_default().iter().cloned());
        Self::with_table(table)
    }
}
