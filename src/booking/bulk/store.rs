//! The rows of `bulk_mail`, `bulk_mail_text` and `bulk_mail_row`.

use std::collections::BTreeMap;

use rusqlite::{Row, named_params};

use super::begin::Begin;
use super::look::Line;
use super::{Audience, BulkMail, BulkState, Fate, Found, TextWords};
use crate::base::{BookingId, BulkMailId, CardId, HistoryId, Moment, OutboxId, Personal, StaffId};
use crate::db::{Actor, Fault, ReadTx, WriteTx};
use crate::mail::State;

fn fault(what: &'static str) -> impl Fn(serde_json::Error) -> Fault {
    move |error| Fault::Stored(format!("{what}: {error}"))
}

fn who(tx: &WriteTx<'_>) -> Result<(StaffId, String, String), Fault> {
    match tx.actor() {
        Actor::Staff { id, name, origin } => Ok((*id, name.clone(), origin.clone())),
        _ => Err(Fault::Stored("bulk_mail.staff_id".to_owned())),
    }
}

pub(super) fn insert(tx: &WriteTx<'_>, wish: &Begin, quiet: u16) -> Result<BulkMailId, Fault> {
    let (staff, actor, origin) = who(tx)?;
    let audience = serde_json::to_string(&wish.audience).map_err(fault("bulk_mail.audience"))?;
    let row = tx.insert(
        "INSERT INTO bulk_mail (state, purpose, audience, audience_words, quiet_days, staff_id, actor, origin, created_at,
                                touched_at)
         VALUES ('collecting', :purpose, :audience, :words, :quiet, :staff, :actor, :origin, :now, :now)",
        named_params! {
            ":purpose": wish.purpose, ":audience": audience, ":words": wish.words.uncover(), ":quiet": quiet,
            ":staff": staff, ":actor": actor, ":origin": origin, ":now": tx.now(),
        },
    )?;
    Ok(BulkMailId::of(row))
}

fn bulk(row: &Row<'_>) -> rusqlite::Result<(BulkMail, String)> {
    let cursor: (i64, i64) = (row.get("cursor_part")?, row.get("cursor_row")?);
    let bulk = BulkMail {
        id: row.get("id")?,
        state: row.get("state")?,
        purpose: row.get("purpose")?,
        audience: Audience::Watched { list: String::new() },
        audience_words: Personal::of(row.get("audience_words")?),
        quiet_days: row.get("quiet_days")?,
        cursor: (usize::try_from(cursor.0).unwrap_or_default(), cursor.1),
        staff: row.get("staff_id")?,
        actor: row.get("actor")?,
        origin: row.get("origin")?,
        tested_at: row.get("tested_at")?,
        approver: row.get("approver")?,
        decided_at: row.get("decided_at")?,
        refusal: row.get("refusal")?,
        paced_until: row.get("paced_until")?,
        event: row.get("history_id")?,
        created_at: row.get("created_at")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        version: row.get("version")?,
        texts: BTreeMap::new(),
    };
    Ok((bulk, row.get("audience")?))
}

fn whole(tx: &ReadTx<'_>, (mut bulk, audience): (BulkMail, String)) -> Result<BulkMail, Fault> {
    bulk.audience = serde_json::from_str(&audience).map_err(fault("bulk_mail.audience"))?;
    let texts = tx.all(
        "SELECT language, subject, body FROM bulk_mail_text WHERE bulk_id = :id",
        named_params! { ":id": bulk.id },
        |row| {
            let words = TextWords { subject: row.get("subject")?, body: row.get("body")? };
            Ok((row.get::<_, String>("language")?, words))
        },
    )?;
    bulk.texts = texts.into_iter().collect();
    Ok(bulk)
}

pub(super) fn get(tx: &ReadTx<'_>, id: BulkMailId) -> Result<Option<BulkMail>, Fault> {
    let found = tx.opt("SELECT * FROM bulk_mail WHERE id = :id", named_params! { ":id": id }, bulk)?;
    found.map(|one| whole(tx, one)).transpose()
}

