//! The page of a mail link. Reading it changes nothing, however often a scanner does.
//!
//! Spec: 7(3)④.

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use super::parts::{self, NoticeForm, Wrong};
use crate::base::Day;
use crate::booking::entry::{self, LinkState, OpenLink, Opened};
use crate::db::Lane;
use crate::render::View;
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct Link {
    token: String,
    ask_birthday: bool,
    form: NoticeForm,
    wrong: Vec<Wrong>,
}

impl View for Link {
    const TEMPLATE: &'static str = "citizen/link.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let link = |ask_birthday, wrong| Self {
            token: "abc".to_owned(),
            ask_birthday,
            form: NoticeForm::default(),
            wrong,
        };
        let wrong = vec![Wrong::new("birth_month", "link.wrong_birthday")];
        vec![("link", link(false, Vec::new())), ("link elsewhere", link(true, wrong))]
    }
}

impl Link {
    fn blank(token: String, ask_birthday: bool) -> Self {
        Self { token, ask_birthday, form: NoticeForm::default(), wrong: Vec::new() }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Gone {}

impl View for Gone {
    const TEMPLATE: &'static str = "citizen/link_expired.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("link expired", Self {})]
    }
}

/// Where somebody goes on from a link: to their booking, to the day of a seat that they were told of, or to the beginning.
pub(super) fn way_on(has_booking: bool, offer: Option<Day>) -> String {
    match offer {
        _ if has_booking => "/my/booking#main".to_owned(),
        Some(day) => format!("/calendar?month={:04}-{:02}&day={day}#slots", day.year(), day.month()),
        None => "/location#main".to_owned(),
    }
}

pub(super) async fn get(ctx: Ctx, Path(token): Path<String>) -> Result<Response, PageError> {
    let (asked, browser, limits) = (token.clone(), ctx.visitor.browser.clone(), ctx.limits());
    let look = move |tx: &crate::db::ReadTx<'_>| entry::look_link(tx, &asked, Some(&browser), limits);
    match ctx.city.db.read(Lane::Citizen, look).await? {
        LinkState::Continue => ctx.page(&Link::blank(token, false)),
        LinkState::AskBirthday => ctx.page(&Link::blank(token, true)),
        LinkState::Spent => Ok(ctx.to("/my#main")),
        LinkState::Gone => ctx.page(&Gone {}),
    }
}

pub(super) async fn post(
    Path(token): Path<String>,
    Post { mut ctx, fields }: Post,
) -> Result<Response, PageError> {
    let form = NoticeForm::of(&fields);
    let birthday = parts::birthday(&form.birth_month, &form.birth_day);
    let slip = birthday.as_ref().err().filter(|_| fields.has("birth_month")).cloned();
    let wish = OpenLink {
        token: token.clone(),
        browser: Some(ctx.visitor.browser.clone()),
        birthday: birthday.ok(),
        limits: ctx.limits(),
    };
    match ctx.city.db.write(ctx.actor(), move |tx| entry::open_link(tx, &wish)).await? {
        Opened::Session { token, has_booking, offer } => {
            ctx.visitor.session = Some(token);
            Ok(ctx.to(&way_on(has_booking, offer)))
        }
        Opened::Spent => Ok(ctx.to("/my#main")),
        Opened::AskBirthday | Opened::Wrong => {
            let wrong = slip.unwrap_or_else(|| Wrong::new("birth_month", "link.wrong_birthday"));
            ctx.again(&Link { token, ask_birthday: true, form, wrong: vec![wrong] })
        }
        Opened::Gone => ctx.again(&Gone {}),
    }
}
