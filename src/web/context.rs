//! What a page knows of its request: the city, the browser, what was done before.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar, SameSite};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Fields, PageError, Peer, Secure, State};
use crate::base::{Moment, network};
use crate::booking::entry::{self, Limits, Session, SessionKey};
use crate::db::{Actor, Fault, Lane, ReadTx};
use crate::municipalities::Municipality;
use crate::notices::{self, Notices};
use crate::render::{FALLBACK, View};
use crate::settings::{self, Settings};

/// What the browser keeps for us, encrypted with the city's key. Before the mail link is opened it is all there is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Visitor {
    /// Random secret of this browser.
    pub browser: String,
    /// When a notice was checked last.
    #[serde(default)]
    pub checked_at: Option<Moment>,
    /// Whose card it was; none when only the mail, or its absence, gives the answer.
    #[serde(default)]
    pub card: Option<i64>,
    /// What the booking shall be for, when that is not the hand-over of a card.
    #[serde(default)]
    pub procedure: Option<String>,
    /// What somebody said of themselves for a procedure that needs no notice.
    #[serde(default)]
    pub person: Option<crate::booking::NewApplicant>,
    /// The address that a mail was sent to.
    #[serde(default)]
    pub email: Option<String>,
    /// Text of the session, once the link was opened.
    #[serde(default)]
    pub session: Option<String>,
    /// When that mail was asked for.
    #[serde(default)]
    pub mailed_at: Option<Moment>,
    /// What was just done, for the head of the next page: a key of the catalogue.
    #[serde(default)]
    pub done: Option<String>,
    /// Chosen language.
    #[serde(default)]
    pub language: Option<String>,
}

/// The context of one request.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// What every page can reach.
    pub state: State,
    /// The city.
    pub city: Arc<Municipality>,
    /// The city's settings.
    pub settings: Settings,
    /// Address of the browser.
    pub origin: String,
    /// Its network: an IPv4 address or an IPv6 /64.
    pub network: String,
    /// Whether the browser came by https.
    pub secure: bool,
    /// What the browser keeps for us.
    pub visitor: Visitor,
    /// What the city says on its pages at this moment.
    pub notices: Notices,
    /// The page that was asked for, below the city's path, with its query.
    pub here: String,
    /// Id of the request.
    pub request_id: String,
}

/// A request that changes something: its context, and the fields of its form, which this browser was given.
#[derive(Debug)]
pub struct Post {
    /// The context.
    pub ctx: Ctx,
    /// The fields.
    pub fields: Fields,
}

impl FromRequestParts<State> for Ctx {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, PageError> {
        parts.extensions.get::<Self>().cloned().ok_or(PageError::NotFound)
    }
}

impl FromRequest<State> for Post {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &State) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let ctx = Ctx::from_request_parts(&mut parts, state).await?;
        let request = Request::from_parts(parts, body);
        let form = axum::extract::Form::<Vec<(String, String)>>::from_request(request, state).await;
        let fields = form.map(|form| Fields::new(form.0)).map_err(|_| PageError::Expired)?;
        if ctx.gave(&fields) { Ok(Self { ctx, fields }) } else { Err(PageError::Expired) }
    }
}

