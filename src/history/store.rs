//! The tables `history`, `history_detail`, `history_card` and `access`.

use rusqlite::{Row, named_params};

use super::chain;
use super::verify::Link;
use super::{Detail, Entry, Record};
use crate::base::{CardId, HistoryId};
use crate::db::{Fault, ReadTx, WriteTx};

/// An event with all that its check needs.
pub(super) struct Stored {
    pub row: chain::Row,
    pub chain: [u8; 32],
    pub detail: Option<(Vec<u8>, String)>,
}

pub(super) fn last_link(tx: &ReadTx<'_>) -> Result<Link, Fault> {
    let last = tx.opt("SELECT id, chain FROM history ORDER BY id DESC LIMIT 1", [], |row| {
        Ok(Link { id: row.get("id")?, chain: row.get("chain")? })
    })?;
    Ok(last.unwrap_or(Link::start()))
}

pub(super) fn insert(tx: &WriteTx<'_>, row: &chain::Row, link: &[u8; 32]) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO history (id, at, actor_kind, staff_id, actor, origin, operation, record_kind, record_id, fields,
           batch_id, detail_hash, chain)
         VALUES (:id, :at, :actor_kind, :staff_id, :actor, :origin, :operation, :record_kind, :record_id, :fields,
           :batch_id, :detail_hash, :chain)",
        named_params! {
            ":id": row.id,
            ":at": row.at,
            ":actor_kind": row.actor_kind,
            ":staff_id": row.staff_id,
            ":actor": row.actor,
            ":origin": row.origin,
            ":operation": row.operation,
            ":record_kind": row.record_kind,
            ":record_id": row.record_id,
            ":fields": row.fields,
            ":batch_id": row.batch_id,
            ":detail_hash": row.detail_hash.as_ref().map(<[u8; 32]>::as_slice),
            ":chain": link.as_slice(),
        },
    )?;
    Ok(())
}

pub(super) fn insert_detail(tx: &WriteTx<'_>, id: i64, salt: &[u8], detail: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO history_detail (history_id, salt, detail) VALUES (:id, :salt, :detail)",
        named_params! { ":id": id, ":salt": salt, ":detail": detail },
    )?;
    Ok(())
}

pub(super) fn link_card(tx: &WriteTx<'_>, id: i64, card: CardId) -> Result<(), Fault> {
    tx.run(
        "INSERT OR IGNORE INTO history_card (card_id, history_id) VALUES (:card, :id)",
        named_params! { ":card": card, ":id": id },
    )?;
    Ok(())
}

pub(super) fn link_cards(tx: &WriteTx<'_>, id: i64, cards: &[CardId]) -> Result<(), Fault> {
    let cards = serde_json::to_string(cards).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.run(
        "INSERT OR IGNORE INTO history_card (card_id, history_id) SELECT value, :id FROM json_each(:cards)",
        named_params! { ":cards": cards, ":id": id },
    )?;
    Ok(())
}

pub(super) fn unlink_card(tx: &WriteTx<'_>, card: CardId) -> Result<(), Fault> {
    tx.run("DELETE FROM history_card WHERE card_id = :card", named_params! { ":card": card })?;
    Ok(())
}

pub(super) fn insert_access(tx: &WriteTx<'_>, page: &str, seen: Option<Record>) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO access (at, staff_id, origin, page, record_kind, record_id)
         VALUES (:at, :staff, :origin, :page, :record_kind, :record_id)",
        named_params! {
            ":at": tx.now(),
            ":staff": tx.actor().staff(),
            ":origin": tx.actor().origin(),
            ":page": page,
            ":record_kind": seen.map_or("", Record::kind),
            ":record_id": seen.and_then(Record::row),
        },
    )?;
    Ok(())
}

pub(super) fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Entry>, Fault> {
    tx.all(
        "SELECT history.*, detail
         FROM history_card
         JOIN history ON history.id = history_card.history_id
         LEFT JOIN history_detail ON history_detail.history_id = history.id
         WHERE history_card.card_id = :card
         ORDER BY history.id DESC",
        named_params! { ":card": card },
        entry,
    )
}

pub(super) fn of_record(tx: &ReadTx<'_>, about: Record) -> Result<Vec<Entry>, Fault> {
    tx.all(
        "SELECT history.*, detail
         FROM history
         LEFT JOIN history_detail ON history_detail.history_id = history.id
         WHERE record_kind = :kind AND record_id IS :row
         ORDER BY history.id DESC",
        named_params! { ":kind": about.kind(), ":row": about.row() },
        entry,
    )
}

pub(super) fn newest(
    tx: &ReadTx<'_>,
    operation: &str,
    kind: &str,
    rows: &[i64],
) -> Result<Vec<Entry>, Fault> {
    let rows = serde_json::to_string(rows).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.all(
        "SELECT history.*, NULL AS detail
         FROM history
         WHERE id IN (SELECT max(id) FROM history
                      WHERE record_kind = :kind AND record_id IN (SELECT value FROM json_each(:rows))
                        AND operation = :operation
                      GROUP BY record_id)",
        named_params! { ":kind": kind, ":rows": rows, ":operation": operation },
        entry,
    )
}

pub(super) fn slice(tx: &ReadTx<'_>, after: i64, limit: u32) -> Result<Vec<Stored>, Fault> {
    tx.all(
        "SELECT history.*, salt, detail
         FROM history
         LEFT JOIN history_detail ON history_detail.history_id = history.id
         WHERE history.id > :after
         ORDER BY history.id
         LIMIT :limit",
        named_params! { ":after": after, ":limit": limit },
        stored,
    )
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let fields: String = row.get("fields")?;
    let batch: Option<HistoryId> = row.get("batch_id")?;
    Ok(Entry {
        id: row.get("id")?,
        at: row.get("at")?,
        actor_kind: row.get("actor_kind")?,
        staff: row.get("staff_id")?,
        actor: row.get("actor")?,
        origin: row.get("origin")?,
        operation: row.get("operation")?,
        record_kind: row.get("record_kind")?,
        record_id: row.get("record_id")?,
        fields: fields.split_whitespace().map(str::to_owned).collect(),
        batch,
        detail: row.get::<_, Option<Detail>>("detail")?,
    })
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let salt: Option<Vec<u8>> = row.get("salt")?;
    let detail: Option<String> = row.get("detail")?;
    Ok(Stored {
        row: chain::Row {
            id: row.get("id")?,
            at: row.get("at")?,
            actor_kind: row.get("actor_kind")?,
            staff_id: row.get("staff_id")?,
            actor: row.get("actor")?,
            origin: row.get("origin")?,
            operation: row.get("operation")?,
            record_kind: row.get("record_kind")?,
            record_id: row.get("record_id")?,
            fields: row.get("fields")?,
            batch_id: row.get("batch_id")?,
            detail_hash: row.get("detail_hash")?,
        },
        chain: row.get("chain")?,
        detail: salt.zip(detail),
    })
}

impl rusqlite::types::FromSql for Detail {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map_err(rusqlite::types::FromSqlError::other)
    }
}
