//! The start page: what this is, what one needs, where to begin.

use axum::response::Response;
use serde::Serialize;

use crate::render::View;
use crate::web::{Ctx, PageError};

#[derive(Debug, Serialize)]
pub(super) struct Start {
    party_max: u8,
}

impl View for Start {
    const TEMPLATE: &'static str = "citizen/start.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("start", Self { party_max: 5 })]
    }
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    ctx.page(&Start { party_max: ctx.settings.party_max })
}
