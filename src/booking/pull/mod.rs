//! The pull list (引抜リスト): which cards a counter needs on a day, which are out of their shelf, which go back.
//!
//! **Invariant:** a card is marked for its live booking of that day only; a second scan changes nothing.
//! **Invariant:** two cards with one notice ID are never told apart by guessing: a person chooses (7(1)④).
//!
//! Spec: 7(2)⑨.

mod scan;
mod store;

use super::{BoardRow, BookingStatus, ISSUANCE};
use crate::base::{BookingId, CardId, Day, LocationId, Minute};
use crate::cards::Card;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::once::{self, OnceKey};
use crate::transfers::{self, Mark, MarkError, Pull, PullState, Transfer};

pub use scan::{PullScan, PullScanned, pull_scan};

/// The most cards that one form can ask for.
pub const MANY_MAX: usize = 100;

/// The part of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullTime {
    /// All of it.
    #[default]
    Day,
    /// Before noon.
    Morning,
    /// From noon.
    Afternoon,
}

impl PullTime {
    /// Whether a booking that begins at this minute is in it.
    pub fn holds(self, starts: Minute) -> bool {
        let noon = Minute::of(12 * 60);
        match self {
            Self::Day => true,
            Self::Morning => starts < noon,
            Self::Afternoon => starts >= noon,
        }
    }
}

/// Which cards are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullFilter {
    /// For the counter of this location.
    pub location: LocationId,
    /// On this day.
    pub day: Day,
    /// In this part of it.
    pub time: PullTime,
}

/// A card that a counter needs.
#[derive(Clone, Debug)]
pub struct Needed {
    /// The card.
    pub card: Card,
    /// For which booking.
    pub booking: BookingId,
    /// When its time begins.
    pub starts: Minute,
    /// How many people come with it.
    pub people: u8,
    /// Whether it was taken for this booking, or not found.
    pub pull: Option<Pull>,
    /// Its open transfer.
    pub transfer: Option<Transfer>,
}

/// The cards that a counter needs on a day, of people who are still expected or being served.
///
/// Spec: 7(2)⑨.
pub fn needed(tx: &ReadTx<'_>, filter: &PullFilter) -> Result<Vec<Needed>, Fault> {
    let rows = super::day_board(tx, filter.location, filter.day)?;
    let open = |row: &&BoardRow| {
        let awaited = matches!(row.booking.status, BookingStatus::Confirmed | BookingStatus::CheckedIn);
        awaited && filter.time.holds(row.booking.starts)
    };
    let mut all = Vec::new();
    for row in rows.iter().filter(open) {
        let members = row.booking.members.iter().filter(|m| m.outcome.is_none() && m.procedure == ISSUANCE);
        for card in members.filter_map(|member| row.cards.get(&member.card?)) {
            all.push(Needed {
                card: card.clone(),
                booking: row.booking.id,
                starts: row.booking.starts,
                people: row.booking.people,
                pull: None,
                transfer: transfers::open_of(tx, card.id)?,
            });
        }
    }
    let ids: Vec<CardId> = all.iter().map(|one| one.card.id).collect();
    let mut pulls = transfers::pulls_of(tx, &ids)?;
    for one in &mut all {
        let at = pulls
            .iter()
            .position(|pull| (pull.card, pull.booking, pull.day) == (one.card.id, one.booking, filter.day));
        one.pull = at.map(|at| pulls.swap_remove(at));
    }
    Ok(all)
}

/// Cards that were taken from their shelf here and that nobody needs any more: they go back.
///
/// Spec: 7(2)⑨.
pub fn pulled_for_nothing(tx: &ReadTx<'_>, location: LocationId) -> Result<Vec<CardId>, Fault> {
    store::pulled_for_nothing(tx, location)
}

/// The wish to note of several cards that they were taken, were not found, or are back.
#[derive(Clone, Debug)]
pub struct PullMany {
    /// The cards.
    pub cards: Vec<CardId>,
    /// What was found; `None` = on its shelf again.
    pub state: Option<PullState>,
    /// For the counters of these places only; empty = all.
    pub within: Vec<LocationId>,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// How it went with one card; whether anything changed.
pub type PullAnswer = (CardId, Result<bool, MarkError>);

/// Notes it for each card that has a live booking, in one transaction; the answer says for each how it went.
///
/// Spec: 7(2)⑨.
pub fn pull_many(tx: &WriteTx<'_>, wish: &PullMany) -> Result<Vec<PullAnswer>, Fault> {
    let before = once::seen(tx, &wish.once)?.is_some();
    let mut answers = Vec::new();
    for card in wish.cards.iter().take(MANY_MAX) {
        if before {
            answers.push((*card, Ok(false)));
            continue;
        }
        match tx.part(|tx| note(tx, *card, wish)) {
            Err(MarkError::Fault(fault)) => return Err(fault),
            answer => answers.push((*card, answer)),
        }
    }
    if !before {
        once::keep(tx, &wish.once, "card.pulled_many", &answers.len().to_string())?;
    }
    Ok(answers)
}

/// For the live booking; what goes back needs none.
fn note(tx: &WriteTx<'_>, card: CardId, wish: &PullMany) -> Result<bool, MarkError> {
    let want = super::follow::want(tx, card)?;
    let of_row = transfers::pulls_of(tx, &[card])?.into_iter().next().map(|pull| (pull.booking, pull.day));
    let (wanted, location) = match (want, of_row) {
        (Some(want), _) => ((want.booking, want.day), Some(want.location)),
        (None, Some(row)) if wish.state.is_none() => (row, None),
        _ => return Err(MarkError::NotFound),
    };
    if !wish.within.is_empty() && location.is_some_and(|location| !wish.within.contains(&location)) {
        return Err(MarkError::NotFound);
    }
    transfers::mark(tx, &Mark { card, wanted, state: wish.state })
}
