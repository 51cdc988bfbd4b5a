//! Putting a letter into the outbox.

use super::{Letter, store};
use crate::base::{BookingId, CardId, Email, Moment, OutboxId};
use crate::db::{Fault, WriteTx};

/// A letter with its address.
#[derive(Clone, Debug)]
pub struct Post<'a> {
    /// To whom.
    pub to: &'a Email,
    /// In which language.
    pub language: &'a str,
    /// What it says.
    pub letter: &'a Letter,
    /// The booking that it tells of.
    pub booking: Option<BookingId>,
    /// The card in whose list it appears.
    pub card: Option<CardId>,
    /// The same key is queued once only: booking, kind and version.
    pub dedup: String,
}

/// Queues a letter for now. A letter with the same `dedup` is not queued again; the first one's row is given.
pub fn enqueue(tx: &WriteTx<'_>, post: &Post<'_>) -> Result<OutboxId, Fault> {
    enqueue_at(tx, post, tx.now())
}

/// The same for a later moment, as letters to many are paced.
pub fn enqueue_at(tx: &WriteTx<'_>, post: &Post<'_>, at: Moment) -> Result<OutboxId, Fault> {
    if let Some(queued) = store::by_dedup(tx, &post.dedup)? {
        return Ok(queued);
    }
    let params = serde_json::to_string(post.letter).map_err(|error| Fault::Stored(error.to_string()))?;
    let message_id = hex::encode(tx.chance().bytes::<16>());
    store::insert(tx, post, at, (&params, &message_id))
}
