//! A file that was shown takes effect.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::response::Response;

use super::check::{gone, under_way};
use super::check_view::Check;
use super::upload::{Stage, Upload};
use crate::cards::import::{self, Applied, ApplyError, Options};
use crate::web::PageError;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// How long the page waits for the end; what takes longer shows how far it is.
const PATIENCE: Duration = Duration::from_secs(2);

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
        return again(&ctx, upload.stage).await;
    }
    let typed = fields.get("reason");
    let again = Some(typed.clone()).filter(|reason| !reason.is_empty());
    let options = Options { file_name: upload.name.clone(), skip_errors, again, profile: None };
    // The work goes on when the browser goes away in the middle of it.
    let work = tokio::spawn(work(ctx.clone(), upload.clone(), options));
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(Ok(done))) => Ok(ctx.to(&format!("/imports/{}#main", done.run))),
        Ok(Ok(Err(refusal @ (ApplyError::Again(_) | ApplyError::BadReason)))) => {
            refused(&ctx, &upload, typed, refusal).await
        }
        Ok(Ok(Err(refusal))) => {
            Ok(ctx.to_with("/imports#main", Flash::wrong(wording::apply_error(refusal)?)))
        }
        Ok(Err(_)) => Err(crate::db::Fault::Panicked.into()),
        Err(_) => under_way(&ctx).await,
    }
}

async fn work(ctx: StaffCtx, upload: Upload, options: Options) -> Result<Applied, ApplyError> {
    let done = import::apply(&ctx.city.db, &ctx.actor(), &upload.file, &options, &|_, _| ()).await;
    let stage = done.as_ref().map_or(Stage::Shown, |done| Stage::Applied(done.run));
    ctx.state.uploads.step(&upload.token, Stage::Applying, stage);
    done
}

/// The same page once more, with the run in which the file stands.
async fn refused(
    ctx: &StaffCtx,
    upload: &Upload,
    typed: String,
    refusal: ApplyError,
) -> Result<Response, PageError> {
    let sha = upload.file.found.sha256.clone();
    let before = ctx.read(move |tx| import::of_file(tx, &sha)).await?;
    let wrong = Wrong::new("reason", wording::apply_error(refusal)?);
    ctx.again(&Check::of(ctx, upload, "", before.as_ref()).refused(typed, wrong))
}

async fn again(ctx: &StaffCtx, stage: Stage) -> Result<Response, PageError> {
    match stage {
        Stage::Applied(run) => Ok(ctx.to(&format!("/imports/{run}#main"))),
        Stage::Shown | Stage::Applying => under_way(ctx).await,
    }
}
