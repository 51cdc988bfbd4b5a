//! What a run of bookings left behind when it was cut off: undone before it stood, carried on after.

use super::apply::make_slice;
use super::{store as rows, undo};
use crate::base::ImportRunId;
use crate::cards::import::{self, Part, RunState, Slice, in_slices};
use crate::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};

/// Whether an earlier process left a run of bookings half done.
pub fn is_due(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    let moving = rows::in_state(tx, RunState::Applying)?.or(rows::in_state(tx, RunState::Undoing)?);
    Ok(moving.or(rows::half_made(tx)?).is_some())
}

/// Clears what an earlier process left, slice by slice. To be called before anything else.
pub async fn clean_up_all(db: &Db) -> Result<(), Fault> {
    if db.read(Lane::Staff, is_due).await? {
        in_slices(db, &Actor::System { job: "clean_up_import" }, clean_up).await?;
    }
    Ok(())
}

fn clean_up(tx: &WriteTx<'_>, slice: &Slice) -> Result<Part<()>, Fault> {
    if let Some(run) = rows::in_state(tx, RunState::Applying)? {
        drop_slice(tx, run, slice).map(drop)?;
    } else if let Some(run) = rows::half_made(tx)? {
        make_slice(tx, run, slice)?;
    } else if let Some(run) = rows::in_state(tx, RunState::Undoing)? {
        undo::take_back(tx, run, slice).map(drop)?;
    }
    Ok(if is_due(tx)? { Part::Continue(slice.most) } else { Part::Break(()) })
}

/// Takes a run back that did not come to stand.
pub(super) async fn abandon(db: &Db, actor: &Actor, run: ImportRunId) -> Result<(), Fault> {
    in_slices(db, actor, move |tx, slice| drop_slice(tx, run, slice)).await
}

/// Ends when nothing of the run is left.
fn drop_slice(tx: &WriteTx<'_>, run: ImportRunId, slice: &Slice) -> Result<Part<()>, Fault> {
    if rows::in_state(tx, RunState::Applying)? != Some(run) {
        return Ok(Part::Break(()));
    }
    let gone = rows::forget_some(tx, run, slice.most)?;
    if gone > 0 {
        return Ok(Part::Continue(gone));
    }
    import::fail(tx, run)?;
    Ok(Part::Break(()))
}
