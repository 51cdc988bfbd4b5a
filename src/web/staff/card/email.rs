//! A wrong mail address is replaced after the person was checked.

use axum::response::Response;
use serde::Serialize;

use super::conflict::{Overtaken, both, left};
use super::{Head, at, find};
use crate::base::{CardId, Email};
use crate::booking::{self, ReplaceEmail, ReplaceEmailError};
use crate::cards::Card;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Address {
    pub(super) head: Head,
    pub(super) registered: Option<String>,
    pub(super) email: String,
    pub(super) reason: String,
    pub(super) wrong: Vec<Wrong>,
}

impl View for Address {
    const TEMPLATE: &'static str = "staff/card_email.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::address()
    }
}

fn page(ctx: &StaffCtx, card: &Card, email: &str, reason: &str, wrong: Vec<Wrong>) -> Address {
    Address {
        head: Head::of(ctx, card),
        registered: card.email.as_ref().map(|email| Sight::of(&ctx.signed).email(email)),
        email: email.to_owned(),
        reason: reason.to_owned(),
        wrong,
    }
}

/// Asks for the right address and how the person was checked.
pub(in crate::web::staff) async fn ask_email(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let card = find(&ctx, id).await?;
    ctx.page(&page(&ctx, &card, "", "", Vec::new()))
}

/// Replaces it.
pub(in crate::web::staff) async fn email(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    if let Some(left) = left(&ctx, CardId::of(id), &fields) {
        return Ok(left);
    }
    let (typed, reason) = (fields.get("email"), fields.get("reason"));
    let mut wrong = Vec::new();
    let email = match Email::parse(&typed) {
        Ok(email) => Some(email),
        Err(_) if fields.get("none") == "1" => None,
        Err(_) => {
            wrong.push(Wrong::new("email", "メールアドレスを「name@example.jp」のように入力してください。"));
            None
        }
    };
    if fields.get("checked") != "1" {
        wrong.push(Wrong::new("checked", "本人であることを確かめて、印を付けてください。"));
    }
    let wish = ReplaceEmail {
        card: CardId::of(id),
        email,
        reason: reason.clone(),
        expect_version: fields.get("version").parse().unwrap_or_default(),
    };
    if wrong.is_empty() {
        match ctx.city.db.write(ctx.actor(), move |tx| booking::replace_email(tx, &wish)).await {
            Ok(()) => {
                let said = "メールアドレスを替えました。前のアドレスには、登録をやめたことを知らせます。";
                return Ok(ctx.to_with(&at(CardId::of(id)), Flash::done(said)));
            }
            Err(ReplaceEmailError::Conflict { now }) => {
                let sight = Sight::of(&ctx.signed);
                let stands = now.email.as_ref().map_or_else(|| "なし".to_owned(), |email| sight.email(email));
                let mine = if typed.is_empty() { "なし".to_owned() } else { typed.clone() };
                let mut again = vec![("email", typed), ("reason", reason), ("checked", "1".to_owned())];
                again.push(("none", fields.get("none")));
                let wish =
                    Overtaken {
                        act: "email", rows: vec![("メールアドレス", mine, stands)], fields: again
                    };
                return both(&ctx, &now, wish).await;
            }
            Err(refused) => wrong.push(wording::replace_email(refused)?),
        }
    }
    let card = find(&ctx, id).await?;
    ctx.again(&page(&ctx, &card, &typed, &reason, wrong))
}
