//! Somebody with a booking for another day or another office is here now.

use super::arrival::arrive;
use super::{CounterError, Served, check_in, get, told};
use crate::base::{BookingId, LocationId};
use crate::booking::check::seats_left;
use crate::booking::seats::Except;
use crate::booking::{Booking, BookingStatus, Overbook, letters, store};
use crate::calendar::{self, Slot};
use crate::db::WriteTx;
use crate::mail::Letter;

/// The wish to serve somebody now whose booking is for another time.
#[derive(Clone, Debug)]
pub struct ComeToday {
    /// The booking.
    pub booking: BookingId,
    /// Where they are.
    pub location: LocationId,
    /// Whether capacity may be gone over.
    pub overbook: Overbook,
}

/// Moves a booking to the time and the office at which its people stand, and checks them in.
///
/// The old seat is given up. Spec: 7(2)④ ⑦.
pub fn come_today(tx: &WriteTx<'_>, wish: &ComeToday) -> Result<Served, CounterError> {
    let booking = get(tx, wish.booking)?;
    if booking.day == tx.today() && booking.location == wish.location {
        return check_in(tx, booking.id);
    }
    if !matches!(booking.status, BookingStatus::Confirmed | BookingStatus::NoShow) {
        return Err(CounterError::Status(booking.status));
    }
    let slot = present_slot(tx, wish.location)?;
    let place = calendar::location(tx, wish.location)?.ok_or(CounterError::Closed)?;
    let seats = place.seats_for(booking.people);
    let over = over_reason(tx, &booking, &slot, seats, &wish.overbook)?;
    store::move_to(tx, booking.id, &slot, seats, None)?;
    store::set_over(tx, booking.id, over.as_deref())?;
    arrive(tx, &booking)?;
    letters::send(tx, &get(tx, booking.id)?, Letter::BookingChanged)?;
    told(tx, booking.id, "booking.came_another_day", over)
}

/// The slot that runs now, or the next one, or after closing time the last one.
fn present_slot(tx: &WriteTx<'_>, location: LocationId) -> Result<Slot, CounterError> {
    let today = tx.today();
    let minute = tx.now().minute();
    let slots = calendar::rules(tx, location, today, today)?.slots(today);
    let now = slots.iter().find(|slot| slot.ends > minute).or(slots.last());
    now.copied().ok_or(CounterError::Closed)
}

fn over_reason(
    tx: &WriteTx<'_>,
    booking: &Booking,
    slot: &Slot,
    seats: u8,
    overbook: &Overbook,
) -> Result<Option<String>, CounterError> {
    let except = Except { hold_of: None, booking: Some(booking.id) };
    if seats_left(tx, slot, except)? >= u32::from(seats) {
        return Ok(None);
    }
    match overbook {
        Overbook::No => Err(CounterError::Full),
        Overbook::Because(reason) => Ok(Some(reason.clone())),
    }
}
