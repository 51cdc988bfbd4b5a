//! A run is taken back: its new cards go, the cards that it changed say again what they said before.
//!
//! **Invariant:** only while nobody has built on it: no booking, no mail, no later act on any of its cards.
//! **Invariant:** its new cards are hidden before the last look, so that nothing can be built on them any more.
//!
//! Spec: 7(2)①.

use super::apply::SLICE;
use super::pace::{Part, Slice, in_slices};
use super::runs::RunState;
use super::{run_store, store};
use crate::base::{CardId, ImportRunId};
use crate::cards;
use crate::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Cards that a refusal names at most.
pub const NAMED: usize = 200;

/// What stands in the way of taking a run back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// How many cards of the run have a booking, a mail or a later act.
    pub count: u32,
    /// The first of them.
    pub first: Vec<CardId>,
}

/// A run that was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Undone {
    /// New cards that are gone.
    pub removed: u32,
    /// Cards that say again what they said before.
    pub restored: u32,
    /// Cards that somebody changed in the very moment: they stay as they are.
    pub kept: u32,
}

/// Why a run stands.
#[derive(Debug, thiserror::Error)]
pub enum UndoRunError {
    /// There is no such run, or it does not stand.
    #[error("the run does not stand")]
    NotApplied,
    /// Another run is under way, or this one is not finished.
    #[error("another import (run {0}) is under way")]
    Running(ImportRunId),
    /// Somebody has built on it.
    #[error("{} cards of the run were touched since", .0.count)]
    Touched(Touched),
    /// A reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason cannot be stored.
    #[error("the reason cannot be stored")]
    BadReason,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What stands in the way now, looked for in slices.
pub async fn touched(db: &Db, run: ImportRunId) -> Result<Touched, Fault> {
    let (mut touched, mut after) = (Touched::default(), CardId::of(0));
    loop {
        let (cards, last) = db.read(Lane::Staff, move |tx| touched_after(tx, run, after)).await?;
        touched.add(&cards);
        match last {
            Some(last) => after = last,
            None => return Ok(touched),
        }
    }
}

/// Takes a run back, slice by slice.
///
/// Spec: 7(2)①.
pub async fn undo(db: &Db, actor: &Actor, run: ImportRunId, reason: &str) -> Result<Undone, UndoRunError> {
    let before = touched(db, run).await?;
    if before.count > 0 {
        return Err(UndoRunError::Touched(before));
    }
    let reason = reason.to_owned();
    db.write(actor.clone(), move |tx| begin_undo(tx, run, &reason)).await?;
    let now_touched = touched(db, run).await?;
    if now_touched.count > 0 {
        db.write(actor.clone(), move |tx| run_store::set_state(tx, run, RunState::Applied)).await?;
        return Err(UndoRunError::Touched(now_touched));
    }
    Ok(in_slices(db, actor, move |tx, slice| take_back(tx, run, slice)).await?)
}

/// A run begins to be taken back: its new cards are seen by nobody from here on.
pub(crate) fn begin_undo(tx: &WriteTx<'_>, run: ImportRunId, reason: &str) -> Result<(), UndoRunError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(UndoRunError::ReasonNeeded);
    }
    if !cards::is_reason(reason) {
        return Err(UndoRunError::BadReason);
    }
    if let Some(busy) = run_store::busy(tx)? {
        return Err(UndoRunError::Running(busy));
    }
    let found = run_store::run(tx, run)?.ok_or(UndoRunError::NotApplied)?;
    if found.state != RunState::Applied {
        return Err(UndoRunError::NotApplied);
    }
    run_store::set_state(tx, run, RunState::Undoing)?;
    let reason = Some(reason.to_owned());
    history::record(tx, &Event { reason, ..Event::of("import.undo_started", Record::ImportRun(run)) })?;
    Ok(())
}

