//! Shaping the calendar: locations, storage places, patterns, plans, exceptions, windows.
//!
//! Each act raises the version of what it touches and leaves its event.

use super::location::SeatsBy;
use super::rules::{PatternId, Period, SlotOverride, SpecialDay};
use super::slot::SlotId;
use super::window::{Audience, Latest, Window};
use super::{pattern, place, plan, store};
use crate::base::{Day, LocationId, Minute, StorageId};
use crate::db::{Fault, OnUnique, ReadTx, WriteTx};
use crate::history::{self, Event, Record};

/// A location to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLocation {
    /// Short code, letters and digits.
    pub code: String,
    /// Name.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// How to get there.
    pub access: String,
    /// Telephone number.
    pub phone: String,
    /// Steps, lifts, toilets.
    pub barrier_free: String,
    /// When it is open, in words.
    pub hours_text: String,
    /// Whether citizens may choose it.
    pub citizen_visible: bool,
    /// What one seat is.
    pub seats_by: SeatsBy,
    /// Share of free seats at which △ begins, in percent.
    pub few_percent: u8,
}

/// A storage place to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStorage {
    /// Short code.
    pub code: String,
    /// Name.
    pub name: String,
    /// The location that it stands in.
    pub location: Option<LocationId>,
}

/// What a weekday gets from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekly {
    /// Where.
    pub location: LocationId,
    /// 0 = Sunday.
    pub weekday: u8,
    /// In force from this day on.
    pub effective: Day,
    /// The hours; `None` = closed.
    pub pattern: Option<PatternId>,
    /// Seats of each slot, instead of the pattern's.
    pub capacity: Option<u16>,
}

/// What the nth such weekday of each month gets from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NthWeekday {
    /// Where.
    pub location: LocationId,
    /// 1 to 5; 6 = the last one of the month.
    pub nth: u8,
    /// 0 = Sunday.
    pub weekday: u8,
    /// In force from this day on.
    pub effective: Day,
    /// The last day on which it is in force; `None` = until it is ended.
    pub until: Option<Day>,
    /// The hours; `None` = closed.
    pub pattern: Option<PatternId>,
    /// Seats of each slot, instead of the pattern's.
    pub capacity: Option<u16>,
}

/// Where a pattern is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The location; `None` = at every location.
    pub location: Option<LocationId>,
    /// By what.
    pub by: UsedBy,
}

/// What uses a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsedBy {
    /// The weekly plan: weekday (0 = Sunday), from this day on.
    Weekly(u8, Day),
    /// The nth weekday of each month: nth, weekday.
    Nth(u8, u8),
    /// A day on its own.
    Day(Day),
}

/// Why the calendar was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Another location has this code.
    #[error("another location has this code")]
    LocationCodeTaken,
    /// Another storage place has this code.
    #[error("another storage place has this code")]
    StorageCodeTaken,
    /// A period ends before it begins, or runs past midnight.
    #[error("a period ends before it begins")]
    PeriodBackwards,
    /// Two periods overlap.
    #[error("two periods overlap")]
    PeriodsOverlap,
    /// A period is not a whole number of slots, or its slots have no allowed length.
    #[error("a period is not a whole number of slots")]
    PeriodNotWhole,
    /// A pattern without a period opens nothing.
    #[error("a pattern needs a period")]
    NoPeriod,
    /// The last day of a window lies before its first.
    #[error("the last bookable day lies before the first")]
    WindowBackwards,
    /// Nothing would be other than it is.
    #[error("nothing would change")]
    NothingChanges,
    /// There is no such location.
    #[error("no such location")]
    NoSuchLocation,
    /// There is no such pattern.
    #[error("no such pattern")]
    NoSuchPattern,
    /// Another pattern has this name.
    #[error("another pattern has this name")]
    PatternNameTaken,
    /// The name is empty, too long, or cannot be written.
    #[error("the name cannot be kept")]
    BadName,
    /// The code is empty, too long, or has other characters than letters, digits, `-` and `_`.
    #[error("the code cannot be kept")]
    BadCode,
    /// The reason is too long, or cannot be written.
    #[error("the reason cannot be kept")]
    BadReason,
    /// No such day, weekday or year.
    #[error("no such day")]
    BadDay,
    /// A new wish names a day that is over.
    #[error("the day is over")]
    PastDay,
    /// A rule ends before it begins.
    #[error("a rule ends before it begins")]
    EndsBeforeItBegins,
    /// More than 999 seats.
    #[error("too many seats")]
    TooManySeats,
    /// A pattern that is in use cannot be taken away.
    #[error("the pattern is in use")]
    InUse(Vec<Use>),
    /// Somebody changed it since the form was drawn.
    #[error("changed meanwhile")]
    Changed,
    /// More days and slots than one change can hold.
    #[error("more than {most} edits")]
    TooMuchAtOnce {
        /// The most edits of one change.
        most: usize,
    },
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Adds a location at the end of the city's order.
///
/// Spec: 7(2)⑤.
pub fn add_location(tx: &WriteTx<'_>, new: &NewLocation) -> Result<LocationId, EditError> {
    place::check_new(new)?;
    let id = store::insert_location(tx, new).on_unique("location.code", || EditError::LocationCodeTaken)?;
    changed(tx, "location.added", id)?;
    Ok(id)
}

