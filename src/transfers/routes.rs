//! How long cards travel on each route (回送にかかる日数).

use crate::base::{Day, LocationId, StorageId};
use crate::calendar;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::settings;

/// The most open days of a route.
pub const LEAD_MAX: u16 = 60;

/// The wish to say how long a route takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetRoute {
    /// From this storage place.
    pub storage: StorageId,
    /// To this location.
    pub location: LocationId,
    /// In open days of the location; `None` = as the city's default says.
    pub days: Option<u16>,
    /// What the form saw; another value now means that somebody was faster.
    pub seen: Option<u16>,
}

/// Why a route stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// More days than a route may have.
    #[error("more than {LEAD_MAX} days")]
    TooLong,
    /// There is no such storage place or location, or the place stands there.
    #[error("no such route")]
    NoRoute,
    /// Somebody changed it since the form was drawn.
    #[error("changed meanwhile")]
    Changed,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Says how long a route takes; says whether that is new. The calendars of the location follow at once.
///
/// Spec: 7(2)⑥ ⑩.
pub fn set_route(tx: &WriteTx<'_>, wish: &SetRoute) -> Result<bool, RouteError> {
    if wish.days.is_some_and(|days| days > LEAD_MAX) {
        return Err(RouteError::TooLong);
    }
    let place = calendar::storage(tx, wish.storage)?.ok_or(RouteError::NoRoute)?;
    calendar::location(tx, wish.location)?.ok_or(RouteError::NoRoute)?;
    if place.location == Some(wish.location) {
        return Err(RouteError::NoRoute);
    }
    let now = calendar::route(tx, wish.storage, wish.location)?;
    if now == wish.days {
        return Ok(false);
    }
    if now != wish.seen {
        return Err(RouteError::Changed);
    }
    calendar::change_route(tx, wish.storage, wish.location, wish.days)?;
    Ok(true)
}

/// The first day on which a card from this storage place could be handed over at a location, if it were asked for today.
pub fn earliest(tx: &ReadTx<'_>, storage: StorageId, location: LocationId) -> Result<Option<Day>, Fault> {
    let today = tx.today();
    let default = settings::read(tx)?.lead_days_default;
    let days = calendar::lead_days(tx, Some(storage), location, default)?;
    let rules = calendar::rules(tx, location, today, today.plus(calendar::COUNTING_REACH))?;
    Ok(rules.open_day_after(today, days))
}
