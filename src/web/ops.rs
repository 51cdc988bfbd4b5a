//! What monitors ask: is it alive, may it serve, does it lead.

use axum::Router;
use axum::routing::get;

/// The routes of the ops listener.
pub fn router() -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(|| async { "ready\n" }))
        .route("/leader", get(|| async { "leader\n" }))
}
