//! The pages that stand when nothing else can be asked: no city, no database, no time.

use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::errors::with_page;
use crate::render::{FALLBACK, View};
use crate::web::State;

#[derive(Debug, Serialize)]
pub(super) struct Bare {
    kind: &'static str,
    picture: &'static str,
}

impl View for Bare {
    const TEMPLATE: &'static str = "citizen/bare.html";

    fn samples() -> Vec<(&'static str, Self)> {
        [
            StatusCode::NOT_FOUND,
            StatusCode::FORBIDDEN,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::BAD_REQUEST,
        ]
        .map(|status| ("bare", Self::of(status)))
        .into()
    }
}

impl Bare {
    fn of(status: StatusCode) -> Self {
        let (kind, picture) = match status {
            StatusCode::NOT_FOUND => ("not_found", "citizen/nodays.svg"),
            StatusCode::FORBIDDEN | StatusCode::PAYLOAD_TOO_LARGE => ("expired", "citizen/expired.svg"),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => ("away", "citizen/queue.svg"),
            _ => ("fault", "citizen/tools.svg"),
        };
        Self { kind, picture }
    }
}

/// Puts a page into an answer that came without one, without asking anything of anybody.
pub(super) async fn fill(Shared(state): Shared<State>, mut response: Response) -> Response {
    let status = response.status();
    let media = response.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let said = media.is_some_and(|media| media.starts_with("text/html"));
    if said || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("60"));
    }
    match state.renderer.page(&Bare::of(status), FALLBACK) {
        Ok(html) => with_page(response, html),
        Err(error) => {
            tracing::error!(%error, "the barest page failed");
            response
        }
    }
}
