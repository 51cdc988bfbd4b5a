//! What monitors ask: is it alive, may it serve, does it lead, and how much it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;

use super::{ASSETS_ONLY_CSP, layered};
use crate::config::LimitsConfig;
use crate::standby::{Post, Serving};

/// What the ops listener tells. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whether requests are served: false before the start is over and once the stop has begun.
    pub serving: Arc<AtomicBool>,
    /// Whether this node leads. One machine alone always does.
    pub leads: Serving,
    /// How the pair stands; none on one machine alone.
    pub pair: Option<Post>,
    /// The figures.
    pub figures: PrometheusHandle,
}

/// The routes of the ops listener.
pub fn router(standing: Standing, limits: &LimitsConfig) -> Router {
    let routes = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/leader", get(leader))
        .route("/status", get(status))
        .route("/metrics", get(figures))
        .with_state(standing);
    layered(routes, limits, ASSETS_ONLY_CSP, "ops")
}

async fn ready(Shared(standing): Shared<Standing>) -> (StatusCode, &'static str) {
    serving(&standing, "ready\n")
}

/// Where requests belong: on the node that leads, whenever it serves.
async fn leader(Shared(standing): Shared<Standing>) -> (StatusCode, &'static str) {
    if standing.leads.is_open() {
        serving(&standing, "leader\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not the leader\n")
    }
}

fn serving(standing: &Standing, word: &'static str) -> (StatusCode, &'static str) {
    if standing.serving.load(Ordering::Relaxed) {
        (StatusCode::OK, word)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not serving\n")
    }
}

/// How the pair stands, for monitors; on both of its nodes.
async fn status(Shared(standing): Shared<Standing>) -> Response {
    match &standing.pair {
        Some(pair) => Json(pair.picture()).into_response(),
        None => Json(serde_json::json!({"role": "single"})).into_response(),
    }
}

async fn figures(Shared(standing): Shared<Standing>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], standing.figures.render()).into_response()
}
