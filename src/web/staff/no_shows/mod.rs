//! Those who did not come (S20): who was asked to book again, who must be telephoned, whose case is closed.
//!
//! Spec: 7(2)⑫.

mod view;

use axum::extract::Query;
use axum::response::Response;

pub(in crate::web::staff) use self::view::NoShows;

use self::view::Asked;
use super::{Flash, StaffCtx, StaffPost, wording};
use crate::accounts::Permission;
use crate::base::BookingId;
use crate::booking;
use crate::booking::timed::{self, CloseCases, FollowError, Followed, InviteNow, Invited};
use crate::once::OnceKey;
use crate::settings;
use crate::web::{Fields, PageError};

pub(super) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &Fields::new(query));
    let view = list(&ctx, &asked, None).await?;
    ctx.saw("no-shows", None).await?;
    ctx.page(&view)
}

async fn list(ctx: &StaffCtx, asked: &Asked, wrong: Option<&str>) -> Result<NoShows, PageError> {
    let (days, places, closed) = (asked.days(), asked.places(ctx), asked.closed);
    let fits = asked.wrong().is_none();
    let (cases, settings, next) = ctx
        .read(move |tx| {
            let cases = if fits { timed::cases(tx, days, &places, closed)? } else { Vec::new() };
            Ok::<_, crate::db::Fault>((cases, settings::read(tx)?, timed::next_invitation(tx)?))
        })
        .await?;
    Ok(NoShows::of(ctx, asked, &cases, (&settings, next), wrong))
}

/// What the buttons below the list do with those who are ticked.
pub(super) async fn act(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &fields);
    let picked = picked(&fields);
    own(&ctx, &picked).await?;
    let done = match fields.get("act").as_str() {
        "invite" => invite(&ctx, &fields, picked).await?,
        "done" => close(&ctx, picked, Some(Followed::Done)).await,
        "stop" => close(&ctx, picked, Some(Followed::Stopped)).await,
        "open" => close(&ctx, picked, None).await,
        _ if picked.is_empty() => Err(FollowError::Nobody),
        _ => return Err(PageError::Expired),
    };
    match done {
        Ok(flash) => Ok(ctx.to_with(&format!("/no-shows?{}#main", asked.query()), flash)),
        Err(refusal) => {
            let sentence = wording::follow(refusal)?;
            ctx.again(&list(&ctx, &asked, Some(&sentence)).await?)
        }
    }
}

fn picked(fields: &Fields) -> Vec<BookingId> {
    let rows = fields.all("pick").into_iter().chain(fields.all("one"));
    rows.filter_map(|row| row.parse().ok().map(BookingId::of)).collect()
}

/// Refuses bookings of offices that this person does not work for.
async fn own(ctx: &StaffCtx, picked: &[BookingId]) -> Result<(), PageError> {
    let ids = picked.to_vec();
    let bookings = ctx
        .read(move |tx| ids.into_iter().map(|id| booking::get(tx, id)).collect::<Result<Vec<_>, _>>())
        .await?;
    let foreign = bookings.into_iter().flatten().any(|one| !ctx.signed.may_serve(one.location));
    if foreign { Err(PageError::Forbidden(Permission::NoShows)) } else { Ok(()) }
}

/// What an act did, or why it was refused.
type Done = Result<Flash, FollowError>;

async fn invite(ctx: &StaffCtx, fields: &Fields, bookings: Vec<BookingId>) -> Result<Done, PageError> {
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let wish = InviteNow { bookings, once };
    Ok(ctx.city.db.write(ctx.actor(), move |tx| timed::invite_now(tx, &wish)).await.map(told))
}

fn told(done: Invited) -> Flash {
    let mut lines = Vec::new();
    if done.without_address > 0 {
        lines.push(format!(
            "メールアドレスのない{}人には送っていません。電話でご連絡ください。",
            done.without_address
        ));
    }
    if done.settled > 0 {
        lines.push(format!("予約し直した方など、案内のいらない{}人には送っていません。", done.settled));
    }
    let text = format!("{}人に再予約の案内を送ります。", done.queued);
    if done.queued == 0 { Flash::mind("送る相手がいませんでした。") } else { Flash::done(text) }
        .with_lines(lines)
}

async fn close(ctx: &StaffCtx, bookings: Vec<BookingId>, how: Option<Followed>) -> Done {
    let back: Vec<(&str, String)> = bookings.iter().map(|id| ("pick", id.to_string())).collect();
    let wish = CloseCases { bookings, how };
    let changed = ctx.city.db.write(ctx.actor(), move |tx| timed::close_cases(tx, &wish)).await?;
    let text = match how {
        Some(Followed::Done) => format!("{changed}人を対応済みにしました。"),
        Some(_) => format!("{changed}人には、これから自動の案内を送りません。"),
        None => format!("{changed}人を未対応に戻しました。"),
    };
    let mut fields: Vec<(&str, &str)> = back.iter().map(|(name, id)| (*name, id.as_str())).collect();
    fields.push(("act", "open"));
    let flash = Flash::done(text);
    Ok(if how.is_some() && changed > 0 {
        flash.with_act("/no-shows", "元に戻す", &fields)
    } else {
        flash
    })
}
