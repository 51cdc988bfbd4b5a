//! Every run so far, and the way to a new one.

use axum::response::Response;

use super::views::{List, RunView, kinds};
use crate::cards::import::{self, Run};
use crate::web::PageError;
use crate::web::staff::StaffCtx;
use crate::web::staff::parts::Wrong;

/// Runs that the page lists.
const RUNS: usize = 50;

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let view = view(&ctx, Vec::new()).await?;
    ctx.page(&view)
}

pub(super) async fn view(ctx: &StaffCtx, wrong: Vec<Wrong>) -> Result<List, PageError> {
    let runs = ctx.read(|tx| import::runs(tx, RUNS)).await?;
    let under_way = runs.iter().any(Run::is_under_way);
    Ok(List { runs: runs.iter().map(RunView::of).collect(), under_way, kinds: kinds(), wrong })
}
