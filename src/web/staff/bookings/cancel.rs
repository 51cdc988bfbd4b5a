//! People are taken out of a booking, or the whole of it is cancelled.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::party::{Known, Person};
use super::show::Facts;
use super::{of_address, once, people, samples, seen};
use crate::booking::{self, Booking, CancelByStaff, CancelByStaffError, Cancelled, Who};
use crate::calendar;
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Cancel {
    facts: Facts,
    people: Vec<Leaving>,
    reason: String,
    wrong: Vec<Wrong>,
}

/// A person, and whether they are to be taken out.
#[derive(Debug, Serialize)]
struct Leaving {
    person: Person,
    ticked: bool,
}

impl View for Cancel {
    const TEMPLATE: &'static str = "staff/booking_cancel.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let leaving = |ticked, person| Leaving { person, ticked };
        let of =
            |people, wrong| Self { facts: Facts::sample(true), people, reason: "電話".to_owned(), wrong };
        let wrong = ["person", "reason"].map(|field| Wrong::new(field, "違います。"));
        let both = vec![leaving(true, samples::person()), leaving(false, samples::booked_person())];
        vec![
            ("one", of(vec![leaving(true, samples::person())], Vec::new())),
            ("wrong", of(both, wrong.into())),
        ]
    }
}

pub(in crate::web::staff) async fn ask(
    ctx: StaffCtx,
    row: Row,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let booking = of_address(&ctx, row).await?;
    let ticked = people(&Fields::new(query));
    let ticked = if ticked.is_empty() { booking.people_in().collect() } else { ticked };
    if !booking.is_live() {
        return Ok(gone(&ctx, &booking));
    }
    ctx.page(&view(&ctx, &booking, &ticked, String::new(), Vec::new()).await?)
}

pub(in crate::web::staff) async fn give_up(
    row: Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let booking = of_address(&ctx, row).await?;
    let (people, reason) = (people(&fields), fields.get("reason"));
    if people.is_empty() {
        let wrong = vec![Wrong::new("person", "取り消す方を選んでください。")];
        return ctx.again(&view(&ctx, &booking, &[], reason, wrong).await?);
    }
    let wish = CancelByStaff {
        seen: seen(&booking, &fields),
        people: people.clone(),
        reason: reason.clone(),
        once: once(&fields)?,
    };
    let refusal = match ctx.city.db.write(ctx.actor(), move |tx| booking::cancel_by_staff(tx, &wish)).await {
        Ok(done) => {
            let flash = Flash::done(match done {
                Cancelled::All => "予約を取り消しました。枠は空きました。".to_owned(),
                Cancelled::Left { people } => format!("予約から外しました。残りは{people}人です。"),
            });
            return Ok(ctx.to_with(&format!("/bookings/{}#main", booking.id), flash));
        }
        Err(CancelByStaffError::Gone) => return Ok(gone(&ctx, &booking)),
        Err(refusal) => refusal,
    };
    let field = match refusal {
        CancelByStaffError::ReasonNeeded | CancelByStaffError::Reason(_) => "reason",
        _ => "person",
    };
    let wrong = vec![Wrong::new(field, wording::cancel(refusal)?)];
    ctx.again(&view(&ctx, &booking, &people, reason, wrong).await?)
}

fn gone(ctx: &StaffCtx, booking: &Booking) -> Response {
    ctx.to_with(&format!("/bookings/{}#main", booking.id), Flash::mind(wording::GONE))
}

async fn view(
    ctx: &StaffCtx,
    booking: &Booking,
    ticked: &[Who],
    reason: String,
    wrong: Vec<Wrong>,
) -> Result<Cancel, PageError> {
    let id = booking.id;
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let Some(booking) = booking::get(tx, id)? else { return Ok(None) };
        let known = Known::of_booking(tx, &booking)?;
        let place = calendar::location(tx, booking.location)?;
        Ok(Some((booking, known, place)))
    };
    let (booking, known, place) = ctx.read(read).await?.ok_or(PageError::NotFound)?;
    let people = known.people(Sight::of(&ctx.signed), ctx.today(), Some(&booking));
    let leaving =
        |person: Person| Leaving { ticked: ticked.iter().any(|who| who.to_string() == person.key), person };
    Ok(Cancel {
        facts: Facts::of(ctx, &booking, place.as_ref()),
        people: people.into_iter().map(leaving).collect(),
        reason,
        wrong,
    })
}
