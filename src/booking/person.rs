//! Whether a person can be booked: their card, and no other live booking of theirs.

use super::{ISSUANCE, store};
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

/// Why this card cannot be put into a booking; `within` is the booking that it may already be in.
pub(super) fn refusal(
    tx: &ReadTx<'_>,
    card: CardId,
    within: Option<BookingId>,
) -> Result<Option<PersonRefusal>, Fault> {
    let Some(card) = cards::get(tx, card)? else { return Ok(Some(PersonRefusal::NotBookable)) };
    let live = store::live_id_of_person(tx, card.person_key.uncover(), ISSUANCE)?;
    if live.is_some() && live != within {
        return Ok(Some(PersonRefusal::AlreadyBooked));
    }
    Ok((!card.may_be_booked()).then_some(PersonRefusal::NotBookable))
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
