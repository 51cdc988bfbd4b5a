//! The booking is made.
//!
//! Spec: 7(3)⑪.

use axum::response::Response;
use serde::Serialize;

use super::booking::{Shown, own};
use crate::render::View;
use crate::web::{Ctx, PageError};

#[derive(Debug, Serialize)]
pub(super) struct Done {
    shown: Shown,
    changed: bool,
}

impl View for Done {
    const TEMPLATE: &'static str = "citizen/done.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("done", Self { shown: Shown::sample(), changed: false })]
    }
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let (booking, shown) = own(&ctx).await?.ok_or_else(|| PageError::To(ctx.path("/my#main")))?;
    ctx.page(&Done { shown, changed: booking.sequence > 0 })
}
