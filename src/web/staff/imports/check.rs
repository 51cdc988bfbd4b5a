//! What a file would do: every kind of row to look at, before anything is written.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use super::check_view::Check;
use super::result::{csv, masked};
use super::upload::Stage;
use crate::cards::import;
use crate::web::PageError;
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx};

/// Which rows are shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::web::staff) struct Shown {
    #[serde(default)]
    show: String,
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Path(token): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<Response, PageError> {
    let Some(upload) = ctx.state.uploads.find(&ctx, &token) else { return Ok(gone(&ctx)) };
    match upload.stage {
        Stage::Applied(run) => Ok(ctx.to(&format!("/imports/{run}#main"))),
        Stage::Applying => under_way(&ctx).await,
        Stage::Shown => {
            let Some(looked) = &upload.read else {
                return Ok(ctx.to(&format!("/imports/check/{token}/format#main")));
            };
            let sha = looked.found().sha256.clone();
            let before = ctx.read(move |tx| import::of_file(tx, &sha)).await?;
            ctx.page(&Check::of(&ctx, &upload, looked, &shown.show, before.as_ref()))
        }
    }
}

/// The page of the run that is being written now; before it has begun, the list.
pub(super) async fn under_way(ctx: &StaffCtx) -> Result<Response, PageError> {
    let run = ctx.read(import::under_way).await?;
    Ok(run.map_or_else(|| ctx.to("/imports#runs"), |run| ctx.to(&format!("/imports/{run}#main"))))
}

/// The rows that cannot be taken, for a spreadsheet.
pub(in crate::web::staff) async fn errors(
    ctx: StaffCtx,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let Some(upload) = ctx.state.uploads.find(&ctx, &token) else { return Ok(gone(&ctx)) };
    let sight = Sight::of(&ctx.signed);
    let Some(looked) = upload.read else { return Ok(gone(&ctx)) };
    let noted: Vec<_> = looked.report().errors.iter().map(|error| masked(sight, error.into())).collect();
    Ok(csv("import-errors.csv", import::errors_csv(&noted)))
}

/// The file is not in memory any more.
pub(super) fn gone(ctx: &StaffCtx) -> Response {
    ctx.to_with(
        "/imports#main",
        Flash::mind("確認の期限（30分）が過ぎました。もう一度ファイルを選んでください。"),
    )
}
