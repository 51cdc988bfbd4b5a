//! The table `restored`, and what a former file says that came later.

use rusqlite::named_params;

use super::Restored;
use super::later::{LaterMail, LaterOperation};
use crate::base::{Moment, OutboxId};
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn progress(tx: &ReadTx<'_>) -> Result<(Moment, u64), Fault> {
    let (at, number): (Moment, i64) = tx.one("SELECT now_at, commit_no FROM progress", [], |row| {
        Ok((row.get("now_at")?, row.get("commit_no")?))
    })?;
    Ok((at, u64::try_from(number).unwrap_or(0)))
}

pub(super) fn give_new_id(tx: &WriteTx<'_>, id: &str) -> Result<(), Fault> {
    tx.run("UPDATE municipality SET file_id = :id", named_params! { ":id": id })?;
    Ok(())
}

/// A copy that was taken while an earlier restore waited carries its row along.
pub(super) fn supersede(tx: &WriteTx<'_>) -> Result<(), Fault> {
    tx.run(
        "UPDATE restored SET released_at = :now WHERE released_at IS NULL",
        named_params! { ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn insert(
    tx: &WriteTx<'_>,
    source: &str,
    taken_at: Moment,
    commit_no: u64,
    held: u32,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO restored (restored_at, source, taken_at, commit_no, held_mails)
         VALUES (:now, :source, :taken, :commit_no, :held)",
        named_params! {
            ":now": tx.now(), ":source": source, ":taken": taken_at,
            ":commit_no": i64::try_from(commit_no).unwrap_or(i64::MAX), ":held": held,
        },
    )?;
    Ok(())
}

pub(super) fn set_later(tx: &WriteTx<'_>, text: &str) -> Result<(), Fault> {
    tx.run("UPDATE restored SET later = :text WHERE released_at IS NULL", named_params! { ":text": text })?;
    Ok(())
}

pub(super) fn waiting(tx: &ReadTx<'_>) -> Result<Option<Restored>, Fault> {
    let row = tx.opt(
        "SELECT restored_at, source, taken_at, commit_no, held_mails, later FROM restored WHERE released_at IS NULL",
        [],
        |row| {
            let number: i64 = row.get("commit_no")?;
            let restored = Restored {
                restored_at: row.get("restored_at")?,
                source: row.get("source")?,
                taken_at: row.get("taken_at")?,
                commit_no: u64::try_from(number).unwrap_or(0),
                held: row.get("held_mails")?,
                later: None,
            };
            Ok((restored, row.get::<_, Option<String>>("later")?))
        },
    )?;
    let Some((restored, later)) = row else { return Ok(None) };
    let read = |text: String| {
        serde_json::from_str(&text).map_err(|error| Fault::Stored(format!("restored.later: {error}")))
    };
    Ok(Some(Restored { later: later.map(read).transpose()?, ..restored }))
}

pub(super) fn end_waiting(tx: &WriteTx<'_>) -> Result<usize, Fault> {
    tx.run(
        "UPDATE restored SET released_at = :now, released_by = :by WHERE released_at IS NULL",
        named_params! { ":now": tx.now(), ":by": tx.actor().display_name() },
    )
}

/// The chain's hash at an event, in hexadecimal: whether two files have the same past.
pub(super) fn link(tx: &ReadTx<'_>, event: i64) -> Result<Option<String>, Fault> {
    tx.opt("SELECT hex(chain) AS head FROM history WHERE id = :id", named_params! { ":id": event }, |row| {
        Ok(row.get::<_, String>("head")?.to_lowercase())
    })
}

pub(super) fn operations_after(tx: &ReadTx<'_>, event: i64, most: u32) -> Result<Vec<LaterOperation>, Fault> {
    tx.all(
        "SELECT h.at, h.operation, h.record_kind, h.record_id, h.actor_kind, b.booking_no AS booking
           FROM history h
           LEFT JOIN booking b ON h.record_kind = 'booking' AND b.id = h.record_id
          WHERE h.id > :event ORDER BY h.id LIMIT :most",
        named_params! { ":event": event, ":most": most },
        |row| {
            Ok(LaterOperation {
                at: row.get("at")?,
                operation: row.get("operation")?,
                record_kind: row.get("record_kind")?,
                record_id: row.get("record_id")?,
                actor_kind: row.get("actor_kind")?,
                booking: row.get("booking")?,
            })
        },
    )
}

pub(super) fn events_after(tx: &ReadTx<'_>, event: i64) -> Result<u64, Fault> {
    let n: i64 = tx.one(
        "SELECT COUNT(*) AS n FROM history WHERE id > :event",
        named_params! { ":event": event },
        |row| row.get("n"),
    )?;
    Ok(u64::try_from(n).unwrap_or(0))
}

pub(super) fn mails_sent_after(tx: &ReadTx<'_>, since: Moment, most: u32) -> Result<Vec<LaterMail>, Fault> {
    tx.all(
        "SELECT o.id, o.kind, o.finished_at, b.booking_no AS booking
           FROM outbox o LEFT JOIN booking b ON b.id = o.booking_id
          WHERE o.state = 'sent' AND o.finished_at > :since ORDER BY o.finished_at LIMIT :most",
        named_params! { ":since": since, ":most": most },
        |row| {
            Ok(LaterMail {
                id: row.get("id")?,
                kind: row.get("kind")?,
                at: row.get("finished_at")?,
                booking: row.get("booking")?,
            })
        },
    )
}

pub(super) fn sent_among_old(tx: &ReadTx<'_>, since: Moment) -> Result<Vec<OutboxId>, Fault> {
    tx.all(
        "SELECT id FROM outbox WHERE state = 'sent' AND created_at <= :since AND finished_at > :since",
        named_params! { ":since": since },
        |row| row.get("id"),
    )
}
