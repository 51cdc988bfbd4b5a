//! The tables `card_batch` and `card_batch_row`.

use rusqlite::{Row, named_params};

use super::{Batch, BatchState, Line, Listed, Outcome, Skip, Stored, Undo, Wish};
use crate::base::{BatchId, HistoryId, Moment, StaffId};
use crate::cards::{CardStatus, ReasonCode};
use crate::db::{Actor, Fault, ReadTx, WriteTx};

const BATCH: &str = "SELECT card_batch.* FROM card_batch";

/// Numbers of the lines beside the list.
const LISTED: &str = "SELECT card_batch.*,
          (SELECT count(*) FROM card_batch_row WHERE batch_id = card_batch.id
             AND result IN ('picked', 'updated', 'skipped')) AS picked,
          (SELECT count(*) FROM card_batch_row WHERE batch_id = card_batch.id AND result = 'updated') AS updated,
          (SELECT count(*) FROM card_batch_row WHERE batch_id = card_batch.id AND result = 'skipped') AS skipped
     FROM card_batch";

fn batch(row: &Row<'_>) -> rusqlite::Result<Batch> {
    let to: Option<CardStatus> = row.get("to_status")?;
    let undo_of: Option<BatchId> = row.get("undo_of")?;
    let reason: Option<String> = row.get("reason")?;
    let may_override = row.get("may_override")?;
    let approver: Option<StaffId> = row.get("approver_id")?;
    let name = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
    Ok(Batch {
        id: row.get("id")?,
        state: row.get("state")?,
        undo: undo_of.map(|of| Undo { of, reason: reason.clone(), may_later: may_override }),
        wish: match to {
            Some(to) => Some(Wish {
                to,
                reason,
                code: row.get::<_, Option<ReasonCode>>("reason_code")?,
                on: row.get("on_day")?,
                evidence: row.get("evidence")?,
                may_override,
                location: row.get("location_id")?,
            }),
            None => None,
        },
        staff: row.get("staff_id")?,
        actor: row.get("actor")?,
        origin: row.get("origin")?,
        approver: match approver {
            Some(id) => Some((id, name("approver")?, name("approver_origin")?)),
            None => None,
        },
        decided_at: row.get("decided_at")?,
        refusal: row.get("refusal")?,
        event: row.get("history_id")?,
        created_at: row.get("created_at")?,
        finished_at: row.get("finished_at")?,
    })
}

fn listed_of(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        batch: batch(row)?,
        picked: row.get("picked")?,
        updated: row.get("updated")?,
        skipped: row.get("skipped")?,
    })
}

pub(super) fn get(tx: &ReadTx<'_>, id: BatchId) -> Result<Option<Batch>, Fault> {
    tx.opt(&format!("{BATCH} WHERE id = :id"), named_params! { ":id": id }, batch)
}

pub(super) fn listed(tx: &ReadTx<'_>, id: BatchId) -> Result<Option<Listed>, Fault> {
    tx.opt(&format!("{LISTED} WHERE id = :id"), named_params! { ":id": id }, listed_of)
}

pub(super) fn undone_by(tx: &ReadTx<'_>, id: BatchId) -> Result<Option<BatchId>, Fault> {
    tx.opt("SELECT id FROM card_batch WHERE undo_of = :id", named_params! { ":id": id }, |row| row.get("id"))
}

pub(super) fn recent(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Listed>, Fault> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    tx.all(
        &format!("{LISTED} WHERE state <> 'open' ORDER BY state = 'proposed' DESC, id DESC LIMIT :most"),
        named_params! { ":most": most },
        listed_of,
    )
}

pub(super) fn proposals(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    tx.one("SELECT count(*) AS waiting FROM card_batch WHERE state = 'proposed'", [], |row| {
        row.get("waiting")
    })
}

pub(super) fn applying(tx: &ReadTx<'_>) -> Result<Vec<(Batch, Moment)>, Fault> {
    tx.all(&format!("{BATCH} WHERE state = 'applying' ORDER BY touched_at"), [], |row| {
        Ok((batch(row)?, row.get("touched_at")?))
    })
}

/// Who acts; lists are made by staff alone.
fn who(tx: &WriteTx<'_>) -> Result<(StaffId, String, String), Fault> {
    match tx.actor() {
        Actor::Staff { id, name, origin } => Ok((*id, name.clone(), origin.clone())),
        _ => Err(Fault::Stored("card_batch.staff_id".to_owned())),
    }
}

pub(super) fn insert(tx: &WriteTx<'_>) -> Result<BatchId, Fault> {
    let (staff, actor, origin) = who(tx)?;
    let row = tx.insert(
        "INSERT INTO card_batch (state, staff_id, actor, origin, created_at, touched_at)
         VALUES ('open', :staff, :actor, :origin, :now, :now)",
        named_params! { ":staff": staff, ":actor": actor, ":origin": origin, ":now": tx.now() },
    )?;
    Ok(BatchId::of(row))
}

