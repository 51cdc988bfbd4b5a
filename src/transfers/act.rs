//! Steps as a form asks for them: once, for one card or for many.

use std::collections::BTreeSet;

use super::steps::{self, Along};
use super::store;
use super::types::{Transfer, TransferStatus};
use crate::base::{LocationId, StorageId, TransferId, text};
use crate::calendar;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::once::{self, OnceKey};

/// The most rows that one form can ask for.
pub const MANY_MAX: usize = 100;

/// The longest name of a round or number of a seal, in characters.
const WORD_MAX: usize = 20;

/// What shall be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Taken from its shelf (引抜).
    Pull,
    /// Sent (発送).
    Send,
    /// Received (受領).
    Receive,
    /// The last step was a slip of the hand.
    Undo,
    /// Back on its shelf, after a journey that was given up.
    PutBack,
    /// A card that no booking wants here any more goes home (返送).
    SendHome,
    /// It stays here.
    KeepHere,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 7] =
        [Self::Pull, Self::Send, Self::Receive, Self::Undo, Self::PutBack, Self::SendHome, Self::KeepHere];

    /// The word in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Undo => "undo",
            Self::PutBack => "put_back",
            Self::SendHome => "send_home",
            Self::KeepHere => "keep_here",
        }
    }

    /// The act of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.code() == code)
    }

    /// The place at which it is done: where the card is sent from, or where it comes to. `None` = any.
    fn at(self, tx: &WriteTx<'_>, one: &Transfer) -> Result<Option<LocationId>, Fault> {
        let sender = || Ok(calendar::storage(tx, one.from.storage)?.and_then(|from| from.location));
        match (self, one.status) {
            (Self::Receive | Self::SendHome | Self::KeepHere, _) | (Self::Undo, TransferStatus::Arrived) => {
                Ok(Some(one.to))
            }
            _ => sender(),
        }
    }
}

/// The wish to do something with several transfers.
#[derive(Clone, Debug)]
pub struct StepMany {
    /// The rows, each with the version that the form saw; at most [`MANY_MAX`].
    pub rows: Vec<(TransferId, i64)>,
    /// What.
    pub act: Act,
    /// The courier's round, where something is sent.
    pub run: String,
    /// The seal's number, where something is sent.
    pub seal: String,
    /// The storage place that what arrives is put into; `None` = the usual one.
    pub storage: Option<StorageId>,
    /// The places that the person may work for; empty = all.
    pub within: Vec<LocationId>,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// How it went with one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stepped {
    /// The row.
    pub transfer: TransferId,
    /// Where it stands now.
    pub status: TransferStatus,
    /// Whether anything changed; a step that was taken before changes nothing.
    pub changed: bool,
}

/// A row with how it went.
pub type Answer = (TransferId, Result<Stepped, StepError>);

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// There is no such transfer.
    #[error("no such transfer")]
    NotFound,
    /// The step does not follow from where it stands.
    #[error("not possible from {0:?}")]
    Status(TransferStatus),
    /// It was changed since the form was drawn: wanted elsewhere, or somebody was faster.
    #[error("changed meanwhile")]
    Changed(TransferStatus),
    /// The card lies in no storage place, so it cannot leave one.
    #[error("the card lies nowhere")]
    Nowhere,
    /// The card was put somewhere else since.
    #[error("the card was moved since")]
    Moved,
    /// The destination has no storage place to put it into.
    #[error("no storage place at {0}")]
    NoStorage(LocationId),
    /// Its home stands in no place that a transfer could go to.
    #[error("no way home")]
    NoHome,
    /// The person does not work for the place where this is done.
    #[error("another office's")]
    NotHere,
    /// The name of the round or the seal's number cannot be kept.
    #[error("the words cannot be kept")]
    BadWords,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const OPERATION: &str = "transfer.stepped_many";

/// Takes the step for each row that allows it, in one transaction; the answer says for each how it went.
///
/// A row that refuses stays as it was. Only a fault undoes everything. Spec: 7(2)⑩.
pub fn step_many(tx: &WriteTx<'_>, wish: &StepMany) -> Result<Vec<Answer>, StepError> {
    for words in [&wish.run, &wish.seal] {
        if words.chars().count() > WORD_MAX || text::has_control(words) || text::contains_my_number(words) {
            return Err(StepError::BadWords);
        }
    }
    let before = once::seen(tx, &wish.once)?;
    let done: BTreeSet<String> = before.iter().flat_map(|rows| rows.split(',').map(str::to_owned)).collect();
    let batch = if before.is_none() && wish.rows.len() > 1 { Some(open_batch(tx, wish)?) } else { None };
    let along = Along {
        run: wish.run.trim().to_owned(),
        seal: wish.seal.trim().to_owned(),
        storage: wish.storage,
        batch,
    };
    let mut answers = Vec::new();
    for row in wish.rows.iter().take(MANY_MAX) {
        let again = done.contains(&row.0.to_string());
        match tx.part(|tx| step(tx, wish, *row, (&along, again))) {
            Err(StepError::Fault(fault)) => return Err(fault.into()),
            answer => answers.push((row.0, answer)),
        }
    }
    if before.is_none() {
        let rows = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(row, _)| row.to_string());
        once::keep(tx, &wish.once, OPERATION, &rows.collect::<Vec<_>>().join(","))?;
    }
    Ok(answers)
}

fn open_batch(tx: &WriteTx<'_>, wish: &StepMany) -> Result<crate::base::HistoryId, Fault> {
    let changes = vec![
        Change::new("act", None, Some(wish.act.code().to_owned())),
        Change::new("cards", None, Some(wish.rows.len().to_string())),
    ];
    history::record(tx, &Event { changes, ..Event::of(OPERATION, Record::Municipality) })
}

fn step(
    tx: &WriteTx<'_>,
    wish: &StepMany,
    (row, seen): (TransferId, i64),
    (along, again): (&Along, bool),
) -> Result<Stepped, StepError> {
    let now = store::get(tx, row)?.ok_or(StepError::NotFound)?;
    if again {
        return Ok(Stepped { transfer: row, status: now.status, changed: false });
    }
    let at = wish.act.at(tx, &now)?;
    if !wish.within.is_empty() && at.is_some_and(|at| !wish.within.contains(&at)) {
        return Err(StepError::NotHere);
    }
    // Who comes second to the same step is told that it is done, not that somebody was faster.
    let done = match wish.act {
        Act::Pull => now.status == TransferStatus::Pulled,
        Act::Send => now.status == TransferStatus::InTransit,
        Act::Receive => now.status == TransferStatus::Arrived,
        Act::Undo => false,
        Act::PutBack | Act::SendHome | Act::KeepHere => !now.return_needed,
    };
    if !done && now.version != seen {
        return Err(StepError::Changed(now.status));
    }
    let changed = !done && take(tx, wish.act, &now, along)?;
    let status = store::get(tx, row)?.map_or(now.status, |after| after.status);
    Ok(Stepped { transfer: row, status, changed })
}

fn take(tx: &WriteTx<'_>, act: Act, now: &Transfer, along: &Along) -> Result<bool, StepError> {
    match act {
        Act::Pull => steps::pull(tx, now, along),
        Act::Send => steps::send(tx, now, along),
        Act::Receive => steps::receive(tx, now, along),
        Act::Undo => steps::undo(tx, now, along),
        Act::PutBack => steps::put_back(tx, now, along),
        Act::SendHome => steps::send_home(tx, now, along),
        Act::KeepHere => steps::keep_here(tx, now, along),
    }
}
