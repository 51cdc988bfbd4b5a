//! Every place with its boxes: how full each is, when it was counted last.

use axum::response::Response;
use serde::Serialize;

use super::super::sight::Sight;
use super::super::whereabouts::Places;
use super::super::{StaffCtx, wording};
use super::{Shown, own_places};
use crate::accounts::Permission;
use crate::base::{BoxId, Day, StorageId};
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
    pub(super) rows: Vec<Row>,
    pub(super) lost: Vec<Lost>,
    pub(super) may_edit: bool,
}

/// A box, or the part of a place that is in no box.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) storage: StorageId,
    pub(super) target: Option<BoxId>,
    pub(super) code: String,
    pub(super) place: String,
    pub(super) location: String,
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

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let (signed, sight) = (std::sync::Arc::clone(&ctx.signed), Sight::of(&ctx.signed));
    let read = ctx.read(move |tx| {
        let places = own_places(tx, &signed)?;
        let names = Places::read(tx, None)?;
        let (counts, latest) = (storage::counts(tx)?, stocktake::latest(tx)?);
        let rows: Vec<Row> = places.iter().flat_map(|place| rows(place, &names, &counts, &latest)).collect();
        Ok::<_, Fault>((rows, lost(tx, sight, &names, &places)?, missing::count_open(tx)?))
    });
    let (rows, lost, missing) = read.await?;
    ctx.saw("storage", None).await?;
    let total = rows.iter().map(|row| row.cards).sum();
    ctx.page(&Storages { total, missing, rows, lost, may_edit: ctx.may(Permission::Settings) })
}

fn rows(place: &Place, names: &Places, counts: &[Count], latest: &[Stocktake]) -> Vec<Row> {
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
            ..bare(place, names, &one.code, latest)
        });
    }
    let boxed = |shelf: &str| place.boxes.iter().any(|one| one.code == shelf);
    for count in here.iter().filter(|count| !boxed(&count.shelf)) {
        let row = bare(place, names, &count.shelf, latest);
        rows.push(Row { cards: count.cards, expected: count.expected, ..row });
    }
    if rows.is_empty() {
        rows.push(bare(place, names, "", latest));
    }
    rows
}

fn bare(place: &Place, names: &Places, shelf: &str, latest: &[Stocktake]) -> Row {
    let counted = latest.iter().filter(|one| one.storage == place.id);
    let counted = counted.filter(|one| one.shelf == shelf || one.shelf.is_empty()).max_by_key(|one| one.id);
    Row {
        storage: place.id,
        target: None,
        code: shelf.to_owned(),
        place: place.name.clone(),
        location: place.location.map(|id| names.name(id)).unwrap_or_default(),
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
