//! SQL of the outbox as staff see and change it, and of the addresses that letters do not reach.

use rusqlite::types::ToSql;
use rusqlite::{Row, named_params};

use super::{COLUMNS, listed, next_due};
use crate::base::{CardId, MailFailureId, Moment, OutboxId, Personal};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::mail::{Counts, Failure, Filter, Listed, State};

pub(in crate::mail) fn by_id(tx: &ReadTx<'_>, id: OutboxId) -> Result<Option<Listed>, Fault> {
    tx.opt(&format!("SELECT {COLUMNS} FROM outbox WHERE id = :id"), named_params! { ":id": id }, listed)
}

pub(in crate::mail) fn params(tx: &ReadTx<'_>, id: OutboxId) -> Result<String, Fault> {
    tx.one("SELECT params FROM outbox WHERE id = :id", named_params! { ":id": id }, |row| row.get("params"))
}

pub(in crate::mail) fn page(
    tx: &ReadTx<'_>,
    filter: &Filter,
    before: Option<OutboxId>,
    most: usize,
) -> Result<Vec<Listed>, Fault> {
    let states = json(&filter.states.iter().map(|state| state.code()).collect::<Vec<_>>())?;
    let places = json(&filter.places.clone().unwrap_or_default())?;
    let (span, most) = (filter.span(), i64::try_from(most).unwrap_or(i64::MAX));
    let mut clauses = vec!["1"];
    let mut values: Vec<(&str, &dyn ToSql)> = vec![(":most", &most)];
    if !filter.states.is_empty() {
        clauses.push("state IN (SELECT value FROM json_each(:states))");
        if !filter.states.contains(&State::Sent) {
            // Few letters are in another state, and they have an index of their own.
            clauses.push("state <> 'sent'");
        }
        values.push((":states", &states));
    }
    if let Some(kind) = &filter.kind {
        clauses.push("kind = :kind");
        values.push((":kind", kind));
    }
    if let Some((from, until)) = &span {
        clauses.push("created_at >= :from AND created_at < :until");
        values.extend([(":from", from as &dyn ToSql), (":until", until)]);
    }
    if let Some(card) = &filter.card {
        clauses.push("card_id = :card");
        values.push((":card", card));
    }
    if let Some(booking) = &filter.booking {
        clauses.push("booking_id = :booking");
        values.push((":booking", booking));
    }
    if let Some(like) = &filter.like {
        clauses.push("to_email COLLATE NOCASE = (SELECT to_email FROM outbox WHERE id = :like)");
        values.push((":like", like));
    }
    if filter.places.is_some() {
        clauses.push(
            "(booking_id IS NULL OR (SELECT location_id FROM booking WHERE booking.id = booking_id)
                                    IN (SELECT value FROM json_each(:places)))",
        );
        values.push((":places", &places));
    }
    if let Some(before) = &before {
        clauses.push("id < :before");
        values.push((":before", before));
    }
    let sql =
        format!("SELECT {COLUMNS} FROM outbox WHERE {} ORDER BY id DESC LIMIT :most", clauses.join(" AND "));
    tx.all(&sql, values.as_slice(), listed)
}

fn json<T: serde::Serialize>(values: &[T]) -> Result<String, Fault> {
    serde_json::to_string(values).map_err(|error| Fault::Stored(error.to_string()))
}

pub(in crate::mail) fn counts(tx: &ReadTx<'_>, midnight: Moment) -> Result<Counts, Fault> {
    tx.one(
        "SELECT (SELECT COUNT(*) FROM outbox WHERE state <> 'sent' AND state IN ('queued', 'sending')) AS waiting,
                (SELECT COUNT(*) FROM outbox WHERE state <> 'sent' AND state = 'held') AS held,
                (SELECT COUNT(*) FROM outbox WHERE finished_at >= :midnight
                                               AND (state = 'sent' OR bounced_at IS NOT NULL)) AS sent,
                (SELECT COUNT(*) FROM outbox WHERE finished_at >= :midnight AND state = 'dead') AS dead",
        named_params! { ":midnight": midnight },
        |row| {
            Ok(Counts {
                waiting: row.get("waiting")?,
                held: row.get("held")?,
                sent_today: row.get("sent")?,
                dead_today: row.get("dead")?,
                next: None,
            })
        },
    )
    .and_then(|counts| Ok(Counts { next: next_due(tx)?, ..counts }))
}

pub(in crate::mail) fn newest_to(tx: &ReadTx<'_>, email: &str) -> Result<Option<OutboxId>, Fault> {
    tx.one(
        "SELECT MAX(id) AS id FROM outbox WHERE to_email COLLATE NOCASE = :email",
        named_params! { ":email": email },
        |row| row.get("id"),
    )
}

pub(in crate::mail) fn renew(tx: &WriteTx<'_>, id: OutboxId) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = 'queued', attempts = 0, next_at = :now, renewed_at = :now, finished_at = NULL
          WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

pub(in crate::mail) fn copy(
    tx: &WriteTx<'_>,
    id: OutboxId,
    message_id: &str,
    dedup: &str,
) -> Result<OutboxId, Fault> {
    let row = tx.insert(
        "INSERT INTO outbox (kind, dedup_key, to_email, rank, language, booking_id, card_id, params, state, next_at,
                             message_id, created_at, copy_of)
         SELECT kind, :dedup, to_email, rank, language, booking_id, card_id, params, 'queued', :now, :message_id, :now, id
           FROM outbox WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now(), ":message_id": message_id, ":dedup": dedup },
    )?;
    Ok(OutboxId::of(row))
}

