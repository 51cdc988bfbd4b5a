//! One line of the log and three figures for each request.
//!
//! **Invariant:** what was asked for stands here as the pattern of its route. The path and the query themselves can hold a link's
//! token, a booking number or a name, and are never written.

use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::request_id;

/// The pattern of the route that answered, and the city; travels outwards with the answer.
#[derive(Clone, Debug)]
struct Route {
    pattern: Option<MatchedPath>,
    municipality: String,
}

/// Lets the answers of a city's pages tell which route they came from.
pub(super) fn marked(pages: Router) -> Router {
    pages.layer(from_fn(mark))
}

async fn mark(request: Request, next: Next) -> Response {
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let city = request.extensions().get::<std::sync::Arc<crate::municipalities::Municipality>>();
    let municipality = city.map(|city| city.profile.slug.clone()).unwrap_or_default();
    let mut response = next.run(request).await;
    response.extensions_mut().insert(Route { pattern, municipality });
    response
}

/// Writes the line once the answer is ready.
pub(super) async fn note(listener: &'static str, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let (method, id) = (method(request.method()), request_id(&request));
    let outside = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = response.extensions().get::<Route>();
    let pattern = route.and_then(|route| route.pattern.as_ref()).or(outside.as_ref());
    let route_name = pattern.map_or("-", MatchedPath::as_str).to_owned();
    let municipality = route.map_or("", |route| route.municipality.as_str());
    let (status, took) = (response.status().as_u16(), began.elapsed());
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(target: "request", listener, municipality, method, route = route_name, status, ms, request = id);
    let labels = [
        ("listener", listener.to_owned()),
        ("route", route_name),
        ("method", method.to_owned()),
        ("status", status.to_string()),
    ];
    metrics::counter!("madoguchi_requests_total", &labels).increment(1);
    metrics::histogram!("madoguchi_request_seconds", "listener" => listener).record(took.as_secs_f64());
    response
}

/// A method as it is written; those that nobody uses are all one, so that nobody can fill the log's index with them.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
