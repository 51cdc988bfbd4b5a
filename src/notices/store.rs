//! The SQL of what a city says on its pages.

use rusqlite::{Row, named_params};

use super::{Announcement, Maintenance};
use crate::db::{Fault, ReadTx};

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
