//! What is known of a request before anybody is signed in.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, SameSite};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::context::Frame;
use crate::accounts::{Limits, Waiting};
use crate::base::Moment;
use crate::db::Actor;
use crate::municipalities::Municipality;
use crate::render::View;
use crate::web::{Fields, PageError, State};

/// The request at the door.
#[derive(Clone, Debug)]
pub struct Door {
    /// What every page can reach.
    pub state: State,
    /// The city.
    pub city: Arc<Municipality>,
    /// Address of the terminal.
    pub origin: String,
    /// Its network.
    pub network: String,
    /// Whether the browser came by https.
    pub secure: bool,
    /// Id of the request.
    pub request_id: String,
    /// The path that was asked for, below the city's.
    pub here: String,
    /// The text of the session in the cookie.
    pub token: Option<String>,
    /// Who has begun to sign in.
    pub waiting: Option<Waiting>,
}

/// A form of the sign-in, which this browser was given.
#[derive(Debug)]
pub(super) struct DoorPost {
    pub(super) door: Door,
    pub(super) fields: Fields,
}

impl FromRequestParts<State> for Door {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, PageError> {
        parts.extensions.get::<Self>().cloned().ok_or(PageError::NotFound)
    }
}

impl FromRequest<State> for DoorPost {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &State) -> Result<Self, PageError> {
        let door = request.extensions().get::<Door>().cloned().ok_or(PageError::NotFound)?;
        let fields = read_form(request, state).await?;
        door.check_csrf(&fields)?;
        Ok(Self { door, fields })
    }
}

/// The fields of a form.
pub(super) async fn read_form(request: Request, state: &State) -> Result<Fields, PageError> {
    let form = axum::extract::Form::<Vec<(String, String)>>::from_request(request, state).await;
    form.map(|form| Fields::new(form.0)).map_err(|_| PageError::Expired)
}

impl Door {
    /// The moment it is.
    pub fn now(&self) -> Moment {
        self.state.clock.now()
    }

    /// Who acts while nobody is signed in.
    pub const ACTOR: Actor = Actor::System { job: "sign_in" };

    /// The limits of the sign-in.
    pub fn limits(&self) -> Limits {
        let limits = &self.state.limits;
        Limits {
            failures: limits.sign_in_failures,
            wait: std::time::Duration::from_mins(u64::from(limits.sign_in_wait_minutes)),
            second_factor: self.state.second_factor,
        }
    }

    /// The token that each form of this session carries; before there is a session, the layer in front alone decides.
    pub fn csrf(&self) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.city.keys.digest) else {
            return String::new();
        };
        mac.update(b"staff-csrf\0");
        mac.update(self.token.as_deref().unwrap_or_default().as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    pub(super) fn check_csrf(&self, fields: &Fields) -> Result<(), PageError> {
        let right = self.csrf().into_bytes().ct_eq(fields.get("csrf").as_bytes());
        if bool::from(right) { Ok(()) } else { Err(PageError::Expired) }
    }

    /// The city's path, without a slash at the end.
    pub fn base(&self) -> String {
        format!("/{}", self.city.profile.slug)
    }

    /// An address of the console; `path` begins with a slash.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// Leads on.
    pub fn to(&self, path: &str) -> Response {
        Redirect::to(&self.path(path)).into_response()
    }

    /// A page without the console around it.
    pub(super) fn draw<V: View>(&self, status: StatusCode, view: &V) -> Result<Response, PageError> {
        let html = self.state.renderer.page_in(view, "ja", &self.base(), &Frame::bare(self))?;
        Ok((status, Html(html)).into_response())
    }

    /// Gives the browser a session's text, or takes it away.
    pub(super) fn keep(&self, mut response: Response, token: Option<&str>) -> Response {
        let mut cookie = Cookie::new(self.cookie_name(), token.unwrap_or_default().to_owned());
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(self.secure);
        if token.is_none() {
            cookie.make_removal();
        }
        if let Ok(value) = cookie.to_string().parse() {
            response.headers_mut().append(SET_COOKIE, value);
        }
        response
    }

    fn cookie_name(&self) -> String {
        cookie_name(&self.city, self.secure)
    }
}

fn cookie_name(city: &Municipality, secure: bool) -> String {
    let plain = format!("staff-{}", city.profile.slug);
    if secure { format!("__Host-{plain}") } else { plain }
}

/// The session's text in the cookie of this city.
pub(super) fn token(parts: &Parts, city: &Municipality, secure: bool) -> Option<String> {
    let wanted = cookie_name(city, secure);
    let lines = parts.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned()).next();
    found.filter(|text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()))
}
