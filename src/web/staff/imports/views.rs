//! A run as the pages show it, and the list of all of them.

use serde::Serialize;

use crate::base::{ImportRunId, Moment};
use crate::cards::import::{self, Kind, Run, RunState, Tally, Undone};
use crate::render::View;
use crate::web::staff::parts::Wrong;

/// Every run, and the form for a new one.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct List {
    pub(super) runs: Vec<RunView>,
    pub(super) under_way: bool,
    pub(super) kinds: Vec<(&'static str, &'static str)>,
    pub(super) wrong: Vec<Wrong>,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RunView {
    pub(super) id: ImportRunId,
    kind: &'static str,
    file: String,
    hash: String,
    encoding: &'static str,
    profile: Option<(String, i64)>,
    pub(super) tally: Tally,
    rows: u32,
    written: u32,
    pub(super) done: u32,
    pub(super) waiting: u32,
    undone: Undone,
    actor: String,
    at: Moment,
    seconds: Option<String>,
    undone_at: Option<(Moment, String)>,
    state: &'static str,
    word: &'static str,
    tone: &'static str,
}

impl RunView {
    pub(super) fn of(run: &Run) -> Self {
        let (word, tone) = match run.state {
            RunState::Applying => ("取込中", "wait"),
            RunState::Applied if run.waiting > 0 => ("更新中", "wait"),
            RunState::Applied => ("完了", "done"),
            RunState::Failed => ("取り込まず", "none"),
            RunState::Undoing => ("取消中", "wait"),
            RunState::Undone => ("取り消した", "none"),
        };
        let took = run.finished_at.map(|end| end.since(run.started_at).as_millis());
        Self {
            id: run.id,
            kind: kind_word(run.kind),
            file: run.file_name.clone(),
            hash: run.sha256.clone(),
            encoding: import::written_as(&run.encoding),
            profile: run.profile.clone(),
            rows: run.rows,
            written: run.tally.written(),
            tally: run.tally.clone(),
            done: run.done,
            waiting: run.waiting,
            undone: run.undone,
            actor: run.actor.clone(),
            at: run.started_at,
            seconds: took.map(|ms| format!("{}.{}", ms / 1000, ms % 1000 / 100)),
            undone_at: run.undone_at.clone(),
            state: run.state.code(),
            word,
            tone,
        }
    }
}

impl RunView {
    /// How much is done, of 100: reading is the first half of the way, writing changes the second.
    pub(super) fn percent(&self) -> u32 {
        let part = |done: u32, of: u32| (u64::from(done) * 100).checked_div(u64::from(of)).unwrap_or(100);
        let percent = match self.state {
            "applying" => part(self.done, self.rows) / 2,
            "undoing" => part(self.undone.removed + self.undone.restored + self.undone.kept, self.written),
            _ => 50 + part(self.tally.changed.saturating_sub(self.waiting), self.tally.changed) / 2,
        };
        u32::try_from(percent.min(100)).unwrap_or(100)
    }
}

/// Every kind of file, as a form offers them.
pub(super) fn kinds() -> Vec<(&'static str, &'static str)> {
    Kind::all().map(|kind| (kind.code(), kind_word(kind))).into()
}

/// What the kind of a file is called.
pub(super) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Card => "作成情報",
        Kind::Booking => "旧予約の移行",
        Kind::CardStatus => "状態・メールの移行",
    }
}

pub(super) fn sample_run(state: RunState, error: u32) -> Run {
    let tally = Tally { new: 1210, changed: 52, unchanged: 15, error, conflict: 3, ..Tally::default() };
    let undone = state == RunState::Undone;
    Run {
        id: ImportRunId::of(13),
        kind: Kind::Card,
        file_name: "koufu_20260410.csv".to_owned(),
        sha256: "0".repeat(64),
        encoding: "cp932".to_owned(),
        profile: None,
        state,
        rows: 1277 + error,
        done: 800,
        waiting: 0,
        tally,
        undone: if undone { Undone { removed: 1210, restored: 52, kept: 0 } } else { Undone::default() },
        actor: "山田 花子".to_owned(),
        started_at: Moment::from_millis(1_776_040_000_000),
        finished_at: (state != RunState::Applying).then_some(Moment::from_millis(1_776_040_002_100)),
        undone_at: undone.then(|| (Moment::from_millis(1_776_040_900_000), "山田 花子".to_owned())),
    }
}

impl View for List {
    const TEMPLATE: &'static str = "staff/imports.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let runs = RunState::ALL.map(|state| RunView::of(&sample_run(state, 7)));
        let wrong = vec![Wrong::new("file", "ファイルを選んでください。")];
        vec![
            ("imports", Self { runs: runs.into(), under_way: true, kinds: kinds(), wrong: Vec::new() }),
            ("no imports", Self { runs: Vec::new(), under_way: false, kinds: kinds(), wrong }),
        ]
    }
}
