//! What the pages of the import show.

use serde::Serialize;

use super::upload::Upload;
use crate::base::{ImportRunId, Moment};
use crate::cards::import::{self, Row, RowError, Run, RunState, Tally};
use crate::render::View;
use crate::web::staff::StaffCtx;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::{HIDDEN, Sight};

/// Rows of each kind that a page shows; the CSV has all errors.
const SHOWN: usize = 200;
const FIRST: usize = 20;

/// Every run, and the form for a new one.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct List {
    pub(super) runs: Vec<RunView>,
    pub(super) under_way: bool,
    pub(super) wrong: Vec<Wrong>,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RunView {
    id: ImportRunId,
    file: String,
    encoding: &'static str,
    tally: Tally,
    rows: u32,
    written: u32,
    actor: String,
    at: Moment,
    seconds: Option<String>,
    state: &'static str,
    word: &'static str,
    tone: &'static str,
}

impl RunView {
    pub(super) fn of(run: &Run) -> Self {
        let (word, tone) = match run.state {
            RunState::Applying => ("取込中", "wait"),
            RunState::Applied => ("完了", "done"),
            RunState::Failed => ("取り込まず", "none"),
        };
        let took = run.finished_at.map(|end| end.since(run.started_at).as_millis());
        Self {
            id: run.id,
            file: run.file_name.clone(),
            encoding: import::written_as(&run.encoding),
            rows: run.tally.rows(),
            written: run.tally.written(),
            tally: run.tally.clone(),
            actor: run.actor.clone(),
            at: run.started_at,
            seconds: took.map(|ms| format!("{}.{}", ms / 1000, ms % 1000 / 100)),
            state: run.state.code(),
            word,
            tone,
        }
    }
}

/// What a file would do.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Check {
    token: String,
    file: String,
    encoding: &'static str,
    rows: u32,
    tally: Tally,
    /// Rows that would be taken.
    good: u32,
    errors: Vec<ErrorRow>,
    more_errors: usize,
    doubtful: Vec<FirstRow>,
    first: Vec<FirstRow>,
    applied: bool,
}

#[derive(Debug, Serialize)]
struct ErrorRow {
    line: u64,
    column: &'static str,
    value: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct FirstRow {
    line: u64,
    notice: String,
    name: String,
    kana: String,
    birth: String,
    location: String,
    storage: String,
    shelf: String,
}

impl Check {
    pub(super) fn of(ctx: &StaffCtx, upload: &Upload) -> Self {
        let sight = Sight::of(&ctx.signed);
        let (file, report) = (&upload.file, &upload.report);
        let errors = report.errors.iter().take(SHOWN).map(|error| error_row(sight, error)).collect();
        Self {
            token: upload.token.clone(),
            file: upload.name.clone(),
            encoding: file.found.label(),
            rows: report.rows,
            tally: report.tally.clone(),
            good: report.rows - report.tally.error,
            errors,
            more_errors: report.errors.len().saturating_sub(SHOWN),
            doubtful: file.doubtful().take(SHOWN).map(|row| first_row(sight, row)).collect(),
            first: file.rows.iter().take(FIRST).map(|row| first_row(sight, row)).collect(),
            applied: upload.stage != super::upload::Stage::Shown,
        }
    }
}

fn error_row(sight: Sight, error: &RowError) -> ErrorRow {
    let seen = match error.column {
        "交付通知書ID" => sight.notice,
        "氏名" | "フリガナ" => sight.name,
        "生年月日" => sight.birth,
        _ => true,
    };
    let value = if seen { error.value.clone() } else { HIDDEN.to_owned() };
    ErrorRow { line: error.line, column: error.column, value, why: error.why.sentence() }
}

fn first_row(sight: Sight, row: &Row) -> FirstRow {
    let card = &row.card;
    let seen = |may: bool, text: String| if may { text } else { HIDDEN.to_owned() };
    FirstRow {
        line: row.line,
        notice: seen(sight.notice, card.notice_id.to_string()),
        name: seen(sight.name, card.name.clone()),
        kana: seen(sight.name, card.kana.clone()),
        birth: seen(sight.birth, card.birth.to_string()),
        location: row.location.clone(),
        storage: row.storage.clone(),
        shelf: row.shelf.clone(),
    }
}

/// What a file did.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Outcome {
    pub(super) run: RunView,
    /// Where the rows that were left out can still be had.
    pub(super) errors: Option<String>,
}

fn sample_run(state: RunState, error: u32) -> RunView {
    let tally = Tally { new: 1210, changed: 52, unchanged: 15, error, conflict: 3, ..Tally::default() };
    RunView::of(&Run {
        id: ImportRunId::of(13),
        file_name: "koufu_20260410.csv".to_owned(),
        sha256: "0".repeat(64),
        encoding: "cp932".to_owned(),
        state,
        tally,
        actor: "山田 花子".to_owned(),
        started_at: Moment::from_millis(1_776_040_000_000),
        finished_at: (state != RunState::Applying).then_some(Moment::from_millis(1_776_040_002_100)),
    })
}

impl View for List {
    const TEMPLATE: &'static str = "staff/imports.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let runs =
            [RunState::Applying, RunState::Applied, RunState::Failed].map(|state| sample_run(state, 7));
        let wrong = vec![Wrong::new("file", "ファイルを選んでください。")];
        vec![
            ("imports", Self { runs: runs.into(), under_way: true, wrong: Vec::new() }),
            ("no imports", Self { runs: Vec::new(), under_way: false, wrong }),
        ]
    }
}

impl View for Check {
    const TEMPLATE: &'static str = "staff/import_check.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = || FirstRow {
            line: 2,
            notice: "A13-345603".to_owned(),
            name: "髙橋 花子".to_owned(),
            kana: "タカハシ ハナコ".to_owned(),
            birth: "1990-04-13".to_owned(),
            location: "本庁舎".to_owned(),
            storage: String::new(),
            shelf: "B-4-103".to_owned(),
        };
        let error = ErrorRow {
            line: 88,
            column: "生年月日",
            value: "S63.13.2".to_owned(),
            why: "月が1〜12ではありません".to_owned(),
        };
        let of = |errors: Vec<ErrorRow>, more_errors, applied| Self {
            token: "0".repeat(32),
            file: "koufu_20260410.csv".to_owned(),
            encoding: "Shift_JIS（CP932）",
            rows: 1284,
            tally: Tally { new: 1210, changed: 52, unchanged: 15, error: 7, conflict: 3, ..Tally::default() },
            good: 1277,
            errors,
            more_errors,
            doubtful: if more_errors > 0 { vec![row()] } else { Vec::new() },
            first: vec![row()],
            applied,
        };
        vec![
            ("import check", of(vec![error], 300, false)),
            ("import check without errors", of(Vec::new(), 0, false)),
            ("import check applied", of(Vec::new(), 0, true)),
        ]
    }
}

impl View for Outcome {
    const TEMPLATE: &'static str = "staff/import_result.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("import result", Self { run: sample_run(RunState::Applied, 7), errors: Some("0".repeat(32)) }),
            ("import result whole", Self { run: sample_run(RunState::Applied, 0), errors: None }),
            ("import failed", Self { run: sample_run(RunState::Failed, 0), errors: None }),
            ("import under way", Self { run: sample_run(RunState::Applying, 0), errors: None }),
        ]
    }
}
