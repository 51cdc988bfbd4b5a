//! What the history says of a step.

use super::store;
use super::types::{Stamp, Transfer};
use crate::base::{CardId, HistoryId, TransferId};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Now, by whoever acts.
pub(super) fn stamp(tx: &WriteTx<'_>) -> Stamp {
    Stamp { at: tx.now(), by: tx.actor().display_name() }
}

/// A row that is new, with its event.
pub(super) fn put(tx: &WriteTx<'_>, new: &Transfer) -> Result<TransferId, Fault> {
    let id = store::insert(tx, new)?;
    let changes = facts(new).into_iter().map(|(field, value)| Change::new(field, None, value));
    record(tx, "transfer.requested", (id, new.card), changes.collect(), None)?;
    Ok(id)
}

/// A row that changed, with its event; one that did not change leaves none.
pub(super) fn save(
    tx: &WriteTx<'_>,
    operation: &'static str,
    (before, after): (&Transfer, &Transfer),
    batch: Option<HistoryId>,
) -> Result<(), Fault> {
    if before == after {
        return Ok(());
    }
    store::save(tx, after)?;
    let pairs = facts(before).into_iter().zip(facts(after));
    let changes = pairs.filter(|(old, new)| old.1 != new.1);
    let changes = changes.map(|((field, old), (_, new))| Change::new(field, old, new)).collect();
    record(tx, operation, (after.id, after.card), changes, batch)
}

/// A transfer as its events tell it.
fn facts(one: &Transfer) -> Vec<(&'static str, Option<String>)> {
    let words = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    vec![
        ("status", Some(one.status.code().to_owned())),
        ("storage", Some(one.from.storage.to_string())),
        ("location", Some(one.to.to_string())),
        ("wanted_location", one.want.map(|want| want.location.to_string())),
        ("wanted_on", one.want.map(|want| want.day.to_string())),
        ("booking", one.want.map(|want| want.booking.to_string())),
        ("return_needed", one.return_needed.then(|| "1".to_owned())),
        ("to_storage", one.to_storage.map(|storage| storage.to_string())),
        ("run", words(&one.run)),
        ("seal", words(&one.seal)),
    ]
}

fn record(
    tx: &WriteTx<'_>,
    operation: &'static str,
    (id, card): (TransferId, CardId),
    changes: Vec<Change>,
    batch: Option<HistoryId>,
) -> Result<(), Fault> {
    let event = Event { cards: &[card], changes, batch, ..Event::of(operation, Record::Transfer(id)) };
    history::record(tx, &event)?;
    Ok(())
}
