//! What an import left behind when it was cut off: undone before it stood, carried on after.

use super::apply::{SLICE, Tally};
use super::runs::RunState;
use super::sort::NewValues;
use super::store;
use crate::base::{Day, ImportRunId};
use crate::cards::{self, Card};
use crate::db::{Actor, Db, Fault, Lane, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Whether an earlier process left an import half done.
pub fn is_due(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    Ok(store::applying(tx)?.is_some() || store::half_published(tx)?.is_some())
}

/// Does one slice of what an earlier process left, and says whether there is more. To be called before anything else.
///
/// **Invariant:** never called while an import of this process is under way.
pub fn clean_up(tx: &WriteTx<'_>) -> Result<bool, Fault> {
    if let Some(run) = store::applying(tx)? {
        undo_slice(tx, run)?;
    } else if let Some(run) = store::half_published(tx)? {
        publish_slice(tx, run)?;
    }
    is_due(tx)
}

/// Clears what an earlier process left, slice by slice.
pub async fn clean_up_all(db: &Db) -> Result<(), Fault> {
    let mut due = db.read(Lane::Staff, is_due).await?;
    while due {
        due = db.write(Actor::System { job: "clean_up_import" }, clean_up).await?;
    }
    Ok(())
}

/// Takes a run back that did not come to its end.
pub(super) async fn abandon(db: &Db, actor: &Actor, run: ImportRunId) -> Result<(), Fault> {
    while !db.write(actor.clone(), move |tx| undo_slice(tx, run)).await? {}
    Ok(())
}

/// Writes the staged changes of runs that stand.
pub(super) async fn publish_changes(db: &Db, actor: &Actor) -> Result<(), Fault> {
    while db.write(actor.clone(), publish_next).await? {}
    Ok(())
}

fn publish_next(tx: &WriteTx<'_>) -> Result<bool, Fault> {
    let Some(run) = store::half_published(tx)? else { return Ok(false) };
    publish_slice(tx, run)?;
    Ok(true)
}

/// `true` when nothing of the run is left and it is marked as failed. A run that stands is left alone.
fn undo_slice(tx: &WriteTx<'_>, run: ImportRunId) -> Result<bool, Fault> {
    if store::applying(tx)? != Some(run) {
        return Ok(true);
    }
    let cards = store::hidden_cards(tx, run, SLICE)?;
    for card in &cards {
        history::unlink(tx, *card)?;
        store::delete_card(tx, *card)?;
    }
    let changes = store::unstage_some(tx, run, SLICE)?;
    if !cards.is_empty() || changes > 0 {
        return Ok(false);
    }
    store::end_run(tx, run, RunState::Failed, &Tally::default())?;
    history::record(tx, &Event::of("import.failed", Record::ImportRun(run)))?;
    Ok(true)
}

fn publish_slice(tx: &WriteTx<'_>, run: ImportRunId) -> Result<(), Fault> {
    for (id, values) in store::staged(tx, run, SLICE / 2)? {
        if let Some(card) = cards::get(tx, id)? {
            store::update(tx, id, &values)?;
            let changes = changes(&card, &values);
            let event = Event { cards: &[id], changes, ..Event::of("card.import_changed", Record::Card(id)) };
            history::record(tx, &event)?;
        }
        store::unstage(tx, run, id)?;
    }
    Ok(())
}

fn changes(card: &Card, values: &NewValues) -> Vec<Change> {
    let text = |field, before: &str, after: &Option<String>| {
        let before = (!before.is_empty()).then(|| before.to_owned());
        after.clone().map(|after| Change::new(field, before, Some(after)))
    };
    let day = |field, before: Option<Day>, after: Option<Day>| {
        after.map(|after| Change::new(field, before.map(|day| day.to_string()), Some(after.to_string())))
    };
    let place = values.location.map(|after| {
        Change::new("location", card.location.map(|id| id.to_string()), Some(after.to_string()))
    });
    let all = [
        text("notice_id", card.notice_id.uncover().norm(), &values.notice_id),
        text("name", card.name.uncover(), &values.name),
        text("kana", card.kana.uncover(), &values.kana),
        place,
        day("made_on", card.made_on, values.made_on),
        day("notice_sent_on", card.notice_sent_on, values.notice_sent_on),
        day("pickup_due_on", card.pickup_due_on, values.pickup_due_on),
        day("valid_until", card.valid_until, values.valid_until),
        text("inquiry_no", &card.inquiry_no, &values.inquiry_no),
    ];
    all.into_iter().flatten().collect()
}
