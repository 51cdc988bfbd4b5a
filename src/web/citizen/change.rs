//! Another time or place for a booking that stands until the new one is secured.
//!
//! Spec: 7(3)⑩.

use axum::response::Response;
use serde::Serialize;

use super::booking::{Shown, changeable};
use super::location::choose_error;
use crate::booking::entry;
use crate::render::View;
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct Change {
    shown: Shown,
}

impl View for Change {
    const TEMPLATE: &'static str = "citizen/my_change.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("change", Self { shown: Shown::sample() })]
    }
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let (_, shown) = changeable(&ctx).await?;
    ctx.page(&Change { shown })
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    changeable(&ctx).await?;
    let key = ctx.session().await?.key;
    ctx.city.db.write(ctx.actor(), move |tx| entry::start_change(tx, &key)).await.map_err(choose_error)?;
    Ok(ctx.to(if fields.get("what") == "place" { "/location#main" } else { "/calendar#main" }))
}
