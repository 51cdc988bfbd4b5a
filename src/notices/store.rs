//! The SQL of what a city says on its pages.

use rusqlite::{Row, named_params};

use super::{Announcement, Maintenance};
use crate::base::Moment;
use crate::db::{Fault, ReadTx, WriteTx};

fn announcement(row: &Row<'_>) -> rusqlite::Result<Announcement> {
    Ok(Announcement {
        level: row.get("level")?,
        language: row.get("language")?,
        title: row.get("title")?,
        body: row.get("body")?,
        from_at: row.get("from_at")?,
    })
}

pub(super) fn shown(tx: &ReadTx<'_>) -> Result<Vec<Announcement>, Fault> {
    tx.all(
        "SELECT level, language, title, body, from_at
           FROM announcement
          WHERE from_at <= :now AND (until_at IS NULL OR until_at > :now)
          ORDER BY from_at DESC, id DESC",
        named_params! { ":now": tx.now() },
        announcement,
    )
}

/// Maintenance that is neither over nor called off, in order.
pub(super) fn maintenance(tx: &ReadTx<'_>) -> Result<Vec<Maintenance>, Fault> {
    tx.all(
        "SELECT starts_at, ends_at, reason
           FROM maintenance
          WHERE ended_at IS NULL AND (ends_at IS NULL OR ends_at > :now)
          ORDER BY starts_at, id",
        named_params! { ":now": tx.now() },
        |row| {
            Ok(Maintenance {
                starts_at: row.get("starts_at")?,
                ends_at: row.get("ends_at")?,
                reason: row.get("reason")?,
            })
        },
    )
}

/// Maintenance from now on. It could not be announced before, so its reason is that of the short notice as well.
pub(super) fn insert_now(tx: &WriteTx<'_>, reason: &str, until: Option<Moment>) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO maintenance (starts_at, ends_at, reason, short_notice, entered_at)
         VALUES (:now, :until, :reason, :reason, :now)",
        named_params! { ":now": tx.now(), ":until": until, ":reason": reason },
    )?;
    Ok(())
}

pub(super) fn end_running(tx: &WriteTx<'_>) -> Result<usize, Fault> {
    tx.run(
        "UPDATE maintenance SET ended_at = :now
         WHERE ended_at IS NULL AND starts_at <= :now AND (ends_at IS NULL OR ends_at > :now)",
        named_params! { ":now": tx.now() },
    )
}
