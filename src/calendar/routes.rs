//! How many open days cards travel from each storage place to each location.
//!
//! Spec: 7(2)⑥ ⑩.

use super::store;
use crate::base::{LocationId, StorageId};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Every route that is entered, with its open days.
pub fn routes(tx: &ReadTx<'_>) -> Result<Vec<(StorageId, LocationId, u16)>, Fault> {
    store::routes(tx)
}

/// The open days that are entered for a route.
pub fn route(tx: &ReadTx<'_>, storage: StorageId, location: LocationId) -> Result<Option<u16>, Fault> {
    store::route(tx, storage, location)
}

/// Says how long a route takes, `None` = as the city's default says. The location's calendars follow at once.
pub fn change_route(
    tx: &WriteTx<'_>,
    storage: StorageId,
    location: LocationId,
    days: Option<u16>,
) -> Result<(), Fault> {
    let before = store::route(tx, storage, location)?;
    match days {
        Some(days) => store::upsert_route(tx, storage, location, days)?,
        None => store::delete_route(tx, storage, location)?,
    }
    store::raise_version(tx, location)?;
    let days_of = |days: Option<u16>| days.map(|days| days.to_string());
    let changes = vec![
        Change::new("storage", None, Some(storage.to_string())),
        Change::new("lead_days", days_of(before), days_of(days)),
    ];
    history::record(tx, &Event { changes, ..Event::of("location.route", Record::Location(location)) })?;
    Ok(())
}
