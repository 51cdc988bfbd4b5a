//! The outbox's SQL.

mod shelf;

use rusqlite::{Row, named_params};

pub(super) use self::shelf::{
    by_id, by_message, cards_with, cards_with_any, copy, counts, failure, failure_of, failures, lift,
    mark_bounced, newest_sent_to, newest_to, note_failure, page, params, renew, suppress,
};

use super::outbox::Due;
use super::queue::Post;
use super::{Letter, Listed, State};
use crate::base::{BookingId, CardId, Email, Moment, OutboxId, Personal};
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) const COLUMNS: &str =
    "id, kind, state, to_email, language, booking_id, card_id, attempts, next_at, created_at, renewed_at,
                       finished_at, bounced_at, last_answer, copy_of";

pub(super) fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        id: row.get("id")?,
        kind: row.get("kind")?,
        state: row.get("state")?,
        to: Personal::of(row.get("to_email")?),
        language: row.get("language")?,
        booking: row.get("booking_id")?,
        card: row.get("card_id")?,
        attempts: row.get("attempts")?,
        next_at: row.get("next_at")?,
        created_at: row.get("created_at")?,
        finished_at: row.get("finished_at")?,
        bounced_at: row.get("bounced_at")?,
        last_answer: row.get("last_answer")?,
        copy_of: row.get("copy_of")?,
    })
}

pub(super) fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Listed>, Fault> {
    tx.all(
        &format!("SELECT {COLUMNS} FROM outbox WHERE card_id = :card ORDER BY id DESC"),
        named_params! { ":card": card },
        listed,
    )
}

pub(super) fn of_booking(tx: &ReadTx<'_>, booking: BookingId) -> Result<Vec<Listed>, Fault> {
    tx.all(
        &format!("SELECT {COLUMNS} FROM outbox WHERE booking_id = :booking ORDER BY id DESC"),
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
        &format!(
            "SELECT {COLUMNS} FROM outbox
              WHERE id IN (SELECT MAX(id) FROM outbox
                            WHERE booking_id IN (SELECT value FROM json_each(:ids)) AND kind = :kind
                            GROUP BY booking_id)"
        ),
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
    at: Moment,
    (params, message_id): (&str, &str),
) -> Result<OutboxId, Fault> {
    let row = tx.insert(
        "INSERT INTO outbox (kind, dedup_key, to_email, rank, language, booking_id, card_id, params, state, next_at,
                             message_id, created_at)
         VALUES (:kind, :dedup, :to, :rank, :language, :booking, :card, :params, 'queued', :at, :message_id, :now)",
        named_params! {
            ":kind": post.letter.kind(), ":dedup": post.dedup, ":to": post.to.as_str(),
            ":rank": post.letter.is_information(),
            ":language": post.language, ":booking": post.booking, ":card": post.card, ":params": params,
            ":message_id": message_id, ":at": at, ":now": tx.now(),
        },
    )?;
    Ok(OutboxId::of(row))
}

/// A row as it waits, its letter not yet read.
pub(super) struct Waiting {
    pub(super) id: OutboxId,
    pub(super) domain: String,
    pub(super) information: bool,
    to: String,
    params: String,
    language: String,
    message_id: String,
    since: Moment,
    attempts: u32,
    booking: Option<BookingId>,
}

impl Waiting {
    /// The letter in it; why not, when it cannot be read.
    pub(super) fn read(self) -> Result<Due, &'static str> {
        let letter: Letter = serde_json::from_str(&self.params).map_err(|_| "params")?;
        Ok(Due {
            id: self.id,
            to: Email::parse(&self.to).map_err(|_| "to_email")?,
            language: self.language,
            letter: letter.with_way_out(&self.message_id),
            booking: self.booking,
            message_id: self.message_id,
            since: self.since,
            attempts: self.attempts,
        })
    }

    /// Its parameters as they stand, for a row that cannot be read.
    pub(super) fn params(&self) -> String {
        self.params.clone()
    }
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        id: row.get("id")?,
        domain: row.get("domain")?,
        information: row.get("rank")?,
        to: row.get("to_email")?,
        params: row.get("params")?,
        language: row.get("language")?,
        message_id: row.get("message_id")?,
        since: row.get("since")?,
        attempts: row.get("attempts")?,
        booking: row.get("booking_id")?,
    })
}

