//! A file that was shown takes effect.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::response::Response;

use super::check::gone;
use super::upload::{Stage, Upload};
use crate::cards::import::{self, Applied, ApplyError, Options};
use crate::web::PageError;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// How long the page waits for the end; a file that takes longer goes on without it.
const PATIENCE: Duration = Duration::from_secs(15);

pub(in crate::web::staff) async fn apply(
    Path(token): Path<String>,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let uploads = Arc::clone(&ctx.state.uploads);
    let Some(upload) = uploads.find(&ctx, &token) else { return Ok(gone(&ctx)) };
    let skip_errors = fields.get("how") == "skip";
    if !upload.report.errors.is_empty() && !skip_errors {
        let text = "何も書き込んでいません。直したファイルを選んでください。";
        return Ok(ctx.to_with("/imports#main", Flash::mind(text)));
    }
    if !uploads.step(&token, Stage::Shown, Stage::Applying) {
        return Ok(again(&ctx, upload.stage));
    }
    // The work goes on when the browser goes away in the middle of it.
    let work = tokio::spawn(work(ctx.clone(), upload, skip_errors));
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(Ok(done))) => Ok(ctx.to(&format!("/imports/{}#main", done.run))),
        Ok(Ok(Err(refusal))) => {
            Ok(ctx.to_with("/imports#main", Flash::wrong(wording::apply_error(refusal)?)))
        }
        Ok(Err(_)) => Err(crate::db::Fault::Panicked.into()),
        Err(_) => Ok(again(&ctx, Stage::Applying)),
    }
}

async fn work(ctx: StaffCtx, upload: Upload, skip_errors: bool) -> Result<Applied, ApplyError> {
    let options = Options { file_name: upload.name, skip_errors, profile: None };
    let done = import::apply(&ctx.city.db, &ctx.actor(), &upload.file, &options, &|_, _| ()).await;
    let stage = done.as_ref().map_or(Stage::Shown, |done| Stage::Applied(done.run));
    ctx.state.uploads.step(&upload.token, Stage::Applying, stage);
    done
}

fn again(ctx: &StaffCtx, stage: Stage) -> Response {
    match stage {
        Stage::Applied(run) => ctx.to(&format!("/imports/{run}#main")),
        Stage::Shown | Stage::Applying => {
            let text = "取込を続けています。終わると下の一覧に結果が出ます。";
            ctx.to_with("/imports#main", Flash::mind(text))
        }
    }
}
