//! Bookings a second: the last form of many citizens at once, against the same form and page without a database.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar};
use madoguchi::render::{Renderer, View};
use serde::Serialize;
use tokio::task::JoinSet;

use super::browser::{self, Browser};
use super::city::City;
use super::crowd::walk;
use super::row;

/// Citizens who wait at the check page.
pub const SESSIONS: usize = 600;

const SLICES: usize = 3;
const AT_ONCE: usize = 64;

/// The form and the page that follows, in slices in turn.
pub async fn bookings(city: &City, first: usize) {
    let client = browser::client();
    let mut waiting = Vec::new();
    for n in first..first + SESSIONS {
        let mut browser = Browser::new(&client, city.citizen, n);
        let mut full = 0;
        walk(&mut browser, &city.open.db, n, &mut full).await.unwrap();
        waiting.push(browser);
    }
    let bare = bare().await;
    let per_slice = SESSIONS / SLICES;
    let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..SLICES {
        let some: Vec<Browser> = waiting.drain(..per_slice).collect();
        ours += all(some, "/confirm").await.took;
        let mut others = Vec::new();
        for n in 0..per_slice {
            let mut browser = Browser::new(&client, bare, n);
            browser.get("/done").await;
            others.push(browser);
        }
        theirs += all(others, "/confirm").await.took;
    }
    let rate = |took: Duration| f64::from(u32::try_from(SESSIONS).unwrap()) / took.as_secs_f64();
    row(
        "bookings a second over HTTP, form and page (the same without a database)",
        &format!("{:.0} ({:.0})", rate(ours), rate(theirs)),
        &format!("ratio {:.2}, at least 0.5", rate(ours) / rate(theirs)),
    );
}

/// How long it took until the last page was there, and how long each browser waited for its own.
pub struct Sent {
    pub took: Duration,
    pub each: Vec<Duration>,
}

/// Sends the form of every browser, so many at once.
pub async fn all(browsers: Vec<Browser>, path: &'static str) -> Sent {
    let gate = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    let began = Instant::now();
    let mut crowd = JoinSet::new();
    for mut browser in browsers {
        let gate = Arc::clone(&gate);
        crowd.spawn(async move {
            let _inside = gate.acquire_owned().await.unwrap();
            let sent = Instant::now();
            browser.go(path, &[]).await;
            assert!(browser.last.status.is_success(), "{}: {}", browser.last.status, browser.last.text);
            sent.elapsed()
        });
    }
    let each = crowd.join_all().await;
    Sent { took: began.elapsed(), each }
}

/// The page that the bare program draws: one of the product's, filled with fixed words.
#[derive(Clone, Serialize)]
struct Page {
    kind: &'static str,
    picture: &'static str,
    until: Option<i64>,
    request_id: &'static str,
}

impl View for Page {
    const TEMPLATE: &'static str = "citizen/error.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self { kind: "fault", picture: "citizen/expired.svg", until: None, request_id: "ab12" };
        vec![("page", page)]
    }
}

#[derive(Clone)]
struct Bare {
    renderer: Renderer,
    key: Key,
}

/// Parsing, an encrypted cookie and a page, but no database.
async fn bare() -> SocketAddr {
    let state = Bare { renderer: Renderer::load().unwrap(), key: Key::generate() };
    let router = Router::new()
        .route("/mihon/done", get(page))
        .route("/mihon/confirm", axum::routing::post(form))
        .layer(tower_http::compression::CompressionLayer::new())
        .with_state(state);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn form(
    State(bare): State<Bare>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    assert!(fields.iter().any(|(name, _)| name == "csrf"));
    let jar = PrivateCookieJar::from_headers(&headers, bare.key);
    let value = jar.get("citizen").map_or_else(String::new, |cookie| cookie.value().to_owned());
    (jar.add(Cookie::new("citizen", value)), Redirect::to("/mihon/done")).into_response()
}

async fn page(State(bare): State<Bare>, headers: HeaderMap) -> Response {
    let jar = PrivateCookieJar::from_headers(&headers, bare.key);
    let value = jar.get("citizen").map_or_else(|| "x".repeat(300), |cookie| cookie.value().to_owned());
    let view = Page::samples().remove(0).1;
    let html = bare.renderer.page_in(&view, "ja", "/mihon", &frame()).unwrap();
    (jar.add(Cookie::new("citizen", value)), Html(html)).into_response()
}

/// What the product draws around each page.
fn frame() -> serde_json::Value {
    serde_json::json!({
        "city": "見本市", "service": "予約", "office": "市民課", "phone": "0000-00-0000", "hours": "平日", "address": "",
        "csrf": "0123456789abcdef", "once": "0123456789abcdef", "demo": false, "session_minutes": 30, "sender": "mihon.example",
        "html_lang": "ja", "easy": false, "tongues": [], "here": "/", "urgent": [], "planned": [],
    })
}
