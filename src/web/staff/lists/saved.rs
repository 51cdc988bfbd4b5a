//! Conditions of a list are kept under a name, opened again on `/lists`, and deleted.
//!
//! **Invariant:** conditions that name a person are not kept: a search by name, number, birthday or remark.

use std::sync::Arc;

use axum::response::Response;

use super::ask::Asked;
use super::index;
use super::kinds::{Ask, List};
use super::show::read;
use super::words;
use crate::accounts::Permission;
use crate::base::SavedListId;
use crate::calendar;
use crate::lists::{self, Keep};
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost, watch, wording};

/// Whether these conditions can be kept: the lists of other pages keep theirs there, and no search for a person is kept.
pub(super) fn may_keep(asked: &Asked) -> bool {
    let elsewhere = asked.list.can(Ask::OfPull) || asked.list.can(Ask::OfTransfers);
    !elsewhere && (asked.list != List::Cards || asked.terms_to_keep().is_some())
}

/// Keeps what the page of a list asks for.
pub(in crate::web::staff) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let list = List::from_code(&fields.get("list")).ok_or(PageError::NotFound)?;
    ctx.must(list.needs())?;
    let asked = Asked::of(&ctx, list, &fields).await?;
    let name = fields.get("name");
    let mut wrong: Vec<Wrong> = asked.wrong().into_iter().collect();
    if wrong.is_empty() && !may_keep(&asked) {
        wrong.push(Wrong::new("name", "氏名・番号・生年月日・備考など、人を指す条件は保存できません。"));
    }
    if wrong.is_empty() {
        let wish = Keep {
            name: name.clone(),
            list: list.code(),
            pairs: kept_pairs(&asked),
            terms: asked.terms_to_keep().filter(|_| list == List::Cards),
            words: in_words(&ctx, &asked).await?,
            shared: fields.get("shared") == "1",
        };
        let by = (ctx.signed.id, ctx.may(Permission::ShareLists));
        match ctx.city.db.write(ctx.actor(), move |tx| lists::keep(tx, by, &wish)).await {
            Ok(_) => {
                let done = Flash::done(format!("条件「{}」を保存しました。", name.trim()));
                return Ok(ctx.to_with("/lists#saved", done));
            }
            Err(refusal) => wrong.push(wording::keep(refusal)?),
        }
    }
    ctx.again(&read(&ctx, &asked, wrong).await?.named(name))
}

/// Deletes what was kept.
pub(in crate::web::staff) async fn forget(
    Row(id): Row,
    StaffPost { ctx, .. }: StaffPost,
) -> Result<Response, PageError> {
    let (by, id) = (Arc::clone(&ctx.signed), SavedListId::of(id));
    match ctx.city.db.write(ctx.actor(), move |tx| lists::discard(tx, &by, id)).await {
        Ok(name) => {
            Ok(ctx.to_with("/lists#saved", Flash::done(format!("保存した条件「{name}」を消しました。"))))
        }
        Err(refusal) => {
            let wrong = vec![Wrong::new("saved", wording::discard(refusal)?)];
            ctx.again(&index::view(&ctx, wrong).await?)
        }
    }
}

/// The fields to keep; terms of a search are kept by themselves, with the states and places among them.
fn kept_pairs(asked: &Asked) -> Vec<(String, String)> {
    let own = |name: &str| match asked.list {
        List::Cards => matches!(name, "sort" | "desc"),
        _ => true,
    };
    asked.pairs().into_iter().filter(|(name, _)| own(name)).collect()
}

/// The conditions as the page of all lists tells them: days by their distance where they are asked for so.
async fn in_words(ctx: &StaffCtx, asked: &Asked) -> Result<String, PageError> {
    let storages = ctx.read(calendar::storages).await?;
    let storage = asked.storage.and_then(|id| storages.iter().find(|one| one.id == id));
    let place = asked.location.and_then(|id| ctx.place_of(id));
    let days = || match asked.near {
        Some(near) => near.words().to_owned(),
        None => words::span(asked.from, asked.to),
    };
    let can = |ask: Ask| asked.list.can(ask);
    if let Some(search) = &asked.search {
        let all = if search.words.is_empty() { "すべて" } else { search.words.as_str() };
        return Ok(all.to_owned());
    }
    let said = [
        can(Ask::Days).then(days),
        can(Ask::By).then(|| asked.by.words().to_owned()),
        can(Ask::Watch).then(|| watch::title(asked.watch).to_owned()),
        storage.map(|one| one.name.clone()),
        (!asked.shelf.is_empty()).then(|| format!("箱：{}", asked.shelf)),
        can(Ask::Location).then(|| place.map_or_else(|| "すべての場所".to_owned(), |one| one.name.clone())),
        asked.booking.map(|status| format!("状態：{}", wording::booking_status(status).0)),
    ];
    Ok(said.into_iter().flatten().collect::<Vec<_>>().join("　"))
}
