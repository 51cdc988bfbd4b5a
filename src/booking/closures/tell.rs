//! Those whom a closure hits are told, slice by slice; those who were told learn when it is lifted.

use super::close::{end_of, record};
use super::{Closure, ClosureState, ToldBy, store};
use crate::base::BookingId;
use crate::booking::{Booking, BookingStatus, confirm, letters, store as bookings};
use crate::db::{Fault, ReadTx, WriteTx};

/// Whether somebody waits to be told.
pub fn waits_to_tell(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    Ok(store::next(tx)?.is_some())
}

/// Tells at most `most` bookings of the oldest closure that is not through, and says how many.
pub fn tell_closed(tx: &WriteTx<'_>, most: u32) -> Result<usize, Fault> {
    let Some(closure) = store::next(tx)? else { return Ok(0) };
    let told = if closure.state == ClosureState::Reopening {
        tell_open(tx, &closure, most)?
    } else {
        tell_closed_slice(tx, &closure, most)?
    };
    match told.last() {
        Some(last) if told.len() == most as usize => store::set_reached(tx, closure.id, last.get())?,
        last => {
            let reached = last.map_or(closure.reached, |last| last.get());
            store::set_state(tx, closure.id, end_of(&closure), reached)?;
            record(tx, closure.id, "closure.told", Vec::new(), None)?;
        }
    }
    Ok(told.len())
}

fn tell_closed_slice(tx: &WriteTx<'_>, closure: &Closure, most: u32) -> Result<Vec<BookingId>, Fault> {
    let struck = store::struck(tx, &closure.span, closure.reached, i64::from(most))?;
    for one in &struck {
        let Some(booking) = bookings::get(tx, one.booking)? else { continue };
        let mailed = letters::office_closed(tx, &booking, closure.id, &closure.reason)?;
        let told_by = if mailed { ToldBy::Mail } else { ToldBy::Telephone };
        store::put_item(tx, closure.id, booking.id, told_by)?;
        let operation = if mailed { "booking.office_closed" } else { "booking.call_needed" };
        confirm::tell(tx, booking.id, operation, Some(closure.reason.clone()))?;
    }
    Ok(struck.into_iter().map(|one| one.booking).collect())
}

fn tell_open(tx: &WriteTx<'_>, closure: &Closure, most: u32) -> Result<Vec<BookingId>, Fault> {
    let told = store::mailed_after(tx, closure.id, closure.reached, i64::from(most))?;
    for id in &told {
        let Some(booking) = bookings::get(tx, *id)?.filter(|booking| stands(booking, closure)) else {
            continue;
        };
        letters::stands_after_all(tx, &booking, &closure.id.to_string())?;
        confirm::tell(tx, booking.id, "booking.office_open", None)?;
    }
    Ok(told)
}

/// Whether the booking is still where the closure hit it, and its time has not passed.
fn stands(booking: &Booking, closure: &Closure) -> bool {
    let span = &closure.span;
    booking.status == BookingStatus::Confirmed
        && span.places.contains(&booking.location)
        && span.from < booking.ends_at()
        && booking.starts_at() < span.to
}
