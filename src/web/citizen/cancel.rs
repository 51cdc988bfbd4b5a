//! Cancelling a booking, or some of its people.
//!
//! Spec: 7(3)⑩.

use axum::response::Response;
use serde::Serialize;

use super::booking::{Shown, cancellable};
use super::parts::{self, Person, Wrong};
use crate::base::CardId;
use crate::booking::{self, Booking, Cancel, CancelError};
use crate::db::Lane;
use crate::once::OnceKey;
use crate::render::View;
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct Leaving {
    shown: Shown,
    people: Vec<Person>,
    wrong: Vec<Wrong>,
}

impl View for Leaving {
    const TEMPLATE: &'static str = "citizen/cancel.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let person = |number| Person { card: CardId::of(1), number, tail: "678".to_owned() };
        let wrong = vec![Wrong::new("p1", "cancel.nobody")];
        vec![("cancel", Self { shown: Shown::sample(), people: vec![person(1), person(2)], wrong })]
    }
}

async fn view(ctx: &Ctx, booking: &Booking, shown: Shown, wrong: Vec<Wrong>) -> Result<Leaving, PageError> {
    let party = booking.cards();
    let people = ctx.city.db.read(Lane::Citizen, move |tx| parts::people(tx, &party)).await?;
    Ok(Leaving { shown, people, wrong })
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let (booking, shown) = cancellable(&ctx).await?;
    ctx.page(&view(&ctx, &booking, shown, Vec::new()).await?)
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    let key = ctx.session().await?.key;
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let people =
        fields.all("member").into_iter().filter_map(|row| row.parse().ok().map(CardId::of)).collect();
    let wish = Cancel { key, people, once };
    let wrong = match ctx.city.db.write(ctx.actor(), move |tx| booking::cancel(tx, &wish)).await {
        Ok(_) => return Ok(ctx.told("/my/booking#msg", "my.cancelled")),
        Err(CancelError::NoBooking) => return Ok(ctx.to("/my/booking#main")),
        Err(CancelError::SessionOver) => return Err(PageError::SessionOver),
        Err(CancelError::Fault(fault)) => return Err(fault.into()),
        Err(CancelError::Nobody) => Wrong::new("p1", "cancel.nobody"),
        Err(CancelError::TooLate) => Wrong::new("p1", "my.too_late"),
    };
    let (booking, shown) = cancellable(&ctx).await?;
    ctx.again(&view(&ctx, &booking, shown, vec![wrong]).await?)
}
