//! Saved ways of reading a file (取込設定): the newest of each name, to take along as text and to bring in again.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::format::wrong_of;
use super::views::kind_word;
use crate::base::{ImportProfileId, Moment};
use crate::cards::import::{self, Profile};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost};

/// All of them.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Profiles {
    all: Vec<ProfileRow>,
    toml: String,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct ProfileRow {
    id: ImportProfileId,
    name: String,
    kind: &'static str,
    format: &'static str,
    columns: usize,
    version: u32,
    actor: String,
    at: Moment,
    /// What was saved under the name before, newest first.
    before: Vec<Before>,
}

/// An older version.
#[derive(Debug, Serialize)]
struct Before {
    id: ImportProfileId,
    version: u32,
    actor: String,
    at: Moment,
}

async fn view(ctx: &StaffCtx, toml: String, wrong: Vec<Wrong>) -> Result<Profiles, PageError> {
    let mut all: Vec<ProfileRow> = Vec::new();
    for one in ctx.read(import::versions).await? {
        match all.last_mut() {
            Some(newest) if newest.name == one.profile.name => newest.before.push(Before {
                id: one.id,
                version: one.version,
                actor: one.actor,
                at: one.saved_at,
            }),
            _ => all.push(row(one)),
        }
    }
    Ok(Profiles { all, toml, wrong })
}

fn row(one: import::SavedProfile) -> ProfileRow {
    ProfileRow {
        id: one.id,
        name: one.profile.name,
        kind: kind_word(one.profile.kind),
        format: one.profile.format.label(),
        columns: one.profile.columns.len(),
        version: one.version,
        actor: one.actor,
        at: one.saved_at,
        before: Vec::new(),
    }
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let view = view(&ctx, String::new(), Vec::new()).await?;
    ctx.page(&view)
}

/// One version as text.
pub(in crate::web::staff) async fn export(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let id = ImportProfileId::of(id);
    let saved = ctx.read(move |tx| import::load(tx, id)).await?.ok_or(PageError::NotFound)?;
    let headers = [
        (CONTENT_TYPE, "application/toml; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"import-profile-{id}.toml\"")),
    ];
    Ok((headers, saved.profile.to_toml()).into_response())
}

/// Brings a profile in that was taken along as text; under a name that is known it is the next version.
pub(in crate::web::staff) async fn bring(
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let toml = fields.text("toml");
    let profile = match Profile::from_toml(&toml) {
        Ok(profile) => profile,
        Err(error) => {
            let wrong = Wrong::new("toml", error.sentence());
            return ctx.again(&view(&ctx, toml, vec![wrong]).await?);
        }
    };
    let wish = profile.clone();
    match ctx.city.db.write(ctx.actor(), move |tx| import::save(tx, &wish)).await {
        Ok(_) => {
            let text = format!("取込設定「{}」を保存しました。", profile.name);
            Ok(ctx.to_with("/imports/profiles#main", Flash::done(text)))
        }
        Err(refusal) => {
            let wrong = Wrong::new("toml", wrong_of(refusal)?.text);
            ctx.again(&view(&ctx, toml, vec![wrong]).await?)
        }
    }
}

impl View for Profiles {
    const TEMPLATE: &'static str = "staff/import_profiles.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = ProfileRow {
            id: ImportProfileId::of(3),
            name: "J-LIS".to_owned(),
            kind: "作成情報",
            format: "CSV",
            columns: 7,
            version: 2,
            actor: "山田 花子".to_owned(),
            at: Moment::from_millis(1_776_040_000_000),
            before: vec![Before {
                id: ImportProfileId::of(2),
                version: 1,
                actor: "山田 花子".to_owned(),
                at: Moment::from_millis(1_775_040_000_000),
            }],
        };
        let wrong = vec![Wrong::new("toml", "TOMLとして読めません（3行目）。")];
        vec![
            ("import profiles", Self { all: vec![row], toml: String::new(), wrong: Vec::new() }),
            ("no import profiles", Self { all: Vec::new(), toml: "x".to_owned(), wrong }),
        ]
    }
}
