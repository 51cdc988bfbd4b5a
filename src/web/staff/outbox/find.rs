//! From what was typed of a person to a list whose address names a row.

use axum::response::Response;

use super::list::{Asked, view};
use crate::base::{CardId, Email, NoticeId, NoticePattern, text};
use crate::booking;
use crate::cards;
use crate::db::{Fault, ReadTx};
use crate::mail;
use crate::web::PageError;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, StaffPost};

/// Leads to the letters of a notice ID, a booking number or a mail address. Nobody finds by what they may not see.
pub(in crate::web::staff) async fn find(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let typed = fields.get("q");
    let words = text::nfkc(&typed).trim().to_owned();
    if words.is_empty() {
        return refuse(&ctx, typed, "通知書ID・予約番号・メールアドレスのどれかを入力してください。").await;
    }
    let sight = Sight::of(&ctx.signed);
    let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).ok().filter(|_| sight.notice);
    let found = ctx.read(move |tx| numbered(tx, &words, pattern.as_ref(), sight.email)).await?;
    match found {
        Found::At(path) => Ok(ctx.to(&format!("{path}#main"))),
        Found::Cards(cards) => {
            let said =
                format!("同じ通知書IDのカードが{}枚あります。カードの画面からご覧ください。", cards.len());
            refuse(&ctx, typed, &said).await
        }
        Found::Nothing => {
            refuse(&ctx, typed, "合うメールはありません。番号とアドレスをもう一度確かめてください。").await
        }
    }
}

enum Found {
    At(String),
    Cards(Vec<CardId>),
    Nothing,
}

fn numbered(
    tx: &ReadTx<'_>,
    words: &str,
    pattern: Option<&NoticePattern>,
    addresses: bool,
) -> Result<Found, Fault> {
    if words.contains('@') {
        let like = match Email::parse(words) {
            Ok(email) if addresses => mail::of_address(tx, email.as_str())?,
            _ => None,
        };
        return Ok(like.map_or(Found::Nothing, |like| Found::At(format!("/mail?like={like}"))));
    }
    if let Some(notice) = pattern.and_then(|pattern| NoticeId::parse(words, pattern).ok()) {
        let cards: Vec<CardId> = cards::with_notice(tx, &notice)?.iter().map(|card| card.id).collect();
        return Ok(match cards.as_slice() {
            [] => Found::Nothing,
            [one] => Found::At(format!("/mail?card={one}")),
            _ => Found::Cards(cards),
        });
    }
    let booking = booking::by_no(tx, words)?;
    Ok(booking.map_or(Found::Nothing, |booking| Found::At(format!("/mail?booking={}", booking.id))))
}

async fn refuse(ctx: &StaffCtx, typed: String, said: &str) -> Result<Response, PageError> {
    ctx.again(&view(ctx, &Asked::default(), typed, vec![Wrong::new("q", said)]).await?)
}
