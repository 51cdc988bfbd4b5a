//! The second person decides upon cards that somebody proposed to destroy.
//!
//! Spec: 7(2)⑦.

use super::apply::{open_event, pick};
use super::check::{SetWishError, set_wish};
use super::{Batch, BatchState, Line, Wish, store};
use crate::base::{BatchId, CardId};
use crate::cards::{self, TransitionError};
use crate::db::{Actor, Fault, WriteTx};
use crate::history::{self, Event, Record};

/// Why a proposal stands as it was.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// There is no such proposal, or it was decided upon already.
    #[error("not a proposal that waits")]
    NotWaiting,
    /// Who proposed it cannot approve it.
    #[error("the same person proposed it")]
    SamePerson,
    /// Refusing takes a reason that can be stored.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Proposes to destroy one card, seen in this version.
pub fn propose_one(
    tx: &WriteTx<'_>,
    card: CardId,
    version: i64,
    wish: &Wish,
) -> Result<BatchId, ProposeError> {
    let now = cards::get(tx, card)?.ok_or(TransitionError::NotFound)?;
    if now.version != version {
        return Err(TransitionError::Conflict { now: Box::new(now) }.into());
    }
    match cards::check(&now, &wish.step(card, version), tx.today()) {
        // A booking ends when the card is destroyed, not when somebody proposes it.
        Ok(()) | Err(TransitionError::HasBooking) => {}
        Err(refused) => return Err(refused.into()),
    }
    let batch = store::insert(tx)?;
    store::insert_lines(tx, batch, 0, &[Line { typed: String::new(), card: Some(card), version, note: "" }])?;
    set_wish(tx, batch, wish)?;
    pick(tx, batch, &[0])?;
    Ok(batch)
}

/// Why a card was not proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// The card cannot be destroyed.
    #[error("card: {0}")]
    Card(#[from] TransitionError),
    /// The list does not take the wish.
    #[error("list: {0}")]
    List(#[from] SetWishError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Approves a proposal as the second person. From here its cards are destroyed by `next_slice`.
pub fn approve(tx: &WriteTx<'_>, id: BatchId) -> Result<Batch, DecideError> {
    let batch = waiting(tx, id)?;
    let Actor::Staff { id: staff, name, origin } = tx.actor() else { return Err(DecideError::SamePerson) };
    if *staff == batch.staff {
        return Err(DecideError::SamePerson);
    }
    store::decide(tx, id, Some((*staff, name, origin)), None)?;
    let picked = store::picked_count(tx, id)?;
    let event = open_event(tx, &batch, "card.disposal_approved", picked)?;
    store::start(tx, id, event)?;
    store::get(tx, id)?.ok_or(DecideError::NotWaiting)
}

/// Refuses a proposal as the second person, or takes back one's own. Its cards stay as they are.
pub fn refuse(tx: &WriteTx<'_>, id: BatchId, reason: &str) -> Result<(), DecideError> {
    let batch = waiting(tx, id)?;
    let reason = reason.trim();
    if !cards::is_reason(reason) {
        return Err(DecideError::ReasonNeeded);
    }
    let Actor::Staff { id: staff, name, origin } = tx.actor() else { return Err(DecideError::SamePerson) };
    let by = (*staff != batch.staff).then_some((*staff, name.as_str(), origin.as_str()));
    store::decide(tx, id, by, Some(reason))?;
    store::set_state(tx, id, BatchState::Refused)?;
    let event = Event {
        reason: Some(reason.to_owned()),
        ..Event::of("card.disposal_refused", Record::CardBatch(id))
    };
    history::record(tx, &event)?;
    Ok(())
}

fn waiting(tx: &WriteTx<'_>, id: BatchId) -> Result<Batch, DecideError> {
    let batch = store::get(tx, id)?.filter(|batch| batch.state == BatchState::Proposed);
    batch.ok_or(DecideError::NotWaiting)
}
