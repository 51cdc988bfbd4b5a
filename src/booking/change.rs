//! A booking gets another time or place. The old seat is given up only with the new one.

use super::check::{Guard, SlotRefusal, check_slot, may_change};
use super::entry::{self, SessionKey};
use super::{Booking, BookingStatus, confirm, follow, hold, letters, store};
use crate::base::BookingId;
use crate::db::{Fault, WriteTx};
use crate::mail::Letter;
use crate::once::{self, OnceKey};

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
    if !may_change(tx, &booking)? {
        return Err(ChangeError::TooLate);
    }
    let slot = session.slot.ok_or(ChangeError::NoSlot)?;
    let acknowledged = session.acknowledged_at.ok_or(ChangeError::NotAcknowledged)?;
    let passed = check_slot(tx, &hold::asked(tx, &session, slot, Guard::On)?)?;
    store::move_to(tx, booking.id, &passed.slot, passed.seats, Some(acknowledged))?;
    store::set_over(tx, booking.id, None)?;
    store::drop_hold(tx, session.who)?;
    entry::finish_session(tx, key, booking.id)?;
    follow::follow_cards(tx, &booking.cards())?;
    tell_change(tx, booking.id, None)?;
    once::keep(tx, once, OPERATION, &booking.id.to_string())?;
    Ok(booking.id)
}

/// The event and the letter of a change.
pub(super) fn tell_change(tx: &WriteTx<'_>, id: BookingId, reason: Option<String>) -> Result<(), Fault> {
    let changed = confirm::tell(tx, id, OPERATION, reason)?;
    letters::send(tx, &changed, Letter::BookingChanged)
}

fn live(tx: &WriteTx<'_>, id: Option<BookingId>) -> Result<Booking, ChangeError> {
    let booking = id.map(|id| store::get(tx, id)).transpose()?.flatten();
    booking.filter(|booking| booking.status == BookingStatus::Confirmed).ok_or(ChangeError::NoBooking)
}
