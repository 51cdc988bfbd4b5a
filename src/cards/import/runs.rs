//! What was imported when, by whom, with what result.

use serde::Serialize;

use super::profile::Kind;
use super::report::Tally;
use super::run_store;
use super::undo::Undone;
use super::why::Noted;
use crate::base::{ImportRunId, Moment};
use crate::db::{Fault, ReadTx};

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Its rows come in; nobody sees them.
    Applying,
    /// All of it stands.
    Applied,
    /// None of it stands.
    Failed,
    /// It is being taken back; nobody sees its cards any more.
    Undoing,
    /// It was taken back.
    Undone,
}

crate::stored_as_code!(RunState);

impl RunState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Applying, Self::Applied, Self::Failed, Self::Undoing, Self::Undone];

    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// The state with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// One run of the importer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its number.
    pub id: ImportRunId,
    /// What its file tells of.
    pub kind: Kind,
    /// Name of the file as it was given.
    pub file_name: String,
    /// SHA-256 of the file; the file itself is not kept.
    pub sha256: String,
    /// Encoding that was found.
    pub encoding: String,
    /// The profile that it was read by, with its version; `None` for the standard file.
    pub profile: Option<(String, i64)>,
    /// How far it is.
    pub state: RunState,
    /// Rows of the file.
    pub rows: u32,
    /// Rows that have come in so far.
    pub done: u32,
    /// Changes that it has still to write.
    pub waiting: u32,
    /// What became of its rows.
    pub tally: Tally,
    /// What came of taking it back.
    pub undone: Undone,
    /// Who did it.
    pub actor: String,
    /// When it began.
    pub started_at: Moment,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// When it was taken back, and by whom.
    pub undone_at: Option<(Moment, String)>,
}

impl Run {
    /// Whether something of it is still being written.
    pub fn is_under_way(&self) -> bool {
        matches!(self.state, RunState::Applying | RunState::Undoing) || self.waiting > 0
    }
}

/// The newest runs, newest first.
pub fn runs(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Run>, Fault> {
    run_store::runs(tx, most)
}

/// One run.
pub fn run(tx: &ReadTx<'_>, id: ImportRunId) -> Result<Option<Run>, Fault> {
    run_store::run(tx, id)
}

/// The run of which something is being written now.
pub fn under_way(tx: &ReadTx<'_>) -> Result<Option<ImportRunId>, Fault> {
    run_store::busy(tx)
}

/// The run in which this file stands.
pub fn of_file(tx: &ReadTx<'_>, sha256: &str) -> Result<Option<Run>, Fault> {
    match run_store::applied(tx, sha256)? {
        Some(id) => run_store::run(tx, id),
        None => Ok(None),
    }
}

/// Whether a run left rows out.
pub fn has_errors(tx: &ReadTx<'_>, id: ImportRunId) -> Result<bool, Fault> {
    run_store::has_errors(tx, id)
}

/// The rows that a run did not take, in the order of the file.
pub fn errors(tx: &ReadTx<'_>, id: ImportRunId) -> Result<Vec<Noted>, Fault> {
    run_store::errors(tx, id)
}
