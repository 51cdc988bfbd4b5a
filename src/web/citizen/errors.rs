//! The pages of what went wrong, drawn in the reader's language.

use axum::extract::{FromRequestParts, Request, State as Shared};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::base::Moment;
use crate::render::View;
use crate::web::{Ctx, Kind, PageError, State};

#[derive(Debug, Serialize)]
pub(super) struct Trouble {
    kind: &'static str,
    until: Option<Moment>,
    request_id: String,
}

impl View for Trouble {
    const TEMPLATE: &'static str = "citizen/error.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |kind| Self {
            kind,
            until: Some(Moment::from_millis(1_775_980_800_000)),
            request_id: "ab12".to_owned(),
        };
        ["not_found", "expired", "session_over", "locked", "busy", "fault"]
            .map(|kind| (kind, of(kind)))
            .into()
    }
}

pub(super) async fn not_found() -> PageError {
    PageError::NotFound
}

/// Puts a page into an answer that says only what went wrong.
pub(super) async fn draw(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let ctx = Ctx::from_request_parts(&mut parts, &state).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(kind) = response.extensions().get::<Kind>().copied() else { return response };
    let Ok(ctx) = ctx else { return response };
    let trouble = Trouble {
        kind: name(kind),
        until: if let Kind::Locked(until) = kind { Some(until) } else { None },
        request_id: ctx.request_id.clone(),
    };
    match state.renderer.page_in(&trouble, ctx.language(), ctx.base(), &ctx.frame()) {
        Ok(html) => {
            let mut page = (response.status(), axum::response::Html(html)).into_response();
            for (header, value) in response.headers() {
                if header != axum::http::header::CONTENT_LENGTH && header != axum::http::header::CONTENT_TYPE
                {
                    page.headers_mut().append(header.clone(), value.clone());
                }
            }
            page
        }
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            response
        }
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound => "not_found",
        Kind::Expired => "expired",
        Kind::SessionOver => "session_over",
        Kind::Locked(_) => "locked",
        Kind::Busy => "busy",
        Kind::Forbidden(_) | Kind::Fault => "fault",
    }
}
