//! The table `once`.

use rusqlite::named_params;

use crate::base::Moment;
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn result(tx: &ReadTx<'_>, key_hash: &[u8; 32]) -> Result<Option<String>, Fault> {
    tx.opt(
        "SELECT result FROM once WHERE key_hash = :key_hash",
        named_params! { ":key_hash": key_hash.as_slice() },
        |row| row.get("result"),
    )
}

pub(super) fn insert(
    tx: &WriteTx<'_>,
    key_hash: &[u8; 32],
    operation: &str,
    result: &str,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO once (key_hash, operation, result, created_at)
         VALUES (:key_hash, :operation, :result, :now)",
        named_params! {
            ":key_hash": key_hash.as_slice(),
            ":operation": operation,
            ":result": result,
            ":now": tx.now(),
        },
    )?;
    Ok(())
}

pub(super) fn delete_before(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    tx.run(
        "DELETE FROM once
         WHERE key_hash IN (SELECT key_hash FROM once WHERE created_at < :before ORDER BY created_at LIMIT :limit)",
        named_params! { ":before": before, ":limit": limit },
    )
}

pub(super) fn oldest(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT MIN(created_at) AS oldest FROM once", [], |row| row.get("oldest"))
}
