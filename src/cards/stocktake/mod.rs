//! Stock-takes (棚卸): what lies at a place against what the register says, scanned by as many people as like.
//!
//! **Invariant:** nothing is frozen: the counter works on meanwhile. A card that left its place during the stock-take is not
//! missing, and one that came after it began is not expected.
//! **Invariant:** a card counts once, however often and by whomever it is scanned.
//! **Invariant:** a finished stock-take is never changed any more; one that is being finished takes no further scan.
//! **Invariant:** what was not found is written down a slice at a time, so that no other write waits for a big place.
//!
//! Spec: 7(2)③.

mod finish;
mod report;
mod scan;
mod store;

use serde::Serialize;

use super::Card;
use crate::base::{CardId, Moment, StocktakeId, StorageId};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

pub use finish::{carry_on, finish, unfinished};
pub use report::{ReportLine, csv};
pub use scan::{HereError, ReadError, ReadOut, Reading, here, read, read_unknown};

/// One stock-take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stocktake {
    /// Its row.
    pub id: StocktakeId,
    /// The storage place.
    pub storage: StorageId,
    /// The shelf or box; empty = the whole place.
    pub shelf: String,
    /// Where it stands.
    pub state: State,
    /// When it began.
    pub started_at: Moment,
    /// Who began it.
    pub started_by: String,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// Who ended it.
    pub finished_by: Option<String>,
    /// What was counted, once it is finished.
    pub result: Option<Tally>,
}

/// Where a stock-take stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// People scan.
    Open,
    /// Nobody scans any more; what was not found is being written down.
    Finishing,
    /// Counted.
    Finished,
    /// Broken off.
    Abandoned,
}

crate::stored_as_code!(State);

impl State {
    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Finishing => "finishing",
            Self::Finished => "finished",
            Self::Abandoned => "abandoned",
        }
    }

    /// The state with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Open, Self::Finishing, Self::Finished, Self::Abandoned]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Cards that should lie there.
    pub expected: u32,
    /// Of those, found.
    pub found: u32,
    /// Of those, not found.
    pub missing: u32,
    /// Scanned, but belonging elsewhere or nowhere.
    pub foreign: u32,
}

/// What a line of a stock-take says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It lies where it should.
    Found,
    /// It lies here and is registered elsewhere.
    Foreign,
    /// No card has this number.
    Unknown,
    /// It should lie here and was not found.
    Missing,
}

crate::stored_as_code!(Outcome);

impl Outcome {
    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Foreign => "foreign",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
        }
    }

    /// The outcome with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Found, Self::Foreign, Self::Unknown, Self::Missing].into_iter().find(|one| one.code() == code)
    }
}

/// One line: a card or number, what is so, who read it and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its row.
    pub row: i64,
    /// The card; `None` where no card has the number.
    pub card: Option<CardId>,
    /// The number that no card has.
    pub typed: Option<String>,
    /// What is so.
    pub outcome: Outcome,
    /// Where the card was registered when it was read.
    pub storage: Option<StorageId>,
    /// Shelf and number there.
    pub label: String,
    /// How often it was read.
    pub times: u32,
    /// When it was read last.
    pub at: Moment,
    /// By whom.
    pub by: String,
}

/// Why a stock-take is not begun or ended.
#[derive(Debug, thiserror::Error)]
pub enum StocktakeError {
    /// There is no such stock-take, place or box.
    #[error("no such stock-take")]
    NotFound,
    /// It has ended already.
    #[error("the stock-take has ended")]
    Ended,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Begins a stock-take of a place, or of one of its shelves. One that is open already is joined.
pub fn start(tx: &WriteTx<'_>, storage: StorageId, shelf: &str) -> Result<StocktakeId, StocktakeError> {
    let place = super::storage::place(tx, storage)?.ok_or(StocktakeError::NotFound)?;
    if !shelf.is_empty() && !place.boxes.iter().any(|one| one.code == shelf) {
        return Err(StocktakeError::NotFound);
    }
    if let Some(open) = store::open_of(tx, storage, shelf)? {
        return Ok(open);
    }
    let id = store::insert(tx, storage, shelf)?;
    let changes = vec![Change::new("box", None, Some(shelf.to_owned()).filter(|shelf| !shelf.is_empty()))];
    history::record(tx, &Event { changes, ..Event::of("stocktake.started", Record::Storage(storage)) })?;
    Ok(id)
}

/// Breaks it off; what was read stays noted, and nothing follows from it.
pub fn abandon(tx: &WriteTx<'_>, id: StocktakeId) -> Result<(), StocktakeError> {
    let one = open(tx, id)?;
    store::abandon(tx, id)?;
    history::record(tx, &Event::of("stocktake.abandoned", Record::Storage(one.storage)))?;
    Ok(())
}

fn open(tx: &ReadTx<'_>, id: StocktakeId) -> Result<Stocktake, StocktakeError> {
    let one = store::get(tx, id)?.ok_or(StocktakeError::NotFound)?;
    if one.state == State::Open { Ok(one) } else { Err(StocktakeError::Ended) }
}

/// The stock-take of this row.
pub fn get(tx: &ReadTx<'_>, id: StocktakeId) -> Result<Option<Stocktake>, Fault> {
    store::get(tx, id)
}

/// The stock-takes, newest first; at most `most`.
pub fn list(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Stocktake>, Fault> {
    store::list(tx, most)
}

/// The last finished stock-take of each shelf.
pub fn latest(tx: &ReadTx<'_>) -> Result<Vec<Stocktake>, Fault> {
    store::latest(tx)
}

/// What is counted so far.
pub fn tally(tx: &ReadTx<'_>, one: &Stocktake) -> Result<Tally, Fault> {
    if let Some(result) = one.result {
        return Ok(result);
    }
    let (found, foreign) = store::read_so_far(tx, one.id)?;
    let missing = store::count_left(tx, one)?;
    Ok(Tally { expected: found + missing, found, missing, foreign })
}

/// The cards that should lie there and were not read yet, in the order in which one walks; at most `most`.
pub fn left(tx: &ReadTx<'_>, one: &Stocktake, most: usize) -> Result<Vec<Card>, Fault> {
    store::left(tx, one, most)
}

/// The lines with these outcomes, last read first; at most `most`.
pub fn lines(
    tx: &ReadTx<'_>,
    id: StocktakeId,
    outcomes: &[Outcome],
    most: usize,
) -> Result<Vec<Line>, Fault> {
    store::lines(tx, id, outcomes, most)
}

/// The lines with one outcome that come after a row, in the order of their rows; at most `most`. For reading a whole stock-take
/// piece by piece.
pub fn lines_after(
    tx: &ReadTx<'_>,
    id: StocktakeId,
    outcome: Outcome,
    after: i64,
    most: usize,
) -> Result<Vec<Line>, Fault> {
    store::lines_after(tx, id, outcome, after, most)
}

/// When a card was last found where it should be in a stock-take, and by whom.
pub(super) fn last_found(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Line>, Fault> {
    store::last_found(tx, card)
}
