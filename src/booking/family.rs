//! A relative joins a booking that stands.

use super::applicant::{NewApplicant, Who};
use super::check::{Asked, Guard, SlotRefusal, check_slot, may_change};
use super::entry::{self, Identified, Identify, SessionKey};
use super::hold::travel_for;
use super::person::{self, PersonRefusal};
use super::seats::Except;
use super::{Booking, BookingStatus, Channel, ConfirmError, confirm, letters, procedures, store};
use crate::base::BookingId;
use crate::db::{Fault, WriteTx};
use crate::mail::Letter;
use crate::once::{self, OnceKey};
use crate::settings;

/// Who joins.
#[derive(Clone, Debug)]
pub enum Relative {
    /// The citizen of a card, by the check of their notice.
    Notice(Identify),
    /// Somebody who needs no notice, by what is said of them.
    Word(NewApplicant),
}

/// The wish to add a relative to the session's booking.
#[derive(Clone, Debug)]
pub struct AddFamily {
    /// The session.
    pub key: SessionKey,
    /// Who.
    pub relative: Relative,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Why nobody was added. A failed check is an answer, not an error: see [`add_family`].
#[derive(Debug, thiserror::Error)]
pub enum FamilyError {
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// There is no live booking.
    #[error("no live booking")]
    NoBooking,
    /// It is too late to change it on the web.
    #[error("too late")]
    TooLate,
    /// The booking is full.
    #[error("more than {most} people")]
    TooManyPeople {
        /// The most people in one booking.
        most: u8,
    },
    /// The relative is in the booking already.
    #[error("in the booking already")]
    Twice,
    /// The relative cannot be booked.
    #[error(transparent)]
    Person(#[from] PersonRefusal),
    /// The slot has no seat left, or the card cannot be there in time.
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Adds a relative at the booking's time, if a seat is left.
///
/// The inner result is the check's: what went wrong there is counted, so it must be committed and is no error.
/// Spec: 7(3)⑩.
pub fn add_family(tx: &WriteTx<'_>, wish: &AddFamily) -> Result<Result<BookingId, Identified>, FamilyError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(Ok(BookingId::of(made)));
    }
    let session = entry::session(tx, &wish.key)?.ok_or(FamilyError::SessionOver)?;
    let booking = session.booking.map(|id| store::get(tx, id)).transpose()?.flatten();
    let by_word = matches!(wish.relative, Relative::Word(_));
    let booking = booking.filter(|one| may_be_joined(one, by_word)).ok_or(FamilyError::NoBooking)?;
    if !may_change(tx, &booking)? {
        return Err(FamilyError::TooLate);
    }
    let most = settings::read(tx)?.party_max;
    if booking.people >= most {
        return Err(FamilyError::TooManyPeople { most });
    }
    let who = match &wish.relative {
        Relative::Notice(check) => match entry::identify(tx, check)? {
            Identified::Known(Some(card)) => Who::Card(card),
            other => return Ok(Err(other)),
        },
        Relative::Word(person) => Who::Applicant(store::insert_applicant(tx, person)?),
    };
    join(tx, &booking, who)?;
    let changed = confirm::tell(tx, booking.id, "booking.family_added", None)?;
    letters::send(tx, &changed, Letter::BookingChanged)?;
    once::keep(tx, &wish.once, "booking.family_added", &booking.id.to_string())?;
    Ok(Ok(booking.id))
}

/// Whether relatives can join: nobody has come yet, and they are known in the way in which the first one is.
fn may_be_joined(booking: &Booking, by_word: bool) -> bool {
    booking.status == BookingStatus::Confirmed && booking.is_by_word() == Some(by_word)
}

fn join(tx: &WriteTx<'_>, booking: &Booking, who: Who) -> Result<(), FamilyError> {
    let procedure = procedures::known(tx, &booking.procedure)?;
    let person = person::of(tx, &procedure, who)?.ok_or(PersonRefusal::NotBookable)?;
    if store::live_id_of_person(tx, &person.key, &procedure.code)? == Some(booking.id) {
        return Err(FamilyError::Twice);
    }
    if let Some(refusal) = person::refusal(tx, &procedure, who, None)? {
        return Err(refusal.into());
    }
    let people = booking.people + 1;
    let asked = Asked {
        slot: crate::calendar::SlotId {
            location: booking.location,
            day: booking.day,
            starts: booking.starts,
        },
        people,
        travel: travel_for(tx, &procedure, who.card().as_slice(), booking.location)?,
        procedure: procedure.clone(),
        channel: Channel::Web,
        except: Except { hold_of: None, booking: Some(booking.id) },
        guard: Guard::On,
    };
    let passed = check_slot(tx, &asked)?;
    store::set_party(tx, booking.id, people, passed.seats)?;
    let place = store::next_position(tx, booking.id)?;
    confirm::attach(tx, (booking.id, place), &procedure, &person).map_err(|error| match error {
        ConfirmError::Person { why, .. } => FamilyError::Person(why),
        ConfirmError::Fault(fault) => FamilyError::Fault(fault),
        _ => FamilyError::NoBooking,
    })
}
