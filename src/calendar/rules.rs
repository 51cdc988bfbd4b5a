//! The schedule of one location: a pure function from a day to its slots.
//!
//! What is nearer to the day wins: a single slot's exception, the location's special day, every location's special day,
//! yearly closures and holidays, the nth weekday of the month, the weekly plan in force on that day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::holidays::Holidays;
use super::slot::Slot;
use crate::base::{Day, LocationId, Minute, Moment};

/// Names an opening pattern.
pub type PatternId = i64;

/// An opening pattern (開庁時間パターン): the periods of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// Its row.
    pub id: PatternId,
    /// 通常, 短縮, 延長 …
    pub name: String,
    /// In order, without overlap; a gap between two is a break.
    pub periods: Vec<Period>,
}

/// A pattern over time: what it holds from which day on.
///
/// **Invariant:** a change of a pattern from a day on leaves the days before as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours(BTreeMap<Day, Pattern>);

impl Hours {
    /// The day from which the first version of every pattern is in force.
    pub const BEGINNING: Day = Day::from_date(jiff::civil::date(1900, 1, 1));

    /// What the pattern holds on a day.
    pub fn on(&self, day: Day) -> Option<&Pattern> {
        self.0.range(..=day).next_back().or_else(|| self.0.iter().next()).map(|(_, pattern)| pattern)
    }

    /// Its versions, each with the day from which it is in force, in order.
    pub fn versions(&self) -> impl Iterator<Item = (Day, &Pattern)> {
        self.0.iter().map(|(from, pattern)| (*from, pattern))
    }

    /// The version that begins exactly on this day.
    pub fn from(&self, day: Day) -> Option<&Pattern> {
        self.0.get(&day)
    }

    /// Sets the version that begins on a day; one without periods takes it away. The name is the same in all of them.
    pub(super) fn set(&mut self, from: Day, version: Pattern) {
        for pattern in self.0.values_mut() {
            pattern.name.clone_from(&version.name);
        }
        if version.periods.is_empty() {
            self.0.remove(&from);
        } else {
            self.0.insert(from, version);
        }
    }
}

/// A stretch of opening time cut into slots of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First minute.
    pub starts: Minute,
    /// The minute after the last one.
    pub ends: Minute,
    /// Length of a slot: 10, 15, 20, 30 or 60 minutes.
    pub unit: u16,
    /// Seats of a slot.
    pub capacity: u16,
}

impl Period {
    fn starts_of_slots(self) -> impl Iterator<Item = u16> {
        let last = self.ends.get().saturating_sub(self.unit);
        (self.starts.get()..=last).step_by(usize::from(self.unit.max(1)))
    }

    /// How many slots it has.
    pub fn slots(self) -> u16 {
        (self.ends.get().saturating_sub(self.starts.get())) / self.unit.max(1)
    }
}

/// Pattern and capacity that a plan gives to a day; no pattern means closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The hours; `None` = closed.
    pub pattern: Option<PatternId>,
    /// Seats of each slot, instead of the pattern's.
    pub capacity: Option<u16>,
}

/// A row of the weekly plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeeklyRow {
    /// 0 = Sunday.
    pub weekday: u8,
    /// In force from this day on.
    pub effective: Day,
    /// What the day gets.
    pub planned: Planned,
}

/// A row of the nth-weekday plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NthRow {
    /// 1 to 5; 6 = the last one of the month.
    pub nth: u8,
    /// 0 = Sunday.
    pub weekday: u8,
    /// In force from this day on …
    pub effective: Day,
    /// … until this day; `None` = until it is ended.
    pub until: Option<Day>,
    /// What the day gets.
    pub planned: Planned,
}

/// A day on its own (臨時開庁・閉庁).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SpecialDay {
    /// Open with this pattern.
    Open {
        /// The hours.
        pattern: PatternId,
        /// Length of each slot in minutes, instead of the pattern's.
        #[serde(default)]
        unit: Option<u16>,
        /// Seats of each slot, instead of the pattern's.
        capacity: Option<u16>,
        /// Why, as staff wrote it.
        reason: String,
    },
    /// Closed.
    Closed {
        /// Why, as staff wrote it.
        reason: String,
    },
}

/// A closure that returns every year (年末年始); it may run over the end of the year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearlyClosure {
    /// `MM-DD` of the first day.
    pub from: String,
    /// `MM-DD` of the last day.
    pub to: String,
    /// What it is called.
    pub name: String,
}

