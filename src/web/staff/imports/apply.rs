//! A file that was shown takes effect.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::response::Response;

use super::check::{gone, under_way};
use super::check_view::Check;
use super::upload::{Looked, Stage, Upload};
use crate::base::ImportProfileId;
use crate::booking::bring_in;
use crate::cards::import::{self, Applied, ApplyError, Options};
use crate::municipalities;
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
    let Some(looked) = upload.read.clone() else {
        return Ok(ctx.to(&format!("/imports/check/{token}/format#main")));
    };
    // Whoever leaves out what does not fit leaves rows out.
    let may_go_over = fields.get("over") != "leave";
    let skips = fields.get("how") == "skip";
    let skip_errors = skips || (!may_go_over && looked.over() > 0);
    if !looked.report().errors.is_empty() && !skips {
        let text = "何も書き込んでいません。直したファイルを選んでください。";
        return Ok(ctx.to_with("/imports#main", Flash::mind(text)));
    }
    if !uploads.step(&token, Stage::Shown, Stage::Applying) {
        return again(&ctx, upload.stage).await;
    }
    let typed = fields.get("reason");
    let again = Some(typed.clone()).filter(|reason| !reason.is_empty());
    let profile = saved_profile(&ctx, &upload).await?;
    let options = Options { file_name: upload.name.clone(), skip_errors, again, profile };
    // The work goes on when the browser goes away in the middle of it.
    let work = tokio::spawn(work(ctx.clone(), token, looked.clone(), options, may_go_over));
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(Ok(done))) => Ok(ctx.to(&format!("/imports/{}#main", done.run))),
        Ok(Ok(Err(refusal @ (ApplyError::Again(_) | ApplyError::BadReason)))) => {
            refused(&ctx, &upload, &looked, typed, refusal).await
        }
        Ok(Ok(Err(refusal))) => {
            Ok(ctx.to_with("/imports#main", Flash::wrong(wording::apply_error(refusal)?)))
        }
        Ok(Err(_)) => Err(crate::db::Fault::Panicked.into()),
        Err(_) => under_way(&ctx).await,
    }
}

/// The saved profile by which the file was read, where it was not changed since.
async fn saved_profile(ctx: &StaffCtx, upload: &Upload) -> Result<Option<ImportProfileId>, PageError> {
    let profile = upload.profile.clone();
    if profile.name.is_empty() {
        return Ok(None);
    }
    let newest = ctx.read(move |tx| import::newest(tx, &profile.name)).await?;
    Ok(newest.filter(|saved| saved.profile == upload.profile).map(|saved| saved.id))
}

async fn work(
    ctx: StaffCtx,
    token: String,
    looked: Looked,
    options: Options,
    may_go_over: bool,
) -> Result<Applied, ApplyError> {
    let (db, actor) = (&ctx.city.db, ctx.actor());
    let done = match &looked {
        Looked::Cards { file, .. } => import::apply(db, &actor, file, &options, &|_, _| ()).await,
        Looked::States { file, .. } => import::apply_states(db, &actor, file, &options, &|_, _| ()).await,
        Looked::Bookings { file, .. } => {
            bring_in::apply(db, &actor, file, &options, may_go_over, &|_, _| ()).await
        }
    };
    if done.is_ok() {
        municipalities::follow_strays(db, &actor).await?;
    }
    let stage = done.as_ref().map_or(Stage::Shown, |done| Stage::Applied(done.run));
    ctx.state.uploads.step(&token, Stage::Applying, stage);
    done
}

/// The same page once more, with the run in which the file stands.
async fn refused(
    ctx: &StaffCtx,
    upload: &Upload,
    looked: &Looked,
    typed: String,
    refusal: ApplyError,
) -> Result<Response, PageError> {
    let sha = looked.found().sha256.clone();
    let before = ctx.read(move |tx| import::of_file(tx, &sha)).await?;
    let wrong = Wrong::new("reason", wording::apply_error(refusal)?);
    ctx.again(&Check::of(ctx, upload, looked, "", before.as_ref()).refused(typed, wrong))
}

async fn again(ctx: &StaffCtx, stage: Stage) -> Result<Response, PageError> {
    match stage {
        Stage::Applied(run) => Ok(ctx.to(&format!("/imports/{run}#main"))),
        Stage::Shown | Stage::Applying => under_way(ctx).await,
    }
}
