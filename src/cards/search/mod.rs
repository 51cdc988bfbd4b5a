//! Finding cards by any mix of what is known of them.
//!
//! **Invariant:** the statement is put together from a fixed list of clauses; what people typed is only ever bound.

mod store;

use serde::{Deserialize, Serialize};

use super::{Card, Label};
use crate::base::{CardId, Day, Moment, NoticeId, StaffId};
use crate::db::{Fault, ReadTx, WriteTx};

/// The most cards on one page.
pub const PAGE: usize = 50;

/// What is looked for; every part that is there must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Notice ID in the compared form.
    pub notice_id: Option<String>,
    /// One of these cards, such as those of a booking.
    pub cards: Option<Vec<CardId>>,
    /// Part of the notice ID, name, kana or remark, as far as the person may see them.
    pub words: Option<String>,
    /// Part of the name or of the kana.
    pub name: Option<String>,
    /// Date of birth, `YYYY-MM-DD`, or only its `MMDD`.
    pub birth: Option<String>,
    /// One of the labels.
    pub label: Option<String>,
    /// Storage place.
    pub storage: Option<i64>,
    /// Beginning of the shelf.
    pub shelf: Option<String>,
    /// Run of the importer.
    pub import_run: Option<i64>,
    /// Part of the remark.
    pub remark: Option<String>,
    /// Whether a mail address is known.
    pub has_email: Option<bool>,
    /// Notice sent on this day or later.
    pub sent_from: Option<Day>,
    /// Notice sent on this day or earlier.
    pub sent_to: Option<Day>,
}

impl Terms {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Terms for one notice ID.
    pub fn of_notice(notice: &NoticeId) -> Self {
        Self { notice_id: Some(notice.norm().to_owned()), ..Self::default() }
    }
}

/// In what order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// The order in which they were registered.
    #[default]
    Registered,
    /// By notice ID.
    Notice,
    /// By reading, then name.
    Name,
    /// By date of birth.
    Birth,
    /// By label.
    Label,
    /// By storage place, shelf and position: the order in which one walks.
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

/// Which facts a search by words looks into: those that the person may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookIn {
    /// Names and kana.
    pub names: bool,
    /// Notice IDs.
    pub notices: bool,
    /// Remarks.
    pub remarks: bool,
}

impl LookIn {
    /// Everything.
    pub const ALL: Self = Self { names: true, notices: true, remarks: true };
}

/// Which part of the cards that fit, in what order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// In what order.
    pub sort: Sort,
    /// Whether from the end.
    pub backwards: bool,
    /// Which page, 1 = first.
    pub page: usize,
}

/// More cards than this are not counted and not turned through: the terms are to be narrowed.
pub const MANY: usize = 1000;

/// A page of a list, with how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The cards of the page.
    pub hits: Vec<Hit>,
    /// How many fit, as far as they are counted.
    pub total: usize,
    /// Whether more than [`MANY`] fit.
    pub too_many: bool,
}

impl Listing {
    /// How many pages there are.
    pub fn pages(&self) -> usize {
        self.total.div_ceil(PAGE).max(1)
    }
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

/// The cards that fit, from the one after `after` on.
///
/// Spec: 7(2)⑧.
pub fn search(tx: &ReadTx<'_>, terms: &Terms, after: Option<CardId>) -> Result<Found, Fault> {
    let mut hits = store::matching(tx, terms, after, PAGE + 1)?;
    let more = hits.len() > PAGE;
    hits.truncate(PAGE);
    let next = if more { hits.last().map(|card| card.id) } else { None };
    Ok(Found { hits, next })
}

/// One page of the cards that fit, and their number.
///
/// Spec: 7(2)⑧.
pub fn list(tx: &ReadTx<'_>, terms: &Terms, look: LookIn, paging: Paging) -> Result<Listing, Fault> {
    let counted = store::count(tx, terms, look, MANY + 1)?;
    let page = paging.page.clamp(1, MANY.div_ceil(PAGE));
    let hits = store::page(tx, terms, look, paging, (page - 1) * PAGE)?;
    Ok(Listing { hits, total: counted.min(MANY), too_many: counted > MANY })
}

/// How many cards have each label; labels that nobody has are left out.
///
/// Spec: 7(2)⑦.
pub fn labels(tx: &ReadTx<'_>) -> Result<Vec<(Label, u64)>, Fault> {
    store::labels(tx)
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
