//! Somebody else was faster: what was typed and what stands now, side by side.

use axum::response::Response;
use serde::Serialize;

use super::{Head, at};
use crate::base::{CardId, Moment};
use crate::cards::Card;
use crate::history::{self, Record};
use crate::render::View;
use crate::web::staff::{Flash, StaffCtx};
use crate::web::{Fields, PageError};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Conflict {
    pub(super) head: Head,
    /// Who saved last, and when.
    pub(super) by: Option<(String, Moment)>,
    /// Name of the item, what was typed, what stands.
    pub(super) rows: Vec<(String, String, String)>,
    /// What stood there when the form was opened, where the form still knows it.
    pub(super) seen: Option<String>,
    /// Where the form goes when what was typed shall be saved all the same.
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
}

impl View for Conflict {
    const TEMPLATE: &'static str = "staff/conflict.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::conflict()
    }
}

/// What somebody wished when they were overtaken.
#[derive(Debug)]
pub(super) struct Overtaken {
    /// The form's address, below the card's.
    pub(super) act: &'static str,
    /// Name of the item, what was typed, what stands.
    pub(super) rows: Vec<(&'static str, String, String)>,
    /// The fields that save it all the same; one of them, `seen`, tells what stood there when the form was opened.
    pub(super) fields: Vec<(&'static str, String)>,
}

/// The answer to somebody who was overtaken and chose to leave what the other saved; `None` for every other form.
pub(super) fn left(ctx: &StaffCtx, card: CardId, fields: &Fields) -> Option<Response> {
    let said = "ほかの人が保存した内容を残しました。";
    (fields.get("keep") == "theirs").then(|| ctx.to_with(&at(card), Flash::done(said)))
}

/// Shows both.
pub(super) async fn both(ctx: &StaffCtx, now: &Card, wish: Overtaken) -> Result<Response, PageError> {
    let id = now.id;
    let last = ctx.read(move |tx| history::of_record(tx, Record::Card(id))).await?;
    let mut fields: Vec<(String, String)> =
        wish.fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    fields.push(("version".to_owned(), now.version.to_string()));
    ctx.again(&Conflict {
        head: Head::of(ctx, now),
        by: last.into_iter().next().map(|entry| (entry.actor, entry.at)),
        seen: fields.iter().find(|(name, _)| name == "seen").map(|(_, seen)| seen.clone()),
        rows: wish.rows.into_iter().map(|(item, mine, stands)| (item.to_owned(), mine, stands)).collect(),
        action: format!("/cards/{id}/{}", wish.act),
        fields,
    })
}