/// What waits and is due, the letters that somebody waits for before those that inform, without these domains.
pub(super) fn due(tx: &ReadTx<'_>, closed: &[&str], most: usize) -> Result<Vec<OutboxId>, Fault> {
    let closed = serde_json::to_string(closed).map_err(|error| Fault::Stored(error.to_string()))?;
    let mut found: Vec<OutboxId> = Vec::new();
    // One after the other, so that both come in the order of the index.
    for rank in [0, 1] {
        let left = i64::try_from(most.saturating_sub(found.len())).unwrap_or(i64::MAX);
        found.extend(tx.all(
            "SELECT id FROM outbox
              WHERE state = 'queued' AND rank = :rank AND next_at <= :now
                AND domain NOT IN (SELECT value FROM json_each(:closed))
              ORDER BY next_at, id LIMIT :most",
            named_params! { ":rank": rank, ":now": tx.now(), ":closed": closed, ":most": left },
            |row| row.get::<_, OutboxId>("id"),
        )?);
    }
    Ok(found)
}

/// Those of these letters that wait and are due, in the order in which they were given.
pub(super) fn still_due(tx: &ReadTx<'_>, ids: &[OutboxId]) -> Result<Vec<Waiting>, Fault> {
    let ids = serde_json::to_string(ids).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.all(
        "SELECT o.id AS id, o.to_email AS to_email, o.domain AS domain, o.rank AS rank, o.language AS language,
                o.booking_id AS booking_id, o.params AS params, o.message_id AS message_id,
                coalesce(o.renewed_at, o.created_at) AS since, o.attempts AS attempts
           FROM json_each(:ids) AS wanted CROSS JOIN outbox AS o ON o.id = wanted.value
          WHERE o.state = 'queued' AND o.next_at <= :now
          ORDER BY wanted.key",
        named_params! { ":ids": ids, ":now": tx.now() },
        waiting,
    )
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
         SET state = :state, params = :params, last_answer = :answer, attempts = attempts + (:state <> 'cancelled'),
             finished_at = :now
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
    let next = "SELECT MIN(next_at) FROM outbox WHERE state = 'queued' AND rank";
    tx.one(&format!("SELECT min(coalesce(a, b), coalesce(b, a)) AS next FROM (SELECT ({next} = 0) AS a, ({next} = 1) AS b)"), [], |row| {
        row.get("next")
    })
}

/// When the next letter to each of these domains, and to any other (the last entry), is due.
pub(super) fn next_due_by_domain(
    tx: &ReadTx<'_>,
    closed: &[String],
) -> Result<Vec<(Option<String>, Moment)>, Fault> {
    let closed = serde_json::to_string(closed).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.all(
        "SELECT CASE WHEN domain IN (SELECT value FROM json_each(:closed)) THEN domain END AS closed, MIN(next_at) AS next
           FROM outbox WHERE state = 'queued' GROUP BY 1",
        named_params! { ":closed": closed },
        |row| Ok((row.get("closed")?, row.get("next")?)),
    )
}

pub(super) fn has_sending(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    tx.one("SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'sending') AS found", [], |row| {
        row.get("found")
    })
}

/// Takes back those of these letters that wait still.
pub(super) fn cancel_queued(tx: &WriteTx<'_>, ids: &[OutboxId], why: &str) -> Result<usize, Fault> {
    let ids = serde_json::to_string(ids).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.run(
        "UPDATE outbox SET state = 'cancelled', last_answer = :why, finished_at = :now
          WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'queued'",
        named_params! { ":ids": ids, ":why": why, ":now": tx.now() },
    )
}
