//! Keeping seats back, and setting when a period opens.

use super::{Release, Reserve, store};
use crate::base::{Day, LocationId, Moment};
use crate::calendar::{self, store as rows};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The most seats of a slot that can be kept back for one channel.
const SEATS_MAX: u16 = 99;

/// The most days before a slot's day at which kept seats are given free.
const DAYS_MAX: u16 = 60;

/// What a location keeps back, instead of what it kept before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetReserves {
    /// Where.
    pub location: LocationId,
    /// A row a channel; a channel that is not here keeps nothing.
    pub reserves: Vec<Reserve>,
}

/// A period to be opened to citizens at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddRelease {
    /// Where.
    pub location: LocationId,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// When.
    pub opens_at: Moment,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// There is no such location, or no such period.
    #[error("not found")]
    Gone,
    /// A number is out of its bounds, or a channel stands twice.
    #[error("a number is out of bounds")]
    OutOfBounds,
    /// The last day lies before the first.
    #[error("the period ends before it begins")]
    Backwards,
    /// The moment has passed already: there would be nothing to wait for.
    #[error("the moment has passed")]
    Passed,
    /// The period is over before it opens.
    #[error("the period is over before it opens")]
    TooLate,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps seats of each slot back for those who telephone or come. What was booked before stays.
pub fn set_reserves(tx: &WriteTx<'_>, wish: &SetReserves) -> Result<(), QuotaError> {
    known(tx, wish.location)?;
    let mut channels: Vec<&str> = wish.reserves.iter().map(|one| one.channel.code()).collect();
    channels.sort_unstable();
    channels.dedup();
    let fits = |one: &Reserve| (1..=SEATS_MAX).contains(&one.seats) && one.release_days <= DAYS_MAX;
    if channels.len() != wish.reserves.len() || !wish.reserves.iter().all(fits) {
        return Err(QuotaError::OutOfBounds);
    }
    let before = store::reserves(tx, wish.location)?;
    store::replace_reserves(tx, wish.location, &wish.reserves)?;
    let changes = vec![Change::new("reserves", Some(told(&before)), Some(told(&wish.reserves)))];
    record(tx, wish.location, "location.reserves", changes)
}

/// Lets citizens wait for a period until a moment. Staff can book it before.
pub fn add_release(tx: &WriteTx<'_>, wish: &AddRelease) -> Result<i64, QuotaError> {
    known(tx, wish.location)?;
    if wish.to < wish.from {
        return Err(QuotaError::Backwards);
    }
    if wish.opens_at <= tx.now() {
        return Err(QuotaError::Passed);
    }
    if wish.opens_at.day() > wish.to {
        return Err(QuotaError::TooLate);
    }
    let new = Release { id: 0, from: wish.from, to: wish.to, opens_at: wish.opens_at };
    let id = store::insert_release(tx, wish.location, &new)?;
    record(tx, wish.location, "location.release_set", facts(&new))?;
    Ok(id)
}

/// Takes a period from the list: it is offered at once, as the window allows.
pub fn drop_release(tx: &WriteTx<'_>, location: LocationId, id: i64) -> Result<(), QuotaError> {
    let known = store::releases(tx, location)?.into_iter().find(|one| one.id == id);
    let known = known.ok_or(QuotaError::Gone)?;
    store::delete_release(tx, location, id)?;
    record(tx, location, "location.release_dropped", facts(&known))
}

fn known(tx: &WriteTx<'_>, location: LocationId) -> Result<(), QuotaError> {
    calendar::location(tx, location)?.map(|_| ()).ok_or(QuotaError::Gone)
}

fn told(reserves: &[Reserve]) -> String {
    let one = |one: &Reserve| {
        format!("{} {} -{}d {}", one.channel.code(), one.seats, one.release_days, one.release_at)
    };
    reserves.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn facts(release: &Release) -> Vec<Change> {
    let opens = format!("{} {}", release.opens_at.day(), release.opens_at.minute());
    vec![
        Change::new("period", None, Some(format!("{}/{}", release.from, release.to))),
        Change::new("opens_at", None, Some(opens)),
    ]
}

fn record(
    tx: &WriteTx<'_>,
    location: LocationId,
    operation: &'static str,
    changes: Vec<Change>,
) -> Result<(), QuotaError> {
    rows::raise_version(tx, location)?;
    history::record(tx, &Event { changes, ..Event::of(operation, Record::Location(location)) })?;
    Ok(())
}
