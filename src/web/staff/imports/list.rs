//! Every run so far, the way to a new one, and the result of one.

use axum::response::Response;

use super::views::{List, Outcome, RunView};
use crate::base::ImportRunId;
use crate::cards::import::{self, RunState};
use crate::web::PageError;
use crate::web::staff::StaffCtx;
use crate::web::staff::parts::{Row, Wrong};

/// Runs that the page lists.
const RUNS: usize = 50;

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let view = view(&ctx, Vec::new()).await?;
    ctx.page(&view)
}

pub(super) async fn view(ctx: &StaffCtx, wrong: Vec<Wrong>) -> Result<List, PageError> {
    let runs = ctx.read(|tx| import::runs(tx, RUNS)).await?;
    let under_way = runs.iter().any(|run| run.state == RunState::Applying);
    Ok(List { runs: runs.iter().map(RunView::of).collect(), under_way, wrong })
}

pub(in crate::web::staff) async fn result(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let id = ImportRunId::of(id);
    let run = ctx.read(move |tx| import::run(tx, id)).await?.ok_or(PageError::NotFound)?;
    let upload = ctx.state.uploads.of_run(&ctx, id);
    let errors = upload.filter(|upload| !upload.report.errors.is_empty()).map(|upload| upload.token);
    ctx.page(&Outcome { run: RunView::of(&run), errors })
}