/// Goes on with what an earlier process began. Nothing was removed while a card that was touched could still be there.
pub(super) fn carry_on(tx: &WriteTx<'_>, run: ImportRunId, slice: &Slice) -> Result<(), Fault> {
    if run_store::run(tx, run)?.is_some_and(|run| run.undone == Undone::default()) {
        let mut after = CardId::of(0);
        loop {
            let (cards, last) = touched_after(tx, run, after)?;
            if !cards.is_empty() {
                return run_store::set_state(tx, run, RunState::Applied);
            }
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    take_back(tx, run, slice).map(|_| ())
}

/// One slice; tells what came of all of them when nothing is left.
fn take_back(tx: &WriteTx<'_>, run: ImportRunId, slice: &Slice) -> Result<Part<Undone>, Fault> {
    let mut undone = Undone::default();
    let changes = store::published(tx, run, slice.most)?;
    let mut done = 0;
    for change in slice.of(&changes) {
        if restore(tx, change)? {
            undone.restored += 1;
        } else {
            undone.kept += u32::from(!change.turns.is_empty());
        }
        store::unstage(tx, run, change.card)?;
        done += 1;
    }
    let cards = if changes.is_empty() { store::cards_of(tx, run, slice.most)? } else { Vec::new() };
    for card in slice.of(&cards) {
        history::unlink(tx, *card)?;
        store::delete_card(tx, *card)?;
        undone.removed += 1;
        done += 1;
    }
    if changes.is_empty() && cards.is_empty() {
        return end_undo(tx, run).map(Part::Break);
    }
    run_store::add_undone(tx, run, undone)?;
    Ok(Part::Continue(done))
}

/// Counts what one slice has taken back.
pub(crate) fn add_undone(tx: &WriteTx<'_>, run: ImportRunId, part: Undone) -> Result<(), Fault> {
    run_store::add_undone(tx, run, part)
}

fn restore(tx: &WriteTx<'_>, change: &store::Published) -> Result<bool, Fault> {
    let Some(card) = cards::get(tx, change.card)? else { return Ok(false) };
    let later = change.event.map_or(Ok(false), |event| store::has_later(tx, change.card, event))?;
    if change.turns.is_empty() || later || !change.turns.stand(&card) {
        return Ok(false);
    }
    let back = change.turns.back();
    store::write(tx, card.id, &back)?;
    let (cards, changes) = ([card.id], back.changes());
    let event = Event { cards: &cards, changes, ..Event::of("card.import_undone", Record::Card(card.id)) };
    history::record(tx, &event)?;
    Ok(true)
}

/// A run is taken back; what came of it.
pub(crate) fn end_undo(tx: &WriteTx<'_>, run: ImportRunId) -> Result<Undone, Fault> {
    let undone = run_store::run(tx, run)?.map(|run| run.undone).unwrap_or_default();
    run_store::end_undo(tx, run)?;
    let count = |field, value: u32| Change::new(field, None, Some(value.to_string()));
    let changes = vec![
        count("removed", undone.removed),
        count("restored", undone.restored),
        count("kept", undone.kept),
    ];
    history::record(tx, &Event { changes, ..Event::of("import.undone", Record::ImportRun(run)) })?;
    Ok(undone)
}

/// Cards of a slice of the run that were touched, and where the next slice begins.
fn touched_after(
    tx: &ReadTx<'_>,
    run: ImportRunId,
    after: CardId,
) -> Result<(Vec<CardId>, Option<CardId>), Fault> {
    let Some(last) = store::last_of_slice(tx, run, after, 5 * SLICE)? else { return Ok((Vec::new(), None)) };
    Ok((store::touched_between(tx, run, after, last)?, Some(last)))
}

impl Touched {
    pub(crate) fn add(&mut self, cards: &[CardId]) {
        self.count += u32::try_from(cards.len()).unwrap_or(u32::MAX);
        let room = NAMED.saturating_sub(self.first.len());
        self.first.extend(cards.iter().take(room));
    }
}
