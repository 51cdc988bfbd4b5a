//! What several acts about a card ask first: that it is there, as the person saw it, and why they do it.

use super::{Card, is_reason, store};
use crate::base::CardId;
use crate::db::{Fault, ReadTx};

/// Which card is meant, as it was seen, and why.
#[derive(Clone, Copy, Debug)]
pub struct Reasoned<'a> {
    /// The card.
    pub card: CardId,
    /// The version that the person saw.
    pub expect_version: i64,
    /// Why, in their words.
    pub reason: &'a str,
}

/// What is in the way.
#[derive(Debug, thiserror::Error)]
pub enum ReasonedError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// Somebody else changed the card since the person opened it.
    #[error("the card was changed in the meantime")]
    Conflict {
        /// The card as it stands now.
        now: Box<Card>,
    },
    /// A reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason cannot be stored.
    #[error("the reason cannot be stored")]
    BadReason,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Reasoned<'_> {
    /// The card as the person saw it.
    pub fn seen(&self, tx: &ReadTx<'_>) -> Result<Card, ReasonedError> {
        let card = store::get(tx, self.card)?.ok_or(ReasonedError::NotFound)?;
        if card.version == self.expect_version {
            Ok(card)
        } else {
            Err(ReasonedError::Conflict { now: Box::new(card) })
        }
    }

    /// The reason without the spaces around it.
    pub fn why(&self) -> Result<String, ReasonedError> {
        match self.reason.trim() {
            "" => Err(ReasonedError::ReasonNeeded),
            reason if is_reason(reason) => Ok(reason.to_owned()),
            _ => Err(ReasonedError::BadReason),
        }
    }
}
