//! The rows of `attempt`.

use rusqlite::named_params;

use crate::base::Moment;
use crate::db::{Fault, ReadTx, WriteTx};

/// A row of `attempt`.
pub(super) struct Attempt {
    pub(super) failures: u32,
    pub(super) since: Moment,
    pub(super) locked_until: Option<Moment>,
}

pub(super) fn digest_key(tx: &ReadTx<'_>) -> Result<Vec<u8>, Fault> {
    tx.one("SELECT value FROM secret WHERE name = 'digest'", [], |row| row.get("value"))
}

pub(super) fn attempt(tx: &ReadTx<'_>, kind: &str, key: &[u8]) -> Result<Option<Attempt>, Fault> {
    tx.opt(
        "SELECT failures, since_at, locked_until FROM attempt WHERE kind = :kind AND key_hash = :key",
        named_params! { ":kind": kind, ":key": key },
        |row| {
            Ok(Attempt {
                failures: row.get("failures")?,
                since: row.get("since_at")?,
                locked_until: row.get("locked_until")?,
            })
        },
    )
}

pub(super) fn put_attempt(
    tx: &WriteTx<'_>,
    kind: &str,
    key: &[u8],
    failures: u32,
    since: Moment,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO attempt (kind, key_hash, failures, since_at) VALUES (:kind, :key, :failures, :since)
         ON CONFLICT (kind, key_hash) DO UPDATE SET failures = :failures, since_at = :since",
        named_params! { ":kind": kind, ":key": key, ":failures": failures, ":since": since },
    )?;
    Ok(())
}

pub(super) fn lock_attempt(tx: &WriteTx<'_>, kind: &str, key: &[u8], until: Moment) -> Result<(), Fault> {
    tx.run(
        "UPDATE attempt SET locked_until = :until, failures = 0, since_at = :until
         WHERE kind = :kind AND key_hash = :key",
        named_params! { ":kind": kind, ":key": key, ":until": until },
    )?;
    Ok(())
}

pub(super) fn clear_attempt(tx: &WriteTx<'_>, kind: &str, key: &[u8]) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM attempt WHERE kind = :kind AND key_hash = :key",
        named_params! { ":kind": kind, ":key": key },
    )?;
    Ok(())
}

pub(super) fn oldest(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT MIN(since_at) AS oldest FROM attempt", [], |row| row.get("oldest"))
}

pub(super) fn delete_before(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    tx.run(
        "DELETE FROM attempt
         WHERE (kind, key_hash) IN (SELECT kind, key_hash FROM attempt WHERE since_at < :before LIMIT :limit)",
        named_params! { ":before": before, ":limit": limit },
    )
}
