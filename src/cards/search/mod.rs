//! Finding cards by any mix of what is known of them.
//!
//! **Invariant:** a statement is put together from a fixed list of clauses; what people typed is only ever bound.
//! **Invariant:** what a page costs is bounded by what indexes cost to read, whatever is looked for: an index gives the cards of
//! each condition, rows are asked only of few, few are sorted, many are picked from an index in their order, and the next page
//! begins after a card, never after a number of cards.

mod store;
mod terms;

use super::{Card, Label};
use crate::base::{CardId, Moment, StaffId};
use crate::db::{Fault, ReadTx, WriteTx};

pub use terms::{Days, LookIn, Terms};

/// The most cards on one page.
pub const PAGE: usize = 50;

/// More cards than this are not counted: the terms are to be narrowed.
pub const MANY: usize = 1000;

/// In what order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The order in which they were registered.
    #[default]
    Registered,
    /// By notice ID, then birthday.
    Notice,
    /// By reading, then name.
    Name,
    /// By date of birth.
    Birth,
    /// By label.
    Label,
    /// By storage place, shelf and position: the order in which one walks. Those that lie nowhere first.
    Storage,
    /// By the last pick-up day, those without one last.
    Due,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 7] =
        [Self::Registered, Self::Notice, Self::Name, Self::Birth, Self::Label, Self::Storage, Self::Due];

    /// The word in an address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Notice => "notice",
            Self::Name => "name",
            Self::Birth => "birth",
            Self::Label => "label",
            Self::Storage => "storage",
            Self::Due => "due",
        }
    }

    /// The order with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// At the beginning.
    #[default]
    Start,
    /// After this card, in the order asked for.
    After(CardId),
    /// So that it ends before this card.
    Before(CardId),
}

/// Which part of the cards that fit, in what order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// In what order.
    pub sort: Sort,
    /// Whether the order is turned round.
    pub backwards: bool,
    /// Where the page begins.
    pub from: From,
    /// How many cards it has at most.
    pub most: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Self { sort: Sort::default(), backwards: false, from: From::Start, most: PAGE }
    }
}

/// A page of a list, with how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The cards of the page.
    pub hits: Vec<Hit>,
    /// How many fit, as far as they are counted.
    pub total: usize,
    /// Whether more than [`MANY`] fit.
    pub too_many: bool,
    /// Whether cards come before those of the page.
    pub before: bool,
    /// Whether cards come after them.
    pub after: bool,
}

/// One card found.
pub type Hit = Card;

/// A page of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The cards.
    pub hits: Vec<Hit>,
    /// After which card the next page begins; `None` on the last.
    pub next: Option<CardId>,
}

/// The cards that fit in the order of their registration, from the one after `after` on.
///
/// Spec: 7(2)⑧.
pub fn search(tx: &ReadTx<'_>, terms: &Terms, after: Option<CardId>) -> Result<Found, Fault> {
    let paging = Paging { from: after.map_or(From::Start, From::After), ..Paging::default() };
    let mut hits = store::Asked::of(tx, terms, LookIn::ALL)?.page(tx, paging)?;
    let more = hits.len() > PAGE;
    hits.truncate(PAGE);
    let next = if more { hits.last().map(|card| card.id) } else { None };
    Ok(Found { hits, next })
}

/// One page of the cards that fit, and their number.
///
/// Spec: 7(2)⑧.
pub fn list(tx: &ReadTx<'_>, terms: &Terms, look: LookIn, paging: Paging) -> Result<Listing, Fault> {
    let asked = store::Asked::of(tx, terms, look)?;
    let counted = asked.count(tx)?;
    let mut hits = asked.page(tx, paging)?;
    let more = hits.len() > paging.most;
    hits.truncate(paging.most);
    let back = matches!(paging.from, From::Before(_));
    if back {
        hits.reverse();
    }
    let (before, after) = match paging.from {
        From::Start => (false, more),
        From::After(_) => (true, more),
        From::Before(_) => (more, true),
    };
    Ok(Listing { hits, total: counted.min(MANY), too_many: counted > MANY, before, after })
}

/// How many cards fit, all of them counted: for what is told of an export.
pub fn count_all(tx: &ReadTx<'_>, terms: &Terms, look: LookIn) -> Result<usize, Fault> {
    store::Asked::of(tx, terms, look)?.count_all(tx)
}

/// How many cards have each label; labels that nobody has are left out.
///
/// Spec: 7(2)⑦.
pub fn labels(tx: &ReadTx<'_>) -> Result<Vec<(Label, u64)>, Fault> {
    store::labels(tx)
}

/// The number of the first card that was registered at `moment` or later, or of the next one to come: cards are numbered in
/// the order of their registration.
pub fn first_since(tx: &ReadTx<'_>, moment: Moment) -> Result<i64, Fault> {
    store::first_since(tx, moment)
}

/// Keeps the terms under a random id, so that the address of the result carries no personal data.
pub fn save_search(tx: &WriteTx<'_>, staff: StaffId, terms: &Terms) -> Result<String, Fault> {
    let id = hex::encode(tx.chance().bytes::<12>());
    let terms = serde_json::to_string(terms).map_err(|error| Fault::Stored(error.to_string()))?;
    store::keep(tx, &id, staff, &terms)?;
    Ok(id)
}

/// The terms that this member of staff kept under `id`.
pub fn load_search(tx: &ReadTx<'_>, staff: StaffId, id: &str) -> Result<Option<Terms>, Fault> {
    let understood = store::kept(tx, id, staff)?.map(|terms| serde_json::from_str(&terms));
    understood.transpose().map_err(|_| Fault::Stored("saved_search.terms".to_owned()))
}

/// When the oldest search that is kept was made.
pub fn oldest_search(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::oldest(tx)
}

/// Forgets at most `limit` searches that were made before `before`, and says how many.
pub fn forget_searches(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    store::delete_before(tx, before, limit)
}
