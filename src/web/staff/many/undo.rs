//! A list is taken back as a whole.

use axum::response::Response;
use serde::Serialize;

use super::super::parts::{Row as At, Wrong};
use super::super::{StaffCtx, StaffPost, wording};
use super::{acts, at, find};
use crate::accounts::Permission;
use crate::base::{BatchId, Moment};
use crate::booking::many::{self, Batch, BatchState, UndoError};
use crate::render::View;
use crate::web::PageError;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Undo {
    pub(super) id: BatchId,
    pub(super) word: &'static str,
    pub(super) updated: u32,
    pub(super) by: String,
    pub(super) at: Moment,
    pub(super) needs_reason: bool,
    pub(super) reason: String,
    pub(super) wrong: Vec<Wrong>,
}

impl View for Undo {
    const TEMPLATE: &'static str = "staff/many_undo.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::undo()
    }
}

async fn view(ctx: &StaffCtx, batch: &Batch, reason: String, wrong: Vec<Wrong>) -> Result<Undo, PageError> {
    let id = batch.id;
    let listed = ctx.read(move |tx| many::listed(tx, id)).await?.ok_or(PageError::NotFound)?;
    let today = batch.finished_at.is_some_and(|at| at.day() == ctx.today());
    Ok(Undo {
        id,
        word: batch.wish.as_ref().map(|wish| wording::card_status(wish.to)).unwrap_or_default(),
        updated: listed.updated,
        by: batch.actor.clone(),
        at: batch.created_at,
        needs_reason: !today || batch.staff != ctx.signed.id,
        reason,
        wrong,
    })
}

/// Asks whether, and why.
pub(in crate::web::staff) async fn ask_undo(ctx: StaffCtx, At(id): At) -> Result<Response, PageError> {
    let batch = find(&ctx, id).await?;
    if batch.state != BatchState::Done || batch.is_disposal() || batch.undo.is_some() {
        return Ok(ctx.to(&at(batch.id)));
    }
    let view = view(&ctx, &batch, String::new(), Vec::new()).await?;
    ctx.page(&view)
}

/// Takes it back.
pub(in crate::web::staff) async fn undo(At(id): At, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let batch = find(&ctx, id).await?;
    let (row, reason, later) = (batch.id, fields.get("reason"), ctx.may(Permission::OverrideStatus));
    let given = reason.clone();
    let begun = ctx.city.db.write(ctx.actor(), move |tx| many::undo(tx, row, Some(&given), later)).await;
    let text = match begun {
        Ok(undo) => return acts::finish(&ctx, find(&ctx, undo.get()).await?).await,
        Err(UndoError::Again(undo)) => return Ok(ctx.to(&at(undo))),
        Err(UndoError::NotDone | UndoError::Final) => return Ok(ctx.to(&at(row))),
        Err(UndoError::TooLate) => "ほかの人、またはほかの日の更新を取り消すには、権限が要ります。",
        Err(UndoError::ReasonNeeded) => "取り消す理由を入力してください。",
        Err(UndoError::BadReason) => wording::BAD_REASON,
        Err(UndoError::Fault(fault)) => return Err(fault.into()),
    };
    let view = view(&ctx, &batch, reason, vec![Wrong::new("reason", text)]).await?;
    ctx.again(&view)
}
