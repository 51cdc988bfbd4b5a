//! Cancelling a booking, or some of its people.
//!
//! Spec: 7(3)⑩.

use axum::response::Response;
use serde::Serialize;

use super::booking::{Shown, cancellable};
use super::parts::{self, Person, Wrong};
use crate::booking::{self, Booking, Cancel, CancelError, Who};
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
        let person = |number: usize, tail: &str, kana: &str| Person {
            who: number.to_string(),
            number,
            tail: tail.to_owned(),
            kana: kana.to_owned(),
        };
        let of = |people, wrong| Self { shown: Shown::sample(), people, wrong };
        let (cards, wrong) = (vec![person(1, "678", ""), person(2, "679", "")], vec![nobody()]);
        let said = vec![person(1, "", "ミホン ハナコ"), person(2, "", "ミホン タロウ")];
        vec![("cancel", of(cards, wrong)), ("cancel by word", of(said, Vec::new()))]
    }
}

fn nobody() -> Wrong {
    Wrong::new("p1", "cancel.nobody")
}

async fn view(ctx: &Ctx, booking: &Booking, shown: Shown, wrong: Vec<Wrong>) -> Result<Leaving, PageError> {
    let mut party: Vec<Who> = booking.people_in().collect();
    if matches!(party.as_slice(), [Who::Applicant(_)]) {
        party.clear();
    }
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
    let people = fields.all("member").into_iter().filter_map(Who::from_form).collect();
    let wish = Cancel { key, people, once };
    let wrong = match ctx.city.db.write(ctx.actor(), move |tx| booking::cancel(tx, &wish)).await {
        Ok(_) => return Ok(ctx.told("/my/booking#msg", "my.cancelled")),
        Err(CancelError::NoBooking) => return Ok(ctx.to("/my/booking#main")),
        Err(CancelError::SessionOver) => return Err(PageError::SessionOver),
        Err(CancelError::Fault(fault)) => return Err(fault.into()),
        Err(CancelError::Nobody) => nobody(),
        Err(CancelError::TooLate) => Wrong::new("p1", "my.too_late"),
    };
    let (booking, shown) = cancellable(&ctx).await?;
    ctx.again(&view(&ctx, &booking, shown, vec![wrong]).await?)
}
