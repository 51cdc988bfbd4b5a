//! The address that the link goes to, and the code beside the link.
//!
//! Spec: 7(3)③.

use std::time::Duration;

use axum::response::Response;
use serde::Serialize;

use super::link::way_on;
use super::parts::Wrong;
use crate::base::{CardId, Email, EmailError, Moment};
use crate::booking::ISSUANCE;
use crate::booking::entry::{self, Asker, EnterCode, Invite, Invited, Opened};
use crate::render::{Text, View};
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Default, Serialize)]
pub(super) struct Address {
    email: String,
    wrong: Vec<Wrong>,
    /// The page of the check.
    from: String,
}

impl View for Address {
    const TEMPLATE: &'static str = "citizen/email.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong = vec![Wrong::new("email", "email.wrong")];
        let from = "/notice#main".to_owned();
        vec![("email", Self::default()), ("email wrong", Self { wrong, email: "a@".to_owned(), from })]
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Sent {
    code: String,
    masked: String,
    until: Moment,
    hint: Option<&'static str>,
    wrong: Vec<Wrong>,
}

impl View for Sent {
    const TEMPLATE: &'static str = "citizen/email_sent.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let until = Moment::from_millis(1_775_980_800_000);
        let masked = "ta***@example.jp".to_owned();
        vec![(
            "sent",
            Self {
                code: String::new(),
                masked,
                until,
                hint: Some("gmail.com"),
                wrong: vec![Wrong::new("code", "email.wrong_code")],
            },
        )]
    }
}

/// Who was checked, if it is not too long ago; without it the way leads back.
fn checked(ctx: &Ctx) -> Result<Asker, PageError> {
    let limit = Duration::from_mins(u64::from(ctx.settings.session_minutes));
    let fresh = ctx.visitor.checked_at.is_some_and(|at| ctx.now().since(at) < limit);
    if !fresh {
        return Err(PageError::To(ctx.path(&back(ctx))));
    }
    Ok(match (&ctx.visitor.person, ctx.visitor.card) {
        (Some(person), _) => Asker::Person(person.clone()),
        (None, Some(card)) => Asker::Card(CardId::of(card)),
        (None, None) => Asker::Nobody,
    })
}

/// The page of the check that this visitor comes from.
fn back(ctx: &Ctx) -> String {
    match (&ctx.visitor.procedure, &ctx.visitor.person) {
        (Some(code), Some(_)) => format!("/person/{code}#main"),
        (Some(code), None) => format!("/notice/{code}#main"),
        (None, _) => "/notice#main".to_owned(),
    }
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    checked(&ctx)?;
    let email = ctx.visitor.email.clone().unwrap_or_default();
    ctx.page(&Address { email, wrong: Vec::new(), from: back(&ctx) })
}

pub(super) async fn post(Post { mut ctx, fields }: Post) -> Result<Response, PageError> {
    let asker = checked(&ctx)?;
    let typed =
        if fields.has("again") { ctx.visitor.email.clone().unwrap_or_default() } else { fields.get("email") };
    let email = match Email::parse(&typed) {
        Ok(email) => email,
        Err(error) => {
            let wrong = vec![Wrong::new("email", wording(error))];
            return ctx.again(&Address { email: typed, wrong, from: back(&ctx) });
        }
    };
    let wish = Invite {
        asker,
        procedure: ctx.visitor.procedure.clone().unwrap_or_else(|| ISSUANCE.to_owned()),
        email: email.clone(),
        language: ctx.language().to_owned(),
        browser: ctx.visitor.browser.clone(),
        limits: ctx.limits(),
    };
    match ctx.city.db.write(ctx.actor(), move |tx| entry::invite(tx, &wish)).await? {
        Invited::Sent => {
            ctx.visitor.email = Some(email.as_str().to_owned());
            ctx.visitor.mailed_at = Some(ctx.now());
            Ok(ctx.to("/email/sent#main"))
        }
        Invited::TooMany { .. } => {
            let wrong = vec![Wrong { field: "email", text: Text::key("email.too_many") }];
            ctx.again(&Address { email: typed, wrong, from: back(&ctx) })
        }
    }
}

fn wording(error: EmailError) -> &'static str {
    match error {
        EmailError::Empty => "email.empty",
        EmailError::TooLong | EmailError::At | EmailError::Local | EmailError::Domain => "email.wrong",
    }
}

fn sent_view(ctx: &Ctx, wrong: Vec<Wrong>) -> Result<Sent, PageError> {
    let email = ctx.visitor.email.as_deref().and_then(|email| Email::parse(email).ok());
    let email = email.ok_or_else(|| PageError::To(ctx.path("/email#main")))?;
    let until = ctx.visitor.mailed_at.unwrap_or_else(|| ctx.now()).plus(ctx.settings.link());
    Ok(Sent { code: String::new(), masked: email.masked(), until, hint: email.typo_hint(), wrong })
}

pub(super) async fn sent(ctx: Ctx) -> Result<Response, PageError> {
    checked(&ctx)?;
    ctx.page(&sent_view(&ctx, Vec::new())?)
}

pub(super) async fn code(Post { mut ctx, fields }: Post) -> Result<Response, PageError> {
    let typed = fields.get("code");
    let wish = EnterCode { browser: ctx.visitor.browser.clone(), code: typed.clone(), limits: ctx.limits() };
    let opened = ctx.city.db.write(ctx.actor(), move |tx| entry::enter_code(tx, &wish)).await?;
    match opened {
        Opened::Session { token, has_booking, offer } => {
            ctx.visitor.session = Some(token);
            Ok(ctx.to(&way_on(has_booking, offer)))
        }
        Opened::Spent => Ok(ctx.to("/my#main")),
        Opened::Wrong | Opened::AskBirthday => {
            let key = if typed.is_empty() { "email.no_code" } else { "email.wrong_code" };
            ctx.again(&Sent { code: typed, ..sent_view(&ctx, vec![Wrong::new("code", key)])? })
        }
        Opened::Gone => ctx.again(&sent_view(&ctx, vec![Wrong::new("code", "email.code_gone")])?),
    }
}
