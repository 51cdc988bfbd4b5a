//! Staff add a relative to a booking that stands.

use super::{Found, Seen, find};
use crate::base::{BookingId, CardId};
use crate::booking::check::{Asked, BadReason, Guard, Overbook, SlotRefusal, take_slot};
use crate::booking::hold::travel_for;
use crate::booking::person::{self, PersonRefusal};
use crate::booking::seats::Except;
use crate::booking::{
    BookingStatus, CheckBy, ConfirmError, NewApplicant, Who, confirm, letters, procedures, store,
};
use crate::calendar::SlotId;
use crate::db::{Fault, WriteTx};
use crate::mail::Letter;
use crate::once::{self, OnceKey};
use crate::settings;

/// Who is added.
#[derive(Clone, Debug)]
pub enum Newcomer {
    /// The citizen of a card.
    Card(CardId),
    /// Somebody who is known by what they said, where the procedure needs no notice.
    Person(NewApplicant),
}

impl From<CardId> for Newcomer {
    fn from(card: CardId) -> Self {
        Self::Card(card)
    }
}

/// The wish to add somebody to a booking.
#[derive(Clone, Debug)]
pub struct JoinByStaff {
    /// The booking as the form saw it.
    pub seen: Seen,
    /// Who.
    pub newcomer: Newcomer,
    /// Whether capacity may be gone over.
    pub overbook: Overbook,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Why nobody was added.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// It is not there, or nobody is expected any more.
    #[error("no booking that can be joined")]
    Gone,
    /// Somebody changed it since the form was drawn.
    #[error("changed meanwhile")]
    Changed,
    /// The booking has as many people as the city allows.
    #[error("more than {most} people")]
    TooManyPeople {
        /// The most people in one booking.
        most: u8,
    },
    /// The person cannot be booked.
    #[error(transparent)]
    Person(#[from] PersonRefusal),
    /// The slot has no seat left, or the card cannot be there in time.
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    /// The reason cannot be kept.
    #[error(transparent)]
    Reason(#[from] BadReason),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const OPERATION: &str = "booking.family_added";

/// Adds a person at the booking's time, if a seat is left or capacity may be gone over.
///
/// Spec: 7(2)④, 7(3)⑥ ⑩ ⑫.
pub fn join_by_staff(tx: &WriteTx<'_>, wish: &JoinByStaff) -> Result<BookingId, JoinError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(BookingId::of(made));
    }
    wish.overbook.fit()?;
    let booking = match find(tx, wish.seen, |status| status == BookingStatus::Confirmed)? {
        Found::Same(booking) => booking,
        Found::Changed => return Err(JoinError::Changed),
        Found::Gone => return Err(JoinError::Gone),
    };
    let most = settings::read(tx)?.party_max;
    if booking.people >= most {
        return Err(JoinError::TooManyPeople { most });
    }
    let procedure = procedures::known(tx, &booking.procedure)?;
    let who = match &wish.newcomer {
        Newcomer::Card(card) => Who::Card(*card),
        Newcomer::Person(_) if procedure.check != CheckBy::Person => return Err(JoinError::Gone),
        Newcomer::Person(person) => Who::Applicant(store::insert_applicant(tx, person)?),
    };
    if let Some(refusal) = person::refusal(tx, &procedure, who, None)? {
        return Err(refusal.into());
    }
    let person = person::of(tx, &procedure, who)?.ok_or(PersonRefusal::NotBookable)?;
    let asked = Asked {
        slot: SlotId { location: booking.location, day: booking.day, starts: booking.starts },
        people: booking.people + 1,
        travel: travel_for(tx, &procedure, who.card().as_slice(), booking.location)?,
        procedure: procedure.clone(),
        channel: booking.channel.of_staff(),
        except: Except { hold_of: Some(who), booking: Some(booking.id) },
        guard: Guard::On,
    };
    let (passed, over) = take_slot(tx, &asked, &wish.overbook)?;
    store::set_party(tx, booking.id, booking.people + 1, passed.seats)?;
    if over.is_some() {
        store::set_over(tx, booking.id, over.as_deref())?;
    }
    let place = store::next_position(tx, booking.id)?;
    confirm::attach(tx, (booking.id, place), &procedure, &person).map_err(refused)?;
    store::drop_hold(tx, who)?;
    let changed = confirm::tell(tx, booking.id, OPERATION, over)?;
    letters::send(tx, &changed, Letter::BookingChanged)?;
    once::keep(tx, &wish.once, OPERATION, &booking.id.to_string())?;
    Ok(booking.id)
}

fn refused(error: ConfirmError) -> JoinError {
    match error {
        ConfirmError::Person { why, .. } => JoinError::Person(why),
        ConfirmError::TooManyPeople { most } => JoinError::TooManyPeople { most },
        ConfirmError::Slot(refusal) => JoinError::Slot(refusal),
        ConfirmError::Fault(fault) => JoinError::Fault(fault),
        ConfirmError::SessionOver | ConfirmError::NoSlot | ConfirmError::NotAcknowledged => JoinError::Gone,
    }
}