impl YearlyClosure {
    fn holds(&self, day: Day) -> bool {
        let mmdd = format!("{:02}-{:02}", day.month(), day.day());
        if self.from <= self.to {
            self.from <= mmdd && mmdd <= self.to
        } else {
            self.from <= mmdd || mmdd <= self.to
        }
    }
}

/// An exception for a single slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotOverride {
    /// Seats, instead of the plan's.
    pub capacity: Option<u16>,
    /// Whether citizens are offered it.
    pub citizen_open: bool,
}

/// A stretch of time in which the location is closed out of turn (一斉閉庁); its slots are not offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
    /// Why, as staff wrote it.
    pub reason: String,
}

impl Stop {
    fn covers(&self, day: Day) -> bool {
        self.from <= Moment::at(day, Minute::of(0)) && Moment::at(day.plus(1), Minute::of(0)) <= self.to
    }

    fn touches(&self, day: Day, starts: Minute, ends: Minute) -> bool {
        self.from < Moment::at(day, ends) && Moment::at(day, starts) < self.to
    }
}

/// Why a day is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBecause {
    /// The weekly plan does not open it.
    Weekday,
    /// A public holiday, by name.
    Holiday(String),
    /// A yearly closure, by name.
    Yearly(String),
    /// Staff closed it, with their reason.
    Special(String),
}

/// What a day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayPlan<'r> {
    /// Open with these hours.
    Open {
        /// The hours.
        pattern: &'r Pattern,
        /// Seats of each slot, instead of the pattern's.
        capacity: Option<u16>,
    },
    /// Closed.
    Closed(ClosedBecause),
}

/// The schedule of one location over a stretch of days.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(super) location: LocationId,
    pub(super) patterns: BTreeMap<PatternId, Hours>,
    pub(super) weekly: Vec<WeeklyRow>,
    pub(super) nth: Vec<NthRow>,
    pub(super) special_here: BTreeMap<Day, SpecialDay>,
    pub(super) special_everywhere: BTreeMap<Day, SpecialDay>,
    pub(super) yearly: Vec<YearlyClosure>,
    pub(super) holidays: Holidays,
    pub(super) overrides: BTreeMap<(Day, Minute), SlotOverride>,
    pub(super) stops: Vec<Stop>,
}

impl Rules {
    /// The location that they are for.
    pub fn location(&self) -> LocationId {
        self.location
    }

    /// The name of the public holiday on `day`.
    pub fn holiday(&self, day: Day) -> Option<&str> {
        self.holidays.name(day)
    }

    /// What makes `day` a day on its own, here or everywhere.
    pub fn special(&self, day: Day) -> Option<&SpecialDay> {
        self.special_here.get(&day).or_else(|| self.special_everywhere.get(&day))
    }

    /// The rows of the weekly plan.
    pub fn weekly(&self) -> &[WeeklyRow] {
        &self.weekly
    }

    /// The rows of the nth-weekday plan.
    pub fn nth(&self) -> &[NthRow] {
        &self.nth
    }

    /// The days on their own at this location, within the days that the schedule was read for.
    pub fn specials_here(&self) -> &BTreeMap<Day, SpecialDay> {
        &self.special_here
    }

    /// The exceptions of single slots, within the days that the schedule was read for.
    pub fn overrides(&self) -> &BTreeMap<(Day, Minute), SlotOverride> {
        &self.overrides
    }

    /// The closure out of turn that takes a part of `day` or all of it.
    pub fn stop(&self, day: Day) -> Option<&Stop> {
        self.stops.iter().find(|stop| stop.touches(day, Minute::of(0), Minute::of(24 * 60)))
    }

