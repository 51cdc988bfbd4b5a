//! A card is scanned: where it leaves it is taken or sent, where it goes it is received.

use axum::response::Response;

use super::ask::Asked;
use super::list;
use crate::base::{CardId, NoticePattern, StorageId};
use crate::calendar;
use crate::cards;
use crate::db::Fault;
use crate::once::OnceKey;
use crate::transfers::{self, Act, Reading, Scan, Scanned, Transfer};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

pub(in crate::web::staff) async fn scan(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &fields);
    let Some(here) = ctx.place().map(|place| place.id) else { return Err(PageError::NotFound) };
    let typed = fields.get("scan");
    let chosen = fields.get("card").parse().ok().map(CardId::of);
    if typed.is_empty() && chosen.is_none() {
        return again(&ctx, &asked, "カードの番号を読み取ってください。".to_owned()).await;
    }
    let wish = Scan {
        reading: chosen.map_or(Reading::Typed(typed), Reading::Chosen),
        here,
        leaving: if asked.sends { Act::Send } else { Act::Pull },
        run: fields.get("run"),
        seal: fields.get("seal"),
        storage: fields.get("storage").parse().ok().map(StorageId::of),
        pattern: NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default(),
        once: once(&fields)?,
    };
    let scanned = ctx.city.db.write(ctx.actor(), move |tx| transfers::scan(tx, &wish)).await?;
    answer(&ctx, &asked, scanned).await
}

fn once(fields: &Fields) -> Result<OnceKey, PageError> {
    let drawn = fields.get("once");
    OnceKey::from_form(&drawn).ok_or(PageError::Expired)?;
    OnceKey::from_form(&format!("{drawn}-scan{}", fields.get("card"))).ok_or(PageError::Expired)
}

async fn answer(ctx: &StaffCtx, asked: &Asked, scanned: Scanned) -> Result<Response, PageError> {
    let sentence = match scanned {
        Scanned::Done { act, stepped, unsent, .. } => {
            let flag = |word: &str, on: bool| if on { format!("&{word}=1") } else { String::new() };
            let marks = format!("{}{}", flag("again", !stepped.changed), flag("unsent", unsent));
            let (row, did) = (stepped.transfer, act.code());
            return Ok(ctx.to(&format!("{}&scanned={row}&did={did}{marks}#scan", asked.path())));
        }
        Scanned::Several(cards) => {
            let among = cards.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
            return Ok(ctx.to(&format!("{}&among={among}#scan", asked.path())));
        }
        Scanned::Unreadable => {
            "通知書IDとして読み取れません。もう一度読み取るか、番号を入力してください。".to_owned()
        }
        Scanned::Unknown => "この番号のカードは登録されていません。番号を確かめてください。".to_owned(),
        Scanned::Nothing { card, here } => nothing(ctx, card, here).await?,
        Scanned::Elsewhere(row) => elsewhere(ctx, *row).await?,
        Scanned::Refused(_, refusal) => wording::transfer_step(refusal)?,
    };
    again(ctx, asked, sentence).await
}

async fn again(ctx: &StaffCtx, asked: &Asked, sentence: String) -> Result<Response, PageError> {
    ctx.again(&list::read(ctx, asked, vec![Wrong::new("scan", sentence)]).await?)
}

/// A card that no transfer has: where it lies, and that nothing has to be done.
async fn nothing(ctx: &StaffCtx, card: CardId, here: bool) -> Result<String, PageError> {
    let read = ctx.read(move |tx| {
        let card = cards::get(tx, card)?;
        let place = match card.as_ref().and_then(|card| card.storage) {
            Some(storage) => calendar::storage(tx, storage)?,
            None => None,
        };
        Ok::<_, Fault>((card, place))
    });
    let (card, place) = read.await?;
    let label = card.map(|card| wording::label(card.label).0).unwrap_or_default();
    Ok(match (here, place) {
        (true, Some(place)) => {
            format!("回送のないカードです（{label}）。この場所（{}）に置きます。", place.name)
        }
        (_, Some(place)) => format!("回送のないカードです（{label}）。登録では{}にあります。", place.name),
        (_, None) => format!("回送のないカードです（{label}）。保管場所の登録がありません。"),
    })
}

/// A card whose transfer neither begins nor ends here: where it should be.
async fn elsewhere(ctx: &StaffCtx, row: Transfer) -> Result<String, PageError> {
    let read = ctx.read(move |tx| {
        let from = calendar::storage(tx, row.from.storage)?;
        let to = calendar::location(tx, row.to)?;
        Ok::<_, Fault>((from, to, row.status))
    });
    let (from, to, status) = read.await?;
    Ok(format!(
        "ここで扱う回送ではありません。{}から{}への回送です（{}）。",
        from.map(|one| one.name).unwrap_or_default(),
        to.map(|one| one.name).unwrap_or_default(),
        wording::transfer_status(status).0
    ))
}
