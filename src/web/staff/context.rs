//! What a page of the console knows of its request: who, where, and what to draw around itself.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Serialize;

use super::door::{Door, read_form};
use super::flash::{Flash, Leave, Shown};
use super::nav::{self, NavGroup};
use crate::accounts::{Permission, Signed};
use crate::base::{Day, LocationId, Moment};
use crate::calendar::Location;
use crate::db::{Actor, Fault, Lane, ReadTx};
use crate::history::{self, Record};
use crate::mail::Silence;
use crate::municipalities::Municipality;
use crate::once;
use crate::render::View;
use crate::settings::Settings;
use crate::web::{Fields, PageError, State};

/// The context of one request of somebody who is signed in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StaffCtx {
    /// What every page can reach.
    pub state: State,
    /// The city.
    pub city: Arc<Municipality>,
    /// The city's settings.
    pub settings: Settings,
    /// Who it is and what they may do.
    pub signed: Arc<Signed>,
    /// The places that they may work for, in the city's order.
    pub locations: Arc<Vec<Location>>,
    /// Address of the terminal.
    pub origin: String,
    /// Id of the request.
    pub request_id: String,
    /// That the mail server has not answered for a while, for those who may see letters or who run the program.
    pub silence: Option<Arc<Silence>>,
    pub(super) door: Door,
}

/// A request that changes something: its context, and the fields of its form, which this session was given.
#[derive(Debug)]
pub struct StaffPost {
    /// The context.
    pub ctx: StaffCtx,
    /// The fields.
    pub fields: Fields,
}

impl FromRequestParts<State> for StaffCtx {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, PageError> {
        parts.extensions.get::<Self>().cloned().ok_or(PageError::NotFound)
    }
}

impl FromRequest<State> for StaffPost {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &State) -> Result<Self, PageError> {
        let ctx = request.extensions().get::<StaffCtx>().cloned().ok_or(PageError::NotFound)?;
        let fields = read_form(request, state).await?;
        ctx.check_csrf(&fields)?;
        Ok(Self { ctx, fields })
    }
}

impl StaffCtx {
    /// The moment it is.
    pub fn now(&self) -> Moment {
        self.state.clock.now()
    }

    /// The civil day in Japan.
    pub fn today(&self) -> Day {
        self.now().day()
    }

    /// Who acts.
    pub fn actor(&self) -> Actor {
        Actor::Staff { id: self.signed.id, name: self.signed.name.clone(), origin: self.origin.clone() }
    }

    /// Whether they have this permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.signed.may(permission)
    }

    /// Refuses who does not have this permission: for a part of a page that needs more than the page.
    pub fn must(&self, permission: Permission) -> Result<(), PageError> {
        if self.may(permission) { Ok(()) } else { Err(PageError::Forbidden(permission)) }
    }

    /// The place that they work for now: the chosen one, else the one that their console opens with, else the first.
    /// `None` while the city has no place at all, or none that they may work for.
    pub fn place(&self) -> Option<&Location> {
        let chosen = self.locations.iter().find(|location| Some(location.id) == self.signed.location);
        chosen.or_else(|| self.locations.first())
    }

    /// The place of this row, if they may work for it.
    pub fn place_of(&self, id: LocationId) -> Option<&Location> {
        self.locations.iter().find(|location| location.id == id)
    }

    /// Reads from the city's file.
    pub async fn read<T, E>(
        &self,
        job: impl FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.city.db.read(Lane::Staff, job).await
    }

    /// Notes that they looked at this record on the page of this name.
    pub async fn saw(&self, page: &'static str, record: Option<Record>) -> Result<(), Fault> {
        self.city.db.write(self.actor(), move |tx| history::saw(tx, page, record)).await
    }

    /// The city's path, without a slash at the end.
    pub fn base(&self) -> String {
        self.door.base()
    }

    /// An address of the console; `path` begins with a slash.
    pub fn path(&self, path: &str) -> String {
        self.door.path(path)
    }

    /// The token that each form of this session carries.
    pub fn csrf(&self) -> String {
        self.door.csrf()
    }

    /// Refuses a form that this session was not given. [`StaffPost`] has done it already.
    pub fn check_csrf(&self, fields: &Fields) -> Result<(), PageError> {
        self.door.check_csrf(fields)
    }

    /// Leads on after something was done.
    pub fn to(&self, path: &str) -> Response {
        Redirect::to(&self.path(path)).into_response()
    }

    /// Leads on, and lets the next page say something first.
    pub fn to_with(&self, path: &str, flash: Flash) -> Response {
        let mut response = self.to(path);
        response.extensions_mut().insert(Leave(flash));
        response
    }

    /// A page.
    pub fn page<V: View>(&self, view: &V) -> Result<Response, PageError> {
        self.draw(StatusCode::OK, view)
    }

    /// The same page again, which says what was wrong.
    pub fn again<V: View>(&self, view: &V) -> Result<Response, PageError> {
        self.draw(StatusCode::UNPROCESSABLE_ENTITY, view)
    }

    /// A page with another status.
    pub fn draw<V: View>(&self, status: StatusCode, view: &V) -> Result<Response, PageError> {
        let frame = Frame::of(self);
        let html = self.state.renderer.page_in(view, "ja", &self.base(), &frame)?;
        let mut response = (status, Html(html)).into_response();
        if frame.flash.is_some() {
            response.extensions_mut().insert(Shown);
        }
        Ok(response)
    }
}

