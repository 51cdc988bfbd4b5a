//! A wish to change the calendar: one value for looking at what it would do, for doing it, and for taking it back.
//!
//! **Invariant:** what [`super::Rules::after`] shows of a plan is what the rules are once [`apply()`] has written it.
//! **Invariant:** a plan that was applied gives the plan that takes it back, with the values as they were.
//!
//! Spec: 7(2)⑤ ⑥.

mod apply;
mod beginning;
mod check;
mod copy;
mod later;
mod overlay;
mod store;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rules::{Pattern, PatternId, Planned, SlotOverride, SpecialDay};
use super::window::{Audience, Window};
use crate::base::{Day, LocationId, Minute, Moment};
use crate::db::{Fault, ReadTx};

pub use apply::{Applied, Prepared, apply, apply_prepared};
pub use beginning::{BeginLocation, Beginning, begin_location};
pub use check::{check, check_new};
pub use copy::{Stretch, copy_days, copy_location};
pub use later::{prepare, waits_to_write, write_part};
pub(super) use later::{unwritten, write_all};

/// Names a change of the calendar that was made.
pub type ChangeId = i64;

/// The wish: one edit a rule. Each says what the rule shall be, so that the same plan applied twice changes nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The edits, in the order in which they take effect.
    pub edits: Vec<Edit>,
}

/// What one rule shall be; `None` takes the rule away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// The name of a pattern that exists, and its periods from a day on; no periods take away what was to come from that day.
    Pattern {
        /// What it shall be.
        pattern: Pattern,
        /// From this day on; `None` = from the beginning.
        #[serde(default)]
        from: Option<Day>,
    },
    /// What a weekday gets from a day on.
    Weekly {
        /// Where.
        location: LocationId,
        /// 0 = Sunday.
        weekday: u8,
        /// From this day on.
        effective: Day,
        /// What it gets.
        to: Option<Planned>,
    },
    /// What the nth such weekday of each month gets from a day on.
    Nth {
        /// Where.
        location: LocationId,
        /// 1 to 5; 6 = the last one of the month.
        nth: u8,
        /// 0 = Sunday.
        weekday: u8,
        /// From this day on.
        effective: Day,
        /// What it gets, until when.
        to: Option<NthPlanned>,
    },
    /// A day on its own.
    Special {
        /// Where; `None` = at every location.
        location: Option<LocationId>,
        /// The day.
        day: Day,
        /// What it is.
        to: Option<SpecialDay>,
    },
    /// An exception for one slot.
    Slot {
        /// Where.
        location: LocationId,
        /// The day.
        day: Day,
        /// Its first minute.
        starts: Minute,
        /// The exception.
        to: Option<SlotOverride>,
    },
    /// A closure that returns every year.
    Yearly {
        /// `MM-DD` of the first day.
        from: String,
        /// `MM-DD` of the last day.
        until: String,
        /// What it is called.
        to: Option<String>,
    },
    /// The holidays of one year as the city has read them; `None` = as the law has them.
    Holidays {
        /// The year.
        year: i16,
        /// Each day with its name.
        to: Option<Vec<(Day, String)>>,
    },
    /// From when to when an audience may book.
    Window {
        /// Where.
        location: LocationId,
        /// Who.
        audience: Audience,
        /// The rule; `None` = the rule of the house.
        to: Option<Window>,
    },
}

/// What an nth weekday gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NthPlanned {
    /// The last day on which it is in force; `None` = until it is ended.
    pub until: Option<Day>,
    /// Hours and seats.
    #[serde(flatten)]
    pub planned: Planned,
}

impl Plan {
    /// The location that the edit is about; `None` where every location may change with it.
    fn place_of(edit: &Edit) -> Option<LocationId> {
        match edit {
            Edit::Weekly { location, .. }
            | Edit::Nth { location, .. }
            | Edit::Slot { location, .. }
            | Edit::Window { location, .. }
            | Edit::Special { location: Some(location), .. } => Some(*location),
            Edit::Pattern { .. }
            | Edit::Yearly { .. }
            | Edit::Holidays { .. }
            | Edit::Special { location: None, .. } => None,
        }
    }

    /// The locations whose schedule may change; `None` = all of them.
    pub fn places(&self) -> Option<BTreeSet<LocationId>> {
        self.edits.iter().map(Self::place_of).collect()
    }

    /// The last day that an edit names, so that whoever looks at the effect looks far enough.
    pub fn last_day(&self) -> Option<Day> {
        let day = |edit: &Edit| match edit {
            Edit::Special { day, .. } | Edit::Slot { day, .. } => Some(*day),
            Edit::Weekly { effective, .. } | Edit::Nth { effective, .. } => Some(*effective),
            Edit::Holidays { year, .. } => Day::new(*year, 12, 31),
            Edit::Pattern { from, .. } => *from,
            Edit::Yearly { .. } | Edit::Window { .. } => None,
        };
        self.edits.iter().filter_map(day).max()
    }

    /// The first and the last day on which slots may change; `None` = on any day from today on.
    pub fn days(&self) -> Option<(Day, Day)> {
        let day = |edit: &Edit| match edit {
            Edit::Special { day, .. } | Edit::Slot { day, .. } => Some(*day),
            Edit::Pattern { .. }
            | Edit::Weekly { .. }
            | Edit::Nth { .. }
            | Edit::Yearly { .. }
            | Edit::Holidays { .. }
            | Edit::Window { .. } => None,
        };
        let days: Option<Vec<Day>> = self.edits.iter().map(day).collect();
        let days = days?;
        days.iter().min().copied().zip(days.iter().max().copied())
    }

    /// Whether slots may change; a window alone changes none.
    pub fn touches_slots(&self) -> bool {
        self.edits.iter().any(|edit| !matches!(edit, Edit::Window { .. }))
    }

    /// The pattern that the plan edits.
    pub fn pattern(&self) -> Option<PatternId> {
        self.edits.iter().find_map(|edit| match edit {
            Edit::Pattern { pattern, .. } => Some(pattern.id),
            _ => None,
        })
    }
}

/// A change of the calendar as it stands in the list of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its row.
    pub id: ChangeId,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// What was done, in words.
    pub what: String,
    /// The plan that takes it back.
    pub before: Plan,
    /// The change that this one took back.
    pub undoes: Option<ChangeId>,
    /// Whether it was taken back.
    pub is_undone: bool,
}

/// The newest changes, newest first.
pub fn changes(tx: &ReadTx<'_>, most: u32) -> Result<Vec<Change>, Fault> {
    store::changes(tx, most)
}

/// The change of this row.
pub fn change(tx: &ReadTx<'_>, id: ChangeId) -> Result<Option<Change>, Fault> {
    store::change(tx, id)
}

/// The change that can be taken back now: the newest one, unless it took one back or was taken back itself.
pub fn last_change(tx: &ReadTx<'_>) -> Result<Option<Change>, Fault> {
    let newest = store::changes(tx, 1)?.into_iter().next();
    Ok(newest.filter(|change| !change.is_undone && change.undoes.is_none()))
}

/// The row of [`last_change`], without its plan, which can be long.
pub fn last_change_id(tx: &ReadTx<'_>) -> Result<Option<ChangeId>, Fault> {
    store::last_id(tx)
}

/// What a change was, in words.
pub fn what_of(tx: &ReadTx<'_>, id: ChangeId) -> Result<Option<String>, Fault> {
    store::what_of(tx, id)
}

/// The number that rises with every change of any location's rules.
pub fn version_of_all(tx: &ReadTx<'_>) -> Result<i64, Fault> {
    store::version_of_all(tx)
}
