//! What the buttons of the outbox do: send again, take back.

use axum::response::Response;

use super::list::{Asked, view};
use super::{places, served};
use crate::accounts::Permission;
use crate::base::OutboxId;
use crate::booking::{self, Again, Dealt};
use crate::db::Fault;
use crate::mail;
use crate::once::OnceKey;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{Flash, StaffCtx, StaffPost};
use crate::web::{Fields, PageError};

/// Letters in one act.
const MOST: usize = 100;

/// Sends the ticked letters again, or takes them back; one letter when its own button was pressed.
pub(in crate::web::staff) async fn act(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked::of(&fields);
    let (act, letters) = wanted(&fields);
    let wrong = match letters.len() {
        0 => Some("メールを選んでください。"),
        1..=MOST => None,
        _ => Some("一度に選べるのは100通までです。"),
    };
    if let Some(wrong) = wrong {
        return ctx.again(&view(&ctx, &asked, String::new(), vec![Wrong::new("list", wrong)]).await?);
    }
    own(&ctx, &letters).await?;
    let back = match fields.get("back").parse::<i64>() {
        Ok(letter) => format!("/mail/{letter}#main"),
        Err(_) => format!("{}#main", asked.address()),
    };
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let wish = Again { letters, once };
    let flash = match act.as_str() {
        "again" => {
            let dealt = ctx.city.db.write(ctx.actor(), move |tx| booking::send_again(tx, &wish)).await?;
            told(dealt, "送り直します", "送り直したメールはありません。")
        }
        "off" => {
            let dealt = ctx.city.db.write(ctx.actor(), move |tx| booking::call_off(tx, &wish)).await?;
            told(dealt, "送るのをやめました", "取りやめたメールはありません。")
        }
        _ => return Err(PageError::Expired),
    };
    Ok(ctx.to_with(&back, flash))
}

/// The act and its letters: those of a row's own button before those that are ticked.
fn wanted(fields: &Fields) -> (String, Vec<OutboxId>) {
    for act in ["again", "off"] {
        if let Ok(row) = fields.get(&format!("{act}_one")).parse() {
            return (act.to_owned(), vec![OutboxId::of(row)]);
        }
    }
    let rows = fields.all("pick").into_iter().filter_map(|row| row.parse().ok().map(OutboxId::of));
    (fields.get("act"), rows.collect())
}

/// Refuses letters about bookings at places that this person does not work for.
async fn own(ctx: &StaffCtx, letters: &[OutboxId]) -> Result<(), PageError> {
    let (letters, places) = (letters.to_vec(), places(ctx));
    let all = ctx.read(move |tx| {
        for letter in letters {
            let booking = mail::kept(tx, letter)?.and_then(|kept| kept.row.booking);
            if !served(tx, booking, places.as_ref())? {
                return Ok::<_, Fault>(false);
            }
        }
        Ok(true)
    });
    if all.await? { Ok(()) } else { Err(PageError::Forbidden(Permission::Mail)) }
}

fn told(dealt: Dealt, done: &str, none: &str) -> Flash {
    let reasons = [
        (dealt.on_its_way, "すでに送信待ちか、送信中です。"),
        (
            dealt.link_gone,
            "手続きのリンクは送ったあとに消しているため、同じものは送れません。本人にもう一度、予約の画面からメールを受け取ってもらってください。",
        ),
        (
            dealt.no_longer,
            "予約が変わったか終わったため、この内容では送れません。予約の画面から確認のメールを送ってください。",
        ),
        (dealt.not_waiting, "もう送られたか、取りやめられています。"),
    ];
    let lines =
        reasons.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("{count}通：{why}"));
    let lines = lines.collect();
    if dealt.done == 0 {
        return Flash::mind(none).with_lines(lines);
    }
    Flash::done(format!("{}通を{done}。", dealt.done)).with_lines(lines)
}
