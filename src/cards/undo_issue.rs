//! A hand-over that was recorded by mistake is taken back (誤操作取消).

use super::store;
use super::transition::{changes, stays};
use super::{Card, CardStatus};
use crate::base::CardId;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Event, Record};

/// The wish to take back the record of a hand-over.
#[derive(Clone, Debug)]
pub struct UndoIssue {
    /// The card.
    pub card: CardId,
    /// Why; needed unless it is the same person on the same day.
    pub reason: Option<String>,
    /// The version that the person saw; `None` where the operation itself has just read the card.
    pub expect_version: Option<i64>,
    /// Whether the person may take back what another person or another day recorded.
    pub may_undo_later: bool,
}

/// Why the hand-over stands.
#[derive(Debug, thiserror::Error)]
pub enum UndoIssueError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// The card is not handed over.
    #[error("the card is not issued")]
    NotIssued,
    /// It was recorded by somebody else or on another day, and the person may not undo that.
    #[error("only the same person on the same day may undo it")]
    TooLate,
    /// It was recorded by somebody else or on another day: a reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason is too long, or holds control characters or an individual number.
    #[error("the reason cannot be stored")]
    BadReason,
    /// Somebody else changed the card since the person opened it.
    #[error("the card was changed in the meantime")]
    Conflict {
        /// The card as it stands now.
        now: Box<Card>,
    },
    /// The database could not do it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Gives an issued card the status back that it had before, and returns the card as it then stands.
///
/// The same person may do it on the same day; later it takes the permission and a reason. Spec: 7(2)⑦.
pub fn undo_issue(tx: &WriteTx<'_>, wish: &UndoIssue) -> Result<Card, UndoIssueError> {
    let card = store::get(tx, wish.card)?.ok_or(UndoIssueError::NotFound)?;
    if wish.expect_version.is_some_and(|seen| seen != card.version) {
        return Err(UndoIssueError::Conflict { now: Box::new(card) });
    }
    if card.status != CardStatus::Issued {
        return Err(UndoIssueError::NotIssued);
    }
    let reason =
        super::transition::checked_reason(wish.reason.as_deref()).map_err(|_| UndoIssueError::BadReason)?;
    if !is_own_act_of_today(tx, &card)? {
        if !wish.may_undo_later {
            return Err(UndoIssueError::TooLate);
        }
        if reason.is_none() {
            return Err(UndoIssueError::ReasonNeeded);
        }
    }

    let back = card.status_before.unwrap_or(CardStatus::Notified);
    let (trail, _) = card.trail.step(card.status, back);
    let step = stays(&card, back, trail);
    store::take_step(tx, card.id, &step)?;
    history::record(
        tx,
        &Event {
            cards: &[card.id],
            changes: changes(&card, &step),
            reason,
            ..Event::of("card.issue_undone", Record::Card(card.id))
        },
    )?;
    store::get(tx, card.id)?.ok_or(UndoIssueError::NotFound)
}

fn is_own_act_of_today(tx: &WriteTx<'_>, card: &Card) -> Result<bool, Fault> {
    if card.status_at.day() != tx.today() {
        return Ok(false);
    }
    let by = issued_by(tx, card.id)?;
    Ok(by.is_some_and(|(kind, staff, actor)| {
        kind == tx.actor().kind() && staff == tx.actor().staff() && actor == tx.actor().display_name()
    }))
}

type Who = (String, Option<crate::base::StaffId>, String);

fn issued_by(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Who>, Fault> {
    let entries = history::of_card(tx, card)?;
    let is_issue = |entry: &&history::Entry| {
        entry.operation == "card.status_changed"
            && entry.detail.as_ref().is_some_and(|detail| {
                detail.changes.iter().any(|change| change.after() == Some(CardStatus::Issued.code()))
            })
    };
    Ok(entries
        .iter()
        .find(is_issue)
        .map(|entry| (entry.actor_kind.clone(), entry.staff, entry.actor.clone())))
}
