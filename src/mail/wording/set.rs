//! Rewriting sentences, and sending an example of a letter.

use super::{COMMON, Example, example, store};
use crate::base::Email;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::mail::{self, Letter, Post};
use crate::once::{self, OnceKey};

/// One sentence on a form: what stood there, and what it shall be; `None` = the product's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The key, such as `mail.confirmed`.
    pub key: String,
    /// What the form showed.
    pub seen: Option<String>,
    /// What it shall be; checked with [`super::Line::check`].
    pub now: Option<String>,
}

/// The sentences of a letter in a language as a form wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordingWish {
    /// The letter's word, or [`COMMON`]; with its procedure where they are written for one, see [`super::scope`].
    pub letter: String,
    /// The language.
    pub language: String,
    /// Its sentences.
    pub turns: Vec<Turn>,
}

/// Why no sentence was changed.
#[derive(Debug, thiserror::Error)]
pub enum SetWordingError {
    /// Somebody else rewrote these sentences since the form was shown.
    #[error("{} sentences were changed by somebody else", .0.len())]
    Conflict(Vec<String>),
    /// The database could not do it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps the sentences of a form, all of them or none, and says how many changed. What the form left as it was shown stays
/// as it is now.
pub fn set_wording(tx: &WriteTx<'_>, wish: &WordingWish) -> Result<usize, SetWordingError> {
    let (letter, language) = (wish.letter.as_str(), wish.language.as_str());
    let (mut conflicts, mut turned) = (Vec::new(), Vec::new());
    for turn in wish.turns.iter().filter(|turn| turn.now != turn.seen) {
        let stands = store::get(tx, (letter, language), &turn.key)?;
        if stands == turn.now {
            continue;
        }
        if stands == turn.seen { turned.push((turn, stands)) } else { conflicts.push(turn.key.clone()) }
    }
    if !conflicts.is_empty() {
        return Err(SetWordingError::Conflict(conflicts));
    }
    for (turn, stood) in &turned {
        store::put(tx, (letter, language), &turn.key, turn.now.as_deref())?;
        let event = Event {
            changes: vec![Change::new("wording", stood.clone(), turn.now.clone())],
            reason: Some(format!("{language} {letter} {}", turn.key)),
            ..Event::of("mail.wording_changed", Record::Wording)
        };
        history::record(tx, &event)?;
    }
    Ok(turned.len())
}

/// The wish to get an example of a letter.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The letter's word, or [`COMMON`] for a confirmed booking.
    pub letter: String,
    /// The procedure whose sentences are looked at.
    pub procedure: Example,
    /// The language.
    pub language: String,
    /// To whom.
    pub to: Email,
    /// The form's key.
    pub once: OnceKey,
}

/// Queues the example of a letter with invented facts; says whether there is such a letter. The same form sent again
/// queues nothing.
pub fn send_sample(tx: &WriteTx<'_>, wish: &Sample) -> Result<bool, Fault> {
    let word = if wish.letter == COMMON { "booking_confirmed" } else { wish.letter.as_str() };
    let Some(letter) = example(word, &wish.procedure) else { return Ok(false) };
    if once::seen(tx, &wish.once)?.is_some() {
        return Ok(true);
    }
    let letter = Letter::Sample { of: Box::new(letter) };
    let dedup = format!("sample:{}", hex::encode(tx.chance().bytes::<16>()));
    let post =
        Post { to: &wish.to, language: &wish.language, letter: &letter, booking: None, card: None, dedup };
    let row = mail::enqueue(tx, &post)?;
    history::record(tx, &Event::of("mail.sample_sent", Record::Mail(row)))?;
    once::keep(tx, &wish.once, "mail.sample_sent", word)?;
    Ok(true)
}
