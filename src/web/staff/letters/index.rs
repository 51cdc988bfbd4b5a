//! Every letter, with what the city has written itself.

use axum::response::Response;
use serde::Serialize;

use super::{LANGUAGES, title};
use crate::mail::wording;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::StaffCtx;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Index {
    languages: Vec<&'static str>,
    letters: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    word: &'static str,
    title: &'static str,
    languages: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    code: &'static str,
    name: &'static str,
    own: usize,
}

impl View for Index {
    const TEMPLATE: &'static str = "staff/letters.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("letters", of(&wording::Own::default()))]
    }
}

fn of(own: &wording::Own) -> Index {
    let row = |word| {
        let cell =
            |(code, name): (&'static str, &'static str)| Cell { code, name, own: own.at(word, code).len() };
        Row { word, title: title(word), languages: LANGUAGES.map(cell).into() }
    };
    Index {
        languages: LANGUAGES.map(|(_, name)| name).into(),
        letters: wording::letters().into_iter().map(row).collect(),
    }
}

pub(in crate::web::staff) async fn index(ctx: StaffCtx) -> Result<Response, PageError> {
    let own = ctx.read(wording::own).await?;
    ctx.page(&of(&own))
}
