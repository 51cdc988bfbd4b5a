//! What a run of bookings left behind when it was cut off: undone before it stood, carried on after.

use super::apply::{STAGE, make_slice};
use super::{store as rows, undo};
use crate::base::ImportRunId;
use crate::cards::import::{self, RunState};
use crate::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};

/// Whether an earlier process left a run of bookings half done.
pub fn is_due(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    let moving = rows::in_state(tx, RunState::Applying)?.or(rows::in_state(tx, RunState::Undoing)?);
    Ok(moving.or(rows::half_made(tx)?).is_some())
}

/// Clears what an earlier process left, slice by slice. To be called before anything else.
pub async fn clean_up_all(db: &Db) -> Result<(), Fault> {
    let mut due = db.read(Lane::Staff, is_due).await?;
    while due {
        due = db.write(Actor::System { job: "clean_up_import" }, clean_up).await?;
    }
    Ok(())
}

fn clean_up(tx: &WriteTx<'_>) -> Result<bool, Fault> {
    if let Some(run) = rows::in_state(tx, RunState::Applying)? {
        drop_slice(tx, run)?;
    } else if rows::half_made(tx)?.is_some() {
        make_slice(tx)?;
    } else if let Some(run) = rows::in_state(tx, RunState::Undoing)? {
        undo::take_back(tx, run)?;
    }
    is_due(tx)
}

/// Takes a run back that did not come to stand.
pub(super) async fn abandon(db: &Db, actor: &Actor, run: ImportRunId) -> Result<(), Fault> {
    while !db.write(actor.clone(), move |tx| drop_slice(tx, run)).await? {}
    Ok(())
}

/// `true` when nothing of the run is left.
fn drop_slice(tx: &WriteTx<'_>, run: ImportRunId) -> Result<bool, Fault> {
    if rows::in_state(tx, RunState::Applying)? != Some(run) {
        return Ok(true);
    }
    if rows::forget_some(tx, run, STAGE)? > 0 {
        return Ok(false);
    }
    import::fail(tx, run)?;
    Ok(true)
}
