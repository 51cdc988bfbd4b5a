//! The rows of `booking_draft`.

use rusqlite::named_params;

use crate::base::{Moment, StaffId};
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn insert(tx: &WriteTx<'_>, id: &str, staff: StaffId, body: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO booking_draft (id, staff_id, body, touched_at) VALUES (:id, :staff, :body, :now)",
        named_params! { ":id": id, ":staff": staff, ":body": body, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn update(tx: &WriteTx<'_>, id: &str, staff: StaffId, body: &str) -> Result<bool, Fault> {
    let kept = tx.run(
        "UPDATE booking_draft SET body = :body, touched_at = :now WHERE id = :id AND staff_id = :staff",
        named_params! { ":id": id, ":staff": staff, ":body": body, ":now": tx.now() },
    )?;
    Ok(kept == 1)
}

pub(super) fn body(tx: &ReadTx<'_>, id: &str, staff: StaffId) -> Result<Option<String>, Fault> {
    tx.opt(
        "SELECT body FROM booking_draft WHERE id = :id AND staff_id = :staff",
        named_params! { ":id": id, ":staff": staff },
        |row| row.get("body"),
    )
}

pub(super) fn delete(tx: &WriteTx<'_>, id: &str, staff: StaffId) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM booking_draft WHERE id = :id AND staff_id = :staff",
        named_params! { ":id": id, ":staff": staff },
    )?;
    Ok(())
}

pub(super) fn oldest(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT MIN(touched_at) AS oldest FROM booking_draft", [], |row| row.get("oldest"))
}

pub(super) fn delete_before(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    tx.run(
        "DELETE FROM booking_draft
         WHERE id IN (SELECT id FROM booking_draft WHERE touched_at < :before ORDER BY touched_at LIMIT :limit)",
        named_params! { ":before": before, ":limit": limit },
    )
}
