//! A citizen's booking is made: for the whole party, or for nobody.

use super::check::{Guard, Passed, SlotRefusal, check_slot};
use super::entry::{self, Session, SessionKey};
use super::person::PersonRefusal;
use super::{Booking, Channel, ISSUANCE, follow, hold, letters, number, person, store};
use crate::base::{BookingId, CardId};
use crate::cards::{self, BookingState, Card};
use crate::db::{Fault, OnUnique, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::mail::Letter;
use crate::once::{self, OnceKey};
use crate::settings;

/// The wish to book what the session has chosen.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// The session.
    pub key: SessionKey,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// A booking that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Its row.
    pub booking: BookingId,
}

/// Why no booking was made.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// No time was chosen.
    #[error("no time chosen")]
    NoSlot,
    /// The precautions were not acknowledged. Spec: 7(3)⑨.
    #[error("precautions not acknowledged")]
    NotAcknowledged,
    /// More people than the city books together. Spec: 7(3)⑥.
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
    /// The slot cannot be booked any more.
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Books the chosen slot for the whole party, or for nobody.
///
/// A hold that has run out does no harm while seats are free. Spec: 7(3)⑤ ⑥ ⑨ ⑪ ⑫.
pub fn confirm(tx: &WriteTx<'_>, wish: &Confirm) -> Result<Confirmed, ConfirmError> {
    book(tx, wish, Guard::On)
}

const OPERATION: &str = "booking.confirmed";

pub(super) fn book(tx: &WriteTx<'_>, wish: &Confirm, guard: Guard) -> Result<Confirmed, ConfirmError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(Confirmed { booking: BookingId::of(made) });
    }
    let session = entry::session(tx, &wish.key)?.ok_or(ConfirmError::SessionOver)?;
    let slot = session.slot.ok_or(ConfirmError::NoSlot)?;
    let acknowledged = session.acknowledged_at.ok_or(ConfirmError::NotAcknowledged)?;
    let most = settings::read(tx)?.party_max;
    if session.party().len() > usize::from(most) {
        return Err(ConfirmError::TooManyPeople { most });
    }
    let party = check_party(tx, &session.party())?;
    let passed = check_slot(tx, &hold::asked(tx, &session, slot, guard)?)?;

    let new = store::NewBooking {
        booking_no: free_number(tx, slot.day)?,
        slot: passed.slot,
        people: u8::try_from(party.len()).unwrap_or(u8::MAX),
        seats: passed.seats,
        channel: Channel::Web,
        over_reason: None,
        email: Some(session.email.as_str()),
        language: &session.language,
        acknowledged_at: Some(acknowledged),
    };
    let booking = insert(tx, &new, &party)?;
    finish(tx, &session, booking, &passed)?;
    once::keep(tx, &wish.once, OPERATION, &booking.to_string())?;
    Ok(Confirmed { booking })
}

/// The party's cards, each of which can be booked.
pub(super) fn check_party(tx: &WriteTx<'_>, party: &[CardId]) -> Result<Vec<Card>, ConfirmError> {
    for card in party {
        if let Some(why) = person::refusal(tx, *card, None)? {
            return Err(ConfirmError::Person { card: *card, why });
        }
    }
    Ok(person::cards_of(tx, party)?)
}

/// A booking with its people, and the mark on their cards.
pub(super) fn insert(
    tx: &WriteTx<'_>,
    new: &store::NewBooking<'_>,
    party: &[Card],
) -> Result<BookingId, ConfirmError> {
    let booking = store::insert(tx, new)?;
    for (place, card) in (1..).zip(party) {
        attach(tx, booking, place, card)?;
    }
    Ok(booking)
}

/// Puts a card into a booking, and has it brought there. The indexes say when its citizen has another one.
pub(super) fn attach(
    tx: &WriteTx<'_>,
    booking: BookingId,
    place: u8,
    card: &Card,
) -> Result<(), ConfirmError> {
    let taken = || ConfirmError::Person { card: card.id, why: PersonRefusal::AlreadyBooked };
    if let Err(fault) = store::attach(tx, booking, place, ISSUANCE, card) {
        return Err(fault).on_unique("booking_member.card_id", taken).or_else(|error| match error {
            ConfirmError::Fault(fault) => Err(fault).on_unique("booking_member.person_key", taken),
            refused => Err(refused),
        });
    }
    cards::set_booking_state(tx, card.id, Some(BookingState::Confirmed))?;
    Ok(follow::follow(tx, card.id)?)
}

/// A booking number that no booking has.
pub(super) fn free_number(tx: &WriteTx<'_>, day: crate::base::Day) -> Result<String, Fault> {
    loop {
        let proposed = number::propose(tx.chance(), day);
        if store::by_no(tx, &proposed)?.is_none() {
            return Ok(proposed);
        }
    }
}

fn finish(
    tx: &WriteTx<'_>,
    session: &Session,
    booking: BookingId,
    passed: &Passed,
) -> Result<(), ConfirmError> {
    store::drop_hold(tx, session.card)?;
    cards::set_email(tx, session.card, Some(&session.email))?;
    entry::spend_invitation(tx, session.invitation)?;
    entry::finish_session(tx, &session.key, booking)?;
    let made = tell(tx, booking, OPERATION, None)?;
    letters::send(tx, &made, Letter::BookingConfirmed)?;
    debug_assert_eq!(made.location, passed.location.id, "the booking is where it was checked");
    Ok(())
}

/// The booking as it stands, with the event that says so in the history of each of its cards.
pub(super) fn tell(
    tx: &WriteTx<'_>,
    id: BookingId,
    operation: &'static str,
    reason: Option<String>,
) -> Result<Booking, Fault> {
    let booking = store::get(tx, id)?.ok_or_else(|| Fault::Stored(format!("booking {id}")))?;
    let event = Event {
        cards: &booking.cards(),
        changes: facts_of(&booking),
        reason,
        ..Event::of(operation, Record::Booking(id))
    };
    history::record(tx, &event)?;
    Ok(booking)
}

/// A booking as its events tell it.
pub(super) fn facts_of(booking: &Booking) -> Vec<Change> {
    let now = |field, value: String| Change::new(field, None, Some(value));
    vec![
        now("status", booking.status.code().to_owned()),
        now("location", booking.location.to_string()),
        now("time", format!("{} {}-{}", booking.day, booking.starts, booking.ends)),
        now("people", booking.people.to_string()),
    ]
}
