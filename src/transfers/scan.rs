//! What a scanned card means on the transfer list: taken, sent or received, by where it is scanned.
//!
//! **Invariant:** two cards with one notice ID are never told apart by guessing: a person chooses (7(1)④).
//! **Invariant:** a card that is scanned twice is moved once.

use super::act::{Act, StepError, StepMany, Stepped, step_many};
use super::due::lies_at;
use super::store;
use super::types::{Transfer, TransferStatus};
use crate::base::{CardId, LocationId, NoticeId, NoticePattern, StorageId};
use crate::calendar;
use crate::cards;
use crate::db::{Fault, WriteTx};
use crate::once::OnceKey;

/// What was scanned, and where.
#[derive(Clone, Debug)]
pub struct Scan {
    /// As it came in, or a card that was chosen among several.
    pub reading: Reading,
    /// The office.
    pub here: LocationId,
    /// What a card that is to leave from here has done: taken, or sent.
    pub leaving: Act,
    /// The courier's round, where something is sent.
    pub run: String,
    /// The seal's number, where something is sent.
    pub seal: String,
    /// The storage place that what arrives is put into; `None` = the usual one.
    pub storage: Option<StorageId>,
    /// The shape of this city's notice IDs.
    pub pattern: NoticePattern,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// A card, by its notice ID or its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What the scanner typed.
    Typed(String),
    /// The one that was chosen.
    Chosen(CardId),
}

/// What came of it.
#[derive(Debug)]
pub enum Scanned {
    /// Nothing was typed, or what is no notice ID.
    Unreadable,
    /// Nobody's card.
    Unknown,
    /// Several cards have this notice ID: one is to be chosen.
    Several(Vec<CardId>),
    /// No journey of this card begins or ends; it lies here, or elsewhere.
    Nothing {
        /// The card.
        card: CardId,
        /// Whether it lies at this office.
        here: bool,
    },
    /// Its journey neither begins nor ends here.
    Elsewhere(Box<Transfer>),
    /// The step was taken, or had been before.
    Done {
        /// The card.
        card: CardId,
        /// What was done.
        act: Act,
        /// How it stands.
        stepped: Stepped,
        /// It arrived though nobody had recorded that it was sent.
        unsent: bool,
    },
    /// The step was refused.
    Refused(CardId, StepError),
}

/// Moves the card that was scanned: at the office that it leaves it is taken or sent, at the one that it goes to it arrives.
///
/// Spec: 7(2)⑩.
pub fn scan(tx: &WriteTx<'_>, wish: &Scan) -> Result<Scanned, Fault> {
    let card = match &wish.reading {
        Reading::Chosen(card) => *card,
        Reading::Typed(typed) => {
            let Ok(notice) = NoticeId::parse(typed, &wish.pattern) else { return Ok(Scanned::Unreadable) };
            match cards::with_notice(tx, &notice)?.as_slice() {
                [] => return Ok(Scanned::Unknown),
                [only] => only.id,
                many => return Ok(Scanned::Several(many.iter().map(|card| card.id).collect())),
            }
        }
    };
    let Some(row) = last_of(tx, card)? else {
        let known = cards::get(tx, card)?;
        let Some(known) = known else { return Ok(Scanned::Unknown) };
        return Ok(Scanned::Nothing { card, here: lies_at(tx, &known, wish.here)? });
    };
    advance(tx, wish, card, row)
}

/// The open journey, else the one that has just ended here.
fn last_of(tx: &WriteTx<'_>, card: CardId) -> Result<Option<Transfer>, Fault> {
    if let Some(open) = store::open_of(tx, card)? {
        return Ok(Some(open));
    }
    let last = store::last_arrival(tx, card)?;
    let now = cards::get(tx, card)?;
    Ok(last.filter(|last| now.is_some_and(|card| card.storage.is_some() && card.storage == last.to_storage)))
}

fn leaves(tx: &WriteTx<'_>, one: &Transfer) -> Result<Option<LocationId>, Fault> {
    Ok(calendar::storage(tx, one.from.storage)?.and_then(|from| from.location))
}

fn advance(tx: &WriteTx<'_>, wish: &Scan, card: CardId, row: Transfer) -> Result<Scanned, Fault> {
    let sender = leaves(tx, &row)?;
    let act = if row.to == wish.here {
        Act::Receive
    } else if sender.is_none_or(|sender| sender == wish.here) && row.status.is_open() {
        wish.leaving
    } else {
        return Ok(Scanned::Elsewhere(Box::new(row)));
    };
    // Taken and sent already: a scan that says less than what is known changes nothing.
    if act == Act::Pull && row.status == TransferStatus::InTransit {
        let stepped = Stepped { transfer: row.id, status: row.status, changed: false };
        return Ok(Scanned::Done { card, act: Act::Send, stepped, unsent: false });
    }
    let many = StepMany {
        rows: vec![(row.id, row.version)],
        act,
        run: wish.run.clone(),
        seal: wish.seal.clone(),
        storage: wish.storage,
        within: Vec::new(),
        once: wish.once,
    };
    let answers = match step_many(tx, &many) {
        Ok(answers) => answers,
        Err(StepError::Fault(fault)) => return Err(fault),
        Err(refused) => return Ok(Scanned::Refused(card, refused)),
    };
    Ok(match answers.into_iter().next() {
        Some((_, Ok(stepped))) => {
            let unsent = act == Act::Receive && stepped.changed && row.status.is_before_sending();
            Scanned::Done { card, act, stepped, unsent }
        }
        Some((_, Err(StepError::Fault(fault)))) => return Err(fault),
        Some((_, Err(refused))) => Scanned::Refused(card, refused),
        None => Scanned::Unknown,
    })
}
