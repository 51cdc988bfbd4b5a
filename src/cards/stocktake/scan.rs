//! One card is read in a stock-take.

use super::store;
use super::{Line, Outcome, Stocktake, StocktakeError, open};
use crate::base::{BoxId, CardId, StocktakeId};
use crate::cards::storage::{self, MoveError, Moved, Moving, Spot, Target, Whereabouts, where_is};
use crate::cards::{self, Card};
use crate::db::{Fault, WriteTx};

/// The wish to note a card as read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The stock-take.
    pub stocktake: StocktakeId,
    /// The card.
    pub card: CardId,
}

/// What a reading came to.
#[derive(Clone, Debug)]
pub struct ReadOut {
    /// The card.
    pub card: Card,
    /// What is so.
    pub outcome: Outcome,
    /// Who had read it before; it counts once.
    pub again: Option<Line>,
}

/// Why a reading was not noted.
pub type ReadError = StocktakeError;

/// Notes a card as read. A second reading counts nothing and says who was first.
pub fn read(tx: &WriteTx<'_>, wish: Reading) -> Result<ReadOut, ReadError> {
    let one = open(tx, wish.stocktake)?;
    let card = cards::get(tx, wish.card)?.ok_or(StocktakeError::NotFound)?;
    let again = store::line_of(tx, one.id, card.id)?;
    let outcome = if lies_here(&card, &one) { Outcome::Found } else { Outcome::Foreign };
    store::note(tx, one.id, card.id, outcome, &Spot::of(&card))?;
    Ok(ReadOut { card, outcome, again })
}

/// Notes a number that no card has.
pub fn read_unknown(tx: &WriteTx<'_>, id: StocktakeId, typed: &str) -> Result<(), ReadError> {
    let one = open(tx, id)?;
    Ok(store::note_unknown(tx, one.id, typed)?)
}

/// Whether the register says that a card lies where is counted.
fn lies_here(card: &Card, one: &Stocktake) -> bool {
    match where_is(card) {
        Whereabouts::AtPlace(spot) => {
            spot.storage == Some(one.storage) && (one.shelf.is_empty() || spot.shelf == one.shelf)
        }
        _ => false,
    }
}

/// Why a foreign card was not moved here.
#[derive(Debug, thiserror::Error)]
pub enum HereError {
    /// The stock-take is not there or has ended.
    #[error(transparent)]
    Stocktake(#[from] StocktakeError),
    /// The card cannot be put here.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Puts a card that was read here and is registered elsewhere into this place; it then counts as found.
pub fn here(
    tx: &WriteTx<'_>,
    id: StocktakeId,
    card: CardId,
    expect_version: i64,
) -> Result<Moved, HereError> {
    let one = open(tx, id)?;
    let place = storage::place(tx, one.storage)?.ok_or(StocktakeError::NotFound)?;
    let shelf: Option<BoxId> = place.boxes.iter().find(|shelf| shelf.code == one.shelf).map(|shelf| shelf.id);
    let to = shelf.map_or(Target::Storage(one.storage), Target::Box);
    let wish = Moving { card, to, expect_version: Some(expect_version), batch: None };
    let moved = storage::move_card(tx, &wish)?;
    store::note(tx, one.id, card, Outcome::Found, &Spot::of(&moved.card))?;
    Ok(moved)
}
