//! What a machine answers that does not lead: nothing is served here now.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{ASSETS_ONLY_CSP, layered};
use crate::config::LimitsConfig;
use crate::standby::Serving;

/// It needs nothing but itself: the machine that has the rest may be the one that is gone.
const PAGE: &str = include_str!("waiting.html");

/// The page may use its own style, and nothing else.
static CSP: LazyLock<String> = LazyLock::new(|| {
    let style = PAGE.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let digest = STANDARD.encode(Sha256::digest(style.map_or("", |(style, _)| style)));
    format!("{ASSETS_ONLY_CSP}; style-src 'sha256-{digest}'")
});

/// The routes of a listener of a machine that does not lead.
pub fn router(limits: &LimitsConfig) -> Router {
    layered(Router::new().fallback(|| async { wait() }), limits, ASSETS_ONLY_CSP, "waiting")
}

/// The same page instead of any other while this node may not serve.
pub fn unless(may_serve: Serving, router: Router) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let may = may_serve.is_open();
        async move { if may { next.run(request).await } else { wait() } }
    }))
}

/// The page itself.
pub fn wait() -> Response {
    let headers = [(header::RETRY_AFTER, "10"), (header::CONTENT_SECURITY_POLICY, CSP.as_str())];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Html(PAGE)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_balancer_of_the_example_shows_the_same_page_where_no_machine_answers() {
        let shown = include_str!("../../backup/proxy/503.http");
        let shown = shown.replace("\r\n", "\n");
        let (head, page) = shown.split_once("\n\n").unwrap();
        assert_eq!(page, PAGE);
        assert!(head.contains("Retry-After: 10") && head.contains("Cache-Control: no-store"));
    }
}
