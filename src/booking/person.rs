//! Whether a person can be booked: their card, and no other live booking of theirs.

use super::applicant::Who;
use super::{CheckBy, Procedure, applicant, store};
use crate::base::{BookingId, CardId};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};
use crate::settings;
use crate::transfers;

/// Why a person cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefusal {
    /// The card is not there, or cannot be collected in its state.
    #[error("the card cannot be booked")]
    NotBookable,
    /// The same citizen has a live booking, with this card or another one. Spec: 7(3)⑫.
    #[error("the citizen has a live booking")]
    AlreadyBooked,
}

/// Somebody as a booking knows them.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) who: Who,
    /// Who they are across bookings of this procedure. Spec: 7(3)⑫.
    pub(super) key: String,
}

/// The person of a card or of an applicant, as bookings of this procedure know them.
///
/// Where people are known by what they say, the citizen of a card is known by the same: kana and birth date.
pub(super) fn of(tx: &ReadTx<'_>, procedure: &Procedure, who: Who) -> Result<Option<Person>, Fault> {
    let key = match who {
        Who::Card(id) => cards::get(tx, id)?.map(|card| key_of(procedure, &card)),
        Who::Applicant(id) => applicant::applicant(tx, id)?.map(|one| one.person_key.uncover().clone()),
    };
    Ok(key.map(|key| Person { who, key }))
}

fn key_of(procedure: &Procedure, card: &Card) -> String {
    if procedure.check == CheckBy::Notice || card.kana.uncover().is_empty() {
        return card.person_key.uncover().clone();
    }
    applicant::person_key(card.kana.uncover(), &card.birth.uncover().to_string())
}

/// Why this person cannot be put into a booking; `within` is the booking that they may already be in.
pub(super) fn refusal(
    tx: &ReadTx<'_>,
    procedure: &Procedure,
    who: Who,
    within: Option<BookingId>,
) -> Result<Option<PersonRefusal>, Fault> {
    let Some(person) = of(tx, procedure, who)? else { return Ok(Some(PersonRefusal::NotBookable)) };
    let live = store::live_id_of_person(tx, &person.key, &procedure.code)?;
    if live.is_some() && live != within {
        return Ok(Some(PersonRefusal::AlreadyBooked));
    }
    let card = who.card().filter(|_| procedure.is_issuance());
    let fit = match card {
        Some(card) => cards::get(tx, card)?.is_some_and(|card| card.may_be_booked()),
        None => !procedure.is_issuance(),
    };
    Ok((!fit).then_some(PersonRefusal::NotBookable))
}

/// The cards of a party, in its order; those that are gone are left out.
pub(super) fn cards_of(tx: &ReadTx<'_>, party: &[CardId]) -> Result<Vec<Card>, Fault> {
    party.iter().filter_map(|id| cards::get(tx, *id).transpose()).collect()
}

/// Open days until every card of a party is at the location.
pub fn travel_days(
    tx: &ReadTx<'_>,
    party: &[CardId],
    location: crate::base::LocationId,
) -> Result<u16, Fault> {
    travel(tx, &cards_of(tx, party)?, location)
}

/// Open days until the slowest card of a party is at the location.
pub(super) fn travel(
    tx: &ReadTx<'_>,
    party: &[Card],
    location: crate::base::LocationId,
) -> Result<u16, Fault> {
    let default = settings::read(tx)?.lead_days_default;
    let mut slowest = 0;
    for card in party {
        slowest = slowest.max(transfers::travel_days(tx, card, location, default)?);
    }
    Ok(slowest)
}
