//! Step 2: how a file is to be read. The file is shown as it would be; nothing is written.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;

use super::check::gone;
use super::format_form;
use super::format_view::FormatPage;
use super::result::csv;
use super::upload::{Stage, Upload, look};
use crate::cards::import::{self, Peek, Profile, ReadError, SaveError};
use crate::municipalities;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Rows of the file that are shown.
const FIRST: usize = 8;

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let Some(upload) = waiting(&ctx, &token) else { return Ok(gone(&ctx)) };
    let profile = upload.profile.clone();
    let (view, _) = page(&ctx, &upload, &profile, Vec::new()).await?;
    ctx.page(&view)
}

/// The file, while it is not applied.
fn waiting(ctx: &StaffCtx, token: &str) -> Option<Upload> {
    ctx.state.uploads.find(ctx, token).filter(|upload| upload.stage == Stage::Shown)
}

/// The page for this profile, and what the file looks like through it.
async fn page(
    ctx: &StaffCtx,
    upload: &Upload,
    profile: &Profile,
    mut wrong: Vec<Wrong>,
) -> Result<(FormatPage, Option<Peek>), PageError> {
    let seen = match seen(upload, profile).await? {
        Ok(seen) => Some(hidden(Sight::of(&ctx.signed), seen)),
        Err(error) => {
            wrong.insert(0, Wrong::new("format", wording::read_error(&error)));
            None
        }
    };
    let saved = ctx.read(import::saved).await?;
    let may_convert = sees_files(Sight::of(&ctx.signed));
    Ok((FormatPage::of(upload, profile, seen.as_ref(), &saved, wrong).convertible(may_convert), seen))
}

/// What a cell means is not known yet: whoever may not see everything of a person sees no cell at all.
fn hidden(sight: Sight, mut seen: Peek) -> Peek {
    if !sees_files(sight) {
        for cell in seen.first.iter_mut().flat_map(|(_, cells)| cells).filter(|cell| !cell.is_empty()) {
            HIDDEN.clone_into(cell);
        }
    }
    seen
}

/// Whether this person may see whatever a file of cards tells of people.
pub(super) fn sees_files(sight: Sight) -> bool {
    sight.name && sight.birth && sight.notice && sight.email
}

async fn seen(upload: &Upload, profile: &Profile) -> Result<Result<Peek, ReadError>, PageError> {
    let (bytes, profile) = (Arc::clone(&upload.bytes), profile.clone());
    let seen = tokio::task::spawn_blocking(move || import::peek(&bytes, &profile, FIRST)).await;
    seen.map_err(|_| crate::db::Fault::Panicked.into())
}

/// One form, several buttons: look again, take a saved profile, save, convert, go on.
pub(in crate::web::staff) async fn act(
    Path(token): Path<String>,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let Some(upload) = waiting(&ctx, &token) else { return Ok(gone(&ctx)) };
    let here = format!("/imports/check/{token}/format#main");
    match fields.get("act").as_str() {
        "use" => use_saved(&ctx, &upload, &fields.get("saved"), &here).await,
        "look" => {
            // Another layout has other columns: they are proposed anew where none of the former is left.
            let layout = format_form::layout(&fields, &upload.profile);
            let seen = seen(&upload, &layout).await?;
            let mut profile = format_form::profile(&fields, &upload.profile, seen.as_ref().ok());
            if let Ok(seen) = &seen
                && !profile.columns.iter().any(|column| holds(seen, column))
            {
                profile.columns = import::propose(profile.kind, &seen.found.header).columns;
            }
            keep(&ctx, &token, profile, fields.has("complete"));
            Ok(ctx.to(&here))
        }
        what => {
            let layout = format_form::layout(&fields, &upload.profile);
            let seen = seen(&upload, &layout).await?.ok();
            let profile = format_form::profile(&fields, &upload.profile, seen.as_ref());
            match what {
                "save" => save(&ctx, &upload, profile, fields.has("complete"), &here).await,
                "convert" => convert(&ctx, &upload, profile).await,
                _ => go_on(&ctx, &upload, profile, &fields).await,
            }
        }
    }
}

fn holds(seen: &Peek, column: &import::Column) -> bool {
    match &column.from {
        import::Place::Header(name) => seen.found.header.iter().any(|one| one.trim() == name.trim()),
        import::Place::Index(number) => usize::from(*number) <= seen.width,
        import::Place::Bytes { .. } => true,
    }
}

