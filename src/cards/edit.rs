//! What staff and other rooms change on a card besides its status.

use super::storage::{self, Spot};
use super::{BookingState, Card, CardStatus, ReasonCode, TransitionError, store, transition};
use crate::base::{CardId, Email, StorageId, text};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The longest remark, in characters.
pub const REMARK_MAX: usize = 1000;

/// The wish to write another remark.
#[derive(Clone, Debug)]
pub struct SetRemark {
    /// The card.
    pub card: CardId,
    /// The new remark; empty takes it away.
    pub remark: String,
    /// Whether the person said that what looks like an individual number is none.
    pub no_my_number: bool,
    /// The version that the person saw.
    pub expect_version: i64,
}

/// Where a card is put.
#[derive(Clone, Debug)]
pub struct Storing {
    /// The card.
    pub card: CardId,
    /// Storage place.
    pub storage: Option<StorageId>,
    /// Shelf or box.
    pub shelf: String,
    /// Place in the box.
    pub position: String,
    /// The version that the person saw; `None` where the operation itself has just read the card.
    pub expect_version: Option<i64>,
}

/// Why a card was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// The text is too long.
    #[error("the text is longer than {most} characters")]
    TooLong {
        /// The longest that is taken.
        most: usize,
    },
    /// The text holds control characters.
    #[error("the text holds control characters")]
    Unfit,
    /// The text holds what looks like an individual number (個人番号).
    #[error("the text holds an individual number")]
    MyNumber,
    /// Somebody else changed the card since the person opened it.
    #[error("the card was changed in the meantime")]
    Conflict {
        /// The card as it stands now.
        now: Box<Card>,
    },
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Writes the remark for staff.
///
/// Spec: 7(2)⑬.
pub fn set_remark(tx: &WriteTx<'_>, wish: &SetRemark) -> Result<(), EditError> {
    let card = store::get(tx, wish.card)?.ok_or(EditError::NotFound)?;
    if card.version != wish.expect_version {
        return Err(EditError::Conflict { now: Box::new(card) });
    }
    let remark = wish.remark.replace("\r\n", "\n").trim().to_owned();
    if remark.chars().count() > REMARK_MAX {
        return Err(EditError::TooLong { most: REMARK_MAX });
    }
    if is_unfit(&remark) {
        return Err(EditError::Unfit);
    }
    if text::contains_my_number(&remark) && !wish.no_my_number {
        return Err(EditError::MyNumber);
    }
    if remark == *card.remark.uncover() {
        return Ok(());
    }
    store::set_remark(tx, card.id, &remark)?;
    let change = Change::new("remark", some(card.remark.into_uncovered()), some(remark));
    record(tx, "card.remark_changed", card.id, change)?;
    Ok(())
}

/// Notes the address to which the card's mails go. Its event is the operation's that learnt it.
pub fn set_email(tx: &WriteTx<'_>, card: CardId, email: Option<&Email>) -> Result<(), Fault> {
    store::set_email(tx, card, email.map(Email::as_str))
}

/// Notes what the booking room knows of the card. Its event is the booking's.
pub fn set_booking_state(tx: &WriteTx<'_>, card: CardId, state: Option<BookingState>) -> Result<(), Fault> {
    store::set_booking_state(tx, card, state)
}

/// Notes what was missing this time at a card that is incomplete already.
///
/// Spec: 7(2)⑦.
pub fn set_incomplete_reason(
    tx: &WriteTx<'_>,
    card: CardId,
    reason: &str,
    code: Option<ReasonCode>,
) -> Result<(), TransitionError> {
    let card = store::get(tx, card)?.ok_or(TransitionError::NotFound)?;
    let reason = transition::checked_reason(Some(reason))?.ok_or(TransitionError::ReasonNeeded)?;
    if card.status != CardStatus::Incomplete {
        return Err(TransitionError::Illegal { from: card.status, to: CardStatus::Incomplete });
    }
    store::set_incomplete_reason(tx, card.id, &reason, code)?;
    let change = Change::new("incomplete_reason", card.incomplete_reason, Some(reason));
    Ok(record(tx, "card.incomplete_again", card.id, change)?)
}

/// Puts a card somewhere else.
///
/// Spec: 7(2)③.
pub fn move_to(tx: &WriteTx<'_>, wish: &Storing) -> Result<(), EditError> {
    let card = store::get(tx, wish.card)?.ok_or(EditError::NotFound)?;
    if wish.expect_version.is_some_and(|seen| seen != card.version) {
        return Err(EditError::Conflict { now: Box::new(card) });
    }
    for word in [&wish.shelf, &wish.position] {
        if word.chars().count() > 40 {
            return Err(EditError::TooLong { most: 40 });
        }
        if is_unfit(word) {
            return Err(EditError::Unfit);
        }
    }
    let spot = Spot {
        storage: wish.storage,
        shelf: wish.shelf.trim().to_owned(),
        position: wish.position.trim().to_owned(),
    };
    if card.away.is_some() || spot != Spot::of(&card) {
        storage::place_at(tx, &card, &spot, "card.moved", None)?;
    }
    Ok(())
}

/// Whether a text holds control characters other than line ends and tabs.
pub(super) fn is_unfit(words: &str) -> bool {
    words.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
}

fn record(tx: &WriteTx<'_>, operation: &'static str, card: CardId, change: Change) -> Result<(), Fault> {
    let event = Event { cards: &[card], changes: vec![change], ..Event::of(operation, Record::Card(card)) };
    history::record(tx, &event)?;
    Ok(())
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