pub(super) fn insert_undo(
    tx: &WriteTx<'_>,
    of: BatchId,
    reason: Option<&str>,
    may_later: bool,
) -> Result<BatchId, Fault> {
    let (staff, actor, origin) = who(tx)?;
    let row = tx.insert(
        "INSERT INTO card_batch (state, undo_of, reason, may_override, staff_id, actor, origin, created_at, touched_at)
         VALUES ('open', :of, :reason, :later, :staff, :actor, :origin, :now, :now)",
        named_params! {
            ":of": of, ":reason": reason, ":later": may_later, ":staff": staff, ":actor": actor, ":origin": origin,
            ":now": tx.now(),
        },
    )?;
    Ok(BatchId::of(row))
}

pub(super) fn insert_lines(tx: &WriteTx<'_>, id: BatchId, from: usize, lines: &[Line]) -> Result<(), Fault> {
    let lines = serde_json::to_string(lines).map_err(|error| Fault::Stored(error.to_string()))?;
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    tx.run(
        "INSERT INTO card_batch_row (batch_id, position, typed, card_id, note, version)
         SELECT :batch, :from + key, value ->> 'typed', value ->> 'card', value ->> 'note', value ->> 'version'
           FROM json_each(:lines)",
        named_params! { ":batch": id, ":from": from, ":lines": lines },
    )?;
    Ok(())
}

/// The lines of a list that took their step, as lines of the list that takes it back.
pub(super) fn copy_updated(tx: &WriteTx<'_>, of: BatchId, to: BatchId) -> Result<usize, Fault> {
    tx.run(
        "INSERT INTO card_batch_row (batch_id, position, typed, card_id, note, version, result, before)
         SELECT :to, position, '', card_id, '', version_after, 'picked', before
           FROM card_batch_row WHERE batch_id = :of AND result = 'updated'",
        named_params! { ":of": of, ":to": to },
    )
}

pub(super) fn set_wish(tx: &WriteTx<'_>, id: BatchId, wish: &Wish) -> Result<(), Fault> {
    tx.run(
        "UPDATE card_batch
            SET to_status = :to, reason = :reason, reason_code = :code, on_day = :on, evidence = :evidence,
                may_override = :beyond, location_id = :location, touched_at = :now
          WHERE id = :id",
        named_params! {
            ":id": id, ":to": wish.to, ":reason": wish.reason, ":code": wish.code, ":on": wish.on,
            ":evidence": wish.evidence, ":beyond": wish.may_override, ":location": wish.location, ":now": tx.now(),
        },
    )?;
    tx.run(
        "UPDATE card_batch_row SET version = (SELECT version FROM card WHERE card.id = card_id)
          WHERE batch_id = :id AND card_id IS NOT NULL",
        named_params! { ":id": id },
    )?;
    Ok(())
}

/// Chooses these lines of the list, leaves the others, and says how many were chosen.
pub(super) fn pick(tx: &WriteTx<'_>, id: BatchId, positions: &[i64]) -> Result<usize, Fault> {
    let positions = serde_json::to_string(positions).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.run(
        "UPDATE card_batch_row SET result = 'left', typed = iif(card_id IS NULL, typed, '') WHERE batch_id = :id",
        named_params! { ":id": id },
    )?;
    tx.run(
        "UPDATE card_batch_row SET result = 'picked'
          WHERE batch_id = :id AND card_id IS NOT NULL AND note <> 'twice'
            AND position IN (SELECT value FROM json_each(:positions))",
        named_params! { ":id": id, ":positions": positions },
    )
}

pub(super) fn pick_all(tx: &WriteTx<'_>, id: BatchId) -> Result<usize, Fault> {
    tx.run(
        "UPDATE card_batch_row
            SET result = iif(card_id IS NOT NULL AND note = '', 'picked', 'left'),
                typed = iif(card_id IS NULL, typed, '')
          WHERE batch_id = :id",
        named_params! { ":id": id },
    )?;
    picked_count(tx, id)
}

