//! What a machine answers that does not lead: nothing is served here now.

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};

use super::{ASSETS_ONLY_CSP, layered};
use crate::config::LimitsConfig;
use crate::standby::Serving;

/// Plain enough for any browser; the reader is most likely here for a moment only.
const PAGE: &str = "<!DOCTYPE html><html lang=\"ja\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\">\
<title>しばらくお待ちください</title></head><body><h1>しばらくお待ちください</h1>\
<p>ただいま、別の機械へ切り替えています。5秒後にもう一度つなぎます。</p>\
<p lang=\"en\">Please wait a moment. This page will be loaded again.</p></body></html>";

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
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], Html(PAGE)).into_response()
}
