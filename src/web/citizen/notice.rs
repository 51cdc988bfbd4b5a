//! The check of a notice: ID and birthday.
//!
//! Spec: 7(3)② ⑭, 7(1)④.

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use super::parts::{NoticeForm, Wrong, check_wrong};
use super::person::{Choice, choice};
use crate::booking::CheckBy;
use crate::booking::entry::{self, Identified};
use crate::render::View;
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Default, Serialize)]
pub(super) struct Notice {
    form: NoticeForm,
    wrong: Vec<Wrong>,
    ask_year: bool,
    ask_kana: bool,
    what: Option<Choice>,
}

impl View for Notice {
    const TEMPLATE: &'static str = "citizen/notice.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong =
            vec![Wrong::new("notice_id", "notice.wrong_id"), Wrong::new("birth_day", "notice.wrong_day")];
        vec![
            ("notice", Self::default()),
            ("notice wrong", Self { wrong, ..Self::default() }),
            ("notice asks more", Self { ask_year: true, ask_kana: true, ..Self::default() }),
        ]
    }
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    ctx.page(&Notice::default())
}

pub(super) async fn post(post: Post) -> Result<Response, PageError> {
    check(post, None).await
}

/// The same for a procedure other than the hand-over whose people are checked by their notice.
pub(super) async fn get_for(ctx: Ctx, Path(code): Path<String>) -> Result<Response, PageError> {
    let what = choice(&ctx, &code, CheckBy::Notice).await?;
    ctx.page(&Notice { what: Some(what), ..Notice::default() })
}

pub(super) async fn post_for(Path(code): Path<String>, post: Post) -> Result<Response, PageError> {
    let what = choice(&post.ctx, &code, CheckBy::Notice).await?;
    check(post, Some(what)).await
}

async fn check(Post { mut ctx, fields }: Post, what: Option<Choice>) -> Result<Response, PageError> {
    ctx.may_check()?;
    let form = NoticeForm::of(&fields);
    let (asked_year, asked_kana) = (fields.has("birth_year"), fields.has("kana"));
    let check = match form.check(&ctx) {
        Ok(check) => check,
        Err(wrong) => {
            let (ask_year, ask_kana) = (asked_year, asked_kana);
            return ctx.again(&Notice { form, wrong, ask_year, ask_kana, what });
        }
    };
    let identified = ctx.city.db.write(ctx.actor(), move |tx| entry::identify(tx, &check)).await?;
    ctx.note_check(identified);
    match identified {
        Identified::Known(card) => {
            ctx.visitor.card = card.map(crate::base::CardId::get);
            ctx.visitor.procedure = what.map(|one| one.code);
            ctx.visitor.person = None;
            ctx.visitor.checked_at = Some(ctx.now());
            ctx.visitor.session = None;
            Ok(ctx.to("/email#main"))
        }
        Identified::Locked { until } => Err(PageError::Locked { until }),
        other => {
            let ask_kana = asked_kana || matches!(other, Identified::NeedKana | Identified::Telephone);
            let ask_year = asked_year || ask_kana || other == Identified::NeedYear;
            let wrong = check_wrong(other).into_iter().collect();
            ctx.again(&Notice { form, wrong, ask_year, ask_kana, what })
        }
    }
}
