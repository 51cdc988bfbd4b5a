//! What the bookings want of the transfers (回送): each card at its live booking's place in time, or nowhere in particular.
//!
//! **Invariant:** whatever changes a live place of a card in a booking ends here, in the same transaction.
//!
//! Spec: 7(2)⑩.

use super::{ISSUANCE, store};
use crate::base::CardId;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::transfers::{self, Want};

/// Makes the transfers of these cards what their live bookings need now.
///
/// To be called too by whoever puts cards into other storage places. Spec: 7(2)⑩.
pub fn follow_cards(tx: &WriteTx<'_>, cards: &[CardId]) -> Result<(), Fault> {
    for card in cards {
        follow(tx, *card)?;
    }
    Ok(())
}

/// The same for one card.
pub(super) fn follow(tx: &WriteTx<'_>, card: CardId) -> Result<(), Fault> {
    transfers::follow(tx, card, want(tx, card)?)
}

/// The live booking that a card has to be handed over in.
pub(super) fn want(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Want>, Fault> {
    let Some(id) = store::live_id_of_card(tx, card, ISSUANCE)? else { return Ok(None) };
    let booking = store::get(tx, id)?;
    Ok(booking.map(|booking| Want { booking: id, location: booking.location, day: booking.day }))
}

/// Looks at up to `most` cards whose transfers are not what their bookings need, as after an import put cards elsewhere,
/// sets them right, and says how many there were.
///
/// Spec: 7(2)⑩.
pub fn follow_strays(tx: &WriteTx<'_>, most: u32) -> Result<usize, Fault> {
    let strays = store::strays(tx, ISSUANCE, most)?;
    follow_cards(tx, &strays)?;
    Ok(strays.len())
}
