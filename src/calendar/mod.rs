//! Locations, opening hours and slots: a pure schedule, the booking windows over it.
//!
//! **Invariant:** slots are not rows; [`Rules`] computes them from patterns, plans and exceptions, and from nothing else.
//! **Invariant:** it knows no bookings: seats taken are counted by whoever books.
//! **Invariant:** each change of a rule raises `calendar_version`, by which copies in memory know that they are old.
//!
//! Spec: 7(2)⑤ ⑥, 7(3)⑤ ⑦.

mod edit;
mod everywhere;
mod holiday_file;
mod holidays;
mod location;
mod pattern;
mod place;
mod plan;
mod quota;
mod routes;
mod rules;
mod schedules;
mod seed;
mod slot;
mod store;
mod window;

use std::collections::BTreeMap;

use crate::base::{Day, LocationId, StorageId};
use crate::db::{Fault, ReadTx, WriteTx};

pub use edit::{
    EditError, NewLocation, NewStorage, NthWeekday, Use, UsedBy, Weekly, add_location, add_storage,
    override_slot, set_nth_weekday, set_pattern, set_route, set_special_day, set_weekly, set_window,
};
pub use everywhere::rules_of;
pub use holiday_file::{BYTES_MAX as HOLIDAY_FILE_MAX, HolidayFileError, Years, read as read_holidays};
pub use holidays::{Holidays, holiday_name};
pub use location::{Location, LocationText, SeatsBy, Storage, Weekdays};
pub use pattern::{Dropped, add_pattern, drop_pattern, uses_now, uses_of};
pub use place::{ChangeLocation, change_location, move_location, retire, set_text};
pub use plan::{
    Applied, BeginLocation, Beginning, Change, ChangeId, Edit, NthPlanned, Plan, Prepared, Stretch, apply,
    apply_prepared, begin_location, change, changes, check, check_new, copy_days, copy_location, last_change,
    last_change_id, prepare, version_of_all, waits_to_write, what_of, write_part,
};
pub use quota::{
    AddRelease, KeptFor, Quota, QuotaError, Release, Reserve, SetReserves, add_release, drop_release, quota,
    set_reserves,
};
pub use routes::{change_route, route, routes};
pub use rules::{
    ClosedBecause, DayPlan, Hours, NthRow, Pattern, PatternId, Period, Planned, Rules, SlotOverride,
    SpecialDay, Stop, WeeklyRow, YearlyClosure,
};
pub use schedules::Schedules;
pub use seed::seed;
pub use slot::{NotASlotId, Slot, SlotId};
pub use window::{Audience, Deadlines, Latest, LeadUnit, Span, Window};

/// How far ahead rules are read when open days are counted, in days.
pub const COUNTING_REACH: i32 = 120;

/// How far ahead days on their own are copied from one location to another, in days.
const COPY_REACH: i32 = 800;

/// Every location that is in use today, in the city's order.
pub fn locations(tx: &ReadTx<'_>) -> Result<Vec<Location>, Fault> {
    let today = tx.today();
    let all = store::locations(tx)?;
    Ok(all.into_iter().filter(|location| location.is_in_use(today)).collect())
}

/// The same in another language where the city has entered it; Japanese where not.
pub fn locations_in(tx: &ReadTx<'_>, language: &str) -> Result<Vec<Location>, Fault> {
    let mut found = locations(tx)?;
    for location in &mut found {
        if let Some(text) = store::location_text(tx, location.id, language)? {
            location.speak(text);
        }
    }
    Ok(found)
}

/// Every location, also those that are not used any more, for the names in records.
pub fn all_locations(tx: &ReadTx<'_>) -> Result<Vec<Location>, Fault> {
    store::locations(tx)
}

/// The location of this row, retired or not.
pub fn location(tx: &ReadTx<'_>, id: LocationId) -> Result<Option<Location>, Fault> {
    store::location(tx, id)
}

/// Every storage place.
pub fn storages(tx: &ReadTx<'_>) -> Result<Vec<Storage>, Fault> {
    store::storages(tx)
}

