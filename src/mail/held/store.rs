//! The SQL of letters that are held.

use rusqlite::named_params;

use super::super::store::{COLUMNS, listed};
use super::Listed;
use crate::base::OutboxId;
use crate::db::{Fault, ReadTx, WriteTx};

fn number(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

pub(super) fn hold_unsent(tx: &WriteTx<'_>) -> Result<u32, Fault> {
    Ok(number(tx.run("UPDATE outbox SET state = 'held' WHERE state IN ('queued', 'sending')", [])?))
}

pub(super) fn held(tx: &ReadTx<'_>) -> Result<Vec<Listed>, Fault> {
    tx.all(&format!("SELECT {COLUMNS} FROM outbox WHERE state = 'held' ORDER BY id"), [], listed)
}

pub(super) fn release(tx: &WriteTx<'_>, letter: OutboxId) -> Result<u32, Fault> {
    let done = tx.run(
        "UPDATE outbox SET state = 'queued', next_at = max(next_at, :now), renewed_at = :now WHERE id = :id AND state = 'held'",
        named_params! { ":id": letter, ":now": tx.now() },
    )?;
    Ok(number(done))
}

pub(super) fn withdraw(tx: &WriteTx<'_>, letter: OutboxId, why: &str) -> Result<u32, Fault> {
    let done = tx.run(
        "UPDATE outbox SET state = 'cancelled', last_answer = :why, finished_at = :now
          WHERE id = :id AND state = 'held'",
        named_params! { ":id": letter, ":why": why, ":now": tx.now() },
    )?;
    Ok(number(done))
}
