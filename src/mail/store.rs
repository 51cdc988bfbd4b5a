//! The outbox's SQL.

use rusqlite::{Row, named_params};

use super::outbox::Due;
use super::queue::Post;
use super::{Listed, State};
use crate::base::{BookingId, CardId, Email, Moment, OutboxId, Personal};
use crate::db::{Fault, ReadTx, WriteTx};

const LISTED: &str = "SELECT id, kind, state, to_email, created_at, finished_at, last_answer FROM outbox";

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        id: row.get("id")?,
        kind: row.get("kind")?,
        state: row.get("state")?,
        to: Personal::of(row.get("to_email")?),
        created_at: row.get("created_at")?,
        finished_at: row.get("finished_at")?,
        last_answer: row.get("last_answer")?,
    })
}

pub(super) fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Listed>, Fault> {
    tx.all(
        &format!("{LISTED} WHERE card_id = :card ORDER BY id DESC"),
        named_params! { ":card": card },
        listed,
    )
}

pub(super) fn of_booking(tx: &ReadTx<'_>, booking: BookingId) -> Result<Vec<Listed>, Fault> {
    tx.all(
        &format!("{LISTED} WHERE booking_id = :booking ORDER BY id DESC"),
        named_params! { ":booking": booking },
        listed,
    )
}

pub(super) fn last_of_bookings(
    tx: &ReadTx<'_>,
    bookings: &[BookingId],
    kind: &str,
) -> Result<Vec<(BookingId, Listed)>, Fault> {
    let ids = serde_json::to_string(bookings).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.all(
        "SELECT booking_id, MAX(id) AS id, kind, state, to_email, created_at, finished_at, last_answer
           FROM outbox
          WHERE booking_id IN (SELECT value FROM json_each(:ids)) AND kind = :kind
          GROUP BY booking_id",
        named_params! { ":ids": ids, ":kind": kind },
        |row| Ok((row.get("booking_id")?, listed(row)?)),
    )
}

pub(super) fn told_since(tx: &ReadTx<'_>, booking: BookingId, since: Moment) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM outbox
                         WHERE booking_id = :booking AND created_at >= :since
                           AND kind IN ('booking_confirmed', 'booking_changed')) AS found",
        named_params! { ":booking": booking, ":since": since },
        |row| row.get("found"),
    )
}

pub(super) fn by_dedup(tx: &ReadTx<'_>, dedup: &str) -> Result<Option<OutboxId>, Fault> {
    tx.opt("SELECT id FROM outbox WHERE dedup_key = :dedup", named_params! { ":dedup": dedup }, |row| {
        row.get("id")
    })
}

pub(super) fn insert(
    tx: &WriteTx<'_>,
    post: &Post<'_>,
    params: &str,
    message_id: &str,
) -> Result<OutboxId, Fault> {
    let row = tx.insert(
        "INSERT INTO outbox (kind, dedup_key, to_email, language, booking_id, card_id, params, state, next_at,
                             message_id, created_at)
         VALUES (:kind, :dedup, :to, :language, :booking, :card, :params, 'queued', :now, :message_id, :now)",
        named_params! {
            ":kind": post.letter.kind(), ":dedup": post.dedup, ":to": post.to.as_str(),
            ":language": post.language, ":booking": post.booking, ":card": post.card, ":params": params,
            ":message_id": message_id, ":now": tx.now(),
        },
    )?;
    Ok(OutboxId::of(row))
}

pub(super) fn due(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Due>, Fault> {
    let rows = tx.all(
        "SELECT id, to_email, language, booking_id, params, message_id, created_at, attempts
         FROM outbox WHERE state = 'queued' AND next_at <= :now
         ORDER BY next_at, id LIMIT :most",
        named_params! { ":now": tx.now(), ":most": i64::try_from(most).unwrap_or(i64::MAX) },
        |row| {
            Ok((
                row.get::<_, OutboxId>("id")?,
                row.get::<_, String>("to_email")?,
                row.get::<_, String>("params")?,
                row.get::<_, String>("language")?,
                row.get::<_, String>("message_id")?,
                row.get::<_, Moment>("created_at")?,
                row.get::<_, u32>("attempts")?,
                row.get::<_, Option<BookingId>>("booking_id")?,
            ))
        },
    )?;
    let understood =
        rows.into_iter().map(|(id, to, params, language, message_id, created_at, attempts, booking)| {
            let stored = |what: &str| Fault::Stored(format!("outbox {id}: {what}"));
            let to = Email::parse(&to).map_err(|_| stored("to_email"))?;
            let letter = serde_json::from_str(&params).map_err(|_| stored("params"))?;
            Ok(Due { id, to, language, letter, booking, message_id, created_at, attempts })
        });
    understood.collect()
}

pub(super) fn set_state(tx: &WriteTx<'_>, id: OutboxId, state: State) -> Result<(), Fault> {
    tx.run("UPDATE outbox SET state = :state WHERE id = :id", named_params! { ":id": id, ":state": state })?;
    Ok(())
}

pub(super) fn finish(
    tx: &WriteTx<'_>,
    id: OutboxId,
    state: State,
    params: &str,
    answer: &str,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox
         SET state = :state, params = :params, last_answer = :answer, attempts = attempts + 1, finished_at = :now
         WHERE id = :id",
        named_params! { ":id": id, ":state": state, ":params": params, ":answer": answer, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn try_again(tx: &WriteTx<'_>, id: OutboxId, next: Moment, answer: &str) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = 'queued', attempts = attempts + 1, next_at = :next, last_answer = :answer
         WHERE id = :id",
        named_params! { ":id": id, ":next": next, ":answer": answer },
    )?;
    Ok(())
}

pub(super) fn requeue_sending(tx: &WriteTx<'_>) -> Result<usize, Fault> {
    tx.run("UPDATE outbox SET state = 'queued' WHERE state = 'sending'", [])
}

pub(super) fn next_due(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT MIN(next_at) AS next FROM outbox WHERE state = 'queued'", [], |row| row.get("next"))
}

pub(super) fn has_sending(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    tx.one("SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'sending') AS found", [], |row| {
        row.get("found")
    })
}