/// The storage place of this row.
pub fn storage(tx: &ReadTx<'_>, id: StorageId) -> Result<Option<Storage>, Fault> {
    store::storage(tx, id)
}

/// The opening patterns in the city's order, as they stand today; those that were retired are left out.
pub fn patterns(tx: &ReadTx<'_>) -> Result<Vec<Pattern>, Fault> {
    let (today, all) = (tx.today(), pattern::hours(tx)?);
    let live = pattern::live_patterns(tx)?;
    Ok(live.into_iter().filter_map(|id| all.get(&id)?.on(today).cloned()).collect())
}

/// What every pattern holds from which day on, also the retired ones.
pub fn hours(tx: &ReadTx<'_>) -> Result<BTreeMap<PatternId, Hours>, Fault> {
    pattern::hours(tx)
}

/// The yearly closures.
pub fn yearly_closures(tx: &ReadTx<'_>) -> Result<Vec<YearlyClosure>, Fault> {
    store::yearly(tx)
}

/// The holidays as the city knows them.
pub fn holidays(tx: &ReadTx<'_>) -> Result<Holidays, Fault> {
    Ok(Holidays::with_table(store::holidays(tx)?))
}

/// A location's words in another language, if any were entered.
pub fn location_text(tx: &ReadTx<'_>, id: LocationId, language: &str) -> Result<Option<LocationText>, Fault> {
    store::location_text(tx, id, language)
}

/// The schedule of a location, exact for the days from `from` to `to`.
pub fn rules(tx: &ReadTx<'_>, location: LocationId, from: Day, to: Day) -> Result<Rules, Fault> {
    store::rules(tx, location, from, to)
}

/// The slot with this id, if the schedule has it.
pub fn slot(tx: &ReadTx<'_>, id: &SlotId) -> Result<Option<Slot>, Fault> {
    let Some(place) = store::location(tx, id.location)? else { return Ok(None) };
    if !place.is_in_use(id.day) {
        return Ok(None);
    }
    let rules = store::rules(tx, id.location, id.day, id.day)?;
    Ok(rules.slots(id.day).into_iter().find(|slot| slot.starts == id.starts))
}

/// From when to when `audience` may book at a location.
///
/// Spec: 7(2)⑥.
pub fn window(tx: &ReadTx<'_>, location: LocationId, audience: Audience) -> Result<Window, Fault> {
    Ok(store::window(tx, location, audience)?.unwrap_or_else(|| Window::of_the_house(audience)))
}

/// Until when citizens may change and cancel a booking for a day at a location.
///
/// Spec: 7(2)⑥, 7(3)⑩.
pub fn deadlines(tx: &ReadTx<'_>, location: LocationId, day: Day) -> Result<Deadlines, Fault> {
    let window = window(tx, location, Audience::Citizen)?;
    let reach = if window.counts_back() { 366 } else { 0 };
    Ok(window.deadlines(day, &rules(tx, location, day.minus(reach), day)?))
}

/// Open days that a card needs from where it lies to where it is handed over; `default` where no route is entered.
///
/// A card whose storage place belongs to the location, or is unknown, travels no day.
pub fn lead_days(
    tx: &ReadTx<'_>,
    storage: Option<StorageId>,
    location: LocationId,
    default: u16,
) -> Result<u16, Fault> {
    let Some(storage) = storage else { return Ok(0) };
    if store::storage(tx, storage)?.is_some_and(|place| place.location == Some(location)) {
        return Ok(0);
    }
    Ok(store::route(tx, storage, location)?.unwrap_or(default))
}

/// Says that something outside of this room has changed what locations offer; `None` = all of them.
pub fn offer_changed(tx: &WriteTx<'_>, location: Option<LocationId>) -> Result<(), Fault> {
    store::raise_version(tx, location.unwrap_or(LocationId::of(0)))
}

/// The number that rises with every change of a location's rules.
pub fn version(tx: &ReadTx<'_>, location: LocationId) -> Result<i64, Fault> {
    store::version(tx, location)
}
