//! The second person looks at cards that somebody proposed to destroy, and decides.
//!
//! Spec: 7(2)⑦.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Serialize;

use super::super::parts::{Row as At, Wrong};
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::batch::{self, Line, Shown};
use super::wanted::Typed;
use super::{acts, at, find};
use crate::accounts::Permission;
use crate::booking::many::{self, Batch, BatchState, DecideError};
use crate::render::View;
use crate::web::PageError;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Disposal {
    pub(super) list: Shown,
    /// Lines that were proposed.
    pub(super) cards: Vec<Line>,
    /// By present state: words and how many.
    pub(super) groups: Vec<(String, usize)>,
    /// Whether this person proposed it.
    pub(super) mine: bool,
    /// Whether this person may approve it.
    pub(super) may: bool,
    pub(super) refusing: String,
    pub(super) wrong: Vec<Wrong>,
}

impl View for Disposal {
    const TEMPLATE: &'static str = "staff/disposal.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::disposal()
    }
}

async fn view(ctx: &StaffCtx, batch: Batch, wrong: Vec<Wrong>) -> Result<Disposal, PageError> {
    let mine = batch.staff == ctx.signed.id;
    let list = batch::view(ctx, batch, &Typed::default(), Vec::new(), 1).await?;
    let cards: Vec<Line> = list.lines.iter().filter(|line| line.state == "waits").cloned().collect();
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    for card in &cards {
        *groups.entry(card.tag.0.to_owned()).or_default() += 1;
    }
    Ok(Disposal {
        list,
        cards,
        groups: groups.into_iter().collect(),
        mine,
        may: !mine && ctx.may(Permission::ApproveDisposal),
        refusing: String::new(),
        wrong,
    })
}

/// The page of a proposal that waits.
pub(super) async fn page(ctx: &StaffCtx, batch: Batch, wrong: Vec<Wrong>) -> Result<Response, PageError> {
    let refused = !wrong.is_empty();
    let view = view(ctx, batch, wrong).await?;
    if refused { ctx.again(&view) } else { ctx.page(&view) }
}

/// Approves as the second person, who types how many cards there are.
pub(in crate::web::staff) async fn approve(At(id): At, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let batch = find(&ctx, id).await?;
    if batch.state != BatchState::Proposed {
        return Ok(ctx.to(&at(batch.id)));
    }
    let row = batch.id;
    let listed = ctx.read(move |tx| many::listed(tx, row)).await?.ok_or(PageError::NotFound)?;
    let typed = crate::base::text::nfkc(&fields.get("n"));
    if typed.trim().parse() != Ok(listed.picked) {
        let wrong = vec![Wrong::new("n", format!("枚数が合いません。{}枚です。", listed.picked))];
        return page(&ctx, batch, wrong).await;
    }
    match ctx.city.db.write(ctx.actor(), move |tx| many::approve(tx, row)).await {
        Ok(begun) => acts::finish(&ctx, begun).await,
        Err(refused) => decided_otherwise(&ctx, batch, "n", refused).await,
    }
}

/// Refuses as the second person, or takes back one's own proposal.
pub(in crate::web::staff) async fn refuse(At(id): At, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let batch = find(&ctx, id).await?;
    if batch.staff != ctx.signed.id {
        ctx.must(Permission::ApproveDisposal)?;
    }
    let (row, reason) = (batch.id, fields.get("refusing"));
    let given = reason.clone();
    match ctx.city.db.write(ctx.actor(), move |tx| many::refuse(tx, row, &given)).await {
        Ok(()) => {
            let said = "廃棄を見送りました。カードはそのままです。";
            Ok(ctx.to_with(&at(row), Flash::done(said)))
        }
        Err(DecideError::ReasonNeeded) => {
            let text = if reason.is_empty() {
                "見送る理由を入力してください。"
            } else {
                wording::BAD_REASON
            };
            let wrong = vec![Wrong::new("refusing", text)];
            let view = Disposal { refusing: reason, ..view(&ctx, batch, wrong).await? };
            ctx.again(&view)
        }
        Err(refused) => decided_otherwise(&ctx, batch, "refusing", refused).await,
    }
}

async fn decided_otherwise(
    ctx: &StaffCtx,
    batch: Batch,
    field: &'static str,
    refused: DecideError,
) -> Result<Response, PageError> {
    match refused {
        DecideError::SamePerson => {
            let wrong = vec![Wrong::new(field, "提案した本人は承認できません。ほかの人に頼んでください。")];
            page(ctx, batch, wrong).await
        }
        DecideError::NotWaiting | DecideError::ReasonNeeded => Ok(ctx.to(&at(batch.id))),
        DecideError::Fault(fault) => Err(fault.into()),
    }
}
