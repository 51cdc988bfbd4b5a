//! A list that was written by mistake is taken back as a whole, as far as nobody has gone on from it.

use super::apply::{Kept, open_event};
use super::status::Changed;
use super::{Batch, BatchState, Stored, store};
use crate::base::{BatchId, CardId};
use crate::booking::{CounterError, Outcome, UndoHandOver, of_card, undo_hand_over};
use crate::cards::{self, CardStatus};
use crate::db::{Fault, WriteTx};

/// Why a list stands.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// There is no such list, or it is not written to its end.
    #[error("no such finished list")]
    NotDone,
    /// Cards that were destroyed do not come back, and an undoing is not undone.
    #[error("this list cannot be taken back")]
    Final,
    /// It was taken back already, by this list.
    #[error("taken back already")]
    Again(BatchId),
    /// It is somebody else's or another day's, and the person may not undo that.
    #[error("only the same person on the same day may undo it")]
    TooLate,
    /// It is somebody else's or another day's: a reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason cannot be stored.
    #[error("the reason cannot be stored")]
    BadReason,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Begins to take a list back: a new list whose lines are the cards that took their step. It is written by `next_slice`;
/// a card that was changed since stays as it is and says so.
///
/// The same person may do it on the same day; later it takes the permission and a reason. Spec: 7(2)⑦.
pub fn undo(
    tx: &WriteTx<'_>,
    id: BatchId,
    reason: Option<&str>,
    may_undo_later: bool,
) -> Result<BatchId, UndoError> {
    let batch =
        store::get(tx, id)?.filter(|batch| batch.state == BatchState::Done).ok_or(UndoError::NotDone)?;
    if batch.is_disposal() || batch.undo.is_some() {
        return Err(UndoError::Final);
    }
    if let Some(before) = store::undone_by(tx, id)? {
        return Err(UndoError::Again(before));
    }
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    if reason.is_some_and(|reason| !cards::is_reason(reason)) {
        return Err(UndoError::BadReason);
    }
    let same_day = batch.finished_at.is_some_and(|at| at.day() == tx.today());
    if !same_day || tx.actor().staff() != Some(batch.staff) {
        if !may_undo_later {
            return Err(UndoError::TooLate);
        }
        if reason.is_none() {
            return Err(UndoError::ReasonNeeded);
        }
    }
    let undo = store::insert_undo(tx, id, reason, may_undo_later)?;
    let lines = store::copy_updated(tx, id, undo)?;
    if let Some(batch) = store::get(tx, undo)? {
        let event = open_event(tx, &batch, "card.undone_many", lines)?;
        store::start(tx, undo, event)?;
    }
    Ok(undo)
}

/// Takes one line back.
pub(super) fn take_back(
    tx: &WriteTx<'_>,
    batch: &Batch,
    line: &Stored,
    id: CardId,
) -> Result<Changed, CounterError> {
    let undo = batch.undo.as_ref().ok_or(CounterError::NotFound)?;
    let kept = Kept::read(line.before.as_deref().unwrap_or_default())?;
    let card = cards::get(tx, id)?.ok_or(CounterError::NotFound)?;
    if card.version != line.version {
        return Err(cards::TransitionError::Conflict { now: Box::new(card) }.into());
    }
    if kept.ended {
        return Err(CounterError::Ended);
    }
    if card.status == CardStatus::Issued {
        hand_back(tx, id, undo.reason.clone(), undo.may_later)?;
    } else {
        cards::restore(tx, id, &kept.before, line.version, (undo.reason.clone(), batch.event))?;
    }
    let card = cards::get(tx, id)?.ok_or(CounterError::NotFound)?;
    Ok(Changed { card, ended: None })
}

fn hand_back(
    tx: &WriteTx<'_>,
    card: CardId,
    reason: Option<String>,
    may_undo_later: bool,
) -> Result<(), CounterError> {
    let all = of_card(tx, card)?;
    let visit = all.iter().find(|booking| {
        booking.member_of(card).is_some_and(|member| member.outcome == Some(Outcome::Issued))
    });
    let booking = visit.ok_or(CounterError::NotInBooking)?.id;
    undo_hand_over(tx, &UndoHandOver { booking, people: vec![card.into()], reason, may_undo_later })?;
    Ok(())
}