impl Ctx {
    /// Reads what every page needs to know of a request.
    pub(super) async fn read(parts: &Parts, state: &State) -> Result<Self, PageError> {
        let city = parts.extensions.get::<Arc<Municipality>>().cloned().ok_or(PageError::NotFound)?;
        let Caller { address, secure } = caller(parts, state);
        let visitor = visitor(&parts.headers, &city, secure, state);
        let language = visitor.language.clone().unwrap_or_else(|| FALLBACK.to_owned());
        let standing = move |tx: &ReadTx<'_>| -> Result<(Settings, Notices), Fault> {
            Ok((settings::read(tx)?, notices::posted(tx, &language)?))
        };
        let (settings, notices) = city.db.read(Lane::Citizen, standing).await?;
        let request_id =
            parts.headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
        Ok(Self {
            state: state.clone(),
            settings,
            notices,
            origin: address.to_string(),
            network: network(address),
            secure,
            visitor,
            here: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            request_id: request_id.chars().take(8).collect(),
            city,
        })
    }

    /// The moment it is.
    pub fn now(&self) -> Moment {
        self.state.clock.now()
    }

    /// Who acts.
    pub fn actor(&self) -> Actor {
        Actor::Citizen { origin: self.origin.clone() }
    }

    /// The language of the page.
    pub fn language(&self) -> &str {
        self.visitor.language.as_deref().unwrap_or(FALLBACK)
    }

    /// The city's path, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.city.profile.base
    }

    /// The token that each form of this browser carries.
    pub fn csrf(&self) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.city.keys.digest) else {
            return String::new();
        };
        mac.update(b"csrf\0");
        mac.update(self.visitor.browser.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    /// Whether this browser was given the form that these fields come from.
    pub fn gave(&self, fields: &Fields) -> bool {
        bool::from(self.csrf().into_bytes().ct_eq(fields.get("csrf").as_bytes()))
    }

    /// The limits of the checks.
    pub fn limits(&self) -> Limits {
        let limits = &self.state.limits;
        Limits {
            notice_failures: limits.notice_failures,
            notice_wait: std::time::Duration::from_mins(u64::from(limits.notice_wait_minutes)),
            notice_failures_a_day: limits.notice_failures_a_day,
            mails_an_hour: limits.mails_an_hour,
            mails_a_day: limits.mails_a_day,
            ..Limits::default()
        }
    }

    /// The session that the mail link began; without one the way leads back to its beginning.
    pub async fn session(&self) -> Result<Session, PageError> {
        let Some(token) = &self.visitor.session else { return Err(PageError::To(self.path("/notice#main"))) };
        let key = SessionKey::of(token);
        let found = self.city.db.read(Lane::Citizen, move |tx| entry::session(tx, &key)).await?;
        let session = found.ok_or(PageError::SessionOver)?;
        if session.wants_touch(self.now()) {
            self.city.db.write(self.actor(), move |tx| entry::touch_session(tx, &key)).await?;
        }
        Ok(session)
    }

    /// An address of the city's pages; `path` begins with a slash.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// Leads on after something was done.
    pub fn to(&self, path: &str) -> Response {
        self.keep(Redirect::to(&self.path(path)).into_response())
    }

    /// Leads on and says there what was done.
    pub fn told(mut self, path: &str, key: &'static str) -> Response {
        self.visitor.done = Some(key.to_owned());
        self.to(path)
    }

    /// What the head of this page shall say was done, once.
    pub fn take_done(&mut self) -> Option<String> {
        self.visitor.done.take()
    }

    /// A page.
    pub fn page<V: View>(&self, view: &V) -> Result<Response, PageError> {
        self.draw(StatusCode::OK, view)
    }

    /// The same page again, which says what was wrong.
    pub fn again<V: View>(&self, view: &V) -> Result<Response, PageError> {
        self.draw(StatusCode::UNPROCESSABLE_ENTITY, view)
    }

    fn draw<V: View>(&self, status: StatusCode, view: &V) -> Result<Response, PageError> {
        let html = self.state.renderer.page_in(view, self.language(), self.base(), &self.frame())?;
        Ok(self.keep((status, Html(html)).into_response()))
    }

    fn keep(&self, mut response: Response) -> Response {
        let jar = PrivateCookieJar::new(key(&self.city));
        let value = serde_json::to_string(&self.visitor).unwrap_or_default();
        let mut cookie = Cookie::new(cookie_name(&self.city, self.secure), value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(self.secure);
        let with_cookie = jar.add(cookie).into_response();
        for value in with_cookie.headers().get_all(SET_COOKIE) {
            response.headers_mut().append(SET_COOKIE, value.clone());
        }
        response
    }
}

/// The browser as the proxies in front tell of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) address: IpAddr,
    pub(super) secure: bool,
}

/// Where a request came from. Only a trusted proxy's word about it counts.
pub(super) fn caller(parts: &Parts, state: &State) -> Caller {
    let peer = parts.extensions.get::<Peer>().map_or(IpAddr::from([127, 0, 0, 1]), |peer| peer.0);
    let tls = parts.extensions.get::<Secure>().is_some_and(|secure| secure.0);
    let trusted = state.trusted_proxies.iter().any(|proxy| proxy.contains(&peer));
    let said = |name: &str| parts.headers.get(name).filter(|_| trusted).and_then(|value| value.to_str().ok());
    let address = if trusted { told_address(&parts.headers, state).unwrap_or(peer) } else { peer };
    Caller { address, secure: tls || said("x-forwarded-proto") == Some("https") }
}

fn key(city: &Municipality) -> Key {
    Key::try_from(city.keys.cookie.as_slice()).unwrap_or_else(|_| Key::generate())
}

fn cookie_name(city: &Municipality, secure: bool) -> String {
    let plain = format!("citizen-{}", city.profile.slug);
    if secure { format!("__Host-{plain}") } else { plain }
}

fn visitor(headers: &HeaderMap, city: &Municipality, secure: bool, state: &State) -> Visitor {
    let jar = PrivateCookieJar::from_headers(headers, key(city));
    let kept =
        jar.get(&cookie_name(city, secure)).and_then(|cookie| serde_json::from_str(cookie.value()).ok());
    let fresh = || Visitor { browser: hex::encode(state.chance.bytes::<16>()), ..Visitor::default() };
    kept.unwrap_or_else(fresh)
}

/// The browser's address as the proxies tell it: the last one in all the lines that is no trusted proxy itself.
fn told_address(headers: &HeaderMap, state: &State) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let told: Vec<IpAddr> =
        lines.flat_map(|line| line.split(',')).filter_map(|one| one.trim().parse().ok()).collect();
    let ours = |address: &IpAddr| state.trusted_proxies.iter().any(|proxy| proxy.contains(address));
    told.iter().rev().find(|address| !ours(address)).or(told.first()).copied()
}
