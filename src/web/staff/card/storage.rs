//! A card is put somewhere else.
//!
//! Spec: 7(2)③.

use axum::response::Response;
use serde::Serialize;

use super::conflict::{Overtaken, both, left};
use super::{Head, at, find, place};
use crate::base::{CardId, StorageId};
use crate::booking;
use crate::calendar::{self, Storage};
use crate::cards::{self, Card, EditError, Storing};
use crate::render::View;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost};
use crate::web::{Fields, PageError};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Place {
    pub(super) head: Head,
    pub(super) storages: Vec<(i64, String, bool)>,
    pub(super) shelf: String,
    pub(super) position: String,
    pub(super) wrong: Vec<Wrong>,
}

impl View for Place {
    const TEMPLATE: &'static str = "staff/card_storage.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::place()
    }
}

struct Typed {
    storage: Option<StorageId>,
    shelf: String,
    position: String,
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        Self {
            storage: fields.get("storage").parse().ok().map(StorageId::of),
            shelf: fields.get("shelf"),
            position: fields.get("position"),
        }
    }
}

fn page(ctx: &StaffCtx, card: &Card, storages: &[Storage], typed: &Typed, wrong: Vec<Wrong>) -> Place {
    let choice = |one: &Storage| (one.id.get(), one.name.clone(), Some(one.id) == typed.storage);
    Place {
        head: Head::of(ctx, card),
        storages: storages.iter().map(choice).collect(),
        shelf: typed.shelf.clone(),
        position: typed.position.clone(),
        wrong,
    }
}

/// Asks where to.
pub(in crate::web::staff) async fn ask_storage(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let card = find(&ctx, id).await?;
    let storages = ctx.read(calendar::storages).await?;
    let typed = Typed { storage: card.storage, shelf: card.shelf.clone(), position: card.position.clone() };
    ctx.page(&page(&ctx, &card, &storages, &typed, Vec::new()))
}

/// Moves it.
pub(in crate::web::staff) async fn storage(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    if let Some(left) = left(&ctx, CardId::of(id), &fields) {
        return Ok(left);
    }
    let typed = Typed::of(&fields);
    let storages = ctx.read(calendar::storages).await?;
    let name =
        |id: Option<StorageId>| storages.iter().find(|one| Some(one.id) == id).map(|one| one.name.clone());
    if name(typed.storage).is_none() {
        let card = find(&ctx, id).await?;
        let wrong = vec![Wrong::new("storage", "保管場所を選んでください。")];
        return ctx.again(&page(&ctx, &card, &storages, &typed, wrong));
    }
    let wish = Storing {
        card: CardId::of(id),
        storage: typed.storage,
        shelf: typed.shelf.clone(),
        position: typed.position.clone(),
        expect_version: Some(fields.get("version").parse().unwrap_or_default()),
    };
    let words = |storage: Option<StorageId>, shelf: &str, position: &str| {
        format!("{} {}", name(storage).unwrap_or_default(), place(shelf, position)).trim().to_owned()
    };
    let mine = words(typed.storage, &typed.shelf, &typed.position);
    let moved = ctx.city.db.write(ctx.actor(), move |tx| {
        cards::move_to(tx, &wish)?;
        Ok(booking::follow_cards(tx, &[wish.card])?)
    });
    let wrong = match moved.await {
        Ok(()) => {
            let said = format!("保管場所を「{mine}」にしました。");
            return Ok(ctx.to_with(&at(CardId::of(id)), Flash::done(said)));
        }
        Err(EditError::Conflict { now }) => {
            let stands = words(now.storage, &now.shelf, &now.position);
            let number = typed.storage.map(|one| one.to_string()).unwrap_or_default();
            let again = vec![("storage", number), ("shelf", typed.shelf), ("position", typed.position)];
            let wish =
                Overtaken { act: "storage", rows: vec![("保管場所", mine, stands)], fields: again };
            return both(&ctx, &now, wish).await;
        }
        Err(EditError::NotFound) => return Err(PageError::NotFound),
        Err(EditError::Fault(fault)) => return Err(fault.into()),
        Err(EditError::TooLong { most }) => format!("棚と番号は{most}文字までにしてください。"),
        Err(EditError::Unfit | EditError::MyNumber) => "使えない文字が入っています。".to_owned(),
    };
    let card = find(&ctx, id).await?;
    ctx.again(&page(&ctx, &card, &storages, &typed, vec![Wrong::new("shelf", wrong)]))
}
