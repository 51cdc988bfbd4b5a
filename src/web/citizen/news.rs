//! The way out of news by mail (お知らせのメール). Reading it changes nothing, however often a scanner does; the button acts, and
//! so does the one press that mail readers offer (RFC 8058), which knows the letter's number and nothing else of us.
//!
//! Spec: 7(2)⑪.

use axum::extract::{Form, Path};
use axum::response::Response;
use serde::Serialize;

use crate::db::Lane;
use crate::mail;
use crate::render::View;
use crate::web::{Ctx, Fields, PageError};

#[derive(Debug, Serialize)]
pub(super) struct News {
    /// The letter's number, the address so that its owner knows it, and whether it is stopped; `None` for an unknown letter.
    about: Option<(String, String, bool)>,
    done: Option<String>,
}

impl View for News {
    const TEMPLATE: &'static str = "citizen/news.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let about = |stopped| Some(("0123".to_owned(), "ta***@example.jp".to_owned(), stopped));
        vec![
            ("news", Self { about: about(false), done: Some("news.back".to_owned()) }),
            ("no news", Self { about: about(true), done: None }),
            ("news of an unknown letter", Self { about: None, done: None }),
        ]
    }
}

pub(super) async fn get(mut ctx: Ctx, Path(letter): Path<String>) -> Result<Response, PageError> {
    let done = ctx.take_done();
    let number = letter.clone();
    let found = ctx.city.db.read(Lane::Citizen, move |tx| mail::refused_by_letter(tx, &number)).await?;
    let about = found.map(|(email, stopped)| (letter, email.masked(), stopped));
    ctx.page(&News { about, done })
}

pub(super) async fn post(
    Path(letter): Path<String>,
    ctx: Ctx,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::new(fields);
    let one_press = fields.get("List-Unsubscribe") == "One-Click";
    if !one_press && !ctx.gave(&fields) {
        return Err(PageError::Expired);
    }
    let (again, number) = (!one_press && fields.get("again") == "1", letter.clone());
    let known = ctx.city.db.write(ctx.actor(), move |tx| {
        if again { mail::accept_by_letter(tx, &number) } else { mail::refuse_by_letter(tx, &number) }
    });
    if !known.await? {
        return ctx.again(&News { about: None, done: None });
    }
    Ok(ctx.told(&format!("/news/{letter}#msg"), if again { "news.back" } else { "news.done" }))
}
