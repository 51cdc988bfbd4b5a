//! A booking gets another time or place.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::party::{Known, Person};
use super::picker::{Picker, Wish, place_of};
use super::show::Facts;
use super::{of_address, once, overbook, samples, seen};
use crate::accounts::Permission;
use crate::base::{Day, LocationId};
use crate::booking::{self, Booking, ChangeTo, ShiftError, SlotRefusal};
use crate::calendar::{self, SlotId};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Change {
    facts: Facts,
    people: Vec<Person>,
    picker: Picker,
    may_over: bool,
    over_asked: bool,
    over: String,
    /// The day that was chosen, as against the one that is shown first.
    day: Option<Day>,
    wrong: Vec<Wrong>,
}

impl View for Change {
    const TEMPLATE: &'static str = "staff/booking_change.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |chosen, wrong| Self {
            facts: Facts::sample(true),
            people: vec![samples::person(), samples::booked_person()],
            picker: samples::picker(chosen),
            may_over: chosen,
            over_asked: chosen,
            over: String::new(),
            day: chosen.then(samples::day),
            wrong,
        };
        let wrong = ["slot", "over"].map(|field| Wrong::new(field, "違います。"));
        vec![("nothing chosen", of(false, Vec::new())), ("wrong", of(true, wrong.into()))]
    }
}

/// What is chosen so far.
#[derive(Clone, Debug, Default)]
struct Draft {
    location: Option<LocationId>,
    day: Option<Day>,
    slot: Option<SlotId>,
    from: Option<Day>,
    over: String,
}

impl Draft {
    fn of(fields: &Fields) -> Self {
        Self {
            location: fields.get("location").parse().ok().map(LocationId::of),
            day: fields.get("day").parse().ok(),
            slot: fields.get("slot").parse().ok(),
            from: fields.get("from").parse().ok(),
            over: fields.get("over"),
        }
    }
}

pub(in crate::web::staff) async fn ask(
    ctx: StaffCtx,
    row: Row,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let booking = of_address(&ctx, row).await?;
    let draft = Draft::of(&Fields::new(query));
    match view(&ctx, &booking, draft, Vec::new()).await? {
        Some(view) => ctx.page(&view),
        None => Ok(gone(&ctx, &booking)),
    }
}

pub(in crate::web::staff) async fn shift(
    row: Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let booking = of_address(&ctx, row).await?;
    let draft = Draft::of(&fields);
    if fields.get("act") == "place" {
        let place = draft.location.map_or_else(String::new, |place| format!("?location={place}"));
        return Ok(ctx.to(&format!("/bookings/{}/change{place}#days", booking.id)));
    }
    let sent = fields.get("slot");
    let Some(slot) = draft.slot.filter(|slot| ctx.place_of(slot.location).is_some()) else {
        let sentence = if sent.is_empty() { wording::NO_TIME } else { wording::NO_SUCH_TIME };
        return again(&ctx, &booking, draft, Wrong::new("slot", sentence), false).await;
    };
    let wish = ChangeTo {
        seen: seen(&booking, &fields),
        slot,
        overbook: overbook(&ctx, &fields),
        once: once(&fields)?,
    };
    let refusal = match ctx.city.db.write(ctx.actor(), move |tx| booking::change_by_staff(tx, &wish)).await {
        Ok(id) => {
            let flash = Flash::done("予約を変更しました。");
            return Ok(ctx.to_with(&format!("/bookings/{id}#main"), flash));
        }
        Err(ShiftError::Gone) => return Ok(gone(&ctx, &booking)),
        Err(refusal) => refusal,
    };
    let full = matches!(refusal, ShiftError::Slot(SlotRefusal::Full));
    let asks = full && ctx.may(Permission::Overbook);
    let over_asked = asks || matches!(refusal, ShiftError::Reason(_));
    let field = if over_asked { "over" } else { "slot" };
    let sentence = if asks { wording::OVER_REASON.to_owned() } else { wording::shift(refusal)? };
    again(&ctx, &booking, draft, Wrong::new(field, sentence), over_asked).await
}

fn gone(ctx: &StaffCtx, booking: &Booking) -> Response {
    ctx.to_with(&format!("/bookings/{}#main", booking.id), Flash::mind(wording::GONE))
}

async fn again(
    ctx: &StaffCtx,
    booking: &Booking,
    draft: Draft,
    wrong: Wrong,
    over_asked: bool,
) -> Result<Response, PageError> {
    match view(ctx, booking, draft, vec![wrong]).await? {
        Some(mut view) => {
            view.over_asked = over_asked;
            ctx.again(&view)
        }
        None => Ok(gone(ctx, booking)),
    }
}

/// `None` when the booking can no longer be moved.
async fn view(
    ctx: &StaffCtx,
    booking: &Booking,
    draft: Draft,
    wrong: Vec<Wrong>,
) -> Result<Option<Change>, PageError> {
    let may_over = ctx.may(Permission::Overbook);
    let its_own = ctx.place_of(booking.location);
    let named = draft.location.or(draft.slot.map(|slot| slot.location));
    let Some(place) = place_of(&ctx.locations, draft.slot, named, its_own.or(ctx.place())) else {
        return Err(PageError::NotFound);
    };
    let elsewhere = place.id != booking.location;
    let day = draft.day.or(draft.slot.map(|slot| slot.day));
    let wish = Wish {
        places: ctx.locations.to_vec(),
        day: day.or((!elsewhere && draft.from.is_none()).then_some(booking.day)),
        slot: draft.slot.filter(|slot| slot.location == place.id),
        from: draft.from,
        own: Some(booking.clone()),
        may_over,
        channel: booking.channel.of_staff(),
        people: usize::from(booking.people),
        place,
    };
    let id = booking.id;
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let Some(booking) =
            booking::get(tx, id)?.filter(|one| one.status == booking::BookingStatus::Confirmed)
        else {
            return Ok(None);
        };
        let procedure = booking::procedure_of(tx, &booking)?;
        let party = Known::of_booking(tx, &booking)?;
        let (picker, _) = Picker::read(tx, &wish, &procedure, &party.cards)?;
        let place = calendar::location(tx, booking.location)?;
        Ok(Some((booking, picker, place, party)))
    };
    let found = ctx.read(read).await?;
    Ok(found.map(|(booking, picker, place, party)| Change {
        facts: Facts::of(ctx, &booking, place.as_ref()),
        people: party.people(Sight::of(&ctx.signed), ctx.today(), Some(&booking)),
        picker,
        may_over,
        over_asked: false,
        over: draft.over,
        day,
        wrong,
    }))
}
