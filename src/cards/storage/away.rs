//! Two scans make a hand-over: who sends takes the card out of its place, who receives lays it down.
//!
//! Transfers between locations and hand-overs between people are the same two operations; between them the card is nowhere
//! but on its way.

use super::moves::{MoveError, Moved, expect, is_here, lay, lay_at, lies_at};
use super::{Assigner, Heading, Spot, Target, assign, store};
use crate::base::{CardId, HistoryId, LocationId, StorageId};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The wish to send a card off.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The card.
    pub card: CardId,
    /// Where to.
    pub to: Heading,
    /// The version that the person saw; `None` where the card itself was scanned.
    pub expect_version: Option<i64>,
    /// The event of the bulk act that this is a part of.
    pub batch: Option<HistoryId>,
}

/// The wish to receive a card.
#[derive(Clone, Debug)]
pub struct Receiving {
    /// The card.
    pub card: CardId,
    /// Where it is laid down.
    pub into: Target,
    /// The version that the person saw; `None` where the card itself was scanned.
    pub expect_version: Option<i64>,
    /// The event of the bulk act that this is a part of.
    pub batch: Option<HistoryId>,
}

/// Takes a card out of its place. A card that is on its way there already stays as it is (`changed` is false).
///
/// Spec: 7(2)⑩.
pub fn send(tx: &WriteTx<'_>, wish: &Sending) -> Result<Moved, MoveError> {
    let card = cards::get(tx, wish.card)?.ok_or(MoveError::NotFound)?;
    expect(&card, wish.expect_version)?;
    is_here(&card)?;
    match card.away {
        Some(away) if away.to == wish.to => {
            return Ok(Moved { from: Spot::of(&card), card, changed: false });
        }
        Some(away) => return Err(MoveError::OnItsWay(away)),
        None => {}
    }
    if matches!(wish.to, Heading::Person(person) if tx.actor().staff() == Some(person)) {
        return Err(MoveError::SamePerson);
    }
    store::take_out(tx, card.id, wish.to)?;
    let (operation, change) = match wish.to {
        Heading::Location(to) => ("card.sent", Change::new("location", None, Some(to.to_string()))),
        Heading::Person(to) => ("card.handed_on", Change::new("staff", None, Some(to.to_string()))),
    };
    let event = Event {
        cards: &[card.id],
        changes: vec![change],
        batch: wish.batch,
        ..Event::of(operation, Record::Card(card.id))
    };
    history::record(tx, &event)?;
    let from = Spot::of(&card);
    let card = cards::get(tx, card.id)?.ok_or(MoveError::NotFound)?;
    Ok(Moved { card, from, changed: true })
}

/// Lays a card down that was on its way; its place follows. One that lies there already stays as it is.
///
/// Spec: 7(2)⑩.
pub fn receive(tx: &WriteTx<'_>, wish: &Receiving) -> Result<Moved, MoveError> {
    let card = cards::get(tx, wish.card)?.ok_or(MoveError::NotFound)?;
    expect(&card, wish.expect_version)?;
    is_here(&card)?;
    let Some(away) = card.away else {
        let lies_there = lies_at(tx, &card, wish.into)?;
        let as_it_is = Moved { from: Spot::of(&card), card, changed: false };
        return if lies_there { Ok(as_it_is) } else { Err(MoveError::NotAway) };
    };
    let operation = match away.to {
        Heading::Location(_) => "card.received",
        Heading::Person(_) if away.by.is_some() && away.by == tx.actor().staff() => {
            return Err(MoveError::SamePerson);
        }
        Heading::Person(_) => "card.taken_over",
    };
    lay(tx, &card, wish.into, operation, wish.batch)
}

/// Puts a card that was sent back where it was: the sending did not happen. A number that was taken meanwhile is replaced.
pub fn put_back(
    tx: &WriteTx<'_>,
    card: CardId,
    expect_version: Option<i64>,
    batch: Option<HistoryId>,
) -> Result<Moved, MoveError> {
    let card = cards::get(tx, card)?.ok_or(MoveError::NotFound)?;
    expect(&card, expect_version)?;
    is_here(&card)?;
    if card.away.is_none() {
        return Err(MoveError::NotAway);
    }
    let spot = assign::still_free(tx, Spot::of(&card))?;
    lay_at(tx, &card, &spot, "card.put_back", batch)
}

/// Notes that a card has left for a location and lies nowhere until it is laid down there. Its event is the transfer's.
pub fn set_off(tx: &WriteTx<'_>, card: CardId, to: LocationId) -> Result<(), Fault> {
    store::clear_spot(tx, card)?;
    store::take_out(tx, card, Heading::Location(to))
}

/// Lays a card down at the end of a transfer. Its event is the transfer's. Without a shelf it gets the next free number of the
/// place, with one its own number where that is still free.
pub fn set_down(
    tx: &WriteTx<'_>,
    card: CardId,
    storage: StorageId,
    (shelf, position): (&str, &str),
) -> Result<(), Fault> {
    let told = Spot { storage: Some(storage), shelf: shelf.to_owned(), position: position.to_owned() };
    let spot = if shelf.is_empty() {
        Assigner::read(tx)?.next_in(tx, storage)?
    } else {
        match assign::still_free(tx, told.clone()) {
            Ok(spot) => spot,
            Err(MoveError::Fault(fault)) => return Err(fault),
            Err(_) => Spot { position: String::new(), ..told },
        }
    };
    store::lay(tx, card, &spot)
}

/// The cards that are on their way, longest first; at most `most`.
pub fn away(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Card>, Fault> {
    store::away(tx, most)
}
