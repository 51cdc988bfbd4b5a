//! A location is not used any more from a day on. While people are booked there from that day, it is.

use crate::base::{BookingId, Day, LocationId};
use crate::calendar::{self, EditError};
use crate::db::{Fault, WriteTx};

use super::store;

/// The wish to retire a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retire {
    /// The location …
    pub location: LocationId,
    /// … as the form saw it.
    pub expect_version: i64,
    /// From this day on; `None` takes it back into use.
    pub from: Option<Day>,
}

/// Why a location is used on.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    /// People are booked there.
    #[error("{count} bookings from that day on, the last on {last}")]
    Booked {
        /// How many bookings.
        count: usize,
        /// Some of them, the first ones.
        some: Vec<BookingId>,
        /// The day of the last one: from the next day on it can be retired.
        last: Day,
    },
    /// The calendar refuses.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Retires a location, unless bookings that are still expected lie on that day or later.
///
/// Spec: 7(2)⑤.
pub fn retire(tx: &WriteTx<'_>, wish: &Retire) -> Result<(), RetireError> {
    if let Some(from) = wish.from {
        let booked = store::awaited_from(tx, wish.location, from)?;
        if let Some((_, last)) = booked.last() {
            let some = booked.iter().take(20).map(|(id, _)| *id).collect();
            return Err(RetireError::Booked { count: booked.len(), some, last: *last });
        }
    }
    Ok(calendar::retire(tx, wish.location, wish.expect_version, wish.from)?)
}
