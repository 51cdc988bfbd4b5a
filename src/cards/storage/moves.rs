//! A card is put somewhere else: by a scan, by a tick in a list, back where it was.

use super::{Away, Heading, Spot, Target, assign, store};
use crate::base::{CardId, HistoryId, StorageId};
use crate::cards::{self, Card, CardStatus};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The most cards that one form moves.
pub const MOVE_MAX: usize = 100;

/// The wish to put a card somewhere.
#[derive(Clone, Debug)]
pub struct Moving {
    /// The card.
    pub card: CardId,
    /// Where to.
    pub to: Target,
    /// The version that the person saw; `None` where the card itself was scanned.
    pub expect_version: Option<i64>,
    /// The event of the bulk act that this is a part of.
    pub batch: Option<HistoryId>,
}

/// A card that lies where it was wished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The card as it lies now.
    pub card: Card,
    /// Where it was.
    pub from: Spot,
    /// Whether it moved; a card that lay there already did not.
    pub changed: bool,
}

/// Why a card stays where it is.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// There is no such storage place, or it is retired.
    #[error("no such storage place")]
    NoPlace,
    /// The box is full.
    #[error("the box holds {capacity} cards and is full")]
    Full {
        /// How many go in.
        capacity: u16,
    },
    /// The card is out of the house, or destroyed.
    #[error("the card is {0:?}")]
    Gone(CardStatus),
    /// The card is missing: whoever holds it says so on the record of the missing card.
    #[error("the card is registered as missing")]
    Missing,
    /// The card is on its way already, to somewhere else.
    #[error("the card is on its way")]
    OnItsWay(Away),
    /// The card is where it is; there is nothing to receive or to take back.
    #[error("the card is not on its way")]
    NotAway,
    /// Nobody hands a card to themselves.
    #[error("sender and receiver are one person")]
    SamePerson,
    /// The last thing that happened to the card was no move.
    #[error("there is no move to take back")]
    NothingToUndo,
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

/// Puts a card into a box or place. One that lies there already stays as it is, so a scan done twice is harmless.
///
/// A card in somebody's hands is taken over by whoever lays it down, unless that is who gave it. One that was on its way to a
/// location lies here after all; who follows transfers ends its journey.
///
/// Spec: 7(2)③.
pub fn move_card(tx: &WriteTx<'_>, wish: &Moving) -> Result<Moved, MoveError> {
    let card = cards::get(tx, wish.card)?.ok_or(MoveError::NotFound)?;
    is_here(&card)?;
    if card.away.is_none() && lies_at(tx, &card, wish.to)? {
        return Ok(Moved { from: Spot::of(&card), card, changed: false });
    }
    expect(&card, wish.expect_version)?;
    let operation = match card.away {
        Some(Away { to: Heading::Person(_), by, .. }) if by != tx.actor().staff() => "card.taken_over",
        Some(Away { to: Heading::Person(_), .. }) => "card.put_back",
        Some(Away { to: Heading::Location(_), .. }) | None => "card.moved",
    };
    lay(tx, &card, wish.to, operation, wish.batch)
}

/// A card and how its move went.
pub type MoveAnswer = (CardId, Result<Moved, MoveError>);

/// The same for many cards, each for itself: what one refuses does not stop the others. All share one batch.
pub fn move_cards(tx: &WriteTx<'_>, wishes: &[(CardId, i64)], to: Target) -> Result<Vec<MoveAnswer>, Fault> {
    let storage = landing(tx, to)?.map(|(storage, _)| storage);
    let record = storage.map_or(Record::Municipality, Record::Storage);
    let batch = history::record(tx, &Event::of("storage.cards_moved", record))?;
    let mut answers = Vec::new();
    for (card, version) in wishes.iter().take(MOVE_MAX) {
        let wish = Moving { card: *card, to, expect_version: Some(*version), batch: Some(batch) };
        match tx.part(|tx| move_card(tx, &wish)) {
            Err(MoveError::Fault(fault)) => return Err(fault),
            answer => answers.push((*card, answer)),
        }
    }
    Ok(answers)
}

