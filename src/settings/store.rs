//! The rows of the table `setting`.

use rusqlite::named_params;

use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn all(tx: &ReadTx<'_>) -> Result<Vec<(String, String)>, Fault> {
    tx.all("SELECT key, value FROM setting", [], |row| Ok((row.get("key")?, row.get("value")?)))
}

pub(super) fn put(tx: &WriteTx<'_>, key: &str, value: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO setting (key, value, updated_at) VALUES (:key, :value, :now)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        named_params! { ":key": key, ":value": value, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn forget(tx: &WriteTx<'_>, key: &str) -> Result<(), Fault> {
    tx.run("DELETE FROM setting WHERE key = :key", named_params! { ":key": key })?;
    Ok(())
}