pub(super) fn recent(tx: &ReadTx<'_>, most: u32) -> Result<Vec<BulkMail>, Fault> {
    let found = tx.all(
        "SELECT * FROM bulk_mail WHERE state <> 'dropped' ORDER BY id DESC LIMIT :most",
        named_params! { ":most": most },
        bulk,
    )?;
    found.into_iter().map(|one| whole(tx, one)).collect()
}

/// Those for which the program may have something to do, the oldest first.
pub(super) fn at_work(tx: &ReadTx<'_>) -> Result<Vec<BulkMail>, Fault> {
    let found = tx.all(
        "SELECT * FROM bulk_mail WHERE state IN ('collecting', 'sending', 'stopped', 'dropped') ORDER BY id",
        [],
        bulk,
    )?;
    found.into_iter().map(|one| whole(tx, one)).collect()
}

pub(super) fn set_state(tx: &WriteTx<'_>, id: BulkMailId, state: BulkState) -> Result<(), Fault> {
    tx.run(
        "UPDATE bulk_mail SET state = :state, touched_at = :now, version = version + 1 WHERE id = :id",
        named_params! { ":id": id, ":state": state, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_cursor(tx: &WriteTx<'_>, id: BulkMailId, (part, row): (usize, i64)) -> Result<(), Fault> {
    tx.run(
        "UPDATE bulk_mail SET cursor_part = :part, cursor_row = :row, touched_at = :now WHERE id = :id",
        named_params! { ":id": id, ":part": i64::try_from(part).unwrap_or_default(), ":row": row, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_tested(tx: &WriteTx<'_>, id: BulkMailId) -> Result<(), Fault> {
    tx.run(
        "UPDATE bulk_mail SET tested_at = :now WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn decide(tx: &WriteTx<'_>, id: BulkMailId, refusal: Option<&str>) -> Result<(), Fault> {
    let (staff, name, _) = who(tx)?;
    tx.run(
        "UPDATE bulk_mail SET approver_id = :staff, approver = :name, decided_at = :now, refusal = :refusal
          WHERE id = :id",
        named_params! { ":id": id, ":staff": staff, ":name": name, ":now": tx.now(), ":refusal": refusal },
    )?;
    Ok(())
}

pub(super) fn start(tx: &WriteTx<'_>, id: BulkMailId, event: HistoryId) -> Result<(), Fault> {
    tx.run(
        "UPDATE bulk_mail
            SET state = 'sending', history_id = :event, started_at = :now, paced_until = :now, touched_at = :now,
                version = version + 1
          WHERE id = :id",
        named_params! { ":id": id, ":event": event, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_paced(tx: &WriteTx<'_>, id: BulkMailId, until: Moment) -> Result<(), Fault> {
    tx.run(
        "UPDATE bulk_mail SET paced_until = :until, touched_at = :now WHERE id = :id",
        named_params! { ":id": id, ":until": until, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn finish(tx: &WriteTx<'_>, id: BulkMailId) -> Result<(), Fault> {
    tx.run(
        "UPDATE bulk_mail SET state = 'done', finished_at = :now, touched_at = :now, version = version + 1
          WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn put_texts(
    tx: &WriteTx<'_>,
    id: BulkMailId,
    texts: &BTreeMap<String, TextWords>,
) -> Result<(), Fault> {
    tx.run("DELETE FROM bulk_mail_text WHERE bulk_id = :id", named_params! { ":id": id })?;
    for (language, words) in texts {
        tx.run(
            "INSERT INTO bulk_mail_text (bulk_id, language, subject, body) VALUES (:id, :language, :subject, :body)",
            named_params! { ":id": id, ":language": language, ":subject": words.subject, ":body": words.body },
        )?;
    }
    tx.run("UPDATE bulk_mail SET tested_at = NULL WHERE id = :id", named_params! { ":id": id })?;
    Ok(())
}

pub(super) fn next_position(tx: &ReadTx<'_>, id: BulkMailId) -> Result<i64, Fault> {
    tx.one(
        "SELECT coalesce(max(position), 0) + 1 AS next FROM bulk_mail_row WHERE bulk_id = :id",
        named_params! { ":id": id },
        |row| row.get("next"),
    )
}

/// Whether somebody stands in the list already, by their booking or else by their card.
pub(super) fn is_listed(tx: &ReadTx<'_>, id: BulkMailId, one: &Found) -> Result<bool, Fault> {
    let sql = if one.booking.is_some() {
        "SELECT EXISTS (SELECT 1 FROM bulk_mail_row WHERE booking_id = :row AND bulk_id = :id) AS found"
    } else {
        "SELECT EXISTS (SELECT 1 FROM bulk_mail_row WHERE card_id = :row AND bulk_id = :id) AS found"
    };
    let row = one.booking.map(BookingId::get).or(one.card.map(CardId::get));
    tx.one(sql, named_params! { ":id": id, ":row": row }, |row| row.get("found"))
}

pub(super) fn has_address(tx: &ReadTx<'_>, id: BulkMailId, key: &str) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM bulk_mail_row
                         WHERE bulk_id = :id AND email_key = :key AND result IN ('waiting', 'queued')) AS found",
        named_params! { ":id": id, ":key": key },
        |row| row.get("found"),
    )
}

pub(super) fn told_since(tx: &ReadTx<'_>, key: &str, since: Moment) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM bulk_mail_row WHERE email_key = :key AND result = 'queued' AND at >= :since)
             AS found",
        named_params! { ":key": key, ":since": since },
        |row| row.get("found"),
    )
}

pub(super) fn insert_row(
    tx: &WriteTx<'_>,
    (id, position): (BulkMailId, i64),
    one: &Found,
    key: Option<&str>,
    fate: Fate,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO bulk_mail_row (bulk_id, position, card_id, booking_id, email_key, language, result)
         VALUES (:id, :position, :card, :booking, :key, :language, :fate)",
        named_params! {
            ":id": id, ":position": position, ":card": one.card, ":booking": one.booking, ":key": key,
            ":language": one.language, ":fate": fate,
        },
    )?;
    Ok(())
}

/// The language of the citizen's last link, or of their last booking.
pub(super) fn language_of(tx: &ReadTx<'_>, card: CardId) -> Result<Option<String>, Fault> {
    tx.one(
        "SELECT coalesce(
                  (SELECT language FROM invitation WHERE card_id = :card ORDER BY created_at DESC LIMIT 1),
                  (SELECT language FROM booking JOIN booking_member ON booking_member.booking_id = booking.id
                    WHERE booking_member.card_id = :card ORDER BY booking.id DESC LIMIT 1)) AS language",
        named_params! { ":card": card },
        |row| row.get("language"),
    )
}

/// The bookings of an audience after this row, each with the card of its first person.
pub(super) fn bookings_after(
    tx: &ReadTx<'_>,
    audience: &Audience,
    after: i64,
    most: usize,
) -> Result<Vec<Found>, Fault> {
    let Audience::Bookings { from, to, locations, status } = audience else { return Ok(Vec::new()) };
    let places = serde_json::to_string(locations).map_err(fault("bulk_mail.audience"))?;
    let mut wanted = "on_day BETWEEN :from AND :to AND status = :status AND booking.id > :after".to_owned();
    if !locations.is_empty() {
        wanted.push_str(" AND location_id IN (SELECT value FROM json_each(:places))");
    }
    tx.all(
        &format!(
            "SELECT booking.id AS id, email, language, :places AS places,
                    (SELECT card_id FROM booking_member WHERE booking_id = booking.id ORDER BY position LIMIT 1) AS card
               FROM booking WHERE {wanted} ORDER BY booking.id LIMIT :most"
        ),
        named_params! {
            ":from": from, ":to": to, ":status": status, ":after": after, ":places": places,
            ":most": i64::try_from(most).unwrap_or(i64::MAX),
        },
        |row| {
            Ok(Found {
                card: row.get("card")?,
                booking: Some(row.get("id")?),
                email: row.get::<_, Option<String>>("email")?.map(Personal::of),
                language: row.get("language")?,
            })
        },
    )
}

/// Somebody of the list who will get the letter.
#[derive(Clone, Debug)]
pub struct Stored {
    pub(super) position: i64,
    pub(super) card: Option<CardId>,
    pub(super) booking: Option<BookingId>,
    pub(super) email: Option<String>,
    pub(super) language: String,
    /// How often a letter was queued for them before.
    pub(super) tries: i64,
}

pub(super) fn rows(tx: &ReadTx<'_>, id: BulkMailId, most: u32) -> Result<Vec<Stored>, Fault> {
    tx.all(
        "SELECT position, card_id, booking_id, email_key, language, tries FROM bulk_mail_row
          WHERE bulk_id = :id AND result = 'waiting' ORDER BY position LIMIT :most",
        named_params! { ":id": id, ":most": most },
        |row| {
            Ok(Stored {
                position: row.get("position")?,
                card: row.get("card_id")?,
                booking: row.get("booking_id")?,
                email: row.get("email_key")?,
                language: row.get("language")?,
                tries: row.get("tries")?,
            })
        },
    )
}

/// A card and a booking, as far as somebody of the list has them.
type Either = (Option<CardId>, Option<BookingId>);

/// Card and booking of the first who will get the letter or has got it.
pub(super) fn first(tx: &ReadTx<'_>, id: BulkMailId) -> Result<Option<Either>, Fault> {
    tx.opt(
        "SELECT card_id, booking_id FROM bulk_mail_row
          WHERE bulk_id = :id AND result IN ('waiting', 'queued') ORDER BY position LIMIT 1",
        named_params! { ":id": id },
        |row| Ok((row.get("card_id")?, row.get("booking_id")?)),
    )
}

pub(super) fn waiting(tx: &ReadTx<'_>, id: BulkMailId) -> Result<u32, Fault> {
    tx.one(
        "SELECT count(*) AS waiting FROM bulk_mail_row WHERE bulk_id = :id AND result = 'waiting'",
        named_params! { ":id": id },
        |row| row.get("waiting"),
    )
}

/// Whether anybody waits still: asked after each slice, so it counts nobody.
pub(super) fn has_waiting(tx: &ReadTx<'_>, id: BulkMailId) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM bulk_mail_row WHERE bulk_id = :id AND result = 'waiting') AS found",
        named_params! { ":id": id },
        |row| row.get("found"),
    )
}

pub(super) fn is_waiting(tx: &ReadTx<'_>, id: BulkMailId, position: i64) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM bulk_mail_row
                         WHERE bulk_id = :id AND position = :position AND result = 'waiting') AS found",
        named_params! { ":id": id, ":position": position },
        |row| row.get("found"),
    )
}

pub(super) fn set_queued(
    tx: &WriteTx<'_>,
    (id, position): (BulkMailId, i64),
    letter: OutboxId,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE bulk_mail_row SET result = 'queued', outbox_id = :letter, at = :now, tries = tries + 1
          WHERE bulk_id = :id AND position = :position",
        named_params! { ":id": id, ":position": position, ":letter": letter, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_fate(tx: &WriteTx<'_>, (id, position): (BulkMailId, i64), fate: Fate) -> Result<(), Fault> {
    tx.run(
        "UPDATE bulk_mail_row SET result = :fate WHERE bulk_id = :id AND position = :position",
        named_params! { ":id": id, ":position": position, ":fate": fate },
    )?;
    Ok(())
}

const TAKEN_BACK: &str = "FROM bulk_mail_row AS r JOIN outbox AS o ON o.id = r.outbox_id
    WHERE r.bulk_id = :id AND r.result = 'queued' AND o.state IN ('queued', 'cancelled')";

pub(super) fn has_to_take_back(tx: &ReadTx<'_>, id: BulkMailId) -> Result<bool, Fault> {
    tx.one(&format!("SELECT EXISTS (SELECT 1 {TAKEN_BACK}) AS found"), named_params! { ":id": id }, |row| {
        row.get("found")
    })
}

pub(super) fn to_take_back(tx: &ReadTx<'_>, id: BulkMailId, most: u32) -> Result<Vec<i64>, Fault> {
    tx.all(
        &format!("SELECT r.position AS position {TAKEN_BACK} ORDER BY r.position DESC LIMIT :most"),
        named_params! { ":id": id, ":most": most },
        |row| row.get("position"),
    )
}

pub(super) fn letters_of(tx: &ReadTx<'_>, id: BulkMailId, positions: &[i64]) -> Result<Vec<OutboxId>, Fault> {
    let positions = serde_json::to_string(positions).map_err(fault("positions"))?;
    tx.all(
        "SELECT outbox_id FROM bulk_mail_row
          WHERE bulk_id = :id AND position IN (SELECT value FROM json_each(:positions)) AND outbox_id IS NOT NULL",
        named_params! { ":id": id, ":positions": positions },
        |row| row.get("outbox_id"),
    )
}

/// Those whose letters did not leave wait again; one that the server took in between stays as it is.
pub(super) fn set_waiting(tx: &WriteTx<'_>, id: BulkMailId, positions: &[i64]) -> Result<(), Fault> {
    let positions = serde_json::to_string(positions).map_err(fault("positions"))?;
    tx.run(
        "UPDATE bulk_mail_row SET result = 'waiting', outbox_id = NULL, at = NULL
          WHERE bulk_id = :id AND position IN (SELECT value FROM json_each(:positions))
            AND (SELECT state FROM outbox WHERE outbox.id = outbox_id) = 'cancelled'",
        named_params! { ":id": id, ":positions": positions },
    )?;
    Ok(())
}

pub(super) fn has_rows(tx: &ReadTx<'_>, id: BulkMailId) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM bulk_mail_row WHERE bulk_id = :id) AS found",
        named_params! { ":id": id },
        |row| row.get("found"),
    )
}

pub(super) fn delete_rows(tx: &WriteTx<'_>, id: BulkMailId, most: u32) -> Result<usize, Fault> {
    tx.run(
        "DELETE FROM bulk_mail_row
          WHERE bulk_id = :id
            AND position IN (SELECT position FROM bulk_mail_row WHERE bulk_id = :id ORDER BY position LIMIT :most)",
        named_params! { ":id": id, ":most": most },
    )
}

pub(super) fn counts(tx: &ReadTx<'_>, id: BulkMailId) -> Result<Vec<(Fate, Option<State>, u32)>, Fault> {
    tx.all(
        "SELECT r.result AS fate, o.state AS state, count(*) AS people
           FROM bulk_mail_row AS r LEFT JOIN outbox AS o ON o.id = r.outbox_id
          WHERE r.bulk_id = :id GROUP BY r.result, o.state",
        named_params! { ":id": id },
        |row| Ok((row.get("fate")?, row.get("state")?, row.get("people")?)),
    )
}

pub(super) fn lines(
    tx: &ReadTx<'_>,
    id: BulkMailId,
    (fate, letter): (Option<Fate>, Option<State>),
    after: i64,
    most: u32,
) -> Result<Vec<(Line, Option<CardId>)>, Fault> {
    let mut wanted = "r.bulk_id = :id AND r.position > :after".to_owned();
    if fate.is_some() {
        wanted.push_str(" AND r.result = :fate");
    }
    if letter.is_some() {
        wanted.push_str(" AND o.state = :letter");
    }
    tx.all(
        &format!(
            "SELECT r.position AS position, r.card_id AS card, r.booking_id AS booking, r.email_key AS email,
                    r.language AS language, r.result AS fate, o.state AS state, o.last_answer AS answer,
                    o.finished_at AS finished_at, :fate AS wanted_fate, :letter AS wanted_letter
               FROM bulk_mail_row AS r LEFT JOIN outbox AS o ON o.id = r.outbox_id
              WHERE {wanted} ORDER BY r.position LIMIT :most"
        ),
        named_params! { ":id": id, ":after": after, ":fate": fate, ":letter": letter, ":most": most },
        |row| {
            let line = Line {
                position: row.get("position")?,
                card: None,
                booking: row.get("booking")?,
                email: row.get::<_, Option<String>>("email")?.map(Personal::of),
                language: row.get("language")?,
                fate: row.get("fate")?,
                letter: row.get("state")?,
                answer: row.get("answer")?,
                finished_at: row.get("finished_at")?,
            };
            Ok((line, row.get("card")?))
        },
    )
}
