//! Many cards at once take one status, as when a list of them was scanned.

use super::serve::each;
use super::{CounterError, WalkIn, hand_over_walk_in};
use crate::base::{CardId, HistoryId, LocationId};
use crate::cards::{self, CardStatus, Transition, TransitionError};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::once::{self, OnceKey};

/// The wish to give many cards one status.
#[derive(Clone, Debug)]
pub struct UpdateCards {
    /// The cards, each with the version that the person saw.
    pub cards: Vec<(CardId, i64)>,
    /// The status.
    pub to: CardStatus,
    /// Why, where it is needed or was said.
    pub reason: Option<String>,
    /// The office that hands over, where cards are handed over.
    pub location: LocationId,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// How it went with one card.
pub type CardAnswer = (CardId, Result<(), CounterError>);

/// Gives each card the status if the table allows it; the answer says for each how it went.
///
/// One transaction; a card that refuses stays as it was. Handing over goes through the card's booking where it has one.
/// Spec: 7(2)⑦.
pub fn update_cards(tx: &WriteTx<'_>, wish: &UpdateCards) -> Result<Vec<CardAnswer>, CounterError> {
    let batch = if once::seen(tx, &wish.once)?.is_some() { None } else { Some(open_batch(tx, wish)?) };
    let rows: Vec<CardId> = wish.cards.iter().map(|(card, _)| *card).collect();
    each(tx, (&wish.once, "card.updated_many"), &rows, |tx, card, before| {
        if before {
            return Ok(());
        }
        let seen = wish.cards.iter().find(|(one, _)| *one == card).map(|(_, version)| *version);
        update(tx, wish, (card, seen), batch)
    })
}

/// The event that the events of the cards are parts of.
fn open_batch(tx: &WriteTx<'_>, wish: &UpdateCards) -> Result<HistoryId, Fault> {
    let event = Event {
        changes: vec![
            Change::new("status", None, Some(wish.to.code().to_owned())),
            Change::new("cards", None, Some(wish.cards.len().to_string())),
        ],
        reason: wish.reason.clone().filter(|reason| cards::is_reason(reason)),
        ..Event::of("card.updated_many", Record::Municipality)
    };
    history::record(tx, &event)
}

fn update(
    tx: &WriteTx<'_>,
    wish: &UpdateCards,
    (card, seen): (CardId, Option<i64>),
    batch: Option<HistoryId>,
) -> Result<(), CounterError> {
    if wish.to != CardStatus::Issued {
        let one =
            Transition { reason: wish.reason.clone(), expect_version: seen, ..Transition::of(card, wish.to) };
        cards::transition_in(tx, &one, batch)?;
        return Ok(());
    }
    let now = cards::get(tx, card)?.ok_or(CounterError::NotFound)?;
    if seen.is_some_and(|seen| seen != now.version) {
        return Err(TransitionError::Conflict { now: Box::new(now) }.into());
    }
    if now.status == CardStatus::Issued {
        return Err(TransitionError::Illegal { from: now.status, to: wish.to }.into());
    }
    hand_over_walk_in(tx, &WalkIn { card, location: wish.location })?;
    Ok(())
}
