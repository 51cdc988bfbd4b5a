//! The letter of a booking once more, as it stands now.

use crate::base::BookingId;
use crate::booking::{Booking, letters, store};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Event, Record};
use crate::once::{self, OnceKey};

/// Why no letter was queued.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// It is not there, or nobody is expected any more.
    #[error("no live booking")]
    Gone,
    /// The booking has no mail address.
    #[error("no address")]
    NoAddress,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const OPERATION: &str = "booking.mail_again";

/// Queues the confirmation of a live booking once more.
///
/// Spec: 7(3)⑪.
pub fn resend(tx: &WriteTx<'_>, id: BookingId, once: &OnceKey) -> Result<(), ResendError> {
    if once::seen(tx, once)?.is_some() {
        return Ok(());
    }
    let booking = store::get(tx, id)?.filter(Booking::is_live).ok_or(ResendError::Gone)?;
    if booking.email.is_none() {
        return Err(ResendError::NoAddress);
    }
    letters::send_again(tx, &booking)?;
    let event = Event { cards: &booking.cards(), ..Event::of(OPERATION, Record::Booking(id)) };
    history::record(tx, &event)?;
    once::keep(tx, once, OPERATION, &id.to_string())?;
    Ok(())
}
