//! Cards that were taken from their shelf for the counter (引抜), and those that were not found there.
//!
//! Spec: 7(2)⑨.

use super::store;
use super::types::Stamp;
use crate::base::{BookingId, CardId, Day};
use crate::cards;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::stored_as_code;

/// A card that is out of its shelf for a booking, or that should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// The card.
    pub card: CardId,
    /// For which booking.
    pub booking: BookingId,
    /// For which day.
    pub day: Day,
    /// Taken, or not found.
    pub state: PullState,
    /// When, and by whom.
    pub stamp: Stamp,
}

/// How the look into the shelf ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullState {
    /// Taken (引抜済).
    Pulled,
    /// Not there (見当たらない).
    NotFound,
}

impl PullState {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pulled => "pulled",
            Self::NotFound => "not_found",
        }
    }

    /// The state of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Pulled, Self::NotFound].into_iter().find(|state| state.code() == code)
    }
}

stored_as_code!(PullState);

/// The wish to note how the look into the shelf ended; `state` `None` = it is on its shelf again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The card.
    pub card: CardId,
    /// For which booking and day.
    pub wanted: (BookingId, Day),
    /// What was found.
    pub state: Option<PullState>,
}

/// Why nothing was noted.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// It was handed over, or is out of the house for another reason.
    #[error("the card is out of the house")]
    Gone,
    /// It is under way to another place.
    #[error("the card is under way")]
    UnderWay,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Notes that a card was taken from its shelf, was not found, or is back; says whether that is new.
///
/// Spec: 7(2)⑨.
pub fn mark(tx: &WriteTx<'_>, wish: &Mark) -> Result<bool, MarkError> {
    let card = cards::get(tx, wish.card)?.ok_or(MarkError::NotFound)?;
    let now = store::pulls_of(tx, &[card.id])?.into_iter().next();
    let same = now.as_ref().is_some_and(|now| (now.booking, now.day) == wish.wanted);
    if same && now.as_ref().map(|now| now.state) == wish.state || now.is_none() && wish.state.is_none() {
        return Ok(false);
    }
    match wish.state {
        None => {
            store::drop_pull(tx, card.id)?;
        }
        Some(state) => {
            if card.status.is_out_of_house() {
                return Err(MarkError::Gone);
            }
            if store::in_transit(tx, card.id)?.is_some() {
                return Err(MarkError::UnderWay);
            }
            store::put_pull(tx, card.id, wish.wanted, state)?;
        }
    }
    let word = |state: Option<PullState>| state.map(|state| state.code().to_owned());
    let changes = vec![
        Change::new("pull", word(now.map(|now| now.state)), word(wish.state)),
        Change::new("booking", None, Some(wish.wanted.0.to_string())),
    ];
    let operation = match wish.state {
        Some(PullState::Pulled) => "card.pulled",
        Some(PullState::NotFound) => "card.not_found_on_shelf",
        None => "card.put_back",
    };
    history::record(
        tx,
        &Event { cards: &[card.id], changes, ..Event::of(operation, Record::Card(card.id)) },
    )?;
    Ok(true)
}

/// The notes about these cards.
pub fn pulls_of(tx: &ReadTx<'_>, cards: &[CardId]) -> Result<Vec<Pull>, Fault> {
    store::pulls_of(tx, cards)
}
