//! Moving by scanning: the label of a box, then card after card.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::super::sight::Sight;
use super::super::whereabouts::Places;
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::{Choice, Shown, choices, own_places, read_scan, target_name, targets, unread};
use crate::base::CardId;
use crate::booking;
use crate::cards;
use crate::cards::storage::{self, Moving, Scanned, Target};
use crate::db::Fault;
use crate::render::View;
use crate::web::PageError;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct MovePage {
    /// Code and name of where cards go now.
    pub(super) to: Option<(String, String)>,
    /// Cards that lie there, and how many go in.
    pub(super) filled: Option<(u32, Option<u16>)>,
    pub(super) targets: Vec<Choice>,
    pub(super) answer: Option<Answer>,
    pub(super) choices: Vec<Shown>,
    pub(super) refused: Option<String>,
}

/// The card that was moved last.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) card: Shown,
    /// Whether it lay there already.
    pub(super) again: bool,
}

impl View for MovePage {
    const TEMPLATE: &'static str = "staff/storage_move.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::moving()
    }
}

/// What an address of the page asks for.
#[derive(Clone, Debug, Default)]
struct Asked {
    to: Option<Target>,
    card: Option<CardId>,
    again: bool,
    among: Vec<CardId>,
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    query: Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let get = |name: &str| query.get(name).cloned().unwrap_or_default();
    let asked = Asked {
        to: Target::from_code(&get("to")),
        card: get("card").parse().ok().map(CardId::of),
        again: get("again") == "1",
        among: get("among").split('.').filter_map(|id| id.parse().ok().map(CardId::of)).take(20).collect(),
    };
    let page = page(&ctx, asked, None).await?;
    ctx.saw("storage_move", None).await?;
    ctx.page(&page)
}

async fn page(ctx: &StaffCtx, asked: Asked, refused: Option<String>) -> Result<MovePage, PageError> {
    let (signed, sight) = (std::sync::Arc::clone(&ctx.signed), Sight::of(&ctx.signed));
    let (to, last) = (asked.to, asked.card);
    let read = ctx.read(move |tx| {
        let card = last.map(|id| cards::get(tx, id)).transpose()?.flatten();
        let names = Places::read(tx, None)?;
        let shown = card.map(|card| Shown::of(&card, sight, &names));
        Ok::<_, Fault>((own_places(tx, &signed)?, storage::counts(tx)?, shown))
    });
    let (places, counts, shown) = read.await?;
    let shelf = places.iter().flat_map(|place| &place.boxes).find(|one| to == Some(Target::Box(one.id)));
    let filled = shelf.map(|one| {
        let here = counts.iter().find(|count| count.storage == one.storage && count.shelf == one.code);
        (here.map_or(0, |count| count.cards + count.expected), one.capacity)
    });
    Ok(MovePage {
        to: to.and_then(|to| Some((to.to_string(), target_name(&places, to)?))),
        filled,
        targets: targets(&places, to),
        answer: shown.map(|card| Answer { card, again: asked.again }),
        choices: choices(ctx, asked.among).await?,
        refused,
    })
}

/// A scan: a label changes where cards go, a card goes there.
pub(in crate::web::staff) async fn scan(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let to = Target::from_code(&fields.get("to"));
    let typed = fields.get("scan");
    let scanned = match fields.get("card").parse() {
        Ok(card) => Scanned::Card(CardId::of(card)),
        Err(_) => read_scan(&ctx, &typed).await?,
    };
    let at = |to: Option<Target>| to.map(|to| format!("to={to}")).unwrap_or_default();
    match scanned {
        Scanned::Place(new) => Ok(ctx.to(&format!("/storage/move?{}#scan", at(Some(new))))),
        Scanned::Empty if to.is_some() && fields.has("choose") => {
            Ok(ctx.to(&format!("/storage/move?{}#scan", at(to))))
        }
        Scanned::Card(card) => put(&ctx, to, card).await,
        Scanned::Several(cards) => {
            let rows: Vec<String> = cards.iter().map(ToString::to_string).collect();
            Ok(ctx.to(&format!("/storage/move?{}&among={}#scan", at(to), rows.join("."))))
        }
        other => {
            let asked = Asked { to, ..Asked::default() };
            ctx.again(&page(&ctx, asked, Some(unread(&other, &typed).to_owned())).await?)
        }
    }
}

async fn put(ctx: &StaffCtx, to: Option<Target>, card: CardId) -> Result<Response, PageError> {
    let signed = std::sync::Arc::clone(&ctx.signed);
    let places = ctx.read(move |tx| own_places(tx, &signed)).await?;
    let Some(to) = to.filter(|to| target_name(&places, *to).is_some()) else {
        let sentence = "先に移す先の箱の札を読み取るか、一覧から選んでください。".to_owned();
        return ctx.again(&page(ctx, Asked::default(), Some(sentence)).await?);
    };
    let wish = Moving { card, to, expect_version: None, batch: None };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::move_card(tx, &wish)).await {
        Ok(moved) => {
            let again = if moved.changed { "" } else { "&again=1" };
            Ok(ctx.to(&format!("/storage/move?to={to}&card={card}{again}#scan")))
        }
        Err(refusal) => {
            let asked = Asked { to: Some(to), ..Asked::default() };
            ctx.again(&page(ctx, asked, Some(wording::move_refused(refusal)?)).await?)
        }
    }
}

/// Takes the last scan back.
pub(in crate::web::staff) async fn undo(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let to = Target::from_code(&fields.get("to"));
    let card = fields.get("card").parse().ok().map(CardId::of).ok_or(PageError::NotFound)?;
    let version = fields.get("version").parse().unwrap_or_default();
    match ctx.city.db.write(ctx.actor(), move |tx| booking::undo_move(tx, card, version)).await {
        Ok(moved) => {
            let names = ctx.read(|tx| Places::read(tx, None)).await?;
            let said = format!("移動を元に戻しました。いまの場所：{}", names.of(&moved.card).text);
            let at = to.map(|to| format!("?to={to}")).unwrap_or_default();
            Ok(ctx.to_with(&format!("/storage/move{at}#scan"), Flash::done(said)))
        }
        Err(refusal) => {
            let asked = Asked { to, card: Some(card), ..Asked::default() };
            ctx.again(&page(&ctx, asked, Some(wording::move_refused(refusal)?)).await?)
        }
    }
}
