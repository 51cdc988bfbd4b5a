//! Writing an event down.

use sha2::{Digest, Sha256};

use super::{Change, Changed, Detail, Event, chain, store};
use crate::base::{HistoryId, StaffId};
use crate::db::{Fault, WriteTx};

/// Writes `event` down with actor, moment and origin of the transaction, chained to the event before it.
///
/// Spec: 7(2)⑦, 10(12).
pub fn record(tx: &WriteTx<'_>, event: &Event<'_>) -> Result<HistoryId, Fault> {
    let before = store::last_link(tx)?;
    let detail = detail_of(event)?;
    let mut row = chain::Row {
        id: before.id + 1,
        at: tx.now().millis(),
        actor_kind: tx.actor().kind().to_owned(),
        staff_id: tx.actor().staff().map(StaffId::get),
        actor: tx.actor().display_name(),
        origin: tx.actor().origin().to_owned(),
        operation: event.operation.to_owned(),
        record_kind: event.record.kind().to_owned(),
        record_id: event.record.row(),
        fields: field_names(&event.changes),
        batch_id: event.batch.map(HistoryId::get),
        detail_hash: None,
    };
    let salt = tx.chance().bytes::<16>();
    row.detail_hash = detail.as_deref().map(|text| hash_detail(&salt, text));

    store::insert(tx, &row, &chain::next(&before.chain, &row))?;
    if let Some(text) = &detail {
        store::insert_detail(tx, row.id, &salt, text)?;
    }
    for card in event.cards {
        store::link_card(tx, row.id, *card)?;
    }
    Ok(HistoryId::of(row.id))
}

/// The hash that stands in the chain for the values.
pub(super) fn hash_detail(salt: &[u8], detail: &str) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(detail.as_bytes()).finalize().into()
}

fn field_names(changes: &[Change]) -> String {
    changes.iter().map(|change| change.field).collect::<Vec<_>>().join(" ")
}

fn detail_of(event: &Event<'_>) -> Result<Option<String>, Fault> {
    if event.changes.is_empty() && event.reason.is_none() {
        return Ok(None);
    }
    let changes = event.changes.iter().map(changed).collect();
    let detail = Detail { changes, reason: event.reason.clone() };
    serde_json::to_string(&detail)
        .map(Some)
        .map_err(|error| Fault::Stored(format!("history_detail.detail: {error}")))
}

fn changed(change: &Change) -> Changed {
    Changed { field: change.field.to_owned(), before: change.before.clone(), after: change.after.clone() }
}
