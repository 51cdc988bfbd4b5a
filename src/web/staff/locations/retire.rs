//! A location is not used any more from a day on; bookings that stand in the way are named.

use axum::response::Response;

use super::form::page;
use crate::base::{BookingId, Day, LocationId};
use crate::booking::{self, Retire, RetireError};
use crate::db::{Fault, ReadTx};
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffPost, wording};

pub(in crate::web::staff) async fn retire(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let location = LocationId::of(id);
    if !ctx.signed.may_serve(location) {
        return Err(PageError::NotFound);
    }
    let back = fields.has("back");
    let from: Option<Day> = fields.get("retire").parse().ok();
    if !back && from.is_none() {
        let wrong = vec![Wrong::new("retire", "いつから使わないかを、日付で入力してください。")];
        return ctx.again(&page(&ctx, location, Some(&fields), wrong).await?);
    }
    let wish = Retire {
        location,
        expect_version: fields.get("version").parse().unwrap_or_default(),
        from: from.filter(|_| !back),
    };
    let (wrong, bookings) = match ctx.city.db.write(ctx.actor(), move |tx| booking::retire(tx, &wish)).await {
        Ok(()) => {
            let said = if back {
                "また使うようにしました。"
            } else {
                "使わない日を決めました。予約の記録は残ります。"
            };
            return Ok(ctx.to_with(&format!("/locations/{id}#main"), Flash::done(said)));
        }
        Err(RetireError::Booked { count, some, last }) => (wording::still_booked(count, last), some),
        Err(RetireError::Edit(error)) => (wording::calendar(error)?, Vec::new()),
        Err(RetireError::Fault(fault)) => return Err(fault.into()),
    };
    let blocked = ctx.read(move |tx| named(tx, &bookings)).await?;
    let page = page(&ctx, location, Some(&fields), vec![Wrong::new("retire", wrong)]).await?;
    ctx.again(&page.blocked_by(blocked))
}

fn named(tx: &ReadTx<'_>, bookings: &[BookingId]) -> Result<Vec<(i64, String, Day)>, Fault> {
    let mut named = Vec::new();
    for id in bookings {
        named.extend(booking::get(tx, *id)?.map(|booking| (id.get(), booking.no, booking.day)));
    }
    Ok(named)
}
