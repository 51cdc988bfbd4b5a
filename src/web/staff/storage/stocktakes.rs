//! The stock-takes: those that run, those that are done, and the beginning of another.

use axum::response::Response;
use serde::Serialize;

use super::super::{StaffCtx, StaffPost, parts::Wrong, wording};
use super::{Choice, own_places, targets};
use crate::base::{Moment, StocktakeId};
use crate::cards::stocktake::{self, State, Stocktake, StocktakeError};
use crate::cards::storage::{Place, Target};
use crate::db::Fault;
use crate::render::View;
use crate::web::PageError;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Stocktakes {
    pub(super) targets: Vec<Choice>,
    pub(super) rows: Vec<Line>,
    pub(super) wrong: Vec<Wrong>,
}

/// One stock-take.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) id: StocktakeId,
    pub(super) place: String,
    pub(super) started_at: Moment,
    pub(super) started_by: String,
    pub(super) ended_at: Option<Moment>,
    pub(super) open: bool,
    pub(super) counts: Option<(u32, u32, u32, u32)>,
    pub(super) tag: (String, &'static str),
}

impl View for Stocktakes {
    const TEMPLATE: &'static str = "staff/stocktakes.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::stocktakes()
    }
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    ctx.page(&page(&ctx, Vec::new()).await?)
}

async fn page(ctx: &StaffCtx, wrong: Vec<Wrong>) -> Result<Stocktakes, PageError> {
    let signed = std::sync::Arc::clone(&ctx.signed);
    let read = ctx.read(move |tx| Ok::<_, Fault>((own_places(tx, &signed)?, stocktake::list(tx, 200)?)));
    let (places, all) = read.await?;
    let rows = all.iter().filter_map(|one| line(one, &places)).collect();
    Ok(Stocktakes { targets: targets(&places, None), rows, wrong })
}

fn line(one: &Stocktake, places: &[Place]) -> Option<Line> {
    let place = places.iter().find(|place| place.id == one.storage)?;
    Some(Line {
        id: one.id,
        place: format!("{} {}", place.name, one.shelf).trim().to_owned(),
        started_at: one.started_at,
        started_by: one.started_by.clone(),
        ended_at: one.finished_at,
        open: one.state == State::Open,
        counts: one.result.map(|tally| (tally.expected, tally.found, tally.missing, tally.foreign)),
        tag: wording::stocktake(one),
    })
}

/// Begins one, or joins the one that runs there.
pub(in crate::web::staff) async fn start(
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let signed = std::sync::Arc::clone(&ctx.signed);
    let places = ctx.read(move |tx| own_places(tx, &signed)).await?;
    let target =
        Target::from_code(&fields.get("target")).filter(|to| super::target_name(&places, *to).is_some());
    let Some(target) = target else {
        let wrong = vec![Wrong::new("target", "棚卸をする場所を選んでください。")];
        return ctx.again(&page(&ctx, wrong).await?);
    };
    match begin(&ctx, &places, target).await {
        Ok(id) => Ok(ctx.to(&at(&ctx, id).await?)),
        Err(StocktakeError::Fault(fault)) => Err(fault.into()),
        Err(_) => Err(PageError::NotFound),
    }
}

/// Where a stock-take is gone on with: at its field, unless it is being counted up.
pub(super) async fn at(ctx: &StaffCtx, id: StocktakeId) -> Result<String, Fault> {
    let counting = ctx.read(move |tx| stocktake::get(tx, id)).await?;
    let open = counting.is_some_and(|one| one.state == State::Open);
    Ok(format!("/storage/stocktakes/{id}#{}", if open { "scan" } else { "main" }))
}

/// The stock-take of a target that is among these places.
pub(super) async fn begin(
    ctx: &StaffCtx,
    places: &[Place],
    target: Target,
) -> Result<StocktakeId, StocktakeError> {
    let (storage, shelf) = match target {
        Target::Storage(id) => (id, String::new()),
        Target::Box(id) => {
            let found = places.iter().flat_map(|place| &place.boxes).find(|one| one.id == id);
            let one = found.ok_or(StocktakeError::NotFound)?;
            (one.storage, one.code.clone())
        }
    };
    ctx.city.db.write(ctx.actor(), move |tx| stocktake::start(tx, storage, &shelf)).await
}
