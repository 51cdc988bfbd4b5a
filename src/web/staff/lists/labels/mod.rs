//! Address labels (宛名ラベル): a file of addresses is read, matched with cards, printed, and forgotten.
//!
//! **Invariant:** no address is written anywhere: the labels are in memory for half an hour at most, for the one who brought them.
//! **Invariant:** a line becomes a label only when it names one waiting card and its person; every other line is told with its reason.
//!
//! Spec: 7(2)⑨.

mod check;
mod sheets;
mod who;

use axum::extract::{DefaultBodyLimit, Query, Request};
use axum::response::Response;
use axum::routing::MethodRouter;
use serde::Serialize;

#[cfg(test)]
pub(in crate::web::staff) use check::LabelsCheck;
pub(in crate::web::staff) use check::{check, drop, print};
pub(in crate::web::staff) use sheets::Sheets;

use crate::accounts::Permission;
use crate::base::NoticePattern;
use crate::lists;
use crate::render::View;
use crate::web::staff::imports::read_upload;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError, State};
use who::{Choice, Who};

/// What it is called on paper and in the record.
pub(super) const TITLE: &str = "宛名ラベル";

/// The permission that it asks besides that to export.
pub(super) const NEEDS: Permission = Permission::SeeCards;

/// The page that takes a file.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct LabelsPage {
    choices: Vec<Choice>,
    /// The search whose people are meant, in words, and its address as fields.
    search: Option<(String, Vec<(&'static str, String)>)>,
    wrong: Vec<Wrong>,
}

impl View for LabelsPage {
    const TEMPLATE: &'static str = "staff/labels.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let choices = || vec![Choice::new("file", "ファイルのすべての方", "file")];
        let search = Some(("状態：発送済".to_owned(), vec![("s", "ab12".to_owned())]));
        let wrong =
            vec![Wrong::new("file", "ファイルを選んでください。"), Wrong::new("who", "確かめてください。")];
        vec![
            ("a file", Self { choices: choices(), search: None, wrong: Vec::new() }),
            ("a file refused", Self { choices: choices(), search, wrong }),
        ]
    }
}

/// Bytes that the page which takes a file may be sent; the parts around the file need a little besides.
const ROOM: usize = lists::BYTES_MAX + 64 * 1024;

/// The page that takes a file may be sent more than the others.
pub(in crate::web::staff) fn roomy(page: MethodRouter<State>) -> MethodRouter<State> {
    page.layer(DefaultBodyLimit::max(ROOM))
}

/// Whether this person may print labels: they show whole names.
pub(super) fn may(ctx: &StaffCtx) -> bool {
    [Permission::Export, NEEDS, Permission::SeeName].into_iter().all(|permission| ctx.may(permission))
}

fn must(ctx: &StaffCtx) -> Result<(), PageError> {
    [NEEDS, Permission::SeeName].into_iter().try_for_each(|permission| ctx.must(permission))
}

/// The page: which file, and who of it.
pub(in crate::web::staff) async fn ask(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    must(&ctx)?;
    let page = view(&ctx, &Fields::new(query), Vec::new()).await?;
    ctx.page(&page)
}

async fn view(ctx: &StaffCtx, fields: &Fields, wrong: Vec<Wrong>) -> Result<LabelsPage, PageError> {
    let search = who::search(ctx, fields).await?;
    let choices = who::choices(ctx, fields, search.as_ref()).await?;
    Ok(LabelsPage { choices, search: search.map(|kept| (kept.words, kept.fields)), wrong })
}

/// Reads a file, finds its cards, and leads to what would be printed; writes nothing.
pub(in crate::web::staff) async fn receive(ctx: StaffCtx, request: Request) -> Result<Response, PageError> {
    must(&ctx)?;
    let Some(sent) = read_upload(&ctx, request).await? else {
        let wrong = vec![Wrong::new("file", "ファイルが大きすぎるか、途中で切れました。8MBまでです。")];
        return ctx.again(&view(&ctx, &Fields::default(), wrong).await?);
    };
    ctx.check_csrf(&sent.fields)?;
    let refuse = async |field: &'static str, text: String| {
        ctx.again(&view(&ctx, &sent.fields, vec![Wrong::new(field, text)]).await?)
    };
    if sent.bytes.is_empty() {
        return refuse("file", "ファイルを選んでください。".to_owned()).await;
    }
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern)
        .map_err(|_| PageError::Fault("notice.pattern".to_owned()))?;
    let bytes = sent.bytes;
    let read = tokio::task::spawn_blocking(move || lists::read_addresses(&bytes, &pattern)).await;
    let file = match read.map_err(|error| PageError::Fault(error.to_string()))? {
        Ok(file) => file,
        Err(error) => return refuse("file", wording::addresses(&error)).await,
    };
    let Some(who) = Who::of(&ctx, &sent.fields).await? else {
        return refuse("who", "だれに送るかを選んでください。".to_owned()).await;
    };
    let matched = ctx.read(move |tx| lists::match_addresses(tx, &file)).await?;
    let sheets = sheets::Found::of(matched, who);
    if sheets.good.is_empty() && sheets.left.is_empty() {
        return refuse("file", "ファイルに行がありません。".to_owned()).await;
    }
    let token = ctx.state.uploads.labels().keep(&ctx, sheets);
    ctx.state.uploads.watch(ctx.state.clock.clone());
    Ok(ctx.to(&format!("/lists/labels/{token}#main")))
}
