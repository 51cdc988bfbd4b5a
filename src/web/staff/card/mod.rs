//! One card with all that is known of it, and everything that can be done with it.
//!
//! **Invariant:** a form that somebody else's change overtook saves nothing; it shows both and lets the person choose.
//!
//! Spec: 7(2)③ ⑦ ⑬.

mod acts;
mod conflict;
mod email;
mod namesake;
mod next;
mod remark;
mod samples;
mod status;
mod storage;
mod timeline;
mod view;

use axum::response::Response;
use serde::Serialize;

pub(super) use acts::{HandOver, Undo, ask_hand_over, ask_undo, hand_over, undo};
pub(super) use conflict::Conflict;
pub(super) use email::{Address, ask_email, email};
pub(super) use namesake::{Namesake, ask_namesake, namesake};
pub(super) use remark::remark;
pub(super) use status::{Status, ask_status, status};
pub(super) use storage::{Place, ask_storage, storage};
pub(super) use view::CardPage;

use super::StaffCtx;
use super::parts::Row;
use super::sight::Sight;
use super::wording;
use crate::base::CardId;
use crate::cards::{self, Card};
use crate::history::Record;
use crate::web::PageError;

/// The page of a card.
pub(super) async fn show(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let card = find(&ctx, id).await?;
    let view = CardPage::read(&ctx, card).await?;
    ctx.page(&view)
}

/// The card of this row. That it was looked at is noted before anything of it is shown.
async fn find(ctx: &StaffCtx, id: i64) -> Result<Card, PageError> {
    let id = CardId::of(id);
    let card = ctx.read(move |tx| cards::get(tx, id)).await?.ok_or(PageError::NotFound)?;
    ctx.saw("card", Some(Record::Card(id))).await?;
    Ok(card)
}

/// The card that a sheet is about, as its head tells it.
#[derive(Debug, Serialize)]
struct Head {
    id: CardId,
    name: String,
    kana: String,
    notice: String,
    birth: Option<String>,
    tag: (&'static str, &'static str),
    version: i64,
}

impl Head {
    fn of(ctx: &StaffCtx, card: &Card) -> Self {
        let sight = Sight::of(&ctx.signed);
        Self {
            id: card.id,
            name: sight.name(card),
            kana: sight.kana(card),
            notice: sight.notice(card),
            birth: sight.birth(card),
            tag: wording::label(card.label),
            version: card.version,
        }
    }
}

/// Where the page of a card lies.
fn at(id: CardId) -> String {
    format!("/cards/{id}#main")
}

/// Shelf and position as people read them.
fn place(shelf: &str, position: &str) -> String {
    let parts = [shelf, position].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}
