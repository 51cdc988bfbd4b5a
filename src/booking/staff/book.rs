//! Staff book for a citizen, at the counter or on the telephone.

use crate::base::{BookingId, CardId, Email};
use crate::booking::check::{Asked, BadReason, Guard, Overbook, SlotRefusal, take_slot};
use crate::booking::person::PersonRefusal;
use crate::booking::seats::Except;
use crate::booking::{Channel, ConfirmError, confirm, letters, person, store};
use crate::calendar::{Audience, SlotId};
use crate::cards;
use crate::db::{Fault, WriteTx};
use crate::mail::Letter;
use crate::once::{self, OnceKey};
use crate::settings;

/// The wish to book for a party.
#[derive(Clone, Debug)]
pub struct BookByStaff {
    /// The cards, the citizen's own first.
    pub party: Vec<CardId>,
    /// The slot.
    pub slot: SlotId,
    /// Where the confirmation goes, if anywhere.
    pub email: Option<Email>,
    /// How the citizen asked.
    pub channel: Channel,
    /// Whether capacity may be gone over.
    pub overbook: Overbook,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Why no booking was made.
#[derive(Debug, thiserror::Error)]
pub enum StaffBookingError {
    /// Nobody was named.
    #[error("nobody named")]
    Nobody,
    /// More people than the city books together.
    #[error("more than {most} people")]
    TooManyPeople {
        /// The most people in one booking.
        most: u8,
    },
    /// One of the party cannot be booked.
    #[error("{card}: {why}")]
    Person {
        /// Whose card.
        card: CardId,
        /// Why.
        why: PersonRefusal,
    },
    /// The slot cannot be booked.
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    /// The reason cannot be kept.
    #[error(transparent)]
    Reason(#[from] BadReason),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<ConfirmError> for StaffBookingError {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::Person { card, why } => Self::Person { card, why },
            ConfirmError::TooManyPeople { most } => Self::TooManyPeople { most },
            ConfirmError::Slot(refusal) => Self::Slot(refusal),
            ConfirmError::Fault(fault) => Self::Fault(fault),
            ConfirmError::SessionOver | ConfirmError::NoSlot | ConfirmError::NotAcknowledged => Self::Nobody,
        }
    }
}

/// Books a party into a slot; over capacity only where that is allowed, marked and with its reason.
///
/// Spec: 7(2)④, 7(1)⑤.
pub fn book_by_staff(tx: &WriteTx<'_>, wish: &BookByStaff) -> Result<BookingId, StaffBookingError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(BookingId::of(made));
    }
    wish.overbook.fit()?;
    let lead = *wish.party.first().ok_or(StaffBookingError::Nobody)?;
    let most = settings::read(tx)?.party_max;
    let people = u8::try_from(wish.party.len()).ok().filter(|people| *people <= most);
    let people = people.ok_or(StaffBookingError::TooManyPeople { most })?;
    let party = confirm::check_party(tx, &wish.party)?;
    let asked = Asked {
        slot: wish.slot,
        people,
        audience: Audience::Staff,
        travel: person::travel(tx, &party, wish.slot.location)?,
        except: Except { hold_of: Some(lead), booking: None },
        guard: Guard::On,
    };
    let (passed, over) = take_slot(tx, &asked, &wish.overbook)?;
    let new = store::NewBooking {
        booking_no: confirm::free_number(tx, wish.slot.day)?,
        slot: passed.slot,
        people,
        seats: passed.seats,
        channel: wish.channel,
        over_reason: over.as_deref(),
        email: wish.email.as_ref().map(Email::as_str),
        language: "ja",
        acknowledged_at: None,
    };
    let booking = confirm::insert(tx, &new, &party)?;
    if wish.email.is_some() {
        cards::set_email(tx, lead, wish.email.as_ref())?;
    }
    store::drop_hold(tx, lead)?;
    let made = confirm::tell(tx, booking, "booking.registered", over)?;
    letters::send(tx, &made, Letter::BookingConfirmed)?;
    once::keep(tx, &wish.once, "booking.registered", &booking.to_string())?;
    Ok(booking)
}
