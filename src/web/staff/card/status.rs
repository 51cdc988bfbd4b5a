//! Another status for a card: by the table, or beyond it with the permission and a reason.
//!
//! Spec: 7(2)⑦.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::conflict::{Overtaken, both};
use super::{Head, at, find};
use crate::accounts::Permission;
use crate::base::CardId;
use crate::cards::{self, Card, CardStatus, Transition, TransitionError};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::tail;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Status {
    pub(super) head: Head,
    /// The status that is chosen already: code, word, tone.
    pub(super) to: Option<(&'static str, &'static str)>,
    /// What can be chosen: code, word, whether the table allows it, whether it is chosen.
    pub(super) choices: Vec<Choice>,
    pub(super) reason: String,
    pub(super) needs_reason: bool,
    pub(super) beyond: bool,
    /// Whether the card does not come back from there, so that its number is typed once more.
    pub(super) last: bool,
    pub(super) wrong: Vec<Wrong>,
}

/// One status to choose.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) code: &'static str,
    pub(super) word: &'static str,
    pub(super) legal: bool,
    pub(super) chosen: bool,
}

impl View for Status {
    const TEMPLATE: &'static str = "staff/card_status.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::status()
    }
}

/// The statuses that this person may give the card now, those of the table first. Handing over has a page of its own.
pub(super) fn reachable(ctx: &StaffCtx, card: &Card) -> Vec<(CardStatus, bool)> {
    let may = |to: &CardStatus| match to {
        CardStatus::Issued => false,
        CardStatus::Disposed => ctx.may(Permission::ApproveDisposal),
        _ => true,
    };
    let legal = |to: CardStatus| card.status.may_become(to, card.status_before);
    let beyond = ctx.may(Permission::OverrideStatus) && card.status != CardStatus::Issued;
    let all = CardStatus::ALL.into_iter().filter(|to| *to != card.status && may(to));
    let mut found: Vec<(CardStatus, bool)> =
        all.map(|to| (to, legal(to))).filter(|(_, legal)| *legal || beyond).collect();
    found.sort_by_key(|(_, legal)| !legal);
    found
}

fn page(ctx: &StaffCtx, card: &Card, to: Option<CardStatus>, reason: &str, wrong: Vec<Wrong>) -> Status {
    let choices = reachable(ctx, card);
    let legal = to.is_none_or(|to| choices.iter().any(|(one, legal)| *one == to && *legal));
    Status {
        head: Head::of(ctx, card),
        to: to.map(|to| (to.code(), wording::card_status(to))),
        choices: choices
            .into_iter()
            .map(|(one, legal)| Choice {
                code: one.code(),
                word: wording::card_status(one),
                legal,
                chosen: Some(one) == to,
            })
            .collect(),
        reason: reason.to_owned(),
        needs_reason: !legal || to.is_some_and(CardStatus::needs_reason),
        beyond: !legal,
        last: to.is_some_and(is_last),
        wrong,
    }
}

fn is_last(to: CardStatus) -> bool {
    matches!(to, CardStatus::Disposed | CardStatus::DefectReturned)
}

/// Asks for the status, or only for its reason when the address names one.
pub(in crate::web::staff) async fn ask_status(
    ctx: StaffCtx,
    Row(id): Row,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let card = find(&ctx, id).await?;
    let to = query.get("to").and_then(|code| CardStatus::from_code(code));
    let to = to.filter(|to| reachable(&ctx, &card).iter().any(|(one, _)| one == to));
    ctx.page(&page(&ctx, &card, to, "", Vec::new()))
}

/// Gives it.
pub(in crate::web::staff) async fn status(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let card = find(&ctx, id).await?;
    let (to, reason) = (CardStatus::from_code(&fields.get("to")), fields.get("reason"));
    let Some(to) = to.filter(|to| *to != CardStatus::Issued) else {
        let wrong = vec![Wrong::new("to", "状態を選んでください。")];
        return ctx.again(&page(&ctx, &card, None, &reason, wrong));
    };
    if to == CardStatus::Disposed {
        ctx.must(Permission::ApproveDisposal)?;
    }
    let typed = fields.get("number").to_ascii_uppercase();
    if is_last(to) && crate::base::text::nfkc(&typed) != tail(&card) {
        let wrong = vec![Wrong::new("number", "交付通知書IDの終わりの3文字を入力してください。")];
        return ctx.again(&page(&ctx, &card, Some(to), &reason, wrong));
    }
    let wish = Transition {
        reason: Some(reason.clone()),
        expect_version: Some(fields.get("version").parse().unwrap_or_default()),
        may_override: ctx.may(Permission::OverrideStatus),
        ..Transition::of(card.id, to)
    };
    match ctx.city.db.write(ctx.actor(), move |tx| cards::transition(tx, &wish)).await {
        Ok(_) => {
            let said = format!("状態を「{}」にしました。", wording::card_status(to));
            Ok(ctx.to_with(&at(CardId::of(id)), Flash::done(said)))
        }
        Err(TransitionError::Conflict { now }) => {
            let (word, stands) =
                (wording::card_status(to).to_owned(), wording::label(now.label).0.to_owned());
            let again =
                vec![("to", to.code().to_owned()), ("reason", reason), ("number", fields.get("number"))];
            let wish = Overtaken { act: "status", rows: vec![("状態", word, stands)], fields: again };
            both(&ctx, &now, wish).await
        }
        Err(refused) => {
            let field = match refused {
                TransitionError::ReasonNeeded | TransitionError::BadReason => "reason",
                _ => "to",
            };
            let wrong = vec![Wrong::new(field, wording::transition(refused)?)];
            ctx.again(&page(&ctx, &card, Some(to), &reason, wrong))
        }
    }
}
