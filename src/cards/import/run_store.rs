//! The rows of `import_run` and `import_error`.

use rusqlite::{Row, named_params};

use super::apply::Head;
use super::report::Tally;
use super::runs::{Run, RunState};
use super::undo::Undone;
use super::why::{Noted, RowError};
use crate::base::{HistoryId, ImportRunId};
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn applied(tx: &ReadTx<'_>, sha256: &str) -> Result<Option<ImportRunId>, Fault> {
    tx.opt(
        "SELECT id FROM import_run WHERE file_sha256 = :sha AND state = 'applied' ORDER BY id LIMIT 1",
        named_params! { ":sha": sha256 },
        |row| row.get("id"),
    )
}

/// A run of cards or card states that is in this state; runs of bookings are the booking room's.
pub(super) fn in_state(tx: &ReadTx<'_>, state: RunState) -> Result<Option<ImportRunId>, Fault> {
    tx.opt(
        "SELECT id FROM import_run WHERE state = :state AND kind <> 'booking' ORDER BY id LIMIT 1",
        named_params! { ":state": state },
        |row| row.get("id"),
    )
}

/// A run that is applied but for some of its changes.
pub(super) fn half_published(tx: &ReadTx<'_>) -> Result<Option<ImportRunId>, Fault> {
    tx.opt(
        "SELECT import_change.run_id AS id FROM import_change
         JOIN import_run ON import_run.id = import_change.run_id
         WHERE import_change.done = 0 AND state = 'applied' LIMIT 1",
        [],
        |row| row.get("id"),
    )
}

/// A run of which something is still to be written, one way or the other.
pub(super) fn busy(tx: &ReadTx<'_>) -> Result<Option<ImportRunId>, Fault> {
    let moving = tx.opt(
        "SELECT id FROM import_run WHERE state IN ('applying', 'undoing') ORDER BY id LIMIT 1",
        [],
        |row| row.get("id"),
    )?;
    if moving.is_some() {
        return Ok(moving);
    }
    let unmade = tx.opt(
        "SELECT import_booking.run_id AS id FROM import_booking
         JOIN import_run ON import_run.id = import_booking.run_id
         WHERE import_booking.done = 0 AND state = 'applied' LIMIT 1",
        [],
        |row| row.get("id"),
    )?;
    if unmade.is_some() { Ok(unmade) } else { half_published(tx) }
}

pub(super) fn insert_run(tx: &WriteTx<'_>, head: &Head) -> Result<ImportRunId, Fault> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let row = tx.insert(
        "INSERT INTO import_run (kind, file_name, file_sha256, file_size, encoding, profile_id,
                                 again_reason, state, rows, actor, started_at)
         VALUES (:kind, :name, :sha, :size, :encoding, :profile, :again, 'applying', :rows, :actor, :now)",
        named_params! {
            ":kind": head.kind, ":name": head.options.file_name, ":sha": head.sha256, ":size": number(head.size),
            ":encoding": head.encoding, ":profile": head.options.profile,
            ":again": head.options.again.as_deref().map(str::trim),
            ":rows": number(head.rows), ":actor": tx.actor().display_name(), ":now": tx.now(),
        },
    )?;
    Ok(ImportRunId::of(row))
}

/// The event that says that the run began; the cards that it brings are shown under it.
pub(super) fn set_event(tx: &WriteTx<'_>, run: ImportRunId, event: HistoryId) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_run SET event_id = :event WHERE id = :run",
        named_params! { ":run": run, ":event": event.get() },
    )?;
    Ok(())
}

pub(super) fn set_done(tx: &WriteTx<'_>, run: ImportRunId, done: usize) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_run SET done = :done WHERE id = :run",
        named_params! { ":run": run, ":done": i64::try_from(done).unwrap_or(i64::MAX) },
    )?;
    Ok(())
}

pub(super) fn set_state(tx: &WriteTx<'_>, run: ImportRunId, state: RunState) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_run SET state = :state WHERE id = :run",
        named_params! { ":run": run, ":state": state },
    )?;
    Ok(())
}

pub(super) fn end_run(
    tx: &WriteTx<'_>,
    run: ImportRunId,
    state: RunState,
    tally: &Tally,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_run
         SET state = :state, new = :new, changed = :changed, unchanged = :unchanged,
             duplicate = :duplicate, error = :error, conflict = :conflict, finished_at = :now
         WHERE id = :run",
        named_params! {
            ":state": state, ":new": tally.new, ":changed": tally.changed,
            ":unchanged": tally.unchanged, ":duplicate": tally.duplicate, ":error": tally.error,
            ":conflict": tally.conflict, ":now": tx.now(), ":run": run,
        },
    )?;
    Ok(())
}