fn keep(ctx: &StaffCtx, token: &str, profile: Profile, complete: bool) {
    ctx.state.uploads.read_by(ctx, token, |upload| {
        upload.profile = profile;
        upload.complete = complete;
        upload.read = None;
    });
}

async fn use_saved(ctx: &StaffCtx, upload: &Upload, name: &str, here: &str) -> Result<Response, PageError> {
    let name = name.to_owned();
    let found = ctx.read(move |tx| import::newest(tx, &name)).await?;
    let profile = match found.filter(|one| one.profile.kind == upload.profile.kind) {
        Some(saved) => saved.profile,
        None => Profile::standard(upload.profile.kind),
    };
    keep(ctx, &upload.token, profile, upload.complete);
    Ok(ctx.to(here))
}

async fn save(
    ctx: &StaffCtx,
    upload: &Upload,
    profile: Profile,
    complete: bool,
    here: &str,
) -> Result<Response, PageError> {
    let wish = profile.clone();
    match ctx.city.db.write(ctx.actor(), move |tx| import::save(tx, &wish)).await {
        Ok(_) => {
            let text = format!("取込設定「{}」を保存しました。", profile.name);
            keep(ctx, &upload.token, profile, complete);
            Ok(ctx.to_with(here, Flash::done(text)))
        }
        Err(refusal) => {
            let wrong = wrong_of(refusal)?;
            ctx.again(&page(ctx, upload, &profile, vec![wrong]).await?.0)
        }
    }
}

/// Why a profile is not saved, with the field that it is about.
pub(super) fn wrong_of(refusal: SaveError) -> Result<Wrong, PageError> {
    let field = if matches!(refusal, SaveError::Wrong(_)) { "columns" } else { "name" };
    Ok(Wrong::new(field, wording::save_profile(refusal)?))
}

/// The same file in the standard layout, to be saved; refused while a row of it cannot be read, and to whoever may not see
/// what stands in it: a file with masks would be brought in as it is.
async fn convert(ctx: &StaffCtx, upload: &Upload, profile: Profile) -> Result<Response, PageError> {
    if !sees_files(Sight::of(&ctx.signed)) {
        let why =
            "変換したファイルには氏名・生年月日などがそのまま入ります。見る権限のある人が変換してください。";
        return ctx.again(&page(ctx, upload, &profile, vec![Wrong::new("columns", why)]).await?.0);
    }
    let context = ctx.read(municipalities::import_context).await?;
    let (bytes, by) = (Arc::clone(&upload.bytes), profile.clone());
    let read = tokio::task::spawn_blocking(move || {
        // A conversion takes any place by its name: whether the city has it is asked at the import.
        let context = import::Context { locations: None, storages: None, ..context };
        by.check().map(|()| import::read_with(&bytes, &by, &context))
    });
    let why = match read.await {
        Ok(Ok(Ok(file))) if file.errors.is_empty() => {
            return Ok(csv("standard.csv", import::standard_csv(&file.rows)));
        }
        Ok(Ok(Ok(file))) => {
            format!(
                "読めない行が{}行あるので変換できません。「内容を確かめる」で理由を見てください。",
                file.errors.len()
            )
        }
        Ok(Ok(Err(error))) => wording::read_error(&error),
        Ok(Err(error)) => error.sentence(),
        Err(_) => return Err(crate::db::Fault::Panicked.into()),
    };
    ctx.again(&page(ctx, upload, &profile, vec![Wrong::new("columns", why)]).await?.0)
}

async fn go_on(
    ctx: &StaffCtx,
    upload: &Upload,
    profile: Profile,
    fields: &Fields,
) -> Result<Response, PageError> {
    let why = match profile.check() {
        Err(error) => error.sentence(),
        Ok(()) => match look(ctx, upload, profile.clone(), fields.has("complete")).await? {
            Ok(()) => return Ok(ctx.to(&format!("/imports/check/{}#main", upload.token))),
            Err(error) => wording::read_error(&error),
        },
    };
    keep(ctx, &upload.token, profile.clone(), fields.has("complete"));
    ctx.again(&page(ctx, upload, &profile, vec![Wrong::new("columns", why)]).await?.0)
}
