//! A letter as it was sent, drawn again from its facts.
//!
//! **Invariant:** the link and the code of a letter are shown to nobody, not even while it waits.

use super::{Letter, Listed, Offer, store};
use crate::base::{Moment, OutboxId};
use crate::db::{Fault, ReadTx};

/// Stands where a link's token and a code would.
const COVERED: &str = "＊＊＊";

/// A letter of the outbox with what it says.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its row.
    pub row: Listed,
    /// What it says, with link and code covered; `None` when the row cannot be read.
    pub letter: Option<Letter>,
    /// When the city's wording for it was changed after it was sent, so that it was worded otherwise.
    pub reworded_at: Option<Moment>,
}

/// A letter of the outbox.
pub fn kept(tx: &ReadTx<'_>, id: OutboxId) -> Result<Option<Kept>, Fault> {
    let Some(row) = store::by_id(tx, id)? else { return Ok(None) };
    let letter: Option<Letter> = serde_json::from_str(&store::params(tx, id)?).ok();
    let reworded_at = match (&letter, row.sent_at()) {
        (Some(letter), Some(sent)) => super::wording::changed_since(tx, letter.wording(), sent)?,
        _ => None,
    };
    Ok(Some(Kept { row, letter: letter.map(covered), reworded_at }))
}

fn covered(letter: Letter) -> Letter {
    match letter.without_secrets() {
        Letter::Link { hours, code_minutes, .. } => {
            Letter::Link { token: COVERED.to_owned(), code: COVERED.to_owned(), hours, code_minutes }
        }
        Letter::OfficeClosed { reason, facts, .. } => {
            Letter::OfficeClosed { token: COVERED.to_owned(), reason, facts }
        }
        Letter::SeatOffer(offer) => Letter::SeatOffer(Offer { token: COVERED.to_owned(), ..offer }),
        other => other,
    }
}

impl Letter {
    /// Whether it is one with a link, and the link is forgotten.
    pub(super) fn is_stripped(&self) -> bool {
        match self {
            Self::Link { token, .. } | Self::OfficeClosed { token, .. } => token.is_empty(),
            Self::SeatOffer(offer) => offer.token.is_empty(),
            _ => false,
        }
    }

    /// Whether it informs and nobody waits for it: it goes after the others, and not to an address that letters do not reach.
    pub fn is_information(&self) -> bool {
        matches!(self.kind(), "no_show" | "bulk" | "renotice")
    }
}
