//! How many open days cards travel on each route.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Serialize;

use crate::base::{Day, LocationId, StorageId};
use crate::calendar::{self, Location, Storage};
use crate::db::{Fault, WriteTx};
use crate::once::{self, OnceKey};
use crate::render::View;
use crate::transfers::{self, LEAD_MAX, RouteError, SetRoute};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Routes {
    pub(super) default: u16,
    pub(super) today: Day,
    pub(super) columns: Vec<(i64, String)>,
    pub(super) lines: Vec<Line>,
    pub(super) wrong: Vec<Wrong>,
}

/// One storage place.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) storage: i64,
    pub(super) name: String,
    pub(super) stands: String,
    pub(super) cells: Vec<Cell>,
    pub(super) sentences: Vec<String>,
}

/// One route; `same` = the place stands there.
#[derive(Debug, Serialize)]
pub(super) struct Cell {
    pub(super) field: String,
    pub(super) label: String,
    pub(super) days: String,
    pub(super) seen: String,
    pub(super) same: bool,
}

impl View for Routes {
    const TEMPLATE: &'static str = "staff/transfer_routes.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::routes()
    }
}

struct Known {
    storages: Vec<Storage>,
    locations: Vec<Location>,
    days: BTreeMap<(StorageId, LocationId), u16>,
    earliest: BTreeMap<(StorageId, LocationId), Option<Day>>,
}

async fn known(ctx: &StaffCtx) -> Result<Known, Fault> {
    ctx.read(|tx| {
        let (storages, locations) = (calendar::storages(tx)?, calendar::locations(tx)?);
        let days = calendar::routes(tx)?.into_iter().map(|(from, to, days)| ((from, to), days)).collect();
        let mut earliest = BTreeMap::new();
        for from in &storages {
            for to in locations.iter().filter(|to| from.location != Some(to.id)) {
                earliest.insert((from.id, to.id), transfers::earliest(tx, from.id, to.id)?);
            }
        }
        Ok(Known { storages, locations, days, earliest })
    })
    .await
}

fn field(from: StorageId, to: LocationId) -> String {
    format!("r{from}-{to}")
}

fn draw(ctx: &StaffCtx, known: &Known, typed: Option<&Fields>, wrong: Vec<Wrong>) -> Routes {
    let default = ctx.settings.lead_days_default;
    let cell = |from: &Storage, to: &Location| {
        let stored = known.days.get(&(from.id, to.id)).map(ToString::to_string).unwrap_or_default();
        let name = field(from.id, to.id);
        Cell {
            days: typed
                .filter(|typed| typed.has(&name))
                .map_or_else(|| stored.clone(), |typed| typed.get(&name)),
            label: format!("{}から{}へ", from.name, to.name),
            seen: stored,
            same: from.location == Some(to.id),
            field: name,
        }
    };
    let sentence = |from: &Storage, to: &Location| {
        let days = known.days.get(&(from.id, to.id)).copied().unwrap_or(default);
        let first = known.earliest.get(&(from.id, to.id)).copied().flatten();
        let first = first.map_or_else(|| "一年以内にありません".to_owned(), wording::day_word);
        format!("{}へは{days}開庁日。今日申し込むと、受け取れるのは早くて{first}", to.name)
    };
    let line = |from: &Storage| Line {
        storage: from.id.get(),
        name: from.name.clone(),
        stands: known
            .locations
            .iter()
            .find(|to| Some(to.id) == from.location)
            .map(|to| to.name.clone())
            .unwrap_or_default(),
        cells: known.locations.iter().map(|to| cell(from, to)).collect(),
        sentences: known
            .locations
            .iter()
            .filter(|to| from.location != Some(to.id))
            .map(|to| sentence(from, to))
            .collect(),
    };
    Routes {
        default,
        today: ctx.today(),
        columns: known.locations.iter().map(|one| (one.id.get(), one.name.clone())).collect(),
        lines: known.storages.iter().map(line).collect(),
        wrong,
    }
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let known = known(&ctx).await?;
    ctx.page(&draw(&ctx, &known, None, Vec::new()))
}

/// Changes the routes whose days are not what the form was drawn with.
pub(in crate::web::staff) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let known_now = known(&ctx).await?;
    let wishes = match wishes(&known_now, &fields) {
        Ok(wishes) => wishes,
        Err(sentence) => {
            let wrong = vec![Wrong::new("routes", sentence)];
            return ctx.again(&draw(&ctx, &known_now, Some(&fields), wrong));
        }
    };
    let form = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    match ctx.city.db.write(ctx.actor(), move |tx| change(tx, &form, &wishes)).await {
        Ok(0) => Ok(ctx.to_with("/transfers/routes#main", Flash::mind("変わったところはありません。"))),
        Ok(changed) => {
            let text =
                format!("{changed}か所の日数を変えました。市民と職員の予約カレンダーにすぐ反映されます。");
            Ok(ctx.to_with("/transfers/routes#main", Flash::done(text)))
        }
        Err(refusal) => {
            let wrong = vec![Wrong::new("routes", wording::route(refusal)?)];
            let now = known(&ctx).await?;
            ctx.again(&draw(&ctx, &now, None, wrong))
        }
    }
}

fn change(tx: &WriteTx<'_>, form: &OnceKey, wishes: &[SetRoute]) -> Result<usize, RouteError> {
    if let Some(before) = once::seen(tx, form)? {
        return Ok(before.parse().unwrap_or_default());
    }
    let mut changed = 0;
    for wish in wishes {
        changed += usize::from(transfers::set_route(tx, wish)?);
    }
    once::keep(tx, form, "route.saved", &changed.to_string())?;
    Ok(changed)
}

/// The routes that the form changes.
fn wishes(known: &Known, fields: &Fields) -> Result<Vec<SetRoute>, String> {
    let days = |text: &str| -> Result<Option<u16>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let days = crate::base::text::nfkc(text).trim().parse().ok().filter(|days| *days <= LEAD_MAX);
        days.map(Some)
            .ok_or_else(|| format!("「{text}」：日数は0から{LEAD_MAX}までの数か、空欄にしてください。"))
    };
    let mut wishes = Vec::new();
    for from in &known.storages {
        for to in known.locations.iter().filter(|to| from.location != Some(to.id)) {
            let name = field(from.id, to.id);
            if !fields.has(&name) {
                continue;
            }
            let (wanted, seen) = (days(&fields.get(&name))?, days(&fields.get(&format!("{name}s")))?);
            if wanted != seen {
                wishes.push(SetRoute { storage: from.id, location: to.id, days: wanted, seen });
            }
        }
    }
    Ok(wishes)
}
