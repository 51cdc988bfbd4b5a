//! The SQL of kept conditions.

use rusqlite::{Row, named_params};

use super::saved::{Keep, Saved};
use crate::base::{SavedListId, StaffId};
use crate::db::{Fault, ReadTx, WriteTx};

const SAVED: &str =
    "SELECT s.id, s.staff_id, t.name AS by_name, s.name, s.list, s.pairs, s.terms, s.words, s.shared
       FROM saved_list AS s JOIN staff AS t ON t.id = s.staff_id";

fn saved(row: &Row<'_>) -> rusqlite::Result<Saved> {
    let pairs: String = row.get("pairs")?;
    Ok(Saved {
        id: row.get("id")?,
        staff: row.get("staff_id")?,
        by: row.get("by_name")?,
        name: row.get("name")?,
        list: row.get("list")?,
        // Written by this room only.
        pairs: serde_json::from_str(&pairs).unwrap_or_default(),
        terms: row.get("terms")?,
        words: row.get("words")?,
        shared: row.get("shared")?,
    })
}

pub(super) fn keep(tx: &WriteTx<'_>, staff: StaffId, wish: &Keep) -> Result<SavedListId, Fault> {
    let pairs = serde_json::to_string(&wish.pairs).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.one(
        "INSERT INTO saved_list (staff_id, name, list, pairs, terms, words, shared, created_at)
         VALUES (:staff, :name, :list, :pairs, :terms, :words, :shared, :now)
         ON CONFLICT (staff_id, name) DO UPDATE
            SET list = excluded.list, pairs = excluded.pairs, terms = excluded.terms, words = excluded.words,
                shared = excluded.shared, created_at = excluded.created_at
         RETURNING id",
        named_params! {
            ":staff": staff, ":name": wish.name, ":list": wish.list, ":pairs": pairs, ":terms": wish.terms,
            ":words": wish.words, ":shared": wish.shared, ":now": tx.now(),
        },
        |row| row.get("id"),
    )
}

pub(super) fn delete(tx: &WriteTx<'_>, id: SavedListId) -> Result<(), Fault> {
    tx.run("DELETE FROM saved_list WHERE id = :id", named_params! { ":id": id })?;
    Ok(())
}

pub(super) fn get(tx: &ReadTx<'_>, id: SavedListId) -> Result<Option<Saved>, Fault> {
    tx.opt(&format!("{SAVED} WHERE s.id = :id"), named_params! { ":id": id }, saved)
}

pub(super) fn of_person(tx: &ReadTx<'_>, staff: StaffId) -> Result<Vec<Saved>, Fault> {
    tx.all(
        &format!("{SAVED} WHERE s.staff_id = :staff ORDER BY s.name"),
        named_params! { ":staff": staff },
        saved,
    )
}

pub(super) fn seen_by(tx: &ReadTx<'_>, staff: StaffId) -> Result<Vec<Saved>, Fault> {
    let mut all = of_person(tx, staff)?;
    all.extend(tx.all(
        &format!("{SAVED} WHERE s.shared = 1 AND s.staff_id <> :staff ORDER BY s.name, s.id"),
        named_params! { ":staff": staff },
        saved,
    )?);
    Ok(all)
}