pub(super) fn count_left_out(tx: &WriteTx<'_>, run: ImportRunId, rows: usize) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_run SET new = new - :rows, error = error + :rows WHERE id = :run",
        named_params! { ":run": run, ":rows": i64::try_from(rows).unwrap_or(i64::MAX) },
    )?;
    Ok(())
}

pub(super) fn add_undone(tx: &WriteTx<'_>, run: ImportRunId, part: Undone) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_run
         SET removed = removed + :removed, restored = restored + :restored, kept = kept + :kept
         WHERE id = :run",
        named_params! {
            ":run": run, ":removed": part.removed, ":restored": part.restored, ":kept": part.kept,
        },
    )?;
    Ok(())
}

pub(super) fn end_undo(tx: &WriteTx<'_>, run: ImportRunId) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_run SET state = 'undone', undone_at = :now, undone_by = :actor WHERE id = :run",
        named_params! { ":run": run, ":now": tx.now(), ":actor": tx.actor().display_name() },
    )?;
    Ok(())
}

pub(super) fn insert_error(tx: &WriteTx<'_>, run: ImportRunId, error: &RowError) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO import_error (run_id, line, field, value, why) VALUES (:run, :line, :field, :value, :why)",
        named_params! {
            ":run": run, ":line": i64::try_from(error.line).unwrap_or(i64::MAX), ":field": error.column,
            ":value": error.value, ":why": error.why.sentence(),
        },
    )?;
    Ok(())
}

pub(super) fn has_errors(tx: &ReadTx<'_>, run: ImportRunId) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM import_error WHERE run_id = :run) AS any",
        named_params! { ":run": run },
        |row| row.get("any"),
    )
}

pub(super) fn errors(tx: &ReadTx<'_>, run: ImportRunId) -> Result<Vec<Noted>, Fault> {
    tx.all(
        "SELECT line, field, value, why FROM import_error WHERE run_id = :run ORDER BY line, id",
        named_params! { ":run": run },
        |row| {
            Ok(Noted {
                line: row.get::<_, i64>("line")?.unsigned_abs(),
                column: row.get("field")?,
                value: row.get("value")?,
                why: row.get("why")?,
            })
        },
    )
}

const RUN: &str = "SELECT id, kind, file_name, file_sha256, encoding, state, rows, done, new,
        changed, unchanged, duplicate, error, conflict, removed, restored, kept, actor, started_at, finished_at,
        undone_at, undone_by,
        (SELECT name FROM import_profile WHERE import_profile.id = profile_id) AS profile_name,
        (SELECT version FROM import_profile WHERE import_profile.id = profile_id) AS profile_version,
        (SELECT count(*) FROM import_change WHERE run_id = import_run.id AND import_change.done = 0)
        + (SELECT count(*) FROM import_booking WHERE run_id = import_run.id AND import_booking.done = 0) AS waiting
   FROM import_run";

pub(super) fn run(tx: &ReadTx<'_>, id: ImportRunId) -> Result<Option<Run>, Fault> {
    tx.opt(&format!("{RUN} WHERE id = :id"), named_params! { ":id": id }, run_of)
}

pub(super) fn runs(tx: &ReadTx<'_>, most: usize) -> Result<Vec<Run>, Fault> {
    tx.all(&format!("{RUN} ORDER BY id DESC LIMIT {most}"), [], run_of)
}

fn run_of(row: &Row<'_>) -> rusqlite::Result<Run> {
    let tally = Tally {
        new: row.get("new")?,
        changed: row.get("changed")?,
        unchanged: row.get("unchanged")?,
        duplicate: row.get("duplicate")?,
        error: row.get("error")?,
        conflict: row.get("conflict")?,
    };
    let undone =
        Undone { removed: row.get("removed")?, restored: row.get("restored")?, kept: row.get("kept")? };
    let profile: Option<String> = row.get("profile_name")?;
    let version: Option<i64> = row.get("profile_version")?;
    let by: Option<String> = row.get("undone_by")?;
    Ok(Run {
        id: row.get("id")?,
        kind: row.get("kind")?,
        file_name: row.get("file_name")?,
        sha256: row.get("file_sha256")?,
        encoding: row.get("encoding")?,
        profile: profile.zip(version),
        state: row.get("state")?,
        rows: row.get("rows")?,
        done: row.get("done")?,
        waiting: row.get("waiting")?,
        tally,
        undone,
        actor: row.get("actor")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        undone_at: row.get::<_, Option<_>>("undone_at")?.zip(by),
    })
}
