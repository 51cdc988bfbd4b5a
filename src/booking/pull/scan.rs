//! A card in the hand: is it needed today, and for what?

use crate::base::{CardId, Day, LocationId, NoticeId, NoticePattern};
use crate::booking::{Booking, follow};
use crate::calendar;
use crate::cards;
use crate::db::{Fault, WriteTx};
use crate::once::OnceKey;
use crate::transfers::{self, Act, Mark, MarkError, PullState, Reading, StepMany, Stepped};

/// What was scanned, where, for which day.
#[derive(Clone, Debug)]
pub struct PullScan {
    /// As it came in, or a card that was chosen among several.
    pub reading: Reading,
    /// For the counter of this location.
    pub location: LocationId,
    /// On this day.
    pub day: Day,
    /// The shape of this city's notice IDs.
    pub pattern: NoticePattern,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// What came of it.
#[derive(Debug)]
pub enum PullScanned {
    /// What is no notice ID.
    Unreadable,
    /// Nobody's card.
    Unknown,
    /// Several cards have this notice ID: one is to be chosen.
    Several(Vec<CardId>),
    /// It is needed here on this day, and was taken; whether that is new.
    Pulled(CardId, bool),
    /// It has to go to another place, and was taken for that.
    ForTransfer(CardId, Stepped),
    /// It is needed on another day or at another place, or not at all.
    NotNeeded(CardId, Option<Box<Booking>>),
    /// It cannot be taken.
    Refused(CardId, MarkError),
}

/// Marks the card that was scanned as taken from its shelf.
///
/// Spec: 7(2)⑨.
pub fn pull_scan(tx: &WriteTx<'_>, wish: &PullScan) -> Result<PullScanned, Fault> {
    let card = match &wish.reading {
        Reading::Chosen(card) => *card,
        Reading::Typed(typed) => {
            let Ok(notice) = NoticeId::parse(typed, &wish.pattern) else {
                return Ok(PullScanned::Unreadable);
            };
            match cards::with_notice(tx, &notice)?.as_slice() {
                [] => return Ok(PullScanned::Unknown),
                [only] => only.id,
                many => return Ok(PullScanned::Several(many.iter().map(|card| card.id).collect())),
            }
        }
    };
    if let Some(taken) = for_transfer(tx, wish, card)? {
        return Ok(taken);
    }
    let Some(want) = follow::want(tx, card)? else { return Ok(PullScanned::NotNeeded(card, None)) };
    if (want.location, want.day) != (wish.location, wish.day) {
        let booking = crate::booking::get(tx, want.booking)?;
        return Ok(PullScanned::NotNeeded(card, booking.map(Box::new)));
    }
    let mark = Mark { card, wanted: (want.booking, want.day), state: Some(PullState::Pulled) };
    match transfers::mark(tx, &mark) {
        Ok(new) => Ok(PullScanned::Pulled(card, new)),
        Err(MarkError::Fault(fault)) => Err(fault),
        Err(refusal) => Ok(PullScanned::Refused(card, refusal)),
    }
}

/// A card that lies here and is wanted elsewhere.
fn for_transfer(tx: &WriteTx<'_>, wish: &PullScan, card: CardId) -> Result<Option<PullScanned>, Fault> {
    let Some(open) = transfers::open_of(tx, card)? else { return Ok(None) };
    let from = calendar::storage(tx, open.from.storage)?.and_then(|from| from.location);
    if from != Some(wish.location) || !open.status.is_before_sending() {
        return Ok(None);
    }
    let many = StepMany {
        rows: vec![(open.id, open.version)],
        act: Act::Pull,
        run: String::new(),
        seal: String::new(),
        storage: None,
        within: Vec::new(),
        once: wish.once,
    };
    match transfers::step_many(tx, &many) {
        Ok(answers) => {
            let done = answers.into_iter().find_map(|(_, answer)| answer.ok());
            Ok(done.map(|stepped| PullScanned::ForTransfer(card, stepped)))
        }
        Err(transfers::StepError::Fault(fault)) => Err(fault),
        Err(_) => Ok(None),
    }
}
