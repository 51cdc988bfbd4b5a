//! Somebody else was faster: what was typed and what stands now, side by side.

use axum::response::Response;
use serde::Serialize;

use super::Head;
use crate::base::Moment;
use crate::cards::Card;
use crate::history::{self, Record};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::StaffCtx;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Conflict {
    pub(super) head: Head,
    /// Who saved last, and when.
    pub(super) by: Option<(String, Moment)>,
    /// Name of the item, what was typed, what stands.
    pub(super) rows: Vec<(String, String, String)>,
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
    /// The fields that save it all the same.
    pub(super) fields: Vec<(&'static str, String)>,
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
        rows: wish.rows.into_iter().map(|(item, mine, stands)| (item.to_owned(), mine, stands)).collect(),
        action: format!("/cards/{id}/{}", wish.act),
        fields,
    })
}
