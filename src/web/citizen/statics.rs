//! Pages that only say something, and the choice of language.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::booking::entry::{self, ChooseError, SessionKey};
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
        ["accessibility", "privacy", "help"]
            .map(|page| (page, Self { page, sections: sections(page) }))
            .into()
    }
}

/// The numbers of a page's sections in the catalogue.
fn sections(page: &str) -> Vec<u8> {
    (1..=if page == "help" { 5 } else { 3 }).collect()
}

fn show(ctx: &Ctx, page: &'static str) -> Result<Response, PageError> {
    ctx.page(&Static { page, sections: sections(page) })
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

/// The page that a choice of language leads back to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    to: String,
}

/// Remembers the language, also for the mails of the session, and leads back to the same step.
pub(super) async fn language(
    mut ctx: Ctx,
    Path(code): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, PageError> {
    if !ctx.state.renderer.languages().contains(&code.as_str()) {
        return Err(PageError::NotFound);
    }
    if let Some(token) = &ctx.visitor.session {
        let (key, language) = (SessionKey::of(token), code.clone());
        let kept = ctx.city.db.write(ctx.actor(), move |tx| entry::set_language(tx, &key, &language)).await;
        if let Err(ChooseError::Fault(fault)) = kept {
            return Err(fault.into());
        }
    }
    ctx.visitor.language = Some(code);
    Ok(ctx.to(&format!("{}#main", step(&back.to))))
}

/// The address if it is one of this city's pages, else the start page.
fn step(asked: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/?=&-.".contains(c);
    let inside = asked.starts_with('/') && !asked.starts_with("//") && asked.chars().all(plain);
    if inside && asked.len() <= 200 && !asked.starts_with("/language") { asked } else { "/" }
}

#[test]
fn a_choice_of_language_leads_to_pages_of_this_city_only() {
    assert_eq!(step("/calendar?month=2026-04&day=2026-04-13"), "/calendar?month=2026-04&day=2026-04-13");
    for outside in
        ["", "//evil.example", "https://evil.example", "/\\evil.example", "/language/en", "/a\r\nb", "/%2f"]
    {
        assert_eq!(step(outside), "/", "{outside}");
    }
}
