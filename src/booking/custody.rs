//! Cards change their place, and the transfers that bookings need follow in the same transaction.
//!
//! Spec: 7(2)③ ⑩.

use super::follow_cards;
use crate::base::{CardId, HistoryId, MissingCardId, StocktakeId};
use crate::cards::missing::{self, MissingError};
use crate::cards::stocktake::{self, HereError};
use crate::cards::storage::{self, MoveAnswer, MoveError, Moved, Moving, Receiving, Target};
use crate::db::{Fault, WriteTx};

/// Puts a card into a box or place.
pub fn move_card(tx: &WriteTx<'_>, wish: &Moving) -> Result<Moved, MoveError> {
    let moved = storage::move_card(tx, wish)?;
    if moved.changed {
        follow_cards(tx, &[wish.card])?;
    }
    Ok(moved)
}

/// The same for many, each for itself.
pub fn move_cards(tx: &WriteTx<'_>, wishes: &[(CardId, i64)], to: Target) -> Result<Vec<MoveAnswer>, Fault> {
    let answers = storage::move_cards(tx, wishes, to)?;
    let moved = answers.iter().filter(|(_, answer)| answer.as_ref().is_ok_and(|moved| moved.changed));
    let moved: Vec<CardId> = moved.map(|(card, _)| *card).collect();
    follow_cards(tx, &moved)?;
    Ok(answers)
}

/// Puts a card back where it lay before the last move.
pub fn undo_move(tx: &WriteTx<'_>, card: CardId, expect_version: i64) -> Result<Moved, MoveError> {
    let moved = storage::undo_move(tx, card, expect_version)?;
    follow_cards(tx, &[card])?;
    Ok(moved)
}

/// Lays a card down that was on its way.
pub fn receive_card(tx: &WriteTx<'_>, wish: &Receiving) -> Result<Moved, MoveError> {
    let moved = storage::receive(tx, wish)?;
    if moved.changed {
        follow_cards(tx, &[wish.card])?;
    }
    Ok(moved)
}

/// Puts a card that was handed on back where it was.
pub fn put_back(
    tx: &WriteTx<'_>,
    card: CardId,
    expect_version: Option<i64>,
    batch: Option<HistoryId>,
) -> Result<Moved, MoveError> {
    let moved = storage::put_back(tx, card, expect_version, batch)?;
    follow_cards(tx, &[card])?;
    Ok(moved)
}

/// Puts a foreign card of a stock-take into the place that is counted.
pub fn put_here(
    tx: &WriteTx<'_>,
    id: StocktakeId,
    card: CardId,
    expect_version: i64,
) -> Result<Moved, HereError> {
    let moved = stocktake::here(tx, id, card, expect_version)?;
    follow_cards(tx, &[card])?;
    Ok(moved)
}

/// A missing card is there again and lies where it was put.
pub fn found_again(
    tx: &WriteTx<'_>,
    id: MissingCardId,
    into: Target,
    words: &str,
    expect_version: i64,
) -> Result<(), MissingError> {
    let card = missing::get(tx, id)?.ok_or(MissingError::NotFound)?.card;
    missing::found(tx, id, into, words, expect_version)?;
    Ok(follow_cards(tx, &[card])?)
}