    /// What `day` is.
    pub fn plan(&self, day: Day) -> DayPlan<'_> {
        if let Some(stop) = self.stops.iter().find(|stop| stop.covers(day)) {
            return DayPlan::Closed(ClosedBecause::Special(stop.reason.clone()));
        }
        if let Some(special) = self.special(day) {
            return match special {
                SpecialDay::Closed { reason } => DayPlan::Closed(ClosedBecause::Special(reason.clone())),
                SpecialDay::Open { pattern, capacity, .. } => {
                    self.open_with(day, Planned { pattern: Some(*pattern), capacity: *capacity })
                }
            };
        }
        self.usual(day)
    }

    /// What `day` would be if it were no day on its own.
    pub fn usual(&self, day: Day) -> DayPlan<'_> {
        if let Some(closure) = self.yearly.iter().find(|closure| closure.holds(day)) {
            return DayPlan::Closed(ClosedBecause::Yearly(closure.name.clone()));
        }
        if let Some(name) = self.holidays.name(day) {
            return DayPlan::Closed(ClosedBecause::Holiday(name.to_owned()));
        }
        match self.nth_plan(day).or_else(|| self.weekly_plan(day)) {
            Some(planned) => self.open_with(day, planned),
            None => DayPlan::Closed(ClosedBecause::Weekday),
        }
    }

    /// Whether the location opens on `day` at all.
    pub fn is_open(&self, day: Day) -> bool {
        matches!(self.plan(day), DayPlan::Open { .. })
    }

    /// The slots of `day`, in order; none when it is closed.
    pub fn slots(&self, day: Day) -> Vec<Slot> {
        let DayPlan::Open { pattern, capacity } = self.plan(day) else { return Vec::new() };
        let unit = match self.special(day) {
            Some(SpecialDay::Open { unit, .. }) => *unit,
            Some(SpecialDay::Closed { .. }) | None => None,
        };
        let periods =
            pattern.periods.iter().map(|period| Period { unit: unit.unwrap_or(period.unit), ..*period });
        let slots = periods.flat_map(|period| {
            period.starts_of_slots().map(move |starts| self.slot(day, period, starts, capacity))
        });
        if self.stops.is_empty() {
            return slots.collect();
        }
        let stopped = |slot: &Slot| self.stops.iter().any(|stop| stop.touches(day, slot.starts, slot.ends));
        slots.filter(|slot| !stopped(slot)).collect()
    }

    /// The `n`th open day after `day`; `day` itself for 0. `None` when it lies beyond a year.
    pub fn open_day_after(&self, day: Day, n: u16) -> Option<Day> {
        if n == 0 {
            return Some(day);
        }
        (1..=366).map(|ahead| day.plus(ahead)).filter(|ahead| self.is_open(*ahead)).nth(usize::from(n) - 1)
    }

    /// The `n`th open day before `day`; `day` itself for 0. Where it would lie beyond a year, days are counted as they are.
    pub fn open_day_before(&self, day: Day, n: u16) -> Day {
        if n == 0 {
            return day;
        }
        let mut open = (1..=366).map(|back| day.minus(back)).filter(|back| self.is_open(*back));
        open.nth(usize::from(n) - 1).unwrap_or_else(|| day.minus(i32::from(n)))
    }

    fn slot(&self, day: Day, period: Period, starts: u16, capacity: Option<u16>) -> Slot {
        let starts_at = Minute::of(starts);
        let exception = self.overrides.get(&(day, starts_at));
        let planned = capacity.unwrap_or(period.capacity);
        Slot {
            location: self.location,
            day,
            starts: starts_at,
            ends: Minute::of(starts + period.unit),
            capacity: exception.and_then(|exception| exception.capacity).unwrap_or(planned),
            citizen_open: exception.is_none_or(|exception| exception.citizen_open),
        }
    }

    fn open_with(&self, day: Day, planned: Planned) -> DayPlan<'_> {
        match planned.pattern.and_then(|id| self.patterns.get(&id)?.on(day)) {
            Some(pattern) => DayPlan::Open { pattern, capacity: planned.capacity },
            None => DayPlan::Closed(ClosedBecause::Weekday),
        }
    }

    fn nth_plan(&self, day: Day) -> Option<Planned> {
        let fits = |row: &&NthRow| {
            let ranked = row.nth == day.nth_in_month() || (row.nth == 6 && day.is_last_of_its_weekday());
            let in_force = row.effective <= day && row.until.is_none_or(|until| day <= until);
            ranked && row.weekday == day.weekday() && in_force
        };
        self.nth.iter().filter(fits).max_by_key(|row| row.effective).map(|row| row.planned)
    }

    /// What the weekly plan alone gives to `day`.
    pub fn weekly_plan(&self, day: Day) -> Option<Planned> {
        let fits = |row: &&WeeklyRow| row.weekday == day.weekday() && row.effective <= day;
        self.weekly.iter().filter(fits).max_by_key(|row| row.effective).map(|row| row.planned)
    }
}
