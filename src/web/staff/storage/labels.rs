//! Labels for places and boxes, to be printed and stuck on: what a scanner reads, and the name for people.
//!
//! One storage place at a time: a city has hundreds of boxes, and nobody prints all of them to get one.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::super::StaffCtx;
use super::{Choice, own_places};
use crate::cards::storage::Place;
use crate::db::Fault;
use crate::render::View;
use crate::web::qr::Qr;
use crate::web::{Fields, PageError};

/// What the form calls all places together.
const ALL: &str = "all";

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Labels {
    /// The places to choose from.
    pub(super) places: Vec<Choice>,
    /// The labels, a sheet for each place.
    pub(super) sheets: Vec<Sheet>,
    pub(super) count: usize,
}

/// The labels of one place.
#[derive(Debug, Serialize)]
pub(super) struct Sheet {
    pub(super) title: String,
    pub(super) labels: Vec<Label>,
}

/// One label.
#[derive(Debug, Serialize)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) barcode: String,
    pub(super) qr: Option<Qr>,
}

impl View for Labels {
    const TEMPLATE: &'static str = "staff/storage_labels.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::labels()
    }
}

impl Label {
    pub(super) fn of(name: &str, place: &str, barcode: &str) -> Self {
        Self {
            name: name.to_owned(),
            place: place.to_owned(),
            barcode: barcode.to_owned(),
            qr: Qr::of(barcode),
        }
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let wanted = Fields::new(query).get("storage");
    let signed = std::sync::Arc::clone(&ctx.signed);
    let mut places = ctx.read(move |tx| own_places(tx, &signed)).await?;
    places.retain(|place| place.retired_at.is_none());
    let here = ctx.place().map(|place| place.id);
    let chosen = chosen(&places, &wanted, |place| place.location == here);
    let choice = |place: &Place| {
        let code = place.id.to_string();
        let words = format!("{}（{}枚）", place.name, 1 + in_use(place).count());
        (code.clone(), words, chosen.as_deref() == Some(code.as_str()))
    };
    let mut choices: Vec<Choice> = places.iter().map(choice).collect();
    if choices.len() > 1 {
        choices.push((ALL.to_owned(), "すべての場所".to_owned(), chosen.as_deref() == Some(ALL)));
    }
    places.retain(|place| {
        chosen.as_deref().is_some_and(|chosen| chosen == ALL || chosen == place.id.to_string())
    });
    // The codes of a whole city take a while: not on a thread that answers others.
    let drawn = tokio::task::spawn_blocking(move || places.iter().map(sheet).collect::<Vec<_>>());
    let sheets = drawn.await.map_err(|_| Fault::Panicked)?;
    let count = sheets.iter().map(|sheet| sheet.labels.len()).sum();
    ctx.page(&Labels { places: choices, sheets, count })
}

/// What the address asks for, else the first place of this office, else the first.
fn chosen(places: &[Place], wanted: &str, is_here: impl Fn(&Place) -> bool) -> Option<String> {
    let asked = places.iter().any(|place| place.id.to_string() == wanted);
    if asked || (wanted == ALL && !places.is_empty()) {
        return Some(wanted.to_owned());
    }
    let usual = places.iter().find(|place| is_here(place)).or_else(|| places.first());
    usual.map(|place| place.id.to_string())
}

fn in_use(place: &Place) -> impl Iterator<Item = &crate::cards::storage::StorageBox> {
    place.boxes.iter().filter(|one| one.retired_at.is_none())
}

fn sheet(place: &Place) -> Sheet {
    let whole = Label::of(&place.name, "箱を決めないとき", &place.barcode);
    let boxes = in_use(place).map(|one| Label::of(&one.code, &place.name, &one.barcode));
    Sheet { title: place.name.clone(), labels: std::iter::once(whole).chain(boxes).collect() }
}