/// What every page of the console shows around itself.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    city: String,
    csrf: String,
    once: String,
    here: String,
    demo: bool,
    comfy: bool,
    now: Moment,
    clock: String,
    user: Option<User>,
    place: Option<String>,
    places: Vec<Place>,
    nav: Vec<NavGroup>,
    /// Where a search goes, and where the manual is; `None` where there is none for this person.
    search: Option<&'static str>,
    help: Option<&'static str>,
    flash: Option<Flash>,
    silence: Option<Silence>,
    /// Whether they may see the letters that wait.
    sees_mail: bool,
}

#[derive(Clone, Debug, Serialize)]
struct User {
    name: String,
    role: String,
}

#[derive(Clone, Debug, Serialize)]
struct Place {
    id: LocationId,
    name: String,
    current: bool,
}

impl Frame {
    fn of(ctx: &StaffCtx) -> Self {
        let current = ctx.place().map(|place| place.id);
        let place =
            |one: &Location| Place { id: one.id, name: one.name.clone(), current: Some(one.id) == current };
        Self {
            user: Some(User { name: ctx.signed.name.clone(), role: ctx.signed.role_name.clone() }),
            comfy: ctx.signed.comfy,
            place: ctx.place().map(|place| place.name.clone()),
            places: ctx.locations.iter().map(place).collect(),
            nav: nav::groups(&ctx.signed, &ctx.door.here),
            search: Some("/cards").filter(|path| nav::leads(path) && ctx.may(Permission::SeeCards)),
            help: Some("/help").filter(|path| nav::leads(path)),
            flash: ctx.signed.flash.as_deref().and_then(Flash::read),
            silence: ctx.silence.as_deref().cloned(),
            sees_mail: ctx.may(Permission::SeeCards),
            ..Self::bare(&ctx.door)
        }
    }

    /// Around the pages of the sign-in, and around errors of strangers.
    pub(super) fn bare(door: &Door) -> Self {
        let now = door.now();
        let minute = now.minute().get();
        Self {
            city: door.city.profile.name.clone(),
            csrf: door.csrf(),
            once: once::draw(&door.state.chance),
            here: door.here.clone(),
            demo: door.state.demo,
            comfy: false,
            now,
            clock: format!("{}T{:02}:{:02}:00+09:00", now.day(), minute / 60, minute % 60),
            user: None,
            place: None,
            places: Vec::new(),
            nav: Vec::new(),
            search: None,
            help: None,
            flash: None,
            silence: None,
            sees_mail: false,
        }
    }

    #[cfg(test)]
    pub(super) fn samples() -> Vec<(&'static str, Self)> {
        let bare = Self {
            city: "見本市".to_owned(),
            csrf: "c".to_owned(),
            once: "o".to_owned(),
            here: "/cards".to_owned(),
            demo: false,
            comfy: false,
            now: Moment::from_millis(1_775_980_800_000),
            clock: "2026-04-13T09:42:00+09:00".to_owned(),
            user: None,
            place: None,
            places: Vec::new(),
            nav: Vec::new(),
            search: None,
            help: None,
            flash: None,
            silence: None,
            sees_mail: false,
        };
        let clerk = Self {
            demo: true,
            comfy: true,
            user: Some(User { name: "山田 花子".to_owned(), role: "窓口".to_owned() }),
            place: Some("本庁舎".to_owned()),
            places: vec![Place { id: LocationId::of(1), name: "本庁舎".to_owned(), current: true }],
            nav: nav::sample(),
            search: Some("/cards"),
            help: Some("/help"),
            sees_mail: true,
            silence: Some(Silence {
                since: Moment::from_millis(1_775_980_800_000),
                waiting: 3,
                said: "Connection refused".to_owned(),
            }),
            flash: Some(Flash::done("保存しました。").with_act("/x", "元に戻す", &[("a", "b")])),
            ..bare.clone()
        };
        vec![("a stranger", bare), ("a clerk", clerk)]
    }
}
