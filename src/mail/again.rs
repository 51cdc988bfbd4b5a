//! Staff send a letter once more, or take one back that still waits.
//!
//! **Invariant:** a letter that was taken by a mail server is not changed: sending it again makes a new row, with a
//! Message-ID of its own, so that no mailbox takes it for the first one.

use super::{Letter, Listed, State, store};
use crate::base::OutboxId;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Stands where the server's answer would, for a letter that staff took back.
const CALLED_OFF: &str = "職員が取りやめました";

/// Why a letter is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    /// There is no such letter.
    #[error("no such letter")]
    NotFound,
    /// It waits or is being sent: there is nothing to send again.
    #[error("it is on its way")]
    OnItsWay,
    /// Its link was forgotten when it was sent, so the same letter cannot be made again.
    #[error("its link is gone")]
    LinkGone,
    /// What it says is no longer so.
    #[error("what it says is no longer so")]
    NoLonger,
    /// It does not wait any more: it left, or was taken back before.
    #[error("it does not wait any more")]
    NotWaiting,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Sends a letter again that was given up, held back, taken by a mail server or came back, and gives the row that waits now.
///
/// Whether what it says is still so is for the caller to ask.
pub fn send_again(tx: &WriteTx<'_>, id: OutboxId) -> Result<OutboxId, AgainError> {
    let row = store::by_id(tx, id)?.ok_or(AgainError::NotFound)?;
    let letter = letter_of(tx, id)?;
    if letter.is_stripped() {
        return Err(AgainError::LinkGone);
    }
    let now = match (row.state, row.bounced_at) {
        (State::Queued | State::Sending, _) => return Err(AgainError::OnItsWay),
        (State::Cancelled, _) => return Err(AgainError::NotWaiting),
        (State::Held | State::Dead, None) => {
            store::renew(tx, id)?;
            id
        }
        (State::Held | State::Dead | State::Sent, _) => copy(tx, id)?,
    };
    tell(tx, &row, "mail.sent_again", "queued")?;
    Ok(now)
}

fn copy(tx: &WriteTx<'_>, id: OutboxId) -> Result<OutboxId, Fault> {
    let message_id = hex::encode(tx.chance().bytes::<16>());
    let dedup = format!("copy:{id}:{message_id}");
    store::copy(tx, id, &message_id, &dedup)
}

/// Takes a letter back that waits or is held.
pub fn call_off(tx: &WriteTx<'_>, id: OutboxId) -> Result<(), AgainError> {
    let row = store::by_id(tx, id)?.ok_or(AgainError::NotFound)?;
    if !matches!(row.state, State::Queued | State::Held) {
        return Err(AgainError::NotWaiting);
    }
    let params = serde_json::to_string(&letter_of(tx, id)?.without_secrets())
        .map_err(|error| Fault::Stored(error.to_string()))?;
    store::finish(tx, id, State::Cancelled, &params, CALLED_OFF)?;
    tell(tx, &row, "mail.called_off", State::Cancelled.code())?;
    Ok(())
}

fn letter_of(tx: &WriteTx<'_>, id: OutboxId) -> Result<Letter, Fault> {
    let params = store::params(tx, id)?;
    serde_json::from_str(&params).map_err(|_| Fault::Stored(format!("outbox {id}: params")))
}

fn tell(tx: &WriteTx<'_>, row: &Listed, operation: &'static str, after: &str) -> Result<(), Fault> {
    let cards: Vec<_> = row.card.into_iter().collect();
    let change = Change::new("state", Some(row.state.code().to_owned()), Some(after.to_owned()));
    let event = Event { cards: &cards, changes: vec![change], ..Event::of(operation, Record::Mail(row.id)) };
    history::record(tx, &event)?;
    Ok(())
}
