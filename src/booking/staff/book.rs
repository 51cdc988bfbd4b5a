//! Staff book for a citizen, at the counter or on the telephone.

use std::collections::BTreeSet;

use crate::base::{BookingId, CardId, Email};
use crate::booking::check::{Asked, BadReason, Guard, Overbook, SlotRefusal, take_slot};
use crate::booking::confirm::Made;
use crate::booking::hold::travel_for;
use crate::booking::person::PersonRefusal;
use crate::booking::seats::Except;
use crate::booking::{
    Channel, CheckBy, ConfirmError, ISSUANCE, NewApplicant, Procedure, Who, confirm, person, procedures,
    store,
};
use crate::calendar::SlotId;
use crate::db::{Fault, WriteTx};
use crate::once::{self, OnceKey};
use crate::settings;

/// Who comes.
#[derive(Clone, Debug)]
pub enum Party {
    /// People with cards, the citizen's own first.
    Cards(Vec<CardId>),
    /// People who are known by what they said, for a procedure that needs no notice.
    People(Vec<NewApplicant>),
}

impl Party {
    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        match self {
            Self::Cards(cards) => cards.len(),
            Self::People(people) => people.len(),
        }
    }

    fn cards(&self) -> &[CardId] {
        match self {
            Self::Cards(cards) => cards,
            Self::People(_) => &[],
        }
    }

    /// Everybody; whoever is new gets their row.
    fn people(&self, tx: &WriteTx<'_>) -> Result<Vec<Who>, Fault> {
        Ok(match self {
            Self::Cards(cards) => cards.iter().copied().map(Who::Card).collect(),
            Self::People(people) => {
                let new = |person| store::insert_applicant(tx, person).map(Who::Applicant);
                people.iter().map(new).collect::<Result<_, _>>()?
            }
        })
    }
}

/// The wish to book the hand-over of cards for a party.
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

impl From<BookByStaff> for BookProcedure {
    fn from(wish: BookByStaff) -> Self {
        let BookByStaff { party, slot, email, channel, overbook, once } = wish;
        let (procedure, party) = (ISSUANCE.to_owned(), Party::Cards(party));
        Self { procedure, party, slot, email, channel, overbook, once }
    }
}

/// The wish to book a procedure for a party.
#[derive(Clone, Debug)]
pub struct BookProcedure {
    /// What they come for.
    pub procedure: String,
    /// Who comes.
    pub party: Party,
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
    /// The procedure is not offered, or not in this way: by a notice, or without one.
    #[error("the procedure cannot be booked so")]
    Procedure,
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
    #[error("person {place}: {why}")]
    Person {
        /// Who: their place in the party, from 0 on.
        place: usize,
        /// Why.
        why: PersonRefusal,
    },
    /// Somebody is named twice.
    #[error("person {place} is named twice")]
    Twice {
        /// The place of the second naming in the party, from 0 on.
        place: usize,
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

/// What making the booking refused, with the place of whoever it was about.
fn refused(error: ConfirmError, party: &[Who]) -> StaffBookingError {
    match error {
        ConfirmError::Person { who, why } => {
            let place = party.iter().position(|one| *one == who).unwrap_or_default();
            StaffBookingError::Person { place, why }
        }
        ConfirmError::TooManyPeople { most } => StaffBookingError::TooManyPeople { most },
        ConfirmError::Slot(refusal) => StaffBookingError::Slot(refusal),
        ConfirmError::Fault(fault) => StaffBookingError::Fault(fault),
        ConfirmError::SessionOver | ConfirmError::NoSlot | ConfirmError::NotAcknowledged => {
            StaffBookingError::Nobody
        }
    }
}

/// Books the hand-over of a party's cards: [`book_procedure_by_staff`] for the procedure that is always there.
///
/// Spec: 7(2)④, 7(1)⑤.
pub fn book_by_staff(tx: &WriteTx<'_>, wish: &BookByStaff) -> Result<BookingId, StaffBookingError> {
    book_procedure_by_staff(tx, &wish.clone().into())
}

/// Books a party into a procedure's slots; over capacity only where that is allowed, marked and with its reason.
///
/// Spec: 7(2)④, 7(1)⑤, 8(3).
pub fn book_procedure_by_staff(
    tx: &WriteTx<'_>,
    wish: &BookProcedure,
) -> Result<BookingId, StaffBookingError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(BookingId::of(made));
    }
    wish.overbook.fit()?;
    let procedure = procedures::procedure(tx, &wish.procedure)?.filter(|one| one.open);
    let procedure = procedure.filter(|one| fits(one, &wish.party)).ok_or(StaffBookingError::Procedure)?;
    if wish.party.is_empty() {
        return Err(StaffBookingError::Nobody);
    }
    let most = settings::read(tx)?.party_max;
    let people = u8::try_from(wish.party.len()).ok().filter(|people| *people <= most);
    let people = people.ok_or(StaffBookingError::TooManyPeople { most })?;
    let named = wish.party.people(tx)?;
    twice(tx, &procedure, &named)?;
    let party =
        confirm::check_party(tx, &procedure, named.clone()).map_err(|error| refused(error, &named))?;
    let lead = party.first().map(|person| person.who).ok_or(StaffBookingError::Nobody)?;
    let asked = Asked {
        slot: wish.slot,
        people,
        travel: travel_for(tx, &procedure, wish.party.cards(), wish.slot.location)?,
        procedure: procedure.clone(),
        channel: wish.channel,
        except: Except { hold_of: Some(lead), booking: None },
        guard: Guard::On,
    };
    let (passed, over) = take_slot(tx, &asked, &wish.overbook)?;
    let new = store::NewBooking {
        booking_no: confirm::free_number(tx, wish.slot.day)?,
        procedure: &procedure.code,
        slot: passed.slot,
        people,
        seats: passed.seats,
        channel: wish.channel,
        over_reason: over.as_deref(),
        email: wish.email.as_ref().map(Email::as_str),
        language: "ja",
        acknowledged_at: None,
    };
    let made = Made { new, procedure: &procedure, party: &party, email: wish.email.as_ref() };
    confirm::register(tx, &made, "booking.registered", &wish.once).map_err(|error| refused(error, &named))
}

/// Cards are handed over to those who have one; others are known by one or by what they said, as the procedure wants it.
fn fits(procedure: &Procedure, party: &Party) -> bool {
    match party {
        Party::Cards(_) => true,
        Party::People(_) => procedure.check == CheckBy::Person,
    }
}

/// Refuses a party that names the same citizen twice.
fn twice(tx: &WriteTx<'_>, procedure: &Procedure, named: &[Who]) -> Result<(), StaffBookingError> {
    let mut known = BTreeSet::new();
    for (place, who) in named.iter().enumerate() {
        let Some(person) = person::of(tx, procedure, *who)? else { continue };
        if !known.insert(person.key) {
            return Err(StaffBookingError::Twice { place });
        }
    }
    Ok(())
}
