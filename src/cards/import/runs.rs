//! What was imported when, by whom, with what result.

use serde::Serialize;

use super::apply::Tally;
use super::store;
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
}

crate::stored_as_code!(RunState);

impl RunState {
    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Failed => "failed",
        }
    }

    /// The state with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Applying, Self::Applied, Self::Failed].into_iter().find(|state| state.code() == code)
    }
}

/// One run of the importer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its number.
    pub id: ImportRunId,
    /// Name of the file as it was given.
    pub file_name: String,
    /// SHA-256 of the file; the file itself is not kept.
    pub sha256: String,
    /// Encoding that was found.
    pub encoding: String,
    /// How far it is.
    pub state: RunState,
    /// What became of its rows.
    pub tally: Tally,
    /// Who did it.
    pub actor: String,
    /// When it began.
    pub started_at: Moment,
    /// When it ended.
    pub finished_at: Option<Moment>,
}

/// The newest runs, newest first.
pub fn runs(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Run>, Fault> {
    store::runs(tx, most)
}

/// One run.
pub fn run(tx: &ReadTx<'_>, id: ImportRunId) -> Result<Option<Run>, Fault> {
    store::run(tx, id)
}
