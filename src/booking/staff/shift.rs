//! Staff give a booking another time or place. The old seat is given up only with the new one.

use super::{Found, Seen, find};
use crate::base::BookingId;
use crate::booking::change::tell_change;
use crate::booking::check::{Asked, BadReason, Guard, Overbook, SlotRefusal, take_slot};
use crate::booking::hold::travel_for;
use crate::booking::seats::Except;
use crate::booking::{BookingStatus, follow, procedures, store};
use crate::calendar::SlotId;
use crate::db::{Fault, WriteTx};
use crate::once::{self, OnceKey};

/// The wish of staff to move a booking.
#[derive(Clone, Debug)]
pub struct ChangeTo {
    /// The booking as the form saw it.
    pub seen: Seen,
    /// The new slot.
    pub slot: SlotId,
    /// Whether capacity may be gone over.
    pub overbook: Overbook,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Why a booking keeps its time.
#[derive(Debug, thiserror::Error)]
pub enum ShiftError {
    /// It is not there, or nobody is expected any more.
    #[error("no booking that can be moved")]
    Gone,
    /// Somebody changed it since the form was drawn.
    #[error("changed meanwhile")]
    Changed,
    /// It stands there already.
    #[error("that is its time already")]
    SameSlot,
    /// The new slot cannot be booked.
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    /// The reason cannot be kept.
    #[error(transparent)]
    Reason(#[from] BadReason),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Moves a booking that people are still expected for, inside the window of staff.
///
/// Spec: 7(2)④ ⑥.
pub fn change_by_staff(tx: &WriteTx<'_>, wish: &ChangeTo) -> Result<BookingId, ShiftError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(BookingId::of(made));
    }
    wish.overbook.fit()?;
    let booking = match find(tx, wish.seen, |status| status == BookingStatus::Confirmed)? {
        Found::Same(booking) => booking,
        Found::Changed => return Err(ShiftError::Changed),
        Found::Gone => return Err(ShiftError::Gone),
    };
    if (booking.location, booking.day, booking.starts)
        == (wish.slot.location, wish.slot.day, wish.slot.starts)
    {
        return Err(ShiftError::SameSlot);
    }
    let procedure = procedures::known(tx, &booking.procedure)?;
    let asked = Asked {
        slot: wish.slot,
        people: booking.people,
        travel: travel_for(tx, &procedure, &booking.cards(), wish.slot.location)?,
        procedure,
        channel: booking.channel.of_staff(),
        except: Except { hold_of: None, booking: Some(booking.id) },
        guard: Guard::On,
    };
    let (passed, over) = take_slot(tx, &asked, &wish.overbook)?;
    store::move_to(tx, booking.id, &passed.slot, passed.seats, None)?;
    store::set_over(tx, booking.id, over.as_deref())?;
    follow::follow_cards(tx, &booking.cards())?;
    tell_change(tx, booking.id, over)?;
    once::keep(tx, &wish.once, "booking.changed", &booking.id.to_string())?;
    Ok(booking.id)
}
