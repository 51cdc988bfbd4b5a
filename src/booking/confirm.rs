//! A citizen's booking is made: for the whole party, or for nobody.

use super::applicant::Who;
use super::check::{Guard, SlotRefusal, check_slot};
use super::entry::{self, SessionKey};
use super::person::{Person, PersonRefusal};
use super::{
    Booking, Channel, ISSUANCE, Procedure, follow, hold, letters, number, person, procedures, store,
};
use crate::base::{BookingId, Email};
use crate::cards::{self, BookingState};
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
    #[error("{who:?}: {why}")]
    Person {
        /// Who.
        who: Who,
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
    if session.people() > most {
        return Err(ConfirmError::TooManyPeople { most });
    }
    let procedure = procedures::known(tx, &session.procedure)?;
    let party = check_party(tx, &procedure, session.everybody())?;
    let passed = check_slot(tx, &hold::asked(tx, &session, slot, guard)?)?;

    let new = store::NewBooking {
        booking_no: free_number(tx, slot.day)?,
        procedure: &procedure.code,
        slot: passed.slot,
        people: u8::try_from(party.len()).unwrap_or(u8::MAX),
        seats: passed.seats,
        channel: Channel::Web,
        over_reason: None,
        email: Some(session.email.as_str()),
        language: &session.language,
        acknowledged_at: Some(acknowledged),
    };
    let made = Made { new, procedure: &procedure, party: &party, email: Some(&session.email) };
    let booking = register(tx, &made, OPERATION, &wish.once)?;
    entry::spend_invitation(tx, session.invitation)?;
    entry::finish_session(tx, &session.key, booking)?;
    Ok(Confirmed { booking })
}

/// A booking as it is to be made.
pub(super) struct Made<'a> {
    pub(super) new: store::NewBooking<'a>,
    pub(super) procedure: &'a Procedure,
    /// The people, the one who speaks for them first.
    pub(super) party: &'a [Person],
    /// Where its letters go.
    pub(super) email: Option<&'a Email>,
}

/// Makes a booking, whoever asked for it: its rows, the hold given up, the address kept with the card, its event, its letter.
pub(super) fn register(
    tx: &WriteTx<'_>,
    made: &Made<'_>,
    operation: &'static str,
    once: &OnceKey,
) -> Result<BookingId, ConfirmError> {
    let id = insert(tx, &made.new, made.procedure, made.party)?;
    if let Some(lead) = made.party.first().map(|person| person.who) {
        store::drop_hold(tx, lead)?;
        if let (Some(card), Some(email)) = (lead.card(), made.email) {
            cards::set_email(tx, card, Some(email))?;
        }
    }
    let booking = tell(tx, id, operation, made.new.over_reason.map(str::to_owned))?;
    letters::send(tx, &booking, Letter::BookingConfirmed)?;
    once::keep(tx, once, operation, &id.to_string())?;
    Ok(id)
}

/// The party's people, each of whom can be booked.
pub(super) fn check_party(
    tx: &WriteTx<'_>,
    procedure: &Procedure,
    party: impl IntoIterator<Item = Who>,
) -> Result<Vec<Person>, ConfirmError> {
    let mut people = Vec::new();
    for who in party {
        if let Some(why) = person::refusal(tx, procedure, who, None)? {
            return Err(ConfirmError::Person { who, why });
        }
        people.extend(person::of(tx, procedure, who)?);
    }
    Ok(people)
}

/// A booking with its people, and the mark on their cards.
pub(super) fn insert(
    tx: &WriteTx<'_>,
    new: &store::NewBooking<'_>,
    procedure: &Procedure,
    party: &[Person],
) -> Result<BookingId, ConfirmError> {
    let booking = store::insert(tx, new)?;
    for (place, person) in (1..).zip(party) {
        attach(tx, (booking, place), procedure, person)?;
    }
    Ok(booking)
}

/// Puts somebody into a booking. The indexes say when they have another one.
pub(super) fn attach(
    tx: &WriteTx<'_>,
    (booking, place): (BookingId, u8),
    procedure: &Procedure,
    person: &Person,
) -> Result<(), ConfirmError> {
    let taken = || ConfirmError::Person { who: person.who, why: PersonRefusal::AlreadyBooked };
    let member = store::NewMember { who: person.who, person_key: &person.key };
    match store::attach(tx, booking, place, &procedure.code, &member) {
        Err(fault) => Err(fault).on_unique("booking_member.card_id", taken).or_else(|error| match error {
            ConfirmError::Fault(fault) => Err(fault).on_unique("booking_member.person_key", taken),
            refused => Err(refused),
        }),
        Ok(()) => Ok(mark_card(tx, &procedure.code, person.who, Some(BookingState::Confirmed))?),
    }
}

/// The mark on the card of somebody who comes for its hand-over, and its way there; other procedures leave cards as they are.
pub(super) fn mark_card(
    tx: &WriteTx<'_>,
    procedure: &str,
    who: Who,
    state: Option<BookingState>,
) -> Result<(), Fault> {
    match who {
        Who::Card(card) if procedure == ISSUANCE => {
            cards::set_booking_state(tx, card, state)?;
            follow::follow(tx, card)
        }
        Who::Card(_) | Who::Applicant(_) => Ok(()),
    }
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

/// The booking of this row as its events tell it.
pub(super) fn facts(tx: &WriteTx<'_>, id: BookingId) -> Result<Vec<Change>, Fault> {
    let booking = store::get(tx, id)?.ok_or_else(|| Fault::Stored(format!("booking {id}")))?;
    Ok(facts_of(&booking))
}

/// A booking as its events tell it.
pub(super) fn facts_of(booking: &Booking) -> Vec<Change> {
    let now = |field, value: String| Change::new(field, None, Some(value));
    let what = (!booking.is_issuance()).then(|| now("procedure", booking.procedure.clone()));
    let facts = [
        now("status", booking.status.code().to_owned()),
        now("location", booking.location.to_string()),
        now("time", format!("{} {}-{}", booking.day, booking.starts, booking.ends)),
        now("people", booking.people.to_string()),
    ];
    facts.into_iter().chain(what).collect()
}
