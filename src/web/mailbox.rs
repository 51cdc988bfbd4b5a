//! The demo's mailbox: what the invented citizens would find in theirs, on the staff listener.
//!
//! **Invariant:** it exists in the demo alone, and shows the demo's own letters alone.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use super::{STAFF_CSP, layered};
use crate::base::Moment;
use crate::config::LimitsConfig;
use crate::mail::{self, Filed};
use crate::render::{Renderer, View};

/// How many letters the list shows.
const SHOWN: usize = 100;

#[derive(Clone, Debug)]
struct Mailbox {
    dir: Arc<PathBuf>,
    renderer: Renderer,
}

#[derive(Debug, Serialize)]
struct Letters {
    letters: Vec<Letter>,
}

#[derive(Clone, Debug, Serialize)]
struct Letter {
    file: String,
    at: Option<Moment>,
    to: String,
    subject: String,
    lines: Vec<Vec<Piece>>,
    attachments: Vec<String>,
}

/// A piece of a line: words, or an address that can be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Piece {
    text: String,
    link: bool,
}

impl View for Letters {
    const TEMPLATE: &'static str = "web/mailbox.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let letter = Filed {
            file: "ab12.eml".to_owned(),
            at: Some(Moment::from_millis(1_775_980_800_000)),
            to: "hanako@mihon.example".to_owned(),
            subject: "予約が完了しました".to_owned(),
            text: "予約 http://127.0.0.1/m/ab を開く\n".to_owned(),
            attachments: vec!["yoyaku.ics".to_owned()],
        };
        vec![("no letters", Self { letters: Vec::new() }), ("letters", Self { letters: vec![shown(letter)] })]
    }
}

/// The mailbox over the files in `dir`: `/_demo/mail`, and each attachment below its letter.
pub fn router(dir: PathBuf, renderer: Renderer, limits: &LimitsConfig) -> Router {
    let pages = Router::new()
        .route("/_demo/mail", get(list))
        .route("/_demo/mail/{file}/{number}", get(attachment))
        .with_state(Mailbox { dir: Arc::new(dir), renderer });
    layered(pages, limits, STAFF_CSP, "staff")
}

async fn list(State(mailbox): State<Mailbox>) -> Response {
    let dir = Arc::clone(&mailbox.dir);
    let read = tokio::task::spawn_blocking(move || mail::filed(&dir, SHOWN)).await;
    let letters = read.ok().and_then(Result::ok).unwrap_or_default().into_iter().map(shown).collect();
    match mailbox.renderer.page(&Letters { letters }, "ja") {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the mailbox cannot be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn attachment(State(mailbox): State<Mailbox>, Path((file, number)): Path<(String, u32)>) -> Response {
    let dir = Arc::clone(&mailbox.dir);
    let read = tokio::task::spawn_blocking(move || mail::carried(&dir, &file, number)).await;
    let Some(carried) = read.ok().flatten() else { return StatusCode::NOT_FOUND.into_response() };
    let name = carried.name.replace(['"', '\\', '\r', '\n'], "");
    // A picture is shown below its letter, as readers of mail do.
    let kind = if std::path::Path::new(&name).extension().is_some_and(|ending| ending == "png") {
        "image/png"
    } else {
        "application/octet-stream"
    }
    .to_owned();
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], carried.bytes)
        .into_response()
}

fn shown(letter: Filed) -> Letter {
    Letter {
        file: letter.file,
        at: letter.at,
        to: letter.to,
        subject: letter.subject,
        lines: letter.text.lines().map(pieces).collect(),
        attachments: letter.attachments,
    }
}

fn pieces(line: &str) -> Vec<Piece> {
    let parts = line.split_inclusive(' ').map(|word| {
        let address = word.trim_end();
        let opens = address.starts_with("http://") || address.starts_with("https://");
        Piece { text: word.to_owned(), link: opens }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_line_can_be_opened_and_the_rest_is_words() {
        let parts = pieces("下のリンク https://example.jp/m/ab を");
        assert_eq!(parts.iter().map(|one| one.link).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn the_mailbox_draws_strictly_empty_and_full() {
        let renderer = Renderer::load().unwrap();
        for (name, view) in Letters::samples() {
            let html = renderer.page(&view, "ja").unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(html.matches("<h1").count(), 1);
        }
    }
}