/// Adds a storage place.
///
/// Spec: 7(2)③.
pub fn add_storage(tx: &WriteTx<'_>, new: &NewStorage) -> Result<StorageId, EditError> {
    let id = store::insert_storage(tx, new).on_unique("storage.code", || EditError::StorageCodeTaken)?;
    history::record(tx, &event("storage.added", Record::Storage(id)))?;
    Ok(id)
}

/// Sets how many open days a card travels from a storage place to a location.
pub fn set_route(
    tx: &WriteTx<'_>,
    storage: StorageId,
    location: LocationId,
    days: u16,
) -> Result<(), EditError> {
    store::upsert_route(tx, storage, location, days)?;
    changed(tx, "location.route", location)
}

/// Makes or replaces the pattern of this name. Every location that uses it changes with it.
///
/// Spec: 7(2)⑤.
pub fn set_pattern(tx: &WriteTx<'_>, name: &str, periods: &[Period]) -> Result<PatternId, EditError> {
    check_periods(periods)?;
    let id = pattern::upsert_pattern(tx, name, periods)?;
    everywhere_changed(tx, "hours.pattern")?;
    Ok(id)
}

/// Sets what a weekday gets from a day on.
pub fn set_weekly(tx: &WriteTx<'_>, plan: &Weekly) -> Result<(), EditError> {
    store::upsert_weekly(tx, plan)?;
    changed(tx, "hours.weekly", plan.location)
}

/// Sets what the nth such weekday of each month gets from a day on.
pub fn set_nth_weekday(tx: &WriteTx<'_>, plan: &NthWeekday) -> Result<(), EditError> {
    store::upsert_nth(tx, plan)?;
    changed(tx, "hours.nth_weekday", plan.location)
}

/// Opens or closes one day, at one location or (`None`) at all of them.
pub fn set_special_day(
    tx: &WriteTx<'_>,
    location: Option<LocationId>,
    day: Day,
    special: &SpecialDay,
) -> Result<(), EditError> {
    plan::write_all(tx)?;
    store::upsert_special(tx, location.unwrap_or(LocationId::of(0)), day, special)?;
    location.map_or_else(
        || everywhere_changed(tx, "day.special"),
        |location| changed(tx, "day.special", location),
    )
}

/// Changes the seats of one slot, or takes it from citizens.
pub fn override_slot(tx: &WriteTx<'_>, slot: &SlotId, exception: SlotOverride) -> Result<(), EditError> {
    plan::write_all(tx)?;
    store::upsert_override(tx, slot, exception)?;
    changed(tx, "slot.override", slot.location)
}

/// Sets from when to when an audience may book at a location.
///
/// Spec: 7(2)⑥.
pub fn set_window(
    tx: &WriteTx<'_>,
    location: LocationId,
    audience: Audience,
    window: &Window,
) -> Result<(), EditError> {
    check_window(tx, location, window)?;
    store::upsert_window(tx, location, audience, window)?;
    changed(tx, "location.window", location)
}

/// Refuses a window whose last day lies before its first as it stands today.
pub(super) fn check_window(tx: &ReadTx<'_>, location: LocationId, window: &Window) -> Result<(), EditError> {
    let fits = window.lead <= 365
        && window.change_days <= 365
        && window.cancel_days <= 365
        && !matches!(window.latest, Latest::Days(days) if !(1..=730).contains(&days));
    if !fits {
        return Err(EditError::BadDay);
    }
    let today = tx.today();
    let rules = store::rules(tx, location, today, today.plus(super::COUNTING_REACH))?;
    if window.is_backwards(today, &rules) { Err(EditError::WindowBackwards) } else { Ok(()) }
}

pub(super) fn check_periods(periods: &[Period]) -> Result<(), EditError> {
    if periods.is_empty() {
        return Err(EditError::NoPeriod);
    }
    let mut sorted = periods.to_vec();
    sorted.sort_by_key(|period| period.starts);
    let mut open_until = Minute::of(0);
    for period in sorted {
        if period.ends <= period.starts {
            return Err(EditError::PeriodBackwards);
        }
        if period.starts < open_until {
            return Err(EditError::PeriodsOverlap);
        }
        let length = period.ends.get() - period.starts.get();
        if ![10, 15, 20, 30, 60].contains(&period.unit) || !length.is_multiple_of(period.unit) {
            return Err(EditError::PeriodNotWhole);
        }
        open_until = period.ends;
    }
    Ok(())
}

fn changed(tx: &WriteTx<'_>, operation: &'static str, location: LocationId) -> Result<(), EditError> {
    store::raise_version(tx, location)?;
    history::record(tx, &event(operation, Record::Location(location)))?;
    Ok(())
}

fn everywhere_changed(tx: &WriteTx<'_>, operation: &'static str) -> Result<(), EditError> {
    store::raise_version(tx, LocationId::of(0))?;
    history::record(tx, &event(operation, Record::Municipality))?;
    Ok(())
}

fn event(operation: &'static str, record: Record) -> Event<'static> {
    Event::of(operation, record)
}
