//! Pages that only say something, and the choice of language.

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use crate::render::View;
use crate::web::{Ctx, PageError};

#[derive(Debug, Serialize)]
pub(super) struct Static {
    page: &'static str,
    sections: Vec<u8>,
}

impl View for Static {
    const TEMPLATE: &'static str = "citizen/static.html";

    fn samples() -> Vec<(&'static str, Self)> {
        ["accessibility", "privacy", "help"].map(|page| (page, Self { page, sections: vec![1, 2, 3] })).into()
    }
}

fn show(ctx: &Ctx, page: &'static str) -> Result<Response, PageError> {
    ctx.page(&Static { page, sections: vec![1, 2, 3] })
}

pub(super) async fn accessibility(ctx: Ctx) -> Result<Response, PageError> {
    show(&ctx, "accessibility")
}

pub(super) async fn privacy(ctx: Ctx) -> Result<Response, PageError> {
    show(&ctx, "privacy")
}

pub(super) async fn help(ctx: Ctx) -> Result<Response, PageError> {
    show(&ctx, "help")
}

/// Remembers the language and leads to the start page, or to where a session stands.
pub(super) async fn language(mut ctx: Ctx, Path(code): Path<String>) -> Result<Response, PageError> {
    if !ctx.state.renderer.languages().contains(&code.as_str()) {
        return Err(PageError::NotFound);
    }
    ctx.visitor.language = Some(code);
    Ok(ctx.to(if ctx.visitor.session.is_some() { "/location#main" } else { "/#main" }))
}
