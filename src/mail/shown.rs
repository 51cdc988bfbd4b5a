//! A letter as it was sent, drawn again from its facts.
//!
//! **Invariant:** the link and the code of a letter are shown to nobody, not even while it waits.

use super::{Letter, Listed, store};
use crate::base::{Moment, OutboxId};
use crate::db::{Fault, ReadTx};

/// The text of a link, as every letter that has one stores it.
const TOKEN: &str = "token";

/// What only the receiver of a letter may know, as letters store it.
const SECRETS: [&str; 2] = [TOKEN, "code"];

/// Stands where a secret would.
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
    Ok(Some(Kept { row, letter: letter.as_ref().and_then(covered), reworded_at }))
}

/// The letter with its secrets covered, whichever letter it is: they have the same names in all of them.
fn covered(letter: &Letter) -> Option<Letter> {
    let mut stored = serde_json::to_value(letter).ok()?;
    for name in SECRETS {
        if let Some(secret) = stored.get_mut(name) {
            *secret = COVERED.into();
        }
    }
    serde_json::from_value(stored).ok()
}

impl Letter {
    /// Whether it is one with a link, and the link is forgotten.
    pub(super) fn is_stripped(&self) -> bool {
        let stored = serde_json::to_value(self).unwrap_or_default();
        stored.get(TOKEN).is_some_and(|token| token.as_str() == Some(""))
    }

    /// Whether it informs and nobody waits for it: it goes after the others, and not to an address that letters do not reach.
    pub fn is_information(&self) -> bool {
        matches!(self.kind(), "no_show" | "bulk" | "renotice")
    }
}

#[cfg(test)]
mod tests {
    use super::super::render::samples;
    use super::*;

    #[test]
    fn every_letter_that_has_a_secret_is_covered_and_known_once_it_is_stripped() {
        for (name, letter) in samples() {
            let shown = serde_json::to_string(&covered(&letter).unwrap()).unwrap();
            let bare = serde_json::to_string(&letter.clone().without_secrets()).unwrap();
            let has_secret = letter.clone().without_secrets() != letter;
            assert_eq!(has_secret, shown.contains(COVERED), "{name}");
            assert_eq!(has_secret, letter.without_secrets().is_stripped(), "{name}: {bare}");
        }
    }
}
