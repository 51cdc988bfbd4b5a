//! What becomes due at cards: lists that a nightly look proposes, upon which people decide.
//!
//! **Invariant:** nothing here changes a card; a card leaves its lists when somebody changes it, by triggers of the schema.
//! **Invariant:** each card is looked at once for each day, also when the look was cut off and carried on elsewhere.
//!
//! Spec: 7(2)⑦ ⑧.

mod night;
mod put_off;
mod store;

use crate::base::{CardId, Day};
use crate::cards::{Card, CardStatus};
use crate::db::{Fault, ReadTx};

pub use night::{look, next_look};
pub use put_off::{PutOff, PutOffError, put_off, take_up};

/// One of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchList {
    /// The last pick-up day comes soon.
    DueSoon,
    /// The last pick-up day has passed.
    DueOver,
    /// A second notice is due.
    Renotice,
    /// The notice or the card came back by post.
    Returned,
    /// The day until which it was kept back has passed.
    HoldOver,
    /// Its validity ends soon, or has ended, before it was handed over.
    Validity,
    /// The holder's period of residence ends soon, or has ended, before it was handed over.
    Residence,
    /// It may be destroyed.
    Disposal,
    /// It is to be destroyed, by two people, and still lies here.
    ToDestroy,
}

crate::stored_as_code!(WatchList);

impl WatchList {
    /// Every list, in the order of the page.
    pub const ALL: [Self; 9] = [
        Self::DueSoon,
        Self::DueOver,
        Self::Renotice,
        Self::Returned,
        Self::HoldOver,
        Self::Validity,
        Self::Residence,
        Self::Disposal,
        Self::ToDestroy,
    ];

    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::DueSoon => "due_soon",
            Self::DueOver => "due_over",
            Self::Renotice => "renotice",
            Self::Returned => "returned",
            Self::HoldOver => "hold_over",
            Self::Validity => "validity",
            Self::Residence => "residence",
            Self::Disposal => "disposal",
            Self::ToDestroy => "to_destroy",
        }
    }

    /// The list with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.code() == code)
    }

    /// The status that people mostly give to the cards of the list.
    pub const fn usual(self) -> Option<CardStatus> {
        match self {
            Self::Renotice => Some(CardStatus::Renotified),
            Self::Validity | Self::Residence => Some(CardStatus::Voided),
            Self::Disposal => Some(CardStatus::DisposalCandidate),
            Self::ToDestroy => Some(CardStatus::Disposed),
            Self::DueSoon | Self::DueOver | Self::Returned | Self::HoldOver => None,
        }
    }
}

/// A card on a list.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The card as it stands.
    pub card: Card,
    /// The day that put it there: the last pick-up day, the end of validity, and so on.
    pub due_on: Day,
    /// The night that proposed it first.
    pub found_on: Day,
    /// Until when it was put off, why and by whom.
    pub put_off: Option<(Day, String, String)>,
}

/// How many cards are on a list, and how many of it are put off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// To be decided upon.
    pub open: u32,
    /// Put off to a later day.
    pub put_off: u32,
}

/// The most cards that a page of a list shows.
pub const SHOWN: usize = 500;

/// How many cards are on each list.
pub fn counts(tx: &ReadTx<'_>) -> Result<Vec<(WatchList, Count)>, Fault> {
    store::counts(tx, tx.today())
}

/// The cards of a list, the most urgent first: those to be decided upon, or those that are put off.
pub fn list(tx: &ReadTx<'_>, list: WatchList, put_off: bool) -> Result<Vec<Watched>, Fault> {
    first(tx, list, put_off, SHOWN)
}

/// The same, at most so many.
pub fn first(tx: &ReadTx<'_>, list: WatchList, put_off: bool, most: usize) -> Result<Vec<Watched>, Fault> {
    let rows = store::rows(tx, list, put_off, tx.today(), most)?;
    let ids: Vec<CardId> = rows.iter().map(|row| row.card).collect();
    let mut cards = crate::cards::of_ids(tx, &ids)?;
    let watched = rows.into_iter().filter_map(|row| {
        Some(Watched {
            card: cards.remove(&row.card)?,
            due_on: row.due_on,
            found_on: row.found_on,
            put_off: row.put_off,
        })
    });
    Ok(watched.collect())
}

/// The cards of a list that are to be decided upon, by their rows, after this one.
pub fn ids_after(tx: &ReadTx<'_>, list: WatchList, after: CardId, most: usize) -> Result<Vec<CardId>, Fault> {
    store::ids_after(tx, list, after, most)
}

/// The lists that a card is on.
pub fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<(WatchList, Day)>, Fault> {
    store::of_card(tx, card)
}
