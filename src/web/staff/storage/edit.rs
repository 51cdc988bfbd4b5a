//! Storage places and boxes: added, changed, retired.

use axum::response::Response;
use serde::Serialize;

use super::super::parts::{Row, Wrong};
use super::super::{Flash, StaffCtx, StaffPost, wording};
use crate::base::{BoxId, LocationId, StorageId};
use crate::calendar;
use crate::cards::storage::{self, BoxKind, BoxWish, Place, PlaceWish, StorageBox};
use crate::render::View;
use crate::web::{Fields, PageError};

/// The form of a place, with its boxes.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct PlaceForm {
    /// `None` = a new one.
    pub(super) id: Option<StorageId>,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) locations: Vec<(LocationId, String, bool)>,
    pub(super) barcode: String,
    pub(super) position: String,
    pub(super) retired: bool,
    pub(super) version: i64,
    pub(super) boxes: Vec<Line>,
    pub(super) wrong: Vec<Wrong>,
}

/// A box in the list of its place.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) id: BoxId,
    pub(super) code: String,
    pub(super) kind: &'static str,
    pub(super) capacity: Option<u16>,
    pub(super) barcode: String,
    pub(super) retired: bool,
}

/// The form of a box.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct BoxForm {
    /// `None` = a new one.
    pub(super) id: Option<BoxId>,
    pub(super) storage: StorageId,
    pub(super) place: String,
    pub(super) code: String,
    pub(super) kinds: Vec<(&'static str, &'static str, bool)>,
    pub(super) capacity: String,
    pub(super) barcode: String,
    pub(super) position: String,
    pub(super) retired: bool,
    pub(super) version: i64,
    pub(super) wrong: Vec<Wrong>,
}

impl View for PlaceForm {
    const TEMPLATE: &'static str = "staff/storage_edit.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::place_form()
    }
}

impl View for BoxForm {
    const TEMPLATE: &'static str = "staff/storage_box.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::box_form()
    }
}

/// What somebody typed of a place.
struct TypedPlace {
    wish: PlaceWish,
    position: String,
    version: i64,
}

impl TypedPlace {
    fn of(fields: &Fields) -> Self {
        let position = fields.get("position");
        let wish = PlaceWish {
            code: fields.get("code"),
            name: fields.get("name"),
            location: fields.get("location").parse().ok().map(LocationId::of),
            barcode: fields.get("barcode"),
            position: position.parse().unwrap_or_default(),
            retired: fields.has("retired"),
        };
        Self { wish, position, version: fields.get("version").parse().unwrap_or_default() }
    }

    fn of_place(place: &Place) -> Self {
        let wish = PlaceWish {
            code: place.code.clone(),
            name: place.name.clone(),
            location: place.location,
            barcode: place.barcode.clone(),
            position: place.position,
            retired: place.retired_at.is_some(),
        };
        Self { wish, position: place.position.to_string(), version: place.version }
    }
}

async fn place_form(
    ctx: &StaffCtx,
    place: Option<&Place>,
    typed: TypedPlace,
    wrong: Vec<Wrong>,
) -> Result<PlaceForm, PageError> {
    let locations = ctx.read(calendar::locations).await?;
    let wish = typed.wish;
    let line = |one: &StorageBox| Line {
        id: one.id,
        code: one.code.clone(),
        kind: wording::box_kind(one.kind),
        capacity: one.capacity,
        barcode: one.barcode.clone(),
        retired: one.retired_at.is_some(),
    };
    Ok(PlaceForm {
        id: place.map(|place| place.id),
        code: wish.code,
        name: wish.name,
        locations: locations
            .into_iter()
            .map(|one| (one.id, one.name, wish.location == Some(one.id)))
            .collect(),
        barcode: wish.barcode,
        position: typed.position,
        retired: wish.retired,
        version: typed.version,
        boxes: place.map(|place| place.boxes.iter().map(line).collect()).unwrap_or_default(),
        wrong,
    })
}

async fn find(ctx: &StaffCtx, id: i64) -> Result<Place, PageError> {
    let id = StorageId::of(id);
    ctx.read(move |tx| storage::place(tx, id)).await?.ok_or(PageError::NotFound)
}

pub(in crate::web::staff) async fn ask_new_place(ctx: StaffCtx) -> Result<Response, PageError> {
    let empty = TypedPlace::of(&Fields::default());
    ctx.page(&place_form(&ctx, None, empty, Vec::new()).await?)
}

pub(in crate::web::staff) async fn add_place(
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let typed = TypedPlace::of(&fields);
    let wish = typed.wish.clone();
    match ctx.city.db.write(ctx.actor(), move |tx| storage::add_place(tx, &wish)).await {
        Ok(id) => {
            let said =
                Flash::done(format!("保管場所「{}」を足しました。続けて箱を足せます。", typed.wish.name));
            Ok(ctx.to_with(&format!("/storage/{id}/edit#main"), said))
        }
        Err(refusal) => {
            let wrong = vec![wording::place_refused(refusal)?];
            ctx.again(&place_form(&ctx, None, typed, wrong).await?)
        }
    }
}

pub(in crate::web::staff) async fn ask_place(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let place = find(&ctx, id).await?;
    let typed = TypedPlace::of_place(&place);
    ctx.page(&place_form(&ctx, Some(&place), typed, Vec::new()).await?)
}

