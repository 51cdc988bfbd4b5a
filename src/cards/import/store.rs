//! The importer's SQL: runs, staged changes, and the cards of a run that was not finished.

use rusqlite::{Row, named_params};

use super::apply::{Options, Tally};
use super::file::File;
use super::runs::{Run, RunState};
use super::sort::NewValues;
use crate::base::{CardId, ImportRunId, NoticeId, text};
use crate::cards::Card;
use crate::cards::store::{CARD, card};
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn with_inquiry(tx: &ReadTx<'_>, inquiry: &str) -> Result<Option<Card>, Fault> {
    tx.opt(
        &format!("{CARD} WHERE inquiry_no = :inquiry AND inquiry_no <> '' ORDER BY id LIMIT 1"),
        named_params! { ":inquiry": inquiry },
        card,
    )
}

pub(super) fn applied(tx: &ReadTx<'_>, sha256: &str) -> Result<Option<ImportRunId>, Fault> {
    tx.opt(
        "SELECT id FROM import_run WHERE file_sha256 = :sha AND state = 'applied' ORDER BY id LIMIT 1",
        named_params! { ":sha": sha256 },
        |row| row.get("id"),
    )
}

pub(super) fn applying(tx: &ReadTx<'_>) -> Result<Option<ImportRunId>, Fault> {
    tx.opt("SELECT id FROM import_run WHERE state = 'applying' ORDER BY id LIMIT 1", [], |row| row.get("id"))
}

/// A run that is applied but for some of its changes.
pub(super) fn half_published(tx: &ReadTx<'_>) -> Result<Option<ImportRunId>, Fault> {
    tx.opt(
        "SELECT import_run.id FROM import_run
         JOIN import_change ON import_change.run_id = import_run.id
         WHERE state = 'applied' LIMIT 1",
        [],
        |row| row.get("id"),
    )
}

pub(super) fn insert_run(tx: &WriteTx<'_>, file: &File, options: &Options) -> Result<ImportRunId, Fault> {
    let row = tx.insert(
        "INSERT INTO import_run (kind, profile_id, file_name, file_sha256, file_size, encoding, state, actor, started_at)
         VALUES (:kind, :profile, :name, :sha, :size, :encoding, 'applying', :actor, :now)",
        named_params! {
            ":kind": file.profile.kind, ":profile": options.profile, ":name": options.file_name,
            ":sha": file.found.sha256, ":size": i64::try_from(file.found.size).unwrap_or(i64::MAX),
            ":encoding": file.found.code(), ":actor": tx.actor().display_name(), ":now": tx.now(),
        },
    )?;
    Ok(ImportRunId::of(row))
}

pub(super) fn end_run(
    tx: &WriteTx<'_>,
    run: ImportRunId,
    state: RunState,
    tally: &Tally,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_run
         SET state = :state, rows = :rows, new = :new, changed = :changed, unchanged = :unchanged,
             duplicate = :duplicate, error = :error, conflict = :conflict, finished_at = :now
         WHERE id = :run",
        named_params! {
            ":state": state, ":rows": tally.rows(), ":new": tally.new, ":changed": tally.changed,
            ":unchanged": tally.unchanged, ":duplicate": tally.duplicate, ":error": tally.error,
            ":conflict": tally.conflict, ":now": tx.now(), ":run": run,
        },
    )?;
    Ok(())
}

pub(super) fn stage(
    tx: &WriteTx<'_>,
    run: ImportRunId,
    card: CardId,
    line: u64,
    values: &NewValues,
) -> Result<(), Fault> {
    let fields = serde_json::to_string(values).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.run(
        "INSERT INTO import_change (run_id, card_id, line, fields) VALUES (:run, :card, :line, :fields)",
        named_params! {
            ":run": run, ":card": card, ":line": i64::try_from(line).unwrap_or(i64::MAX), ":fields": fields,
        },
    )?;
    Ok(())
}