/// Puts a card back where it lay before the last move.
pub fn undo_move(tx: &WriteTx<'_>, card: CardId, expect_version: i64) -> Result<Moved, MoveError> {
    let card = cards::get(tx, card)?.ok_or(MoveError::NotFound)?;
    expect(&card, Some(expect_version))?;
    is_here(&card)?;
    let events = history::of_record(tx, Record::Card(card.id))?;
    let last = events.into_iter().next().filter(|event| event.operation == "card.moved");
    let detail = last.and_then(|event| event.detail).ok_or(MoveError::NothingToUndo)?;
    let before = |field: &str, now: &str| {
        let change = detail.changes.iter().find(|change| change.field == field);
        change.map_or_else(|| now.to_owned(), |change| change.before().unwrap_or_default().to_owned())
    };
    let storage = before("storage", &card.storage.map(|id| id.to_string()).unwrap_or_default());
    let spot = Spot {
        storage: storage.parse().ok().map(StorageId::of),
        shelf: before("shelf", &card.shelf),
        position: before("position", &card.position),
    };
    let spot = assign::still_free(tx, spot)?;
    lay_at(tx, &card, &spot, "card.move_undone", None)
}

pub(super) fn expect(card: &Card, version: Option<i64>) -> Result<(), MoveError> {
    if version.is_some_and(|seen| seen != card.version) {
        return Err(MoveError::Conflict { now: Box::new(card.clone()) });
    }
    Ok(())
}

/// Whether the card is in the house, as far as its status says.
pub(super) fn is_here(card: &Card) -> Result<(), MoveError> {
    match card.status {
        CardStatus::Missing => Err(MoveError::Missing),
        status if status.is_out_of_house() => Err(MoveError::Gone(status)),
        _ => Ok(()),
    }
}

/// A storage place, and the box in it where one is meant.
type Landing = (StorageId, Option<super::StorageBox>);

/// Where a target lies; `None` where it is unknown or retired.
pub(super) fn landing(tx: &WriteTx<'_>, to: Target) -> Result<Option<Landing>, Fault> {
    let in_use = |id: StorageId| {
        let places = store::places(tx)?;
        Ok::<_, Fault>(places.iter().any(|place| place.id == id && place.retired_at.is_none()))
    };
    Ok(match to {
        Target::Storage(id) => in_use(id)?.then_some((id, None)),
        Target::Box(id) => match store::one_box(tx, id)?.filter(|one| one.retired_at.is_none()) {
            Some(one) if in_use(one.storage)? => Some((one.storage, Some(one))),
            _ => None,
        },
    })
}

/// Whether the register has a card at a target.
pub(super) fn lies_at(tx: &WriteTx<'_>, card: &Card, to: Target) -> Result<bool, MoveError> {
    let (storage, one) = landing(tx, to)?.ok_or(MoveError::NoPlace)?;
    Ok(card.storage == Some(storage) && one.is_none_or(|one| one.code == card.shelf))
}

/// Lays a card down at a target.
pub(super) fn lay(
    tx: &WriteTx<'_>,
    card: &Card,
    to: Target,
    operation: &'static str,
    batch: Option<HistoryId>,
) -> Result<Moved, MoveError> {
    let (storage, one) = landing(tx, to)?.ok_or(MoveError::NoPlace)?;
    let shelf = one.as_ref().map_or("", |one| one.code.as_str());
    let position = match &one {
        Some(one) => assign::free_number(tx, one, card)?,
        None => String::new(),
    };
    let spot = Spot { storage: Some(storage), shelf: shelf.to_owned(), position };
    lay_at(tx, card, &spot, operation, batch)
}

/// Writes the new spot and its event.
pub(super) fn lay_at(
    tx: &WriteTx<'_>,
    card: &Card,
    spot: &Spot,
    operation: &'static str,
    batch: Option<HistoryId>,
) -> Result<Moved, MoveError> {
    place_at(tx, card, spot, operation, batch)?;
    let from = Spot::of(card);
    let card = cards::get(tx, card.id)?.ok_or(MoveError::NotFound)?;
    Ok(Moved { card, from, changed: true })
}

/// The same without looking at the card again.
pub(in crate::cards) fn place_at(
    tx: &WriteTx<'_>,
    card: &Card,
    spot: &Spot,
    operation: &'static str,
    batch: Option<HistoryId>,
) -> Result<(), Fault> {
    store::lay(tx, card.id, spot)?;
    let changes = changes(&Spot::of(card), spot);
    let event = Event { cards: &[card.id], changes, batch, ..Event::of(operation, Record::Card(card.id)) };
    history::record(tx, &event)?;
    Ok(())
}

/// What a change of spot is in history.
fn changes(from: &Spot, to: &Spot) -> Vec<Change> {
    let number = |storage: Option<StorageId>| storage.map(|storage| storage.to_string());
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let all = [
        Change::new("storage", number(from.storage), number(to.storage)),
        Change::new("shelf", some(&from.shelf), some(&to.shelf)),
        Change::new("position", some(&from.position), some(&to.position)),
    ];
    all.into_iter().filter(|change| change.before != change.after).collect()
}
