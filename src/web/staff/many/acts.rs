//! A list is told what it shall become, and is written.

use axum::response::Response;

use super::super::parts::{Row as At, Wrong};
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::form::wish_for;
use super::wanted::Typed;
use super::{at, batch, carry_on, find};
use crate::accounts::Permission;
use crate::base::BatchId;
use crate::booking::many::{self, Batch, BatchState, LINES_MAX};
use crate::cards::CardStatus;
use crate::db::WriteTx;
use crate::web::{Fields, PageError};

/// One's own list, while it is being put together; anything else leads to the page of the list.
async fn open(ctx: &StaffCtx, id: i64) -> Result<Batch, Response> {
    match find(ctx, id).await {
        Ok(found) if found.state == BatchState::Open && found.staff == ctx.signed.id => Ok(found),
        _ => Err(ctx.to(&at(BatchId::of(id)))),
    }
}

/// Notes what shall become of the cards, and shows line by line what would.
pub(in crate::web::staff) async fn check(At(id): At, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let batch = match open(&ctx, id).await {
        Ok(batch) => batch,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let typed = Typed::of(&fields);
    match typed.read(&ctx) {
        Ok(wish) if wish.to.is_by_two() && is_long(&ctx, batch.id).await? => {
            let text = format!("廃棄の提案は一度に{LINES_MAX}枚までです。検索の条件を足して分けてください。");
            ctx.again(&batch::view(&ctx, batch, &typed, vec![Wrong::new("to", text)], 1).await?)
        }
        Ok(wish) => {
            wish_for(&ctx, batch.id, wish).await?;
            Ok(ctx.to(&at(batch.id)))
        }
        Err(wrong) => ctx.again(&batch::view(&ctx, batch, &typed, wrong, 1).await?),
    }
}

/// Whether a list is too long to be looked at line by line, as the second person of a disposal must.
async fn is_long(ctx: &StaffCtx, id: BatchId) -> Result<bool, PageError> {
    Ok(ctx.read(move |tx| many::size(tx, id)).await? > LINES_MAX)
}

/// Writes the lines that were ticked.
pub(in crate::web::staff) async fn apply(At(id): At, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let batch = match open(&ctx, id).await {
        Ok(batch) => batch,
        Err(elsewhere) => return Ok(elsewhere),
    };
    // A list that is too long for boxes is taken as a whole.
    let (picked, whole) = (picked(&fields), fields.get("whole") == "1");
    let Some(wish) = batch.wish.clone() else { return Ok(ctx.to(&at(batch.id))) };
    let wrong = if picked.is_empty() && !whole {
        Some("更新するカードを選んでください。")
    } else if wish.to == CardStatus::Issued && !ctx.may(Permission::ServeCounter) {
        Some("交付できるのは、窓口を扱う権限のある人だけです。")
    } else {
        None
    };
    if let Some(text) = wrong {
        let typed = Typed::of_wish(&wish);
        return ctx.again(&batch::view(&ctx, batch, &typed, vec![Wrong::new("k1", text)], 1).await?);
    }
    let row = batch.id;
    let choose = move |tx: &WriteTx<'_>| {
        if whole { many::pick_all(tx, row) } else { many::pick(tx, row, &picked) }
    };
    let begun = ctx.city.db.write(ctx.actor(), choose).await?;
    let begun = begun.ok_or(PageError::NotFound)?;
    if begun.state == BatchState::Proposed {
        let said = "廃棄を提案しました。ほかの人が承認すると、廃棄済になります。";
        return Ok(ctx.to_with(&at(row), Flash::done(said)));
    }
    finish(&ctx, begun).await
}

/// Carries on a list that stopped half way.
pub(in crate::web::staff) async fn go_on(At(id): At, post: StaffPost) -> Result<Response, PageError> {
    let batch = find(&post.ctx, id).await?;
    finish(&post.ctx, batch).await
}

/// Writes a list to its end and says how it went.
pub(super) async fn finish(ctx: &StaffCtx, batch: Batch) -> Result<Response, PageError> {
    let id = batch.id;
    if !carry_on(ctx, batch).await? {
        return Ok(ctx.to(&at(id)));
    }
    let listed = ctx.read(move |tx| many::listed(tx, id)).await?.ok_or(PageError::NotFound)?;
    let text = match &listed.batch.wish {
        Some(wish) => {
            let word = wording::card_status(wish.to);
            format!("{}枚のうち{}枚を「{word}」にしました。", listed.picked, listed.updated)
        }
        None => format!("{}枚のうち{}枚を元の状態に戻しました。", listed.picked, listed.updated),
    };
    let flash = if listed.skipped == 0 { Flash::done(text) } else { Flash::mind(text) };
    Ok(ctx.to_with(&at(id), flash))
}

/// The ticked lines, by their place in the list.
fn picked(fields: &Fields) -> Vec<i64> {
    fields.all("pick").into_iter().filter_map(|row| row.parse().ok()).take(LINES_MAX).collect()
}
