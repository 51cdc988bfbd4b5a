//! The places with their boxes, those of one's own office first: how full each is, when it was counted last.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::super::sight::Sight;
use super::super::whereabouts::Places;
use super::super::{StaffCtx, wording};
use super::{Choice, Shown, own_places};
use crate::accounts::Permission;
use crate::base::{BoxId, Day, LocationId, StorageId};
use crate::cards;
use crate::cards::missing::{self, State};
use crate::cards::stocktake::{self, Stocktake};
use crate::cards::storage::{self, Count, Place};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::PageError;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Storages {
    pub(super) total: u32,
    pub(super) missing: u32,
    /// The offices whose places can be looked at, and all of them.
    pub(super) offices: Vec<Choice>,
    pub(super) groups: Vec<Group>,
    pub(super) lost: Vec<Lost>,
    pub(super) may_edit: bool,
}

/// A place with its boxes.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) storage: StorageId,
    pub(super) name: String,
    pub(super) location: String,
    pub(super) cards: u32,
    pub(super) rows: Vec<Row>,
}

/// A box, or the part of a place that is in no box.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) storage: StorageId,
    pub(super) target: Option<BoxId>,
    pub(super) code: String,
    pub(super) place: String,
    pub(super) kind: &'static str,
    pub(super) cards: u32,
    pub(super) expected: u32,
    pub(super) capacity: Option<u16>,
    /// How full it is, 0 to 100; `None` where nobody counts.
    pub(super) fill: Option<u32>,
    pub(super) full: bool,
    pub(super) retired: bool,
    pub(super) counted: Option<Day>,
    pub(super) found: Option<(String, &'static str)>,
}

/// A card that is looked for.
#[derive(Debug, Serialize)]
pub(super) struct Lost {
    pub(super) record: i64,
    pub(super) card: Option<Shown>,
    pub(super) last: String,
}

impl View for Storages {
    const TEMPLATE: &'static str = "staff/storage.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::storages()
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    query: Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let (signed, sight) = (std::sync::Arc::clone(&ctx.signed), Sight::of(&ctx.signed));
    let read = ctx.read(move |tx| {
        let places = own_places(tx, &signed)?;
        let names = Places::read(tx, None)?;
        let (counts, latest) = (storage::counts(tx)?, stocktake::latest(tx)?);
        let lost = lost(tx, sight, &names, &places)?;
        Ok::<_, Fault>((places, names, counts, latest, lost, missing::count_open(tx)?))
    });
    let (places, names, counts, latest, lost, missing) = read.await?;
    ctx.saw("storage", None).await?;
    let office = office(&ctx, &places, query.get("location").map(String::as_str));
    let shown = places
        .iter()
        .filter(|place| office.is_none() || place.location.is_none() || place.location == office);
    let groups: Vec<Group> = shown.map(|place| group(place, &names, &counts, &latest)).collect();
    let total = groups.iter().map(|group| group.cards).sum();
    let offices = offices(&places, &names, office);
    ctx.page(&Storages { total, missing, offices, groups, lost, may_edit: ctx.may(Permission::Settings) })
}

/// The office whose places are shown: the one that is asked for, else one's own where it has any; `None` = all.
fn office(ctx: &StaffCtx, places: &[Place], asked: Option<&str>) -> Option<LocationId> {
    let asked = match asked {
        Some("all") => return None,
        Some(id) => id.parse().ok().map(LocationId::of),
        None => ctx.place().map(|place| place.id),
    };
    asked.filter(|id| places.iter().any(|place| place.location == Some(*id)))
}

fn offices(places: &[Place], names: &Places, office: Option<LocationId>) -> Vec<Choice> {
    let mut offices = vec![("all".to_owned(), "すべて".to_owned(), office.is_none())];
    for id in places.iter().filter_map(|place| place.location) {
        let code = id.to_string();
        if !offices.iter().any(|(known, ..)| *known == code) {
            offices.push((code, names.name(id), office == Some(id)));
        }
    }
    offices
}

fn group(place: &Place, names: &Places, counts: &[Count], latest: &[Stocktake]) -> Group {
    let rows = rows(place, counts, latest);
    Group {
        storage: place.id,
        name: place.name.clone(),
        location: place.location.map(|id| names.name(id)).unwrap_or_default(),
        cards: rows.iter().map(|row| row.cards).sum(),
        rows,
    }
}

fn rows(place: &Place, counts: &[Count], latest: &[Stocktake]) -> Vec<Row> {
    let here: Vec<&Count> = counts.iter().filter(|count| count.storage == place.id).collect();
    let count_of = |shelf: &str| {
        let found = here.iter().find(|count| count.shelf == shelf);
        found.map_or((0, 0), |count| (count.cards, count.expected))
    };
    let mut rows = Vec::new();
    for one in &place.boxes {
        let (cards, expected) = count_of(&one.code);
        let taken = cards + expected;
        let room = one.capacity.map(u32::from);
        rows.push(Row {
            target: Some(one.id),
            kind: wording::box_kind(one.kind),
            capacity: one.capacity,
            fill: room.map(|room| (taken * 100 / room.max(1)).min(100)),
            full: room.is_some_and(|room| taken >= room),
            retired: one.retired_at.is_some(),
            cards,
            expected,
            ..bare(place, &one.code, latest)
        });
    }
    let boxed = |shelf: &str| place.boxes.iter().any(|one| one.code == shelf);
    for count in here.iter().filter(|count| !boxed(&count.shelf)) {
        let row = bare(place, &count.shelf, latest);
        rows.push(Row { cards: count.cards, expected: count.expected, ..row });
    }
    if rows.is_empty() {
        rows.push(bare(place, "", latest));
    }
    rows
}

fn bare(place: &Place, shelf: &str, latest: &[Stocktake]) -> Row {
    let counted = latest.iter().filter(|one| one.storage == place.id);
    let counted = counted.filter(|one| one.shelf == shelf || one.shelf.is_empty()).max_by_key(|one| one.id);
    Row {
        storage: place.id,
        target: None,
        code: shelf.to_owned(),
        place: place.name.clone(),
        kind: "",
        cards: 0,
        expected: 0,
        capacity: None,
        fill: None,
        full: false,
        retired: place.retired_at.is_some(),
        counted: counted.and_then(|one| one.finished_at).map(crate::base::Moment::day),
        found: counted.and_then(|one| one.result).map(wording::counted),
    }
}

fn lost(tx: &ReadTx<'_>, sight: Sight, names: &Places, places: &[Place]) -> Result<Vec<Lost>, Fault> {
    let open = missing::list(tx, 20)?.into_iter().filter(|record| record.state == State::Open);
    let mine = open.filter(|record| {
        record.last_storage.is_none_or(|storage| places.iter().any(|place| place.id == storage))
    });
    let lost = |record: missing::MissingCard| {
        let card = cards::get(tx, record.card)?;
        Ok(Lost {
            record: record.id.get(),
            card: card.map(|card| Shown::of(&card, sight, names)),
            last: wording::last_seen(&record, names),
        })
    };
    mine.map(lost).collect()
}
