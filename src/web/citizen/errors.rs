//! The pages of what went wrong, drawn in the reader's language.

use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::base::Moment;
use crate::notices::Maintenance;
use crate::render::View;
use crate::web::{Ctx, Kind, PageError, State};

#[derive(Debug, Serialize)]
pub(super) struct Trouble {
    kind: &'static str,
    picture: &'static str,
    until: Option<Moment>,
    request_id: String,
}

impl View for Trouble {
    const TEMPLATE: &'static str = "citizen/error.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let until = Some(Moment::from_millis(1_775_980_800_000));
        let of = |kind| Self::new(kind, until, "ab12".to_owned());
        [
            "closed",
            "not_found",
            "expired",
            "session_over",
            "locked",
            "busy",
            "not_registered",
            "unsure",
            "fault",
        ]
        .map(|kind| (kind, of(kind)))
        .into()
    }
}

impl Trouble {
    fn new(kind: &'static str, until: Option<Moment>, request_id: String) -> Self {
        let picture = match kind {
            "locked" => "citizen/lock.svg",
            "closed" | "fault" => "citizen/tools.svg",
            "busy" => "citizen/queue.svg",
            "not_found" => "citizen/nodays.svg",
            _ => "citizen/expired.svg",
        };
        Self { kind, picture, until, request_id }
    }
}

pub(super) async fn not_found() -> PageError {
    PageError::NotFound
}

/// Reads what the pages need to know, and puts a page into an answer that says only what went wrong.
///
/// While a city is closed for maintenance every one of its pages says so. Spec: 7(3)⑬.
pub(super) async fn draw(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let ctx = match Ctx::read(&parts, &state).await {
        Ok(ctx) => ctx,
        Err(error) => return error.into_response(),
    };
    if let Some(maintenance) = &ctx.notices.closed {
        return closed(&ctx, maintenance);
    }
    parts.extensions.insert(ctx.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(kind) = response.extensions().get::<Kind>().copied() else { return response };
    let until = if let Kind::Locked(until) = kind { Some(until) } else { None };
    let trouble = Trouble::new(name(kind), until, ctx.request_id.clone());
    dressed(&ctx, &trouble, response)
}

fn closed(ctx: &Ctx, maintenance: &Maintenance) -> Response {
    let wait = maintenance.ends_at.map_or(AN_HOUR, |until| until.since(ctx.now()).as_secs().max(1));
    let retry = [(header::RETRY_AFTER, wait.to_string())];
    let answer = (StatusCode::SERVICE_UNAVAILABLE, retry).into_response();
    let trouble = Trouble::new("closed", maintenance.ends_at, ctx.request_id.clone());
    dressed(ctx, &trouble, answer)
}

/// When to ask again while nobody knows the end.
const AN_HOUR: u64 = 3600;

/// The same answer with a page in it.
fn dressed(ctx: &Ctx, trouble: &Trouble, response: Response) -> Response {
    match ctx.state.renderer.page_in(trouble, ctx.language(), ctx.base(), &ctx.frame()) {
        Ok(html) => with_page(response, html),
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            response
        }
    }
}

/// The same status and headers around another body.
pub(super) fn with_page(response: Response, html: String) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response::from_parts(parts, html.into())
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound => "not_found",
        Kind::Expired => "expired",
        Kind::SessionOver => "session_over",
        Kind::Locked(_) => "locked",
        Kind::Busy => "busy",
        Kind::NotRegistered => "not_registered",
        Kind::Unsure => "unsure",
        Kind::Forbidden(_) | Kind::Fault => "fault",
    }
}
