//! The demo's mailbox: what the invented citizens would find in theirs, on the staff listener.
//!
//! **Invariant:** it exists in the demo alone, and reads the demo's own files alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path as Name, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use mail_parser::{Message, MessageParser, MimeHeaders};
use serde::Serialize;

use super::{STAFF_CSP, layered};
use crate::base::Moment;
use crate::config::LimitsConfig;
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
    const TEMPLATE: &'static str = "demo/mail.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let letter = Letter {
            file: "ab12.eml".to_owned(),
            at: Some(Moment::from_millis(1_775_980_800_000)),
            to: "hanako@mihon.example".to_owned(),
            subject: "予約が完了しました".to_owned(),
            lines: vec![pieces("予約 http://127.0.0.1/m/ab を開く"), Vec::new()],
            attachments: vec!["yoyaku.ics".to_owned()],
        };
        vec![("no letters", Self { letters: Vec::new() }), ("letters", Self { letters: vec![letter] })]
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
    let read = tokio::task::spawn_blocking(move || letters(&dir)).await;
    let letters = read.ok().and_then(Result::ok).unwrap_or_default();
    match mailbox.renderer.page(&Letters { letters }, "ja") {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the mailbox cannot be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn attachment(State(mailbox): State<Mailbox>, Name((file, number)): Name<(String, u32)>) -> Response {
    let plain = file.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let bytes = if plain { tokio::fs::read(mailbox.dir.join(&file)).await.ok() } else { None };
    let message = bytes.as_deref().and_then(|bytes| MessageParser::default().parse(bytes));
    let Some(part) = message.as_ref().and_then(|message| message.attachment(number)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let name = part.attachment_name().unwrap_or("attachment").replace(['"', '\\', '\r', '\n'], "");
    let disposition = format!("attachment; filename=\"{name}\"");
    let kind = "application/octet-stream".to_owned();
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], part.contents().to_vec())
        .into_response()
}

/// The newest letters first.
fn letters(dir: &Path) -> std::io::Result<Vec<Letter>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "eml")
            && let Some(letter) = letter(&path)
        {
            found.push(letter);
        }
    }
    found.sort_by_key(|letter| std::cmp::Reverse(letter.at));
    found.truncate(SHOWN);
    Ok(found)
}

fn letter(path: &Path) -> Option<Letter> {
    let bytes = std::fs::read(path).ok()?;
    let message: Message<'_> = MessageParser::default().parse(&bytes)?;
    let address = message.to().and_then(|to| to.first()).and_then(|to| to.address());
    let attachments = message.attachments().map(|part| part.attachment_name().unwrap_or("添付").to_owned());
    Some(Letter {
        file: path.file_name()?.to_str()?.to_owned(),
        at: message.date().map(|date| Moment::from_millis(date.to_timestamp() * 1000)),
        to: address.unwrap_or_default().to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        lines: message.body_text(0).unwrap_or_default().lines().map(pieces).collect(),
        attachments: attachments.collect(),
    })
}

fn pieces(line: &str) -> Vec<Piece> {
    let parts = line.split_inclusive(' ').map(|word| {
        let address = word.trim_end();
        let link = address.starts_with("http://") || address.starts_with("https://");
        Piece { text: word.to_owned(), link }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_line_can_be_opened_and_the_rest_is_words() {
        let links: Vec<bool> =
            pieces("下のリンク https://example.jp/m/ab を").iter().map(|one| one.link).collect();
        assert_eq!(links, [false, true, false]);
    }

    #[test]
    fn a_letter_is_read_with_its_japanese_and_its_attachment() {
        let dir = tempfile::tempdir().unwrap();
        let eml = "From: a@example.jp\r\nTo: hanako@mihon.example\r\nDate: Mon, 13 Apr 2026 00:42:00 +0000\r\n\
            Subject: =?utf-8?b?5LqI57SE?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
            --x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5LqI57SE\r\n\
            --x\r\nContent-Type: text/calendar\r\nContent-Disposition: attachment; filename=\"a.ics\"\r\n\r\nBEGIN\r\n--x--\r\n";
        std::fs::write(dir.path().join("a.eml"), eml).unwrap();
        std::fs::write(dir.path().join("notes.txt"), "no letter").unwrap();
        let found = letters(dir.path()).unwrap();
        assert_eq!(found.len(), 1);
        let first = found.first().unwrap();
        assert_eq!((first.subject.as_str(), first.to.as_str()), ("予約", "hanako@mihon.example"));
        assert_eq!(first.attachments, ["a.ics"]);
        assert_eq!(first.lines.concat().first().unwrap().text, "予約");
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
