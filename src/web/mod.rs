//! The pages: forms in, operations called, views out.
//!
//! **Invariant:** no SQL, no rule of the trade, no clock and no chance taken here.

mod abuse;
pub mod citizen;
mod context;
mod error;
mod fields;
mod frame;
mod log;
pub mod mailbox;
pub mod ops;
mod qr;
pub mod staff;
pub mod waiting;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ipnet::IpNet;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

pub use abuse::{Breaker, Failures};
pub use context::{Ctx, Post, Visitor};
pub use error::{Kind, PageError};
pub use fields::Fields;
pub use frame::Frame;

use crate::base::{Chance, Clock};
use crate::config::LimitsConfig;
use crate::municipalities::{CityError, Profile, Registry};
use crate::render::{Renderer, assets};

/// How long a page waits for its city to be opened before it says so.
const OPENING: Duration = Duration::from_secs(2);

/// What every page can reach. Cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    /// The cities.
    pub registry: Registry,
    /// Draws views.
    pub renderer: Renderer,
    /// What lists are printed with.
    pub fonts: Arc<crate::lists::Fonts>,
    /// Tells the time.
    pub clock: Clock,
    /// Gives random bytes.
    pub chance: Chance,
    /// The limits in force.
    pub limits: LimitsConfig,
    /// Whose word about the browser's address counts.
    pub trusted_proxies: Arc<Vec<IpNet>>,
    /// Failed checks by network, in memory only.
    pub failures: Arc<Failures>,
    /// How many checks of each city failed of late.
    pub breaker: Arc<Breaker>,
    /// Card files that staff have looked at and not applied yet.
    pub uploads: Arc<staff::Uploads>,
    /// How the pair stands; none on one machine alone.
    pub pair: Option<crate::standby::Post>,
    /// Whether this is the demo: every page says so.
    pub demo: bool,
    /// Whether staff are asked for a second factor.
    pub second_factor: bool,
}

/// The peer's address, put into each request by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Whether the connection itself is TLS, put into each request by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Secure(pub bool);

/// What a page may load. Citizens' pages run no script.
const CITIZEN_CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STAFF_CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For answers that are no pages at all.
const ASSETS_ONLY_CSP: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Everything around the pages that is the same for each: request ids, the log, limits, headers, compression, panics.
fn layered(router: Router, limits: &LimitsConfig, content: &'static str, listener: &'static str) -> Router {
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(limits.body_bytes))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits.request_time()))
        .layer(CatchPanicLayer::new())
        .layer(fixed(header::CONTENT_SECURITY_POLICY, content))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(from_fn(move |request, next| log::note(listener, request, next)))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
}

/// Embedded files, the same for every city. Under their present digest they may be kept for good.
fn asset_routes() -> Router {
    Router::new().route("/assets/{*address}", get(asset))
}

async fn asset(Path(address): Path<String>) -> Response {
    let Some(asset) = assets::find(&address) else { return StatusCode::NOT_FOUND.into_response() };
    let keep = if asset.current { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, keep.to_owned())], asset.data)
        .into_response()
}

/// Takes the city's path off a request and goes on to its pages.
async fn go_in(
    state: &State,
    profile: &Profile,
    rest: &str,
    pages: Router,
    mut request: Request,
) -> Response {
    let city = match state.registry.open_soon(profile, OPENING).await {
        Ok(city) => city,
        Err(CityError::Opening) => {
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")]).into_response();
        }
        Err(error) => {
            tracing::error!(%error, request = request_id(&request), "a city cannot be opened");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    let Ok(inside) = format!("{rest}{query}").parse::<Uri>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    *request.uri_mut() = inside;
    request.extensions_mut().insert(city);
    match pages.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The id of a request, as its page and the log show it.
fn request_id(request: &Request) -> String {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    id.unwrap_or_default().chars().take(8).collect()
}