pub(in crate::web::staff) async fn edit_place(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let place = find(&ctx, id).await?;
    let typed = TypedPlace::of(&fields);
    let (id, wish, version) = (place.id, typed.wish.clone(), typed.version);
    match ctx.city.db.write(ctx.actor(), move |tx| storage::edit_place(tx, id, &wish, version)).await {
        Ok(()) => Ok(ctx.to_with(
            &format!("/storage/{id}/edit#main"),
            Flash::done(format!("保管場所「{}」を保存しました。", typed.wish.name)),
        )),
        Err(refusal) => {
            let wrong = vec![wording::place_refused(refusal)?];
            ctx.again(&place_form(&ctx, Some(&place), typed, wrong).await?)
        }
    }
}

/// What somebody typed of a box.
struct TypedBox {
    code: String,
    kind: Option<BoxKind>,
    capacity: String,
    barcode: String,
    position: String,
    retired: bool,
    version: i64,
}

impl TypedBox {
    fn of(fields: &Fields) -> Self {
        Self {
            code: fields.get("code"),
            kind: BoxKind::from_code(&fields.get("kind")),
            capacity: fields.get("capacity"),
            barcode: fields.get("barcode"),
            position: fields.get("position"),
            retired: fields.has("retired"),
            version: fields.get("version").parse().unwrap_or_default(),
        }
    }

    fn of_box(one: &StorageBox) -> Self {
        Self {
            code: one.code.clone(),
            kind: Some(one.kind),
            capacity: one.capacity.map(|capacity| capacity.to_string()).unwrap_or_default(),
            barcode: one.barcode.clone(),
            position: one.position.to_string(),
            retired: one.retired_at.is_some(),
            version: one.version,
        }
    }

    fn wish(&self) -> Result<BoxWish, Wrong> {
        let digits = crate::base::text::nfkc(&self.capacity);
        let capacity = match digits.trim() {
            "" => None,
            typed => Some(typed.parse::<u16>().map_err(|_| Wrong::new("capacity", wording::BAD_CAPACITY))?),
        };
        Ok(BoxWish {
            code: self.code.clone(),
            barcode: self.barcode.clone(),
            kind: self.kind.ok_or_else(|| Wrong::new("kind", "使い方を選んでください。"))?,
            capacity,
            position: self.position.parse().unwrap_or_default(),
            retired: self.retired,
        })
    }
}

fn box_form(place: &Place, id: Option<BoxId>, typed: TypedBox, wrong: Vec<Wrong>) -> BoxForm {
    let kind = |kind: BoxKind| (kind.code(), wording::box_kind(kind), typed.kind == Some(kind));
    BoxForm {
        id,
        storage: place.id,
        place: place.name.clone(),
        kinds: BoxKind::ALL.map(kind).to_vec(),
        code: typed.code,
        capacity: typed.capacity,
        barcode: typed.barcode,
        position: typed.position,
        retired: typed.retired,
        version: typed.version,
        wrong,
    }
}

pub(in crate::web::staff) async fn ask_new_box(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let place = find(&ctx, id).await?;
    let next = place.boxes.iter().map(|one| one.position).max().unwrap_or(0) + 1;
    let typed = TypedBox {
        kind: Some(BoxKind::Normal),
        position: next.to_string(),
        ..TypedBox::of(&Fields::default())
    };
    ctx.page(&box_form(&place, None, typed, Vec::new()))
}

pub(in crate::web::staff) async fn add_box(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let place = find(&ctx, id).await?;
    let typed = TypedBox::of(&fields);
    let wish = match typed.wish() {
        Ok(wish) => wish,
        Err(wrong) => return ctx.again(&box_form(&place, None, typed, vec![wrong])),
    };
    let storage = place.id;
    match ctx.city.db.write(ctx.actor(), move |tx| storage::add_box(tx, storage, &wish)).await {
        Ok(_) => Ok(ctx.to_with(
            &format!("/storage/{storage}/edit#boxes"),
            Flash::done(format!("箱「{}」を足しました。", typed.code)),
        )),
        Err(refusal) => {
            let wrong = vec![wording::place_refused(refusal)?];
            ctx.again(&box_form(&place, None, typed, wrong))
        }
    }
}

async fn find_box(ctx: &StaffCtx, id: i64) -> Result<(Place, StorageBox), PageError> {
    let places = ctx.read(storage::places).await?;
    let found = places.into_iter().find_map(|place| {
        let one = place.boxes.iter().find(|one| one.id.get() == id).cloned()?;
        Some((place, one))
    });
    found.ok_or(PageError::NotFound)
}

pub(in crate::web::staff) async fn ask_box(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let (place, one) = find_box(&ctx, id).await?;
    ctx.page(&box_form(&place, Some(one.id), TypedBox::of_box(&one), Vec::new()))
}

pub(in crate::web::staff) async fn edit_box(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let (place, one) = find_box(&ctx, id).await?;
    let typed = TypedBox::of(&fields);
    let wish = match typed.wish() {
        Ok(wish) => wish,
        Err(wrong) => return ctx.again(&box_form(&place, Some(one.id), typed, vec![wrong])),
    };
    let (id, version) = (one.id, typed.version);
    match ctx.city.db.write(ctx.actor(), move |tx| storage::edit_box(tx, id, &wish, version)).await {
        Ok(()) => Ok(ctx.to_with(
            &format!("/storage/{}/edit#boxes", place.id),
            Flash::done(format!("箱「{}」を保存しました。", typed.code)),
        )),
        Err(refusal) => {
            let wrong = vec![wording::place_refused(refusal)?];
            ctx.again(&box_form(&place, Some(id), typed, wrong))
        }
    }
}
