//! The last look before a booking is made or moved.

use axum::response::Response;
use serde::Serialize;

use super::calendar::refusal_key;
use super::parts::Wrong;
use super::precautions::{Chosen, chosen, extend};
use crate::booking::entry::Session;
use crate::booking::{self, ChangeError, Confirm, ConfirmError, SlotRefusal};
use crate::once::OnceKey;
use crate::render::{Text, View};
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct Check {
    chosen: Chosen,
    email: String,
    wrong: Vec<Wrong>,
    full: bool,
    done: Option<String>,
}

impl View for Check {
    const TEMPLATE: &'static str = "citizen/confirm.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let email = "ta***@example.jp".to_owned();
        vec![(
            "confirm",
            Self { chosen: Chosen::sample(), email, wrong: Vec::new(), full: false, done: None },
        )]
    }
}

async fn view(ctx: &Ctx, session: &Session, wrong: Vec<Wrong>, full: bool) -> Result<Check, PageError> {
    Ok(Check { chosen: chosen(ctx, session).await?, email: session.email.masked(), wrong, full, done: None })
}

pub(super) async fn get(mut ctx: Ctx) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    if session.slot.is_some() && session.acknowledged_at.is_none() {
        return Ok(ctx.to("/precautions#main"));
    }
    let done = ctx.take_done();
    ctx.page(&Check { done, ..view(&ctx, &session, Vec::new(), false).await? })
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    if fields.get("hold") == "extend" {
        return extend(&ctx, &session, "/confirm#msg").await;
    }
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let refused =
        if session.changing { change(&ctx, &session, once).await } else { book(&ctx, &session, once).await };
    let Err(wrong) = refused? else { return Ok(ctx.to("/done#main")) };
    ctx.again(&view(&ctx, &session, vec![wrong], true).await?)
}

async fn book(ctx: &Ctx, session: &Session, once: OnceKey) -> Result<Result<(), Wrong>, PageError> {
    let wish = Confirm { key: session.key, once };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::confirm(tx, &wish)).await {
        Ok(_) => Ok(Ok(())),
        Err(ConfirmError::SessionOver) => Err(PageError::SessionOver),
        Err(ConfirmError::NoSlot) if session.booking.is_some() => Ok(Ok(())),
        Err(ConfirmError::NoSlot) => Err(PageError::To(ctx.path("/calendar#main"))),
        Err(ConfirmError::NotAcknowledged) => Err(PageError::To(ctx.path("/precautions#main"))),
        Err(ConfirmError::Fault(fault) | ConfirmError::Slot(SlotRefusal::Fault(fault))) => Err(fault.into()),
        Err(ConfirmError::Slot(refusal)) => Ok(Err(Wrong::new("slots", refusal_key(&refusal)))),
        Err(ConfirmError::TooManyPeople { most }) => {
            Ok(Err(Wrong { field: "slots", text: Text::key("family.full").with("most", &most) }))
        }
        Err(ConfirmError::Person { why, .. }) => {
            Ok(Err(Wrong { field: "slots", text: super::family::refused(why) }))
        }
    }
}

async fn change(ctx: &Ctx, session: &Session, once: OnceKey) -> Result<Result<(), Wrong>, PageError> {
    let key = session.key;
    match ctx.city.db.write(ctx.actor(), move |tx| booking::change(tx, &key, &once)).await {
        Ok(_) => Ok(Ok(())),
        Err(ChangeError::SessionOver) => Err(PageError::SessionOver),
        Err(ChangeError::NoSlot) => Err(PageError::To(ctx.path("/calendar#main"))),
        Err(ChangeError::NotAcknowledged) => Err(PageError::To(ctx.path("/precautions#main"))),
        Err(ChangeError::NoBooking) => Err(PageError::To(ctx.path("/my/booking#main"))),
        Err(ChangeError::TooLate) => Ok(Err(Wrong::new("slots", "my.too_late"))),
        Err(ChangeError::Fault(fault) | ChangeError::Slot(SlotRefusal::Fault(fault))) => Err(fault.into()),
        Err(ChangeError::Slot(refusal)) => Ok(Err(Wrong::new("slots", refusal_key(&refusal)))),
    }
}
