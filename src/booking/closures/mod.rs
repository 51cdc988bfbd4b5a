//! Closures of several locations at once (一斉閉庁): whose bookings they hit, and how those people learn of it.

mod store;

use crate::base::BookingId;
use crate::db::{Fault, ReadTx};

/// Whether a booking lies in a closure that stands: its people may change it whatever the hour, and nobody is missed.
pub fn hits(tx: &ReadTx<'_>, booking: BookingId) -> Result<bool, Fault> {
    store::hits(tx, booking)
}
