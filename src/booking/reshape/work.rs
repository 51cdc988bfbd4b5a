//! What a change of the calendar leaves to do, in slices: first what the change that it takes back had done to bookings, then
//! the bookings that it strands itself.
//!
//! **Invariant:** the change and the list of its bookings are written together; from then on the work comes to its end,
//! whatever stops it, for all of it stands in rows.
//! **Invariant:** no slice holds the writer long, however many bookings a change strands.

use super::effect::Chosen;
use super::{settle, store};
use crate::calendar::{self, ChangeId};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::stored_as_code;

/// The work of so many bookings is done in the transaction of the change; where there are more, all follows in slices.
const AT_ONCE: u32 = 20;

/// How far the work of a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunState {
    /// The bookings of the change that it takes back get their time again.
    Releasing,
    /// Its own bookings become rows.
    Listing,
    /// They are marked, told, or put on the list to call.
    Settling,
}

impl RunState {
    /// The stored word.
    fn code(self) -> &'static str {
        match self {
            Self::Releasing => "releasing",
            Self::Listing => "listing",
            Self::Settling => "settling",
        }
    }

    /// The one of a stored word.
    fn from_code(code: &str) -> Option<Self> {
        [Self::Releasing, Self::Listing, Self::Settling].into_iter().find(|one| one.code() == code)
    }
}

stored_as_code!(RunState);

/// The work of a change that is not done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) change: ChangeId,
    pub(super) state: RunState,
    pub(super) reached: i64,
    pub(super) undoes: Option<ChangeId>,
}

/// What is left of the work of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Whether it is in work.
    pub under_way: bool,
    /// Bookings that it strands or stranded.
    pub all: u32,
    /// Those that have no row yet.
    pub unlisted: u32,
}

/// How far the work of a change is.
pub fn work_of(tx: &ReadTx<'_>, change: ChangeId) -> Result<Work, Fault> {
    let (listed, unlisted) = store::sizes(tx, change)?;
    let under_way = store::run(tx, change)?.is_some();
    Ok(Work { under_way, all: listed + unlisted, unlisted })
}

/// Whether work of some change is left: its days and slots to be written, or its bookings.
pub fn waits_to_settle(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    Ok(calendar::waits_to_write(tx)? || store::oldest_run(tx)?.is_some())
}

/// Begins the work of a change that was just applied; a little is done at once.
pub(super) fn begin(
    tx: &WriteTx<'_>,
    (change, undoes): (ChangeId, Option<ChangeId>),
    chosen: &Chosen,
) -> Result<(), Fault> {
    let mut size: u32 = chosen.parts.iter().map(|(bookings, _)| bookings).sum();
    if let Some(undone) = undoes {
        // What was not done yet of the change that ends is not done any more.
        store::end_run(tx, undone)?;
        size = size.saturating_add(store::sizes(tx, undone)?.0);
    }
    if size == 0 {
        return Ok(());
    }
    let first = if undoes.is_some() { RunState::Releasing } else { RunState::Listing };
    store::set_run(tx, change, first, None)?;
    store::keep_parts(tx, change, chosen)?;
    if size <= AT_ONCE {
        while let Some(run) = store::run(tx, change)? {
            step(tx, run, AT_ONCE)?;
        }
    }
    Ok(())
}

/// Does the next slice of what changes left: some of their days and slots, and after those at most `limit` bookings, each with
/// its event and its letter.
pub fn settle_affected(tx: &WriteTx<'_>, limit: u32) -> Result<(), Fault> {
    if calendar::waits_to_write(tx)? {
        return calendar::write_part(tx);
    }
    store::oldest_run(tx)?.map_or(Ok(()), |run| step(tx, run, limit))
}

fn step(tx: &WriteTx<'_>, run: Run, limit: u32) -> Result<(), Fault> {
    match run.state {
        RunState::Releasing => release_some(tx, run, limit),
        RunState::Listing if store::list_part(tx, run.change)? => Ok(()),
        RunState::Listing => store::set_run(tx, run.change, RunState::Settling, None),
        RunState::Settling => settle_some(tx, run, limit),
    }
}

fn release_some(tx: &WriteTx<'_>, run: Run, limit: u32) -> Result<(), Fault> {
    let Some(undone) = run.undoes else { return store::set_run(tx, run.change, RunState::Listing, None) };
    let what = calendar::what_of(tx, undone)?.unwrap_or_default();
    let cases = store::cases_after(tx, undone, run.reached, limit)?;
    for case in &cases {
        settle::release(tx, &what, case)?;
    }
    match cases.last() {
        Some(last) if cases.len() == limit as usize => {
            store::set_run(tx, run.change, RunState::Releasing, Some(last.booking))
        }
        _ => store::set_run(tx, run.change, RunState::Listing, None),
    }
}

fn settle_some(tx: &WriteTx<'_>, run: Run, limit: u32) -> Result<(), Fault> {
    let waiting = store::waiting(tx, run.change, limit)?;
    for one in &waiting {
        settle::settle(tx, one)?;
        store::set_settled(tx, one.change, one.booking)?;
    }
    if waiting.len() < limit as usize { store::end_run(tx, run.change) } else { Ok(()) }
}
