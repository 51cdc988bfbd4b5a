//! A list is written, some lines at a time.

use std::time::Duration;

use super::status::{Changed, hand_over, set_status};
use super::{Batch, BatchState, Outcome, Skip, Stored, store, undo};
use crate::base::{BatchId, HistoryId, Moment};
use crate::booking::CounterError;
use crate::cards::{self, CardStatus, Snapshot};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Lines of one transaction, so that none holds the writer long.
const SLICE: u32 = 15;

/// The same where a line writes a visit as well.
const HAND_OVER_SLICE: u32 = 8;

/// A list that nobody carried on for so long is carried on by the job.
const STALE: Duration = Duration::from_mins(1);

/// How a list comes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Lines that this slice wrote or skipped.
    pub done: usize,
    /// Whether every line has its result.
    pub finished: bool,
}

/// Chooses the lines that shall be written. From here the list comes to its end by [`next_slice`], or, if it is about
/// destroying cards, waits for a second person. A list that was begun before stays as it is.
///
/// Spec: 7(2)⑦.
pub fn pick(tx: &WriteTx<'_>, id: BatchId, positions: &[i64]) -> Result<Option<Batch>, Fault> {
    begin_with(tx, id, |tx| store::pick(tx, id, positions))
}

/// The same for every line that names one card alone; those that refuse their step are skipped and say so.
///
/// Spec: 7(2)⑦.
pub fn pick_all(tx: &WriteTx<'_>, id: BatchId) -> Result<Option<Batch>, Fault> {
    begin_with(tx, id, |tx| store::pick_all(tx, id))
}

fn begin_with(
    tx: &WriteTx<'_>,
    id: BatchId,
    choose: impl Fn(&WriteTx<'_>) -> Result<usize, Fault>,
) -> Result<Option<Batch>, Fault> {
    let Some(batch) = store::get(tx, id)? else { return Ok(None) };
    let Some(wish) = &batch.wish else { return Ok(None) };
    if batch.state != BatchState::Open || tx.actor().staff() != Some(batch.staff) {
        return Ok(Some(batch));
    }
    let picked = choose(tx)?;
    if wish.to.is_by_two() {
        open_event(tx, &batch, "card.disposal_proposed", picked)?;
        store::set_state(tx, id, BatchState::Proposed)?;
    } else {
        let event = open_event(tx, &batch, "card.updated_many", picked)?;
        store::start(tx, id, event)?;
    }
    store::get(tx, id)
}

/// The event that the events of the cards are parts of.
pub(super) fn open_event(
    tx: &WriteTx<'_>,
    batch: &Batch,
    operation: &'static str,
    cards: usize,
) -> Result<HistoryId, Fault> {
    let to = batch.wish.as_ref().map(|wish| wish.to.code().to_owned());
    let event = Event {
        changes: vec![Change::new("status", None, to), Change::new("cards", None, Some(cards.to_string()))],
        reason: batch
            .wish
            .as_ref()
            .and_then(|wish| wish.reason.clone())
            .or_else(|| batch.undo.as_ref()?.reason.clone()),
        ..Event::of(operation, Record::CardBatch(batch.id))
    };
    history::record(tx, &event)
}

/// Writes the next lines of a list that was begun.
pub fn next_slice(tx: &WriteTx<'_>, id: BatchId) -> Result<Progress, Fault> {
    let over = Progress { done: 0, finished: true };
    let Some(batch) = store::get(tx, id)?.filter(|batch| batch.state == BatchState::Applying) else {
        return Ok(over);
    };
    let visits = batch.wish.as_ref().is_some_and(|wish| wish.to == CardStatus::Issued);
    let most = if visits || batch.undo.is_some() { HAND_OVER_SLICE } else { SLICE };
    let lines = store::picked(tx, id, most)?;
    for line in &lines {
        let (outcome, before, after) = write_line(tx, &batch, line)?;
        store::set_result(tx, (id, line.position), outcome, before.as_deref(), after)?;
    }
    let finished = lines.len() < most as usize;
    if finished {
        store::finish(tx, id)?;
    } else {
        store::touch(tx, id)?;
    }
    Ok(Progress { done: lines.len(), finished })
}

/// What became of a line, with the values of before and the version of after.
type Written = (Outcome, Option<String>, Option<i64>);

fn write_line(tx: &WriteTx<'_>, batch: &Batch, line: &Stored) -> Result<Written, Fault> {
    let before = line.card.map(|card| cards::get(tx, card)).transpose()?.flatten();
    let Some(card) = before else { return Ok((Outcome::Skipped(Skip::Gone), None, None)) };
    let kept = Snapshot::of(&card);
    match tx.part(|tx| take(tx, batch, line)) {
        Ok(changed) => {
            let kept = Kept { before: kept, ended: changed.ended.is_some() };
            Ok((Outcome::Updated, Some(kept.stored()?), Some(changed.card.version)))
        }
        Err(refused) => Ok((Outcome::Skipped(Skip::of(refused)?), None, None)),
    }
}

/// What has to be known to take a line back.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    pub before: Snapshot,
    /// Whether a booking ended with the step.
    pub ended: bool,
}

impl Kept {
    fn stored(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|error| Fault::Stored(format!("card_batch_row.before: {error}")))
    }

    pub(super) fn read(stored: &str) -> Result<Self, Fault> {
        serde_json::from_str(stored).map_err(|error| Fault::Stored(format!("card_batch_row.before: {error}")))
    }
}

fn take(tx: &WriteTx<'_>, batch: &Batch, line: &Stored) -> Result<Changed, CounterError> {
    let card = line.card.ok_or(CounterError::NotFound)?;
    let Some(wish) = &batch.wish else { return undo::take_back(tx, batch, line, card) };
    if wish.to == CardStatus::Issued {
        return hand_over(tx, (card, line.version), wish.location);
    }
    set_status(tx, &wish.step(card, line.version), batch.event)
}

/// The lists that were begun and not carried on, with the moment at which the job takes them up.
pub fn stale(tx: &ReadTx<'_>) -> Result<Vec<(Batch, Moment)>, Fault> {
    Ok(store::applying(tx)?.into_iter().map(|(batch, touched)| (batch, touched.plus(STALE))).collect())
}
