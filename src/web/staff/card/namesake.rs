//! Two people of one name and one birth date are told apart.

use axum::response::Response;
use serde::Serialize;

use super::conflict::{Overtaken, both, left};
use super::{Head, at, find};
use crate::base::CardId;
use crate::cards::{self, Card, TellApart, TellApartError};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Namesake {
    pub(super) head: Head,
    /// The other cards of this name and birth date.
    pub(super) others: Vec<Head>,
    pub(super) reason: String,
    pub(super) wrong: Vec<Wrong>,
}

impl View for Namesake {
    const TEMPLATE: &'static str = "staff/card_namesake.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::namesake()
    }
}

async fn page(ctx: &StaffCtx, card: Card, reason: &str, wrong: Vec<Wrong>) -> Result<Namesake, PageError> {
    let head = Head::of(ctx, &card);
    let others = ctx.read(move |tx| cards::same_person(tx, &card)).await?;
    let others = others.iter().map(|other| Head::of(ctx, other)).collect();
    Ok(Namesake { head, others, reason: reason.to_owned(), wrong })
}

/// Asks how it is known.
pub(in crate::web::staff) async fn ask_namesake(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let card = find(&ctx, id).await?;
    let view = page(&ctx, card, "", Vec::new()).await?;
    ctx.page(&view)
}

/// Tells them apart.
pub(in crate::web::staff) async fn namesake(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    if let Some(left) = left(&ctx, CardId::of(id), &fields) {
        return Ok(left);
    }
    let reason = fields.get("reason");
    let wish = TellApart {
        card: CardId::of(id),
        reason: reason.clone(),
        expect_version: fields.get("version").parse().unwrap_or_default(),
    };
    let wrong = match ctx.city.db.write(ctx.actor(), move |tx| cards::tell_apart(tx, &wish)).await {
        Ok(()) => {
            let said = "別の人として分けました。これからは、それぞれに予約できます。";
            return Ok(ctx.to_with(&at(CardId::of(id)), Flash::done(said)));
        }
        Err(TellApartError::Conflict { now }) => {
            let rows =
                vec![("別の人として分ける理由", reason.clone(), "（この入力はまだありません）".to_owned())];
            let wish = Overtaken { act: "namesake", rows, fields: vec![("reason", reason)] };
            return both(&ctx, &now, wish).await;
        }
        Err(refused) => Wrong::new("reason", wording::tell_apart(refused)?),
    };
    let card = find(&ctx, id).await?;
    let view = page(&ctx, card, &reason, vec![wrong]).await?;
    ctx.again(&view)
}
