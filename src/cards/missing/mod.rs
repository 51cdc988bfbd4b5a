//! Missing cards (所在不明): who noticed, where each was seen last, what was done, how it ended.
//!
//! **Invariant:** a card with the status `missing` has exactly one open record unless its record was closed without it being
//! found; the record begins and ends with the status, whoever changes it.
//!
//! Spec: 7(2)③ ⑦.

mod store;

use serde::Serialize;

use super::storage::{self, Moving, Spot, Target};
use super::{Card, CardStatus, Transition, TransitionError, transition};
use crate::base::{CardId, MissingCardId, Moment, StocktakeId, StorageId};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Event, Record};

/// The record of one missing card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingCard {
    /// Its row.
    pub id: MissingCardId,
    /// The card.
    pub card: CardId,
    /// Where it stands.
    pub state: State,
    /// When it was noticed.
    pub noticed_at: Moment,
    /// By whom.
    pub noticed_by: String,
    /// How.
    pub how: String,
    /// The stock-take that did not find it.
    pub stocktake: Option<StocktakeId>,
    /// The storage place where it was last.
    pub last_storage: Option<StorageId>,
    /// Shelf and number there.
    pub last_label: String,
    /// When it was surely there.
    pub last_seen_at: Option<Moment>,
    /// Who saw it there.
    pub last_seen_by: Option<String>,
    /// When the record ended.
    pub ended_at: Option<Moment>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// How it ended.
    pub ending: Option<String>,
    /// Counts changes; what a form saw must still be so when it is saved.
    pub version: i64,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is looked for.
    Open,
    /// It was found.
    Found,
    /// Looking for it has ended without it.
    Closed,
}

crate::stored_as_code!(State);

impl State {
    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Found => "found",
            Self::Closed => "closed",
        }
    }

    /// The state with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Open, Self::Found, Self::Closed].into_iter().find(|state| state.code() == code)
    }
}

/// One thing that was done to find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When.
    pub at: Moment,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
}

/// The wish to say that a card cannot be found.
#[derive(Clone, Debug)]
pub struct Noticing {
    /// The card.
    pub card: CardId,
    /// How it was noticed.
    pub how: String,
    /// The stock-take that did not find it.
    pub stocktake: Option<StocktakeId>,
    /// The version that the person saw.
    pub expect_version: i64,
}

