//! What a file would do.

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::views::Check;
use crate::cards::import;
use crate::web::PageError;
use crate::web::staff::{Flash, StaffCtx};

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match ctx.state.uploads.find(&ctx, &token) {
        Some(upload) => ctx.page(&Check::of(&ctx, &upload)),
        None => Ok(gone(&ctx)),
    }
}

/// The rows that cannot be taken, for a spreadsheet.
pub(in crate::web::staff) async fn errors(
    ctx: StaffCtx,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let Some(upload) = ctx.state.uploads.find(&ctx, &token) else { return Ok(gone(&ctx)) };
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"import-errors.csv\""),
    ];
    Ok((headers, import::errors_csv(&upload.report.errors)).into_response())
}

/// The file is not in memory any more.
pub(super) fn gone(ctx: &StaffCtx) -> Response {
    ctx.to_with(
        "/imports#main",
        Flash::mind("確認の期限（30分）が過ぎました。もう一度ファイルを選んでください。"),
    )
}
