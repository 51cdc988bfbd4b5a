//! One place: its boxes, and what lies in each, in the order in which one walks.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::super::parts::{Row, Wrong};
use super::super::sight::Sight;
use super::super::whereabouts::Places;
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::{Choice, Shown, may_use, own_places, targets};
use crate::accounts::Permission;
use crate::base::{BoxId, CardId, Moment, StorageId};
use crate::booking;
use crate::cards;
use crate::cards::storage::{self, MOVE_MAX, MoveAnswer, Place, Target};
use crate::db::Fault;
use crate::render::View;
use crate::web::{Fields, PageError};

/// The most cards that one page lists.
const MOST: usize = 500;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct PlacePage {
    pub(super) id: StorageId,
    pub(super) name: String,
    pub(super) location: String,
    pub(super) retired: bool,
    /// Row of the box, its name, cards, whether it is the one that is shown.
    pub(super) boxes: Vec<(BoxId, String, u32, bool)>,
    pub(super) chosen: Option<(BoxId, String)>,
    pub(super) all: u32,
    pub(super) rows: Vec<Shown>,
    pub(super) more: bool,
    pub(super) targets: Vec<Choice>,
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) may_edit: bool,
    pub(super) wrong: Vec<Wrong>,
}

impl View for PlacePage {
    const TEMPLATE: &'static str = "staff/storage_place.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::place()
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Row(id): Row,
    query: Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let chosen = query.get("box").and_then(|id| id.parse().ok()).map(BoxId::of);
    let page = page(&ctx, StorageId::of(id), chosen, Vec::new()).await?;
    ctx.saw("storage_place", Some(crate::history::Record::Storage(StorageId::of(id)))).await?;
    ctx.page(&page)
}

async fn page(
    ctx: &StaffCtx,
    id: StorageId,
    chosen: Option<BoxId>,
    wrong: Vec<Wrong>,
) -> Result<PlacePage, PageError> {
    let (signed, sight) = (std::sync::Arc::clone(&ctx.signed), Sight::of(&ctx.signed));
    let read = ctx.read(move |tx| {
        let places = own_places(tx, &signed)?;
        let Some(place) = places.iter().find(|place| place.id == id).cloned() else { return Ok(None) };
        let names = Places::read(tx, None)?;
        let shelf = place.boxes.iter().find(|one| Some(one.id) == chosen);
        let found = storage::contents(tx, id, shelf.map(|one| one.code.as_str()), MOST + 1)?;
        let rows: Vec<Shown> = found.iter().map(|card| Shown::of(card, sight, &names)).collect();
        Ok::<_, Fault>(Some((places, place, names, storage::counts(tx)?, rows)))
    });
    let (places, place, names, counts, mut rows) = read.await?.ok_or(PageError::NotFound)?;
    if !may_use(&ctx.signed, &place) {
        return Err(PageError::NotFound);
    }
    let more = rows.len() > MOST;
    rows.truncate(MOST);
    let here = counts.iter().filter(|count| count.storage == id);
    let count = |shelf: &str| here.clone().find(|count| count.shelf == shelf).map_or(0, |count| count.cards);
    let shelf = place.boxes.iter().find(|one| Some(one.id) == chosen);
    Ok(PlacePage {
        id,
        name: place.name.clone(),
        location: place.location.map(|id| names.name(id)).unwrap_or_default(),
        retired: place.retired_at.is_some(),
        boxes: boxes(&place, chosen, count),
        chosen: shelf.map(|one| (one.id, one.code.clone())),
        all: here.clone().map(|count| count.cards).sum(),
        rows,
        more,
        targets: targets(&places, None),
        at: ctx.now(),
        by: ctx.signed.name.clone(),
        may_edit: ctx.may(Permission::Settings),
        wrong,
    })
}

fn boxes(
    place: &Place,
    chosen: Option<BoxId>,
    count: impl Fn(&str) -> u32,
) -> Vec<(BoxId, String, u32, bool)> {
    let one =
        |one: &storage::StorageBox| (one.id, one.code.clone(), count(&one.code), Some(one.id) == chosen);
    place.boxes.iter().map(one).collect()
}

/// Moves the ticked cards, and says of each that refused why.
pub(in crate::web::staff) async fn move_many(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let id = StorageId::of(id);
    let chosen = fields.get("box").parse().ok().map(BoxId::of);
    let picked = picked(&fields);
    let signed = std::sync::Arc::clone(&ctx.signed);
    let places = ctx.read(move |tx| own_places(tx, &signed)).await?;
    let to = Target::from_code(&fields.get("to")).and_then(|to| Some((to, super::target_name(&places, to)?)));
    let wrong = match (&to, picked.len()) {
        (_, 0) => Some(Wrong::new("k1", "移すカードを選んでください。")),
        (_, n) if n > MOVE_MAX => Some(Wrong::new("k1", format!("一度に移せるのは{MOVE_MAX}枚までです。"))),
        (None, _) => Some(Wrong::new("to", "移す先を選んでください。")),
        _ => None,
    };
    let (Some((to, name)), None) = (to, &wrong) else {
        return ctx.again(&page(&ctx, id, chosen, wrong.into_iter().collect()).await?);
    };
    let moved = ctx.city.db.write(ctx.actor(), move |tx| booking::move_cards(tx, &picked, to)).await?;
    let flash = tell(&ctx, &name, moved).await?;
    let shelf = chosen.map(|one| format!("?box={one}")).unwrap_or_default();
    Ok(ctx.to_with(&format!("/storage/{id}{shelf}#main"), flash))
}

fn picked(fields: &Fields) -> Vec<(CardId, i64)> {
    let pairs = fields.all("pick").into_iter().filter_map(|pick| pick.split_once('.'));
    pairs
        .filter_map(|(card, version)| Some((CardId::of(card.parse().ok()?), version.parse().ok()?)))
        .collect()
}

async fn tell(ctx: &StaffCtx, name: &str, moved: Vec<MoveAnswer>) -> Result<Flash, PageError> {
    let ids: Vec<CardId> = moved.iter().map(|(card, _)| *card).collect();
    let cards = ctx.read(move |tx| cards::of_ids(tx, &ids)).await?;
    let sight = Sight::of(&ctx.signed);
    let all = moved.len();
    let mut lines = Vec::new();
    for (card, answer) in moved {
        let Err(refusal) = answer else { continue };
        let who = cards.get(&card).map(|card| format!("{} {}さん", sight.notice(card), sight.name(card)));
        lines.push(format!("× {}：{}", who.unwrap_or_default(), wording::move_refused(refusal)?));
    }
    let text = format!("{all}枚のうち{}枚を「{name}」へ移しました。", all - lines.len());
    let flash = if lines.is_empty() { Flash::done(text) } else { Flash::mind(text) };
    Ok(flash.with_lines(lines))
}