pub(super) fn set_state(tx: &WriteTx<'_>, id: BatchId, state: BatchState) -> Result<(), Fault> {
    tx.run(
        "UPDATE card_batch SET state = :state, touched_at = :now WHERE id = :id",
        named_params! { ":id": id, ":state": state, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn start(tx: &WriteTx<'_>, id: BatchId, event: HistoryId) -> Result<(), Fault> {
    tx.run(
        "UPDATE card_batch SET state = 'applying', history_id = :event, touched_at = :now WHERE id = :id",
        named_params! { ":id": id, ":event": event, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn touch(tx: &WriteTx<'_>, id: BatchId) -> Result<(), Fault> {
    tx.run(
        "UPDATE card_batch SET touched_at = :now WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn finish(tx: &WriteTx<'_>, id: BatchId) -> Result<(), Fault> {
    tx.run(
        "UPDATE card_batch SET state = 'done', touched_at = :now, finished_at = :now WHERE id = :id",
        named_params! { ":id": id, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn decide(
    tx: &WriteTx<'_>,
    id: BatchId,
    by: Option<(StaffId, &str, &str)>,
    refusal: Option<&str>,
) -> Result<(), Fault> {
    let (staff, name, origin) =
        by.map_or((None, None, None), |(id, name, at)| (Some(id), Some(name), Some(at)));
    tx.run(
        "UPDATE card_batch
            SET approver_id = :staff, approver = :name, approver_origin = :origin, decided_at = :now, refusal = :refusal
          WHERE id = :id AND state = 'proposed'",
        named_params! {
            ":id": id, ":staff": staff, ":name": name, ":origin": origin, ":now": tx.now(), ":refusal": refusal,
        },
    )?;
    Ok(())
}

const LINE: &str = "SELECT position, typed, card_id, note, version, result, why, before FROM card_batch_row";

fn line(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let note: String = row.get("note")?;
    let (result, why): (Option<String>, Option<String>) = (row.get("result")?, row.get("why")?);
    Ok(Stored {
        position: row.get("position")?,
        typed: row.get("typed")?,
        card: row.get("card_id")?,
        shared: note == "shared",
        twice: note == "twice",
        version: row.get("version")?,
        result: match result.as_deref() {
            Some("picked") => Some(Outcome::Picked),
            Some("left") => Some(Outcome::Left),
            Some("updated") => Some(Outcome::Updated),
            Some(_) => {
                Some(Outcome::Skipped(why.as_deref().and_then(Skip::from_code).unwrap_or(Skip::Counter)))
            }
            None => None,
        },
        before: row.get("before")?,
    })
}

/// The lines after this one, at most so many.
pub(super) fn lines_after(
    tx: &ReadTx<'_>,
    id: BatchId,
    after: i64,
    most: usize,
) -> Result<Vec<Stored>, Fault> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    tx.all(
        &format!("{LINE} WHERE batch_id = :id AND position > :after ORDER BY position LIMIT :most"),
        named_params! { ":id": id, ":after": after, ":most": most },
        line,
    )
}

pub(super) fn picked(tx: &ReadTx<'_>, id: BatchId, most: u32) -> Result<Vec<Stored>, Fault> {
    tx.all(
        &format!("{LINE} WHERE batch_id = :id AND result = 'picked' ORDER BY position LIMIT :most"),
        named_params! { ":id": id, ":most": most },
        line,
    )
}

pub(super) fn picked_count(tx: &ReadTx<'_>, id: BatchId) -> Result<usize, Fault> {
    let picked: i64 = tx.one(
        "SELECT count(*) AS picked FROM card_batch_row WHERE batch_id = :id AND result = 'picked'",
        named_params! { ":id": id },
        |row| row.get("picked"),
    )?;
    usize::try_from(picked).map_err(|_| Fault::Stored("card_batch_row".to_owned()))
}

pub(super) fn size(tx: &ReadTx<'_>, id: BatchId) -> Result<usize, Fault> {
    let lines: i64 = tx.one(
        "SELECT count(*) AS lines FROM card_batch_row WHERE batch_id = :id",
        named_params! { ":id": id },
        |row| row.get("lines"),
    )?;
    usize::try_from(lines).map_err(|_| Fault::Stored("card_batch_row".to_owned()))
}

pub(super) fn set_result(
    tx: &WriteTx<'_>,
    (id, position): (BatchId, i64),
    outcome: Outcome,
    before: Option<&str>,
    version_after: Option<i64>,
) -> Result<(), Fault> {
    let (result, why) = match outcome {
        Outcome::Picked => ("picked", None),
        Outcome::Left => ("left", None),
        Outcome::Updated => ("updated", None),
        Outcome::Skipped(why) => ("skipped", Some(why.code())),
    };
    tx.run(
        "UPDATE card_batch_row SET result = :result, why = :why, before = :before, version_after = :after
          WHERE batch_id = :id AND position = :position",
        named_params! {
            ":id": id, ":position": position, ":result": result, ":why": why, ":before": before,
            ":after": version_after,
        },
    )?;
    Ok(())
}

pub(super) fn oldest_open(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    tx.one("SELECT min(touched_at) AS oldest FROM card_batch WHERE state = 'open'", [], |row| {
        row.get("oldest")
    })
}

pub(super) fn delete_open(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    let gone = tx.run(
        "DELETE FROM card_batch_row WHERE (batch_id, position) IN (
           SELECT batch_id, position FROM card_batch_row JOIN card_batch ON card_batch.id = batch_id
            WHERE state = 'open' AND touched_at < :before LIMIT :limit)",
        named_params! { ":before": before, ":limit": limit },
    )?;
    let empty = tx.run(
        "DELETE FROM card_batch WHERE state = 'open' AND touched_at < :before
            AND NOT EXISTS (SELECT 1 FROM card_batch_row WHERE batch_id = card_batch.id)",
        named_params! { ":before": before },
    )?;
    Ok(gone + empty)
}