/// Why a record is not changed.
#[derive(Debug, thiserror::Error)]
pub enum MissingError {
    /// There is no such record or card.
    #[error("no such record")]
    NotFound,
    /// The record has ended.
    #[error("the record has ended")]
    Ended,
    /// Nothing was written, or it cannot be stored.
    #[error("the words cannot be stored")]
    BadWords,
    /// Somebody else changed the record since the person opened it.
    #[error("the record was changed in the meantime")]
    Conflict,
    /// The card's status does not change.
    #[error(transparent)]
    Status(#[from] TransitionError),
    /// The card cannot be laid there.
    #[error(transparent)]
    Move(#[from] storage::MoveError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Says that a card cannot be found: it takes the status `missing`, and its record begins.
pub fn notice(tx: &WriteTx<'_>, wish: &Noticing) -> Result<MissingCardId, MissingError> {
    if !super::is_reason(&wish.how) {
        return Err(MissingError::BadWords);
    }
    let step = Transition {
        reason: Some(wish.how.clone()),
        expect_version: Some(wish.expect_version),
        ..Transition::of(wish.card, CardStatus::Missing)
    };
    transition(tx, &step)?;
    let id = store::open_of(tx, wish.card)?.ok_or(MissingError::NotFound)?;
    if wish.stocktake.is_some() {
        store::set_stocktake(tx, id, wish.stocktake)?;
    }
    Ok(id)
}

/// Notes something that was done to find it.
pub fn add_step(tx: &WriteTx<'_>, id: MissingCardId, text: &str) -> Result<(), MissingError> {
    let record = store::get(tx, id)?.ok_or(MissingError::NotFound)?;
    if !super::is_reason(text) {
        return Err(MissingError::BadWords);
    }
    store::insert_step(tx, id, text.trim())?;
    told(tx, "missing.step", &record, None)
}

/// The card is there again: it takes the status from before and lies where it was put.
pub fn found(
    tx: &WriteTx<'_>,
    id: MissingCardId,
    into: Target,
    words: &str,
    expect_version: i64,
) -> Result<(), MissingError> {
    let record = open(tx, id, words, expect_version)?;
    let card = super::get(tx, record.card)?.ok_or(MissingError::NotFound)?;
    let step = Transition {
        reason: Some(words.trim().to_owned()),
        may_override: card.trail.last().is_none(),
        ..Transition::of(card.id, card.trail.last().unwrap_or(CardStatus::Received))
    };
    transition(tx, &step)?;
    storage::move_card(tx, &Moving { card: card.id, to: into, expect_version: None, batch: None })?;
    Ok(())
}

/// Looking for it ends without it; the card stays missing until its status is settled.
pub fn close(
    tx: &WriteTx<'_>,
    id: MissingCardId,
    words: &str,
    expect_version: i64,
) -> Result<(), MissingError> {
    let record = open(tx, id, words, expect_version)?;
    store::end(tx, id, State::Closed, Some(words.trim()))?;
    told(tx, "missing.closed", &record, Some(words.trim().to_owned()))
}

fn open(
    tx: &WriteTx<'_>,
    id: MissingCardId,
    words: &str,
    expect_version: i64,
) -> Result<MissingCard, MissingError> {
    let record = store::get(tx, id)?.ok_or(MissingError::NotFound)?;
    if record.state != State::Open {
        return Err(MissingError::Ended);
    }
    if record.version != expect_version {
        return Err(MissingError::Conflict);
    }
    if super::is_reason(words) { Ok(record) } else { Err(MissingError::BadWords) }
}

fn told(
    tx: &WriteTx<'_>,
    operation: &'static str,
    record: &MissingCard,
    reason: Option<String>,
) -> Result<(), MissingError> {
    let event = Event { cards: &[record.card], reason, ..Event::of(operation, Record::Card(record.card)) };
    history::record(tx, &event)?;
    Ok(())
}

/// Begins and ends the record with the status of the card, which was `before` until now.
pub(super) fn follow(
    tx: &WriteTx<'_>,
    before: &Card,
    to: CardStatus,
    reason: Option<&str>,
) -> Result<(), Fault> {
    match (before.status, to) {
        (CardStatus::Missing, CardStatus::Missing) => Ok(()),
        (_, CardStatus::Missing) => begin(tx, before, reason.unwrap_or_default()),
        (CardStatus::Missing, to) => match store::open_of(tx, before.id)? {
            Some(id) => store::end(tx, id, ending(to), reason),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A card that is destroyed or void was not found.
fn ending(to: CardStatus) -> State {
    match to {
        CardStatus::Voided | CardStatus::Disposed | CardStatus::DefectReturned => State::Closed,
        _ => State::Found,
    }
}

fn begin(tx: &WriteTx<'_>, card: &Card, how: &str) -> Result<(), Fault> {
    let seen = last_seen(tx, card)?;
    store::insert(tx, card.id, how, &Spot::of(card), &seen)
}

/// When and by whom a card was surely at its place.
#[derive(Clone, Debug, Default)]
struct Seen {
    at: Option<Moment>,
    by: Option<String>,
}

/// Acts that somebody does with the card in their hands.
const IN_HAND: [&str; 9] = [
    "card.moved",
    "card.move_undone",
    "card.taken_over",
    "card.handed_on",
    "card.put_back",
    "card.received",
    "transfer.arrived",
    "transfer.sent",
    "booking.incomplete",
];

fn last_seen(tx: &ReadTx<'_>, card: &Card) -> Result<Seen, Fault> {
    let events = history::of_card(tx, card.id)?;
    let moved = events.into_iter().find(|event| IN_HAND.contains(&event.operation.as_str()));
    let moved = moved.map(|event| (event.at, event.actor));
    let counted = super::stocktake::last_found(tx, card.id)?.map(|line| (line.at, line.by));
    let last = [moved, counted].into_iter().flatten().max_by_key(|(at, _)| *at);
    Ok(match last {
        Some((at, by)) => Seen { at: Some(at), by: Some(by) },
        None => Seen { at: card.placed_at, by: None },
    })
}

/// The record of this row.
pub fn get(tx: &ReadTx<'_>, id: MissingCardId) -> Result<Option<MissingCard>, Fault> {
    store::get(tx, id)
}

/// The open record of a card, if it has one.
pub fn open_of(tx: &ReadTx<'_>, card: CardId) -> Result<Option<MissingCardId>, Fault> {
    store::open_of(tx, card)
}

/// The records, open ones first, then the newest; at most `most`.
pub fn list(tx: &ReadTx<'_>, most: usize) -> Result<Vec<MissingCard>, Fault> {
    store::list(tx, most)
}

/// How many cards are looked for.
pub fn count_open(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    store::count_open(tx)
}

/// What was done to find it, oldest first.
pub fn steps(tx: &ReadTx<'_>, id: MissingCardId) -> Result<Vec<Step>, Fault> {
    store::steps(tx, id)
}
