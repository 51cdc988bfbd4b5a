//! Somebody telephones those who have no address, and ticks them off.

use super::store;
use crate::base::{BookingId, ClosureId};
use crate::booking::confirm;
use crate::db::{Fault, WriteTx};
use crate::once::{self, OnceKey};

/// A call.
#[derive(Clone, Debug)]
pub struct NoteCall {
    /// For which closure.
    pub closure: ClosureId,
    /// To whom.
    pub booking: BookingId,
    /// Whether somebody answered.
    pub reached: bool,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Notes a call in the list and in the booking's history; `false` when the booking is not in the list.
pub fn note_call(tx: &WriteTx<'_>, wish: &NoteCall) -> Result<bool, Fault> {
    if once::seen(tx, &wish.once)?.is_some() {
        return Ok(true);
    }
    let reached = wish.reached.then(|| tx.now());
    let noted = store::note_call(tx, wish.closure, wish.booking, reached)?;
    if noted {
        let operation = if wish.reached { "booking.reached" } else { "booking.called" };
        confirm::tell(tx, wish.booking, operation, None)?;
        once::keep(tx, &wish.once, operation, &wish.booking.to_string())?;
    }
    Ok(noted)
}
