//! A card that was taken from its shelf is scanned.

use axum::response::Response;

use super::ask::Asked;
use super::list;
use crate::base::{CardId, NoticePattern};
use crate::booking::{self, Booking, PullScan, PullScanned};
use crate::calendar;
use crate::cards;
use crate::db::Fault;
use crate::once::OnceKey;
use crate::transfers::Reading;
use crate::web::PageError;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, StaffPost, wording};

pub(in crate::web::staff) async fn scan(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &fields)?;
    let typed = fields.get("scan");
    let chosen = fields.get("card").parse().ok().map(CardId::of);
    if typed.is_empty() && chosen.is_none() {
        return again(&ctx, &asked, "カードの番号を読み取ってください。".to_owned()).await;
    }
    let drawn = fields.get("once");
    OnceKey::from_form(&drawn).ok_or(PageError::Expired)?;
    let once =
        OnceKey::from_form(&format!("{drawn}-scan{}", fields.get("card"))).ok_or(PageError::Expired)?;
    let wish = PullScan {
        reading: chosen.map_or(Reading::Typed(typed), Reading::Chosen),
        location: asked.location,
        day: asked.day,
        pattern: NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default(),
        once,
    };
    let scanned = ctx.city.db.write(ctx.actor(), move |tx| booking::pull_scan(tx, &wish)).await?;
    answer(&ctx, &asked, scanned).await
}

async fn answer(ctx: &StaffCtx, asked: &Asked, scanned: PullScanned) -> Result<Response, PageError> {
    let done = |card: CardId, new: bool| {
        let again = if new { "" } else { "&again=1" };
        ctx.to(&format!("{}&scanned={card}{again}#scan", asked.path()))
    };
    let sentence = match scanned {
        PullScanned::Pulled(card, new) => return Ok(done(card, new)),
        PullScanned::ForTransfer(card, stepped) => return Ok(done(card, stepped.changed)),
        PullScanned::Several(cards) => {
            let among = cards.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
            return Ok(ctx.to(&format!("{}&among={among}#scan", asked.path())));
        }
        PullScanned::Unreadable => {
            "通知書IDとして読み取れません。もう一度読み取るか、番号を入力してください。".to_owned()
        }
        PullScanned::Unknown => "この番号のカードは登録されていません。番号を確かめてください。".to_owned(),
        PullScanned::NotNeeded(card, booking) => not_needed(ctx, card, booking.as_deref()).await?,
        PullScanned::Refused(_, refusal) => wording::pull(refusal)?,
    };
    again(ctx, asked, sentence).await
}

async fn again(ctx: &StaffCtx, asked: &Asked, sentence: String) -> Result<Response, PageError> {
    ctx.again(&list::read(ctx, asked, vec![Wrong::new("scan", sentence)]).await?)
}

/// Whose card it is, and when and where it is needed, if at all.
async fn not_needed(ctx: &StaffCtx, card: CardId, booking: Option<&Booking>) -> Result<String, PageError> {
    let location = booking.map(|booking| booking.location);
    let read = ctx.read(move |tx| {
        let place = match location {
            Some(location) => calendar::location(tx, location)?.map(|place| place.name),
            None => None,
        };
        Ok::<_, Fault>((cards::get(tx, card)?, place.unwrap_or_default()))
    });
    let (card, place) = read.await?;
    let sight = Sight::of(&ctx.signed);
    let name = card.as_ref().map(|card| sight.name(card)).unwrap_or_default();
    if let Some(booking) = booking {
        let (day, starts) = (wording::day_word(booking.day), booking.starts);
        return Ok(format!(
            "{name}さんのカードはこの一覧にありません。予約は{day} {starts}、{place}です。棚へ戻してください。"
        ));
    }
    let label = card.map(|card| wording::label(card.label).0).unwrap_or_default();
    Ok(format!("{name}さんのカードには予約がありません（{label}）。棚へ戻してください。"))
}
