//! What became of one run: how far it is while it is under way, what it did, the rows it left out.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::views::{RunView, sample_run};
use crate::accounts::Permission;
use crate::base::ImportRunId;
use crate::cards::import::{self, Noted, RunState};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::StaffCtx;
use crate::web::staff::parts::Row;
use crate::web::staff::sight::{HIDDEN, Sight};

/// Rows of a run up to which its page says at once whether it can be taken back.
const COUNTED: u32 = 5_000;

/// What a file did, or is doing.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Outcome {
    run: RunView,
    /// Whether something of it is still being written; the page then comes again by itself.
    under_way: bool,
    /// How much is done, of 100.
    percent: u32,
    /// Whether rows were left out.
    errors: bool,
    /// Cards on which somebody has built since; `None` where there are too many to look at each time.
    touched: Option<u32>,
    /// Whether this person may change many cards at once, which comes next.
    many: bool,
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let id = ImportRunId::of(id);
    let run = ctx.read(move |tx| import::run(tx, id)).await?.ok_or(PageError::NotFound)?;
    let errors = ctx.read(move |tx| import::has_errors(tx, id)).await?;
    let stands = run.state == RunState::Applied && run.waiting == 0;
    let touched = if stands && run.tally.written() <= COUNTED {
        Some(super::undo::touched(&ctx, id).await?.count)
    } else {
        None
    };
    let under_way = run.is_under_way();
    let view = RunView::of(&run);
    let percent = view.percent();
    let many = ctx.may(Permission::BulkStatus);
    ctx.page(&Outcome { run: view, under_way, percent, errors, touched, many })
}

/// The rows that were left out, for a spreadsheet.
pub(in crate::web::staff) async fn errors(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let id = ImportRunId::of(id);
    let found = ctx
        .read(move |tx| Ok::<_, crate::db::Fault>((import::run(tx, id)?, import::errors(tx, id)?)))
        .await?;
    let (Some(_), noted) = found else { return Err(PageError::NotFound) };
    let sight = Sight::of(&ctx.signed);
    let seen: Vec<Noted> = noted.into_iter().map(|one| masked(sight, one)).collect();
    Ok(csv(&format!("import-{id}-errors.csv"), import::errors_csv(&seen)))
}

/// A file to save.
pub(super) fn csv(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

/// The row without what this person may not see.
pub(super) fn masked(sight: Sight, noted: Noted) -> Noted {
    let seen = match noted.column.as_str() {
        "交付通知書ID" => sight.notice,
        "氏名" | "フリガナ" => sight.name,
        "生年月日" => sight.birth,
        "メールアドレス" => sight.email,
        // What stands in no column may be anything.
        "" => sight == Sight::ALL,
        _ => true,
    };
    if seen { noted } else { Noted { value: HIDDEN.to_owned(), ..noted } }
}

impl View for Outcome {
    const TEMPLATE: &'static str = "staff/import_result.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |state, error: u32, touched| {
            let run = sample_run(state, error);
            let under_way = run.is_under_way();
            let run = RunView::of(&run);
            Self { run, under_way, percent: 62, errors: error > 0, touched, many: true }
        };
        vec![
            ("import result", of(RunState::Applied, 7, Some(0))),
            ("import result in use", of(RunState::Applied, 0, Some(12))),
            ("import result large", of(RunState::Applied, 0, None)),
            ("import failed", of(RunState::Failed, 0, None)),
            ("import failed by rows", of(RunState::Failed, 3, None)),
            ("import under way", of(RunState::Applying, 0, None)),
            ("import being undone", of(RunState::Undoing, 0, None)),
            ("import undone", of(RunState::Undone, 0, None)),
        ]
    }
}