pub(in crate::mail) fn by_message(tx: &ReadTx<'_>, message_id: &str) -> Result<Option<OutboxId>, Fault> {
    tx.opt(
        "SELECT id FROM outbox WHERE message_id = :message_id",
        named_params! { ":message_id": message_id },
        |row| row.get("id"),
    )
}

pub(in crate::mail) fn newest_sent_to(
    tx: &ReadTx<'_>,
    email: &str,
    since: Moment,
) -> Result<Option<OutboxId>, Fault> {
    tx.one(
        "SELECT MAX(id) AS id FROM outbox
          WHERE to_email COLLATE NOCASE = :email AND finished_at >= :since
            AND (state = 'sent' OR bounced_at IS NOT NULL)",
        named_params! { ":email": email, ":since": since },
        |row| row.get("id"),
    )
}

pub(in crate::mail) fn mark_bounced(tx: &WriteTx<'_>, id: OutboxId, said: &str) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = 'dead', bounced_at = :now, last_answer = :said WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now(), ":said": said },
    )?;
    Ok(())
}

const FAILURE: &str =
    "SELECT id, email, hard, soft, first_at, last_at, last_answer, last_outbox, suppressed_at
                         FROM mail_failure";

fn failure_row(row: &Row<'_>) -> rusqlite::Result<Failure> {
    Ok(Failure {
        id: row.get("id")?,
        email: Personal::of(row.get("email")?),
        hard: row.get("hard")?,
        soft: row.get("soft")?,
        first_at: row.get("first_at")?,
        last_at: row.get("last_at")?,
        last_answer: row.get("last_answer")?,
        last_letter: row.get("last_outbox")?,
        suppressed_at: row.get("suppressed_at")?,
        cards: Vec::new(),
    })
}

fn with_cards(tx: &ReadTx<'_>, one: Failure) -> Result<Failure, Fault> {
    let cards = cards_with(tx, one.email.uncover())?;
    Ok(Failure { cards, ..one })
}

pub(in crate::mail) fn failure_of(tx: &ReadTx<'_>, email: &str) -> Result<Option<Failure>, Fault> {
    let found = tx.opt(
        &format!("{FAILURE} WHERE email = :email AND hard + soft > 0"),
        named_params! { ":email": email },
        failure_row,
    )?;
    found.map(|one| with_cards(tx, one)).transpose()
}

pub(in crate::mail) fn failure(tx: &ReadTx<'_>, id: MailFailureId) -> Result<Option<Failure>, Fault> {
    let found = tx.opt(
        &format!("{FAILURE} WHERE id = :id AND hard + soft > 0"),
        named_params! { ":id": id },
        failure_row,
    )?;
    found.map(|one| with_cards(tx, one)).transpose()
}

pub(in crate::mail) fn failures(
    tx: &ReadTx<'_>,
    after: Option<(Moment, MailFailureId)>,
    most: usize,
) -> Result<Vec<Failure>, Fault> {
    let (at, id) = after.unwrap_or((Moment::from_millis(i64::MAX), MailFailureId::of(i64::MAX)));
    let found = tx.all(
        &format!(
            "{FAILURE} WHERE (last_at, id) < (:at, :id) AND hard + soft > 0
              ORDER BY last_at DESC, id DESC LIMIT :most"
        ),
        named_params! { ":at": at, ":id": id, ":most": i64::try_from(most).unwrap_or(i64::MAX) },
        failure_row,
    )?;
    found.into_iter().map(|one| with_cards(tx, one)).collect()
}

pub(in crate::mail) fn cards_with(tx: &ReadTx<'_>, email: &str) -> Result<Vec<CardId>, Fault> {
    tx.all(
        "SELECT id FROM card WHERE email = :email ORDER BY id LIMIT 10",
        named_params! { ":email": email },
        |row| row.get("id"),
    )
}

/// The cards with one of these addresses, each with its address.
pub(in crate::mail) fn cards_with_any(
    tx: &ReadTx<'_>,
    emails: &[&str],
) -> Result<Vec<(String, CardId)>, Fault> {
    let emails = serde_json::to_string(emails).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.all(
        "SELECT e.value AS email, card.id AS id FROM json_each(:emails) AS e JOIN card ON card.email = e.value
          ORDER BY e.key, card.id",
        named_params! { ":emails": emails },
        |row| Ok((row.get("email")?, row.get("id")?)),
    )
}

pub(in crate::mail) fn note_failure(
    tx: &WriteTx<'_>,
    email: &str,
    letter: OutboxId,
    hard: bool,
    said: &str,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO mail_failure (email, hard, soft, first_at, last_at, last_answer, last_outbox)
         VALUES (:email, :hard, 1 - :hard, :now, :now, :said, :letter)
         ON CONFLICT (email) DO UPDATE
            SET hard = hard + :hard, soft = soft + 1 - :hard, last_at = :now, last_answer = :said, last_outbox = :letter",
        named_params! { ":email": email, ":hard": hard, ":now": tx.now(), ":said": said, ":letter": letter },
    )?;
    Ok(())
}

/// Whether the address was suppressed by this.
pub(in crate::mail) fn suppress(tx: &WriteTx<'_>, email: &str, most: u16) -> Result<bool, Fault> {
    let changed = tx.run(
        "UPDATE mail_failure SET suppressed_at = :now WHERE email = :email AND hard >= :most AND suppressed_at IS NULL",
        named_params! { ":email": email, ":now": tx.now(), ":most": most },
    )?;
    Ok(changed > 0)
}

pub(in crate::mail) fn lift(tx: &WriteTx<'_>, id: MailFailureId) -> Result<(), Fault> {
    tx.run(
        "UPDATE mail_failure SET hard = 0, soft = 0, suppressed_at = NULL, lifted_at = :now WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}
