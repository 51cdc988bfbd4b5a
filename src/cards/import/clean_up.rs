//! What an import left behind when it was cut off: undone before it stood, carried on after.

use super::fields::Turns;
use super::pace::{Part, Slice, in_slices};
use super::report::Tally;
use super::runs::RunState;
use super::undo;
use super::why::RowError;
use super::{run_store, store};
use crate::base::{CardId, ImportRunId};
use crate::cards;
use crate::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};
use crate::history::{self, Event, Record};

/// Whether an earlier process left an import, or the undoing of one, half done.
pub fn is_due(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    let moving = run_store::in_state(tx, RunState::Applying)?.or(run_store::in_state(tx, RunState::Undoing)?);
    Ok(moving.or(run_store::half_published(tx)?).is_some())
}

/// Clears what an earlier process left, slice by slice. To be called before anything else.
///
/// **Invariant:** never called while an import of this process is under way.
pub async fn clean_up_all(db: &Db) -> Result<(), Fault> {
    if db.read(Lane::Staff, is_due).await? {
        in_slices(db, &Actor::System { job: "clean_up_import" }, clean_up).await?;
    }
    Ok(())
}

fn clean_up(tx: &WriteTx<'_>, slice: &Slice) -> Result<Part<()>, Fault> {
    if let Some(run) = run_store::in_state(tx, RunState::Applying)? {
        undo_slice(tx, run, slice).map(drop)?;
    } else if let Some(run) = run_store::half_published(tx)? {
        publish_slice(tx, run, slice)?;
    } else if let Some(run) = run_store::in_state(tx, RunState::Undoing)? {
        undo::carry_on(tx, run, slice)?;
    }
    Ok(if is_due(tx)? { Part::Continue(slice.most) } else { Part::Break(()) })
}

/// Takes a run back that did not come to its end.
pub(super) async fn abandon(db: &Db, actor: &Actor, run: ImportRunId) -> Result<(), Fault> {
    in_slices(db, actor, move |tx, slice| undo_slice(tx, run, slice)).await
}

/// Writes the staged changes of runs that stand.
pub(crate) async fn publish_changes(db: &Db, actor: &Actor) -> Result<(), Fault> {
    if db.read(Lane::Staff, run_store::half_published).await?.is_some() {
        in_slices(db, actor, publish_next).await?;
    }
    Ok(())
}

fn publish_next(tx: &WriteTx<'_>, slice: &Slice) -> Result<Part<()>, Fault> {
    match run_store::half_published(tx)? {
        Some(run) => publish_slice(tx, run, slice).map(Part::Continue),
        None => Ok(Part::Break(())),
    }
}

/// Ends when nothing of the run is left and it is marked as failed. A run that stands is left alone.
fn undo_slice(tx: &WriteTx<'_>, run: ImportRunId, slice: &Slice) -> Result<Part<()>, Fault> {
    if run_store::in_state(tx, RunState::Applying)? != Some(run) {
        return Ok(Part::Break(()));
    }
    let cards = store::cards_of(tx, run, slice.most)?;
    let mut gone = 0;
    for card in slice.of(&cards) {
        history::unlink(tx, *card)?;
        store::delete_card(tx, *card)?;
        gone += 1;
    }
    if gone == 0 {
        gone = store::unstage_some(tx, run, slice.most)?;
    }
    if gone > 0 {
        return Ok(Part::Continue(gone));
    }
    fail(tx, run)?;
    Ok(Part::Break(()))
}

/// A run of which nothing is left is marked as failed.
pub(crate) fn fail(tx: &WriteTx<'_>, run: ImportRunId) -> Result<(), Fault> {
    run_store::end_run(tx, run, RunState::Failed, &Tally::default())?;
    history::record(tx, &Event::of("import.failed", Record::ImportRun(run)))?;
    Ok(())
}

/// A row that was counted as new could not be made in the end: it is noted, and counted as an error with its party.
pub(crate) fn leave_out(
    tx: &WriteTx<'_>,
    run: ImportRunId,
    error: &RowError,
    people: usize,
) -> Result<(), Fault> {
    run_store::insert_error(tx, run, error)?;
    run_store::count_left_out(tx, run, people)
}

/// Writes some of a run's changes, and says how many. What somebody changed since they were staged stays as it is.
fn publish_slice(tx: &WriteTx<'_>, run: ImportRunId, slice: &Slice) -> Result<usize, Fault> {
    let staged = store::staged(tx, run, slice.most)?;
    let ids: Vec<CardId> = staged.iter().map(|(id, _)| *id).collect();
    let (cards, mut rows) = (cards::of_ids(tx, &ids)?, 0);
    for (id, staged) in slice.of(staged) {
        let all = staged.0.len();
        let turns = cards.get(&id).map(|card| staged.still_due(card)).unwrap_or_default();
        publish_one(tx, (run, id), &turns, all)?;
        rows += 1;
    }
    Ok(rows)
}

/// `all` is the number of fields that were staged.
fn publish_one(
    tx: &WriteTx<'_>,
    (run, id): (ImportRunId, CardId),
    turns: &Turns,
    all: usize,
) -> Result<(), Fault> {
    let event = if turns.is_empty() {
        None
    } else {
        store::write(tx, id, turns)?;
        let changes = turns.changes();
        let event = Event { cards: &[id], changes, ..Event::of("card.import_changed", Record::Card(id)) };
        Some(history::record(tx, &event)?)
    };
    store::publish_change(tx, (run, id), Some(turns).filter(|turns| turns.0.len() < all), event)
}
