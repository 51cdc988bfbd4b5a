//! A booking gets another time or place. The old seat is given up only with the new one.

use super::check::{Asked, Guard, Overbook, SlotRefusal, check_slot, may_change, open_slot};
use super::entry::{self, SessionKey};
use super::seats::Except;
use super::{Booking, BookingStatus, confirm, hold, letters, person, store};
use crate::base::BookingId;
use crate::calendar::{Audience, SlotId};
use crate::db::{Fault, WriteTx};
use crate::mail::Letter;
use crate::once::{self, OnceKey};

/// The wish of staff to move a booking.
#[derive(Clone, Debug)]
pub struct ChangeTo {
    /// The booking.
    pub booking: BookingId,
    /// The new slot.
    pub slot: SlotId,
    /// Whether capacity may be gone over.
    pub overbook: Overbook,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Why a booking keeps its time.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// There is no live booking.
    #[error("no live booking")]
    NoBooking,
    /// No new time was chosen.
    #[error("no time chosen")]
    NoSlot,
    /// The precautions were not acknowledged for the new time.
    #[error("precautions not acknowledged")]
    NotAcknowledged,
    /// It is too late to change it on the web.
    #[error("too late")]
    TooLate,
    /// The new slot cannot be booked.
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const OPERATION: &str = "booking.changed";

/// Moves the session's booking to the slot that it has chosen.
///
/// Spec: 7(3)⑩ ⑪.
pub fn change(tx: &WriteTx<'_>, key: &SessionKey, once: &OnceKey) -> Result<BookingId, ChangeError> {
    if let Some(made) = once::seen(tx, once)?.and_then(|result| result.parse().ok()) {
        return Ok(BookingId::of(made));
    }
    let session = entry::session(tx, key)?.ok_or(ChangeError::SessionOver)?;
    let booking = live(tx, session.booking.filter(|_| session.changing))?;
    if !may_change(tx, booking.location, booking.day, Audience::Citizen)? {
        return Err(ChangeError::TooLate);
    }
    let slot = session.slot.ok_or(ChangeError::NoSlot)?;
    let acknowledged = session.acknowledged_at.ok_or(ChangeError::NotAcknowledged)?;
    let passed = check_slot(tx, &hold::asked(tx, &session, slot, Guard::On)?)?;
    store::move_to(tx, booking.id, &passed.slot, passed.seats, Some(acknowledged))?;
    store::drop_hold(tx, session.card)?;
    entry::finish_session(tx, key, booking.id)?;
    finish(tx, booking.id, None, once)
}

/// Moves any live booking, inside the window of staff.
///
/// Spec: 7(2)④ ⑥.
pub fn change_by_staff(tx: &WriteTx<'_>, wish: &ChangeTo) -> Result<BookingId, ChangeError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(BookingId::of(made));
    }
    let booking = live(tx, Some(wish.booking))?;
    let cards = person::cards_of(tx, &booking.cards())?;
    let asked = Asked {
        slot: wish.slot,
        people: booking.people,
        audience: Audience::Staff,
        travel: person::travel(tx, &cards, wish.slot.location)?,
        except: Except { hold_of: None, booking: Some(booking.id) },
        guard: Guard::On,
    };
    let (passed, over) = match (check_slot(tx, &asked), &wish.overbook) {
        (Err(SlotRefusal::Full), Overbook::Because(reason)) => (open_slot(tx, &asked)?, Some(reason.clone())),
        (checked, _) => (checked?, None),
    };
    store::move_to(tx, booking.id, &passed.slot, passed.seats, None)?;
    store::set_over(tx, booking.id, over.as_deref())?;
    finish(tx, booking.id, over, &wish.once)
}

fn live(tx: &WriteTx<'_>, id: Option<BookingId>) -> Result<Booking, ChangeError> {
    let booking = id.map(|id| store::get(tx, id)).transpose()?.flatten();
    booking.filter(|booking| booking.status == BookingStatus::Confirmed).ok_or(ChangeError::NoBooking)
}

fn finish(
    tx: &WriteTx<'_>,
    id: BookingId,
    reason: Option<String>,
    once: &OnceKey,
) -> Result<BookingId, ChangeError> {
    let changed = confirm::tell(tx, id, OPERATION, reason)?;
    letters::send(tx, &changed, Letter::BookingChanged)?;
    once::keep(tx, once, OPERATION, &id.to_string())?;
    Ok(id)
}
