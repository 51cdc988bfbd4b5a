//! A relative is added to a booking, and its mail sent once more.

use axum::response::Response;

use super::show::view;
use super::typed::PersonForm;
use super::{of_address, once, overbook, seen};
use crate::accounts::Permission;
use crate::base::{CardId, NoticePattern};
use crate::booking::{
    self, Booking, Candidates, Find, JoinByStaff, JoinError, Newcomer, ResendError, SlotRefusal,
};
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Adds who was scanned, typed or chosen.
pub(in crate::web::staff) async fn join(
    row: Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let booking = of_address(&ctx, row).await?;
    if let Some(card) = fields.get("add").parse().ok().map(CardId::of) {
        return add(&ctx, booking, card.into(), &fields).await;
    }
    if fields.get("act") == "person" {
        return match PersonForm::of(&fields).read(ctx.today()) {
            Ok(person) => add(&ctx, booking, Newcomer::Person(person), &fields).await,
            Err(wrong) => again(&ctx, booking, &fields, wrong, false).await,
        };
    }
    let typed = fields.get("who");
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
    let wish = Find { typed: typed.clone(), pattern, by_name: ctx.may(Permission::SeeName) };
    let sentence = match ctx.read(move |tx| booking::candidates(tx, &wish)).await? {
        Candidates::Cards(cards) => {
            if let [one] = cards.as_slice() {
                return add(&ctx, booking, (*one).into(), &fields).await;
            }
            let rows: Vec<String> = cards.iter().map(ToString::to_string).collect();
            return Ok(ctx.to(&format!("/bookings/{}?among={}#family", booking.id, rows.join("."))));
        }
        Candidates::Empty => wording::FIND_EMPTY.to_owned(),
        Candidates::TooMany => wording::FIND_TOO_MANY.to_owned(),
        Candidates::Unknown | Candidates::Booking(_) => wording::find_unknown(&typed),
    };
    again(&ctx, booking, &fields, vec![Wrong::new("who", sentence)], false).await
}

async fn add(
    ctx: &StaffCtx,
    booking: Booking,
    newcomer: Newcomer,
    fields: &Fields,
) -> Result<Response, PageError> {
    let wish = JoinByStaff {
        seen: seen(&booking, fields),
        newcomer,
        overbook: overbook(ctx, fields),
        once: once(fields)?,
    };
    let refusal = match ctx.city.db.write(ctx.actor(), move |tx| booking::join_by_staff(tx, &wish)).await {
        Ok(id) => {
            let flash = Flash::done("予約に1人加えました。");
            return Ok(ctx.to_with(&format!("/bookings/{id}#people"), flash));
        }
        Err(refusal) => refusal,
    };
    let full = matches!(refusal, JoinError::Slot(SlotRefusal::Full));
    let asks = full && ctx.may(Permission::Overbook);
    let over_asked = asks || matches!(refusal, JoinError::Reason(_));
    let field = if over_asked { "over" } else { "who" };
    let sentence = if asks { wording::OVER_REASON.to_owned() } else { wording::join(refusal)? };
    again(ctx, booking, fields, vec![Wrong::new(field, sentence)], over_asked).await
}

async fn again(
    ctx: &StaffCtx,
    booking: Booking,
    fields: &Fields,
    wrong: Vec<Wrong>,
    over_asked: bool,
) -> Result<Response, PageError> {
    let chosen: Vec<CardId> = fields.get("add").parse().ok().map(CardId::of).into_iter().collect();
    let mut view = view(ctx, booking, chosen).await?;
    view.typed = fields.get("who");
    view.person = PersonForm::of(fields);
    view.over = fields.get("over");
    view.over_asked = over_asked;
    view.wrong = wrong;
    ctx.again(&view)
}

/// Queues the confirmation once more.
pub(in crate::web::staff) async fn mail_again(
    row: Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let booking = of_address(&ctx, row).await?;
    let (id, once) = (booking.id, once(&fields)?);
    let path = format!("/bookings/{id}#mails");
    match ctx.city.db.write(ctx.actor(), move |tx| booking::resend(tx, id, &once)).await {
        Ok(()) => Ok(ctx.to_with(&path, Flash::done("予約の確認メールをもう一度送ります。"))),
        Err(ResendError::Fault(fault)) => Err(fault.into()),
        Err(ResendError::Gone) => Ok(ctx.to_with(&path, Flash::mind(wording::GONE))),
        Err(ResendError::NoAddress) => {
            Ok(ctx.to_with(&path, Flash::mind("この予約にはメールアドレスがありません。")))
        }
    }
}
