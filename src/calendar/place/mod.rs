//! Locations: their words, their order, whether citizens see them, and until when they are used.
//!
//! **Invariant:** a location is never deleted; it is retired from a day on.

mod store;

use super::edit::EditError;
use super::location::{Location, LocationText, SeatsBy, Weekdays};
use super::store as rules;
use crate::base::{Day, LocationId, text};
use crate::db::{OnUnique, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The wish to change a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLocation {
    /// The location …
    pub location: LocationId,
    /// … as the form saw it.
    pub expect_version: i64,
    /// Short code, letters and digits.
    pub code: String,
    /// The words in Japanese.
    pub words: LocationText,
    /// Telephone number.
    pub phone: String,
    /// Whether citizens may choose it.
    pub citizen_visible: bool,
    /// What one seat is.
    pub seats_by: SeatsBy,
    /// Share of free seats at which △ begins, in percent.
    pub few_percent: u8,
    /// The days of the week that citizens' calendars show.
    pub weekdays: Weekdays,
}

/// Changes what a location is called, where it lies, and how its seats count.
///
/// Spec: 7(2)⑤, 7(3)⑦.
pub fn change_location(tx: &WriteTx<'_>, wish: &ChangeLocation) -> Result<(), EditError> {
    let before = find(tx, wish.location, wish.expect_version)?;
    check_code(&wish.code)?;
    check_words(&wish.words, &wish.phone)?;
    if wish.few_percent > 100 {
        return Err(EditError::TooManySeats);
    }
    store::update_location(tx, wish).on_unique("location.code", || EditError::LocationCodeTaken)?;
    tell(tx, "location.changed", wish.location, changes(&before, wish))
}

/// Sets a location's words in another language; empty words are said in Japanese.
pub fn set_text(
    tx: &WriteTx<'_>,
    location: LocationId,
    language: &str,
    words: &LocationText,
) -> Result<(), EditError> {
    if words.name.is_empty() && *words != LocationText::default() {
        return Err(EditError::BadName);
    }
    if !words.name.is_empty() {
        check_words(words, "")?;
    }
    if rules::location(tx, location)?.is_none() {
        return Err(EditError::NoSuchLocation);
    }
    if rules::location_text(tx, location, language)?.unwrap_or_default() == *words {
        return Ok(());
    }
    store::upsert_text(tx, location, language, words)?;
    tell(tx, "location.text", location, vec![Change::new("language", None, Some(language.to_owned()))])
}

/// Moves a location one place up or down in the city's order.
pub fn move_location(tx: &WriteTx<'_>, location: LocationId, up: bool) -> Result<(), EditError> {
    let all = rules::locations(tx)?;
    let at = all.iter().position(|one| one.id == location).ok_or(EditError::NoSuchLocation)?;
    let other = if up { at.checked_sub(1) } else { Some(at + 1) };
    let Some(neighbour) = other.and_then(|other| all.get(other)) else { return Ok(()) };
    let mut order: Vec<LocationId> = all.iter().map(|one| one.id).collect();
    order.retain(|one| *one != location);
    let to = order.iter().position(|one| *one == neighbour.id).map_or(0, |to| if up { to } else { to + 1 });
    order.insert(to, location);
    for (position, one) in (1..).zip(order) {
        store::set_position(tx, one, position)?;
    }
    tell(tx, "location.moved", location, Vec::new())
}

/// Retires a location from a day on, or (`None`) takes it back into use.
///
/// Whether people are booked there after that day is asked by whoever knows bookings.
pub fn retire(
    tx: &WriteTx<'_>,
    location: LocationId,
    expect_version: i64,
    from: Option<Day>,
) -> Result<(), EditError> {
    let before = find(tx, location, expect_version)?;
    if from.is_some_and(|from| from < tx.today()) {
        return Err(EditError::PastDay);
    }
    store::set_retired(tx, location, from)?;
    let on = |day: Option<Day>| day.map(|day| day.to_string());
    tell(tx, "location.retired", location, vec![Change::new("retired_on", on(before.retired_on), on(from))])
}

fn find(tx: &ReadTx<'_>, location: LocationId, version: i64) -> Result<Location, EditError> {
    let found = rules::location(tx, location)?.ok_or(EditError::NoSuchLocation)?;
    if found.version == version { Ok(found) } else { Err(EditError::Changed) }
}

/// Refuses a code that lists and files could not carry.
pub(super) fn check_code(code: &str) -> Result<(), EditError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=20).contains(&code.len()) && code.chars().all(plain) { Ok(()) } else { Err(EditError::BadCode) }
}

/// Refuses words that are too long, or no name.
pub(super) fn check_words(words: &LocationText, phone: &str) -> Result<(), EditError> {
    if words.name.is_empty() || !fits(&words.name, 40) {
        return Err(EditError::BadName);
    }
    let longer = [&words.address, &words.access, &words.barrier_free, &words.hours_text];
    if longer.into_iter().any(|one| !fits(one, 200)) || !fits(phone, 30) {
        return Err(EditError::BadReason);
    }
    Ok(())
}

/// Whether a text is short enough and can be written.
pub(super) fn fits(words: &str, most: usize) -> bool {
    words.chars().count() <= most && !text::has_control(words)
}

fn tell(
    tx: &WriteTx<'_>,
    operation: &'static str,
    location: LocationId,
    changes: Vec<Change>,
) -> Result<(), EditError> {
    rules::raise_version(tx, location)?;
    history::record(tx, &Event { changes, ..Event::of(operation, Record::Location(location)) })?;
    Ok(())
}

fn changes(before: &Location, wish: &ChangeLocation) -> Vec<Change> {
    let words = &wish.words;
    let pairs = [
        ("code", before.code.clone(), wish.code.clone()),
        ("name", before.name.clone(), words.name.clone()),
        ("address", before.address.clone(), words.address.clone()),
        ("access", before.access.clone(), words.access.clone()),
        ("phone", before.phone.clone(), wish.phone.clone()),
        ("barrier_free", before.barrier_free.clone(), words.barrier_free.clone()),
        ("hours_text", before.hours_text.clone(), words.hours_text.clone()),
        ("citizen_visible", before.citizen_visible.to_string(), wish.citizen_visible.to_string()),
        ("seats_by", before.seats_by.code().to_owned(), wish.seats_by.code().to_owned()),
        ("few_percent", before.few_percent.to_string(), wish.few_percent.to_string()),
        ("weekdays", before.weekdays.bits().to_string(), wish.weekdays.bits().to_string()),
    ];
    let other = pairs.into_iter().filter(|(_, was, now)| was != now);
    other.map(|(field, was, now)| Change::new(field, Some(was), Some(now))).collect()
}

/// Whether this staff-given text fits for a new location, used by `add_location`.
pub(super) fn check_new(new: &super::NewLocation) -> Result<(), EditError> {
    check_code(&new.code)?;
    let words = LocationText {
        name: new.name.clone(),
        address: new.address.clone(),
        access: new.access.clone(),
        barrier_free: new.barrier_free.clone(),
        hours_text: new.hours_text.clone(),
    };
    check_words(&words, &new.phone)
}