pub(super) fn staged(
    tx: &ReadTx<'_>,
    run: ImportRunId,
    most: usize,
) -> Result<Vec<(CardId, NewValues)>, Fault> {
    let rows = tx.all(
        &format!("SELECT card_id, fields FROM import_change WHERE run_id = :run ORDER BY line LIMIT {most}"),
        named_params! { ":run": run },
        |row| Ok((row.get::<_, CardId>("card_id")?, row.get::<_, String>("fields")?)),
    )?;
    let understood = rows.into_iter().map(|(card, fields)| {
        let values = serde_json::from_str(&fields);
        values.map(|values| (card, values)).map_err(|_| Fault::Stored("import_change.fields".to_owned()))
    });
    understood.collect()
}

pub(super) fn unstage(tx: &WriteTx<'_>, run: ImportRunId, card: CardId) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM import_change WHERE run_id = :run AND card_id = :card",
        named_params! { ":run": run, ":card": card },
    )?;
    Ok(())
}

pub(super) fn unstage_some(tx: &WriteTx<'_>, run: ImportRunId, most: usize) -> Result<usize, Fault> {
    tx.run(
        &format!(
            "DELETE FROM import_change
             WHERE run_id = :run
               AND card_id IN (SELECT card_id FROM import_change WHERE run_id = :run LIMIT {most})"
        ),
        named_params! { ":run": run },
    )
}

pub(super) fn update(tx: &WriteTx<'_>, card: CardId, values: &NewValues) -> Result<(), Fault> {
    let notice = values.notice_id.as_deref().map(NoticeId::from_norm);
    tx.run(
        "UPDATE card
         SET notice_id = coalesce(:notice_id, notice_id), notice_id_norm = coalesce(:notice_norm, notice_id_norm),
             name = coalesce(:name, name), name_search = coalesce(:name_search, name_search),
             kana = coalesce(:kana, kana), kana_search = coalesce(:kana_search, kana_search),
             location_id = coalesce(:location, location_id), made_on = coalesce(:made_on, made_on),
             notice_sent_on = coalesce(:sent_on, notice_sent_on), pickup_due_on = coalesce(:due_on, pickup_due_on),
             valid_until = coalesce(:valid_until, valid_until), inquiry_no = coalesce(:inquiry_no, inquiry_no),
             updated_at = :now, version = version + 1
         WHERE id = :card",
        named_params! {
            ":notice_id": notice.as_ref().map(ToString::to_string),
            ":notice_norm": notice.as_ref().map(NoticeId::norm),
            ":name": values.name, ":name_search": values.name.as_deref().map(text::name_key),
            ":kana": values.kana, ":kana_search": values.kana.as_deref().map(text::kana_key),
            ":location": values.location, ":made_on": values.made_on, ":sent_on": values.notice_sent_on,
            ":due_on": values.pickup_due_on, ":valid_until": values.valid_until,
            ":inquiry_no": values.inquiry_no, ":now": tx.now(), ":card": card,
        },
    )?;
    Ok(())
}

/// The cards that a run put in, by the table itself: the view hides them.
pub(super) fn hidden_cards(tx: &ReadTx<'_>, run: ImportRunId, most: usize) -> Result<Vec<CardId>, Fault> {
    tx.all(
        &format!("SELECT id FROM card WHERE import_run_id = :run LIMIT {most}"),
        named_params! { ":run": run },
        |row| row.get("id"),
    )
}

pub(super) fn delete_card(tx: &WriteTx<'_>, card: CardId) -> Result<(), Fault> {
    tx.run("DELETE FROM card WHERE id = :card", named_params! { ":card": card })?;
    Ok(())
}

const RUN: &str =
    "SELECT id, file_name, file_sha256, encoding, state, new, changed, unchanged, duplicate, error, conflict,
        actor, started_at, finished_at
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
    Ok(Run {
        id: row.get("id")?,
        file_name: row.get("file_name")?,
        sha256: row.get("file_sha256")?,
        encoding: row.get("encoding")?,
        state: row.get("state")?,
        tally,
        actor: row.get("actor")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
    })
}
