//! Labels for places and boxes, to be printed and stuck on: what a scanner reads, and the name for people.

use axum::response::Response;
use serde::Serialize;

use super::super::StaffCtx;
use super::own_places;
use crate::cards::storage::Place;
use crate::render::View;
use crate::web::PageError;
use crate::web::qr::Qr;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Labels {
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

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let signed = std::sync::Arc::clone(&ctx.signed);
    let places = ctx.read(move |tx| own_places(tx, &signed)).await?;
    let labels = places.iter().filter(|place| place.retired_at.is_none()).flat_map(of_place).collect();
    ctx.page(&Labels { labels })
}

fn of_place(place: &Place) -> Vec<Label> {
    let boxes = place.boxes.iter().filter(|one| one.retired_at.is_none());
    let whole = Label::of(&place.name, "箱を決めないとき", &place.barcode);
    std::iter::once(whole).chain(boxes.map(|one| Label::of(&one.code, &place.name, &one.barcode))).collect()
}
