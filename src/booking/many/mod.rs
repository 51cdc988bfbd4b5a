//! One status for many cards: a list is taken in, looked at line by line, then written in slices; and undone as a whole.
//! Destroying cards is such a list as well, but one person proposes it and another decides.
//!
//! **Invariant:** of several cards with one notice ID none is chosen by itself (7(1)④).
//! **Invariant:** a line is written by itself: it takes its step, or it is left as it is and says why.
//! **Invariant:** no slice holds the writer long; a batch that was begun comes to its end, whoever carries it on.
//! **Invariant:** nobody decides upon their own proposal, also when both ask at once; the schema refuses it last.
//!
//! Spec: 7(2)⑦.

mod apply;
mod check;
mod decide;
mod skip;
mod stage;
mod status;
mod store;
mod undo;

use crate::base::{BatchId, CardId, Day, HistoryId, LocationId, Moment, StaffId};
use crate::cards::{Card, CardStatus, ReasonCode, Transition};
use crate::db::{Actor, Fault, ReadTx};

pub use apply::{Progress, next_slice, pick, pick_all, stale};
pub use check::{Outlook, Row, SetWishError, look, look_after, set_wish};
pub use decide::{DecideError, ProposeError, approve, propose_one, refuse};
pub use skip::Skip;
pub use stage::{Line, add_lines, begin, forget_open, lines_of, lines_of_found, oldest_open};
pub use status::{Changed, set_status};
pub use undo::{UndoError, undo};

/// The most lines of a list that is typed or ticked.
pub const LINES_MAX: usize = 3000;

/// The most cards of a list that takes in all that a search found.
pub const FOUND_MAX: usize = 10_000;

/// How far a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchState {
    /// It is being put together; nothing is written.
    Open,
    /// A disposal that waits for the second person.
    Proposed,
    /// A disposal that was refused or withdrawn.
    Refused,
    /// It is being written.
    Applying,
    /// Every line has its result.
    Done,
}

crate::stored_as_code!(BatchState);

impl BatchState {
    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Proposed => "proposed",
            Self::Refused => "refused",
            Self::Applying => "applying",
            Self::Done => "done",
        }
    }

    /// The state with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [Self::Open, Self::Proposed, Self::Refused, Self::Applying, Self::Done];
        all.into_iter().find(|state| state.code() == code)
    }
}

/// What shall become of the cards of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The status.
    pub to: CardStatus,
    /// Why, where it is needed or was said.
    pub reason: Option<String>,
    /// Why it is void or incomplete.
    pub code: Option<ReasonCode>,
    /// The day that belongs to the step; of a disposal, the day on which the terminal did it.
    pub on: Option<Day>,
    /// Of a disposal: the terminal's number for it, or another proof.
    pub evidence: String,
    /// Whether the table of steps may be left.
    pub may_override: bool,
    /// The office that hands over, where cards are handed over.
    pub location: Option<LocationId>,
}

impl Wish {
    /// The bare step; the rest is filled in with `..Wish::of(…)`.
    pub fn of(to: CardStatus) -> Self {
        Self {
            to,
            reason: None,
            code: None,
            on: None,
            evidence: String::new(),
            may_override: false,
            location: None,
        }
    }

    /// The step of one card.
    fn step(&self, card: CardId, version: i64) -> Transition {
        Transition {
            reason: self.reason.clone(),
            code: self.code,
            on: self.on.filter(|_| !self.to.is_by_two()),
            expect_version: Some(version),
            may_override: self.may_override,
            ..Transition::of(card, self.to)
        }
    }
}

/// A list that is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The list.
    pub of: BatchId,
    /// Why.
    pub reason: Option<String>,
    /// Whether the person may take back what others or other days recorded.
    pub may_later: bool,
}

/// A list of cards with what shall become, or became, of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its number.
    pub id: BatchId,
    /// How far it is.
    pub state: BatchState,
    /// What shall be done; `None` while nothing is chosen, and for an undoing.
    pub wish: Option<Wish>,
    /// What it takes back, if it is an undoing.
    pub undo: Option<Undo>,
    /// Who does it, or proposes it.
    pub staff: StaffId,
    /// Their name as it was then.
    pub actor: String,
    /// Their terminal.
    pub origin: String,
    /// Who decided upon a disposal: row, name, terminal.
    pub approver: Option<(StaffId, String, String)>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// Its event.
    pub event: Option<HistoryId>,
    /// When it was put together.
    pub created_at: Moment,
    /// When every line had its result.
    pub finished_at: Option<Moment>,
}

impl Batch {
    /// Who stands behind each written line.
    pub fn acting(&self) -> Actor {
        match &self.approver {
            Some((id, name, origin)) => Actor::Staff { id: *id, name: name.clone(), origin: origin.clone() },
            None => Actor::Staff { id: self.staff, name: self.actor.clone(), origin: self.origin.clone() },
        }
    }

    /// Whether it is about destroying cards.
    pub fn is_disposal(&self) -> bool {
        self.wish.as_ref().is_some_and(|wish| wish.to.is_by_two())
    }
}

/// A list with the numbers of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The list.
    pub batch: Batch,
    /// Lines that are to be written, or were.
    pub picked: u32,
    /// Lines that took their step.
    pub updated: u32,
    /// Lines that refused.
    pub skipped: u32,
}

/// The list of this row.
pub fn get(tx: &ReadTx<'_>, id: BatchId) -> Result<Option<Batch>, Fault> {
    store::get(tx, id)
}

/// The list with its numbers.
pub fn listed(tx: &ReadTx<'_>, id: BatchId) -> Result<Option<Listed>, Fault> {
    store::listed(tx, id)
}

/// How many lines a list has.
pub fn size(tx: &ReadTx<'_>, id: BatchId) -> Result<usize, Fault> {
    store::size(tx, id)
}

/// The list that takes this one back, if there is one.
pub fn undone_by(tx: &ReadTx<'_>, id: BatchId) -> Result<Option<BatchId>, Fault> {
    store::undone_by(tx, id)
}

/// The newest lists that are past being put together, newest first; first of all those that wait for a second person.
pub fn recent(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Listed>, Fault> {
    store::recent(tx, most)
}

/// How many proposals wait for a second person.
pub fn proposals(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    store::proposals(tx)
}

/// A line as the table holds it.
#[derive(Clone, Debug)]
struct Stored {
    position: i64,
    typed: String,
    card: Option<CardId>,
    shared: bool,
    twice: bool,
    version: i64,
    result: Option<Outcome>,
    before: Option<String>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Picked,
    Left,
    Updated,
    Skipped(Skip),
}

/// Whether the card could be seen to change since its line was looked at.
fn has_moved(card: &Card, line: &Stored) -> bool {
    card.version != line.version
}
