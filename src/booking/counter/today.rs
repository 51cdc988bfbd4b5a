//! Somebody with a booking for another day or another office is here now.

use super::arrival::arrive;
use super::{CounterError, Served, check_in, get, told};
use crate::base::{BookingId, LocationId};
use crate::booking::room::{Room, Stretch};
use crate::booking::seats::Except;
use crate::booking::{Booking, BookingStatus, Channel, Overbook, letters, procedures, store};
use crate::calendar::{self, Location};
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
    let place = calendar::location(tx, wish.location)?.ok_or(CounterError::Closed)?;
    let present = present(tx, &booking, &place)?;
    let seats = place.seats_for(booking.people);
    let over = over_reason(present.left, seats, &wish.overbook)?;
    store::move_to(tx, booking.id, &present.slot, seats, None)?;
    store::set_over(tx, booking.id, over.as_deref())?;
    arrive(tx, &booking)?;
    letters::send(tx, &get(tx, booking.id)?, Letter::BookingChanged)?;
    told(tx, booking.id, "booking.came_another_day", over)
}

/// The time that runs now, or the next one, or after closing time the last one; as many slots in a row as there are.
fn present(tx: &WriteTx<'_>, booking: &Booking, place: &Location) -> Result<Stretch, CounterError> {
    let (today, minute) = (tx.today(), tx.now().minute());
    let slots = calendar::rules(tx, place.id, today, today)?.slots(today);
    let at = slots.iter().position(|slot| slot.ends > minute).unwrap_or(slots.len().saturating_sub(1));
    let (procedure, quota) = (procedures::known(tx, &booking.procedure)?, calendar::quota(tx, place.id)?);
    let room = Room { procedure: &procedure, quota: &quota, channel: Channel::WalkIn, now: tx.now() };
    let except = Except { hold_of: None, booking: Some(booking.id) };
    let taken = store::taken(tx, place.id, today, today, except)?;
    let run = room.run(slots.get(at..).unwrap_or_default());
    room.measure(run, &taken, place.few_percent).ok_or(CounterError::Closed)
}

fn over_reason(left: u32, seats: u8, overbook: &Overbook) -> Result<Option<String>, CounterError> {
    if left >= u32::from(seats) {
        return Ok(None);
    }
    match overbook {
        Overbook::No => Err(CounterError::Full),
        Overbook::Because(reason) => Ok(Some(reason.clone())),
    }
}
