//! The search's SQL.

mod asked;
mod find;
mod order;
mod set;

use rusqlite::named_params;

pub(super) use asked::Asked;

use crate::base::{Moment, StaffId};
use crate::cards::Label;
use crate::db::{Fault, ReadTx, WriteTx};

/// The numbers come from the index of the labels; rows of an unfinished import, which are few and short-lived, are taken off.
pub(super) fn labels(tx: &ReadTx<'_>) -> Result<Vec<(Label, u64)>, Fault> {
    let counted = tx.all(
        "SELECT label, sum(cards) AS cards
           FROM (SELECT label, count(*) AS cards FROM card GROUP BY label
                  UNION ALL
                 SELECT label, -count(*) FROM card
                  WHERE import_run_id IN (SELECT id FROM import_run WHERE state IN ('applying', 'undoing')) GROUP BY label)
          GROUP BY label HAVING sum(cards) > 0",
        [],
        |row| Ok((row.get::<_, Label>("label")?, row.get::<_, i64>("cards")?)),
    )?;
    Ok(counted.into_iter().map(|(label, cards)| (label, u64::try_from(cards).unwrap_or(0))).collect())
}

pub(super) fn keep(tx: &WriteTx<'_>, id: &str, staff: StaffId, terms: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO saved_search (id, staff_id, terms, created_at) VALUES (:id, :staff, :terms, :now)",
        named_params! { ":id": id, ":staff": staff, ":terms": terms, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn kept(tx: &ReadTx<'_>, id: &str, staff: StaffId) -> Result<Option<String>, Fault> {
    tx.opt(
        "SELECT terms FROM saved_search WHERE id = :id AND staff_id = :staff",
        named_params! { ":id": id, ":staff": staff },
        |row| row.get("terms"),
    )
}

pub(super) fn oldest(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT MIN(created_at) AS oldest FROM saved_search", [], |row| row.get("oldest"))
}

pub(super) fn delete_before(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    tx.run(
        "DELETE FROM saved_search
         WHERE id IN (SELECT id FROM saved_search WHERE created_at < :before ORDER BY created_at LIMIT :limit)",
        named_params! { ":before": before, ":limit": limit },
    )
}

pub(super) fn first_since(tx: &ReadTx<'_>, moment: Moment) -> Result<i64, Fault> {
    let last: Option<i64> = tx.one("SELECT max(id) AS id FROM card", [], |row| row.get("id"))?;
    let (mut low, mut high) = (1, last.unwrap_or(0) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = tx.opt(
            "SELECT id, created_at FROM card WHERE id >= :id ORDER BY id LIMIT 1",
            named_params! { ":id": middle },
            |row| Ok((row.get::<_, i64>("id")?, row.get::<_, Moment>("created_at")?)),
        )?;
        match found {
            Some((id, at)) if at < moment => low = id + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

#[cfg(test)]
mod plans;
