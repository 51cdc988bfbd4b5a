//! What staff see: the console of a city, below `/{slug}/`.
//!
//! **Invariant:** every page stands in [`ROUTES`] with what it needs; nothing is reached past that table.
//! **Invariant:** what somebody may not do is not drawn, and the server refuses it all the same.
//!
//! Spec: 7(2)②.

mod bookings;
mod calendar;
mod card;
mod cards;
mod code;
mod context;
mod door;
mod errors;
mod first_password;
mod flash;
mod home;
mod imports;
mod login;
mod many;
mod me;
mod nav;
mod parts;
mod people;
mod roles;
mod secret;
mod shell;
mod sight;
mod today;
mod wording;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use tower_http::csrf::CsrfLayer;

pub use context::{StaffCtx, StaffPost};
pub use flash::Flash;
pub use imports::Uploads;

use super::{STAFF_CSP, State, asset_routes, go_in, layered, log};
use crate::accounts::Permission;
use crate::config::LimitsConfig;

/// What a page asks of who wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the pages of the sign-in.
    Nobody,
    /// To be signed in.
    SignedIn,
    /// A permission.
    Permission(Permission),
}

/// One page of the console.
#[derive(Clone, Debug)]
pub struct Route {
    /// GET shows, POST changes.
    pub method: Method,
    /// Below the city's path.
    pub path: &'static str,
    /// What it asks.
    pub needs: Need,
    /// Its handler.
    pub page: fn() -> MethodRouter<State>,
}

/// The whole console, a line a page.
pub static ROUTES: &[Route] = {
    use Need::{Nobody, SignedIn};
    const COUNTER: Need = Need::Permission(Permission::ServeCounter);
    const MANAGE: Need = Need::Permission(Permission::ManageStaff);
    const CARDS: Need = Need::Permission(Permission::SeeCards);
    const MANY: Need = Need::Permission(Permission::BulkStatus);
    const STATUS: Need = Need::Permission(Permission::SetStatus);
    const BOOK: Need = Need::Permission(Permission::Book);
    const IMPORT: Need = Need::Permission(Permission::Import);
    &[
        Route { method: Method::GET, path: "/login", needs: Nobody, page: || get(login::show) },
        Route { method: Method::POST, path: "/login", needs: Nobody, page: || post(login::enter) },
        Route { method: Method::GET, path: "/login/code", needs: Nobody, page: || get(code::show) },
        Route { method: Method::POST, path: "/login/code", needs: Nobody, page: || post(code::enter) },
        Route { method: Method::GET, path: "/login/code.svg", needs: Nobody, page: || get(code::picture) },
        Route {
            method: Method::GET,
            path: "/login/password",
            needs: Nobody,
            page: || get(first_password::show),
        },
        Route {
            method: Method::POST,
            path: "/login/password",
            needs: Nobody,
            page: || post(first_password::choose),
        },
        Route { method: Method::POST, path: "/logout", needs: Nobody, page: || post(login::leave) },
        Route { method: Method::GET, path: "/", needs: SignedIn, page: || get(home::show) },
        Route { method: Method::POST, path: "/", needs: COUNTER, page: || post(today::scan) },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/check-in",
            needs: COUNTER,
            page: || post(today::check_in),
        },
        Route {
            method: Method::GET,
            path: "/bookings/{id}/issue",
            needs: COUNTER,
            page: || get(today::choose),
        },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/issue",
            needs: COUNTER,
            page: || post(today::issue),
        },
        Route {
            method: Method::GET,
            path: "/bookings/{id}/incomplete",
            needs: COUNTER,
            page: || get(today::lacking),
        },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/incomplete",
            needs: COUNTER,
            page: || post(today::note_lacking),
        },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/no-show",
            needs: COUNTER,
            page: || post(today::no_show),
        },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/undo",
            needs: COUNTER,
            page: || post(today::undo),
        },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/today",
            needs: COUNTER,
            page: || post(today::today),
        },
        Route { method: Method::POST, path: "/bookings/many", needs: COUNTER, page: || post(today::many) },
        Route {
            method: Method::POST,
            path: "/cards/{id}/walk-in",
            needs: COUNTER,
            page: || post(today::walk_in),
        },
        Route { method: Method::GET, path: "/cards/many", needs: MANY, page: || get(many::show) },
        Route { method: Method::POST, path: "/cards/many", needs: MANY, page: || post(many::check) },
        Route { method: Method::POST, path: "/cards/many/apply", needs: MANY, page: || post(many::apply) },
        Route { method: Method::GET, path: "/cards", needs: CARDS, page: || get(cards::show) },
        Route { method: Method::POST, path: "/cards", needs: CARDS, page: || post(cards::ask) },
        Route { method: Method::GET, path: "/cards/{id}", needs: CARDS, page: || get(card::show) },
        Route {
            method: Method::POST,
            path: "/cards/{id}/remark",
            needs: Need::Permission(Permission::Remark),
            page: || post(card::remark),
        },
        Route {
            method: Method::GET,
            path: "/cards/{id}/status",
            needs: STATUS,
            page: || get(card::ask_status),
        },
        Route {
            method: Method::POST,
            path: "/cards/{id}/status",
            needs: STATUS,
            page: || post(card::status),
        },
        Route {
            method: Method::GET,
            path: "/cards/{id}/storage",
            needs: STATUS,
            page: || get(card::ask_storage),
        },
        Route {
            method: Method::POST,
            path: "/cards/{id}/storage",
            needs: STATUS,
            page: || post(card::storage),
        },
        Route {
            method: Method::GET,
            path: "/cards/{id}/namesake",
            needs: STATUS,
            page: || get(card::ask_namesake),
        },
        Route {
            method: Method::POST,
            path: "/cards/{id}/namesake",
            needs: STATUS,
            page: || post(card::namesake),
        },
        Route { method: Method::GET, path: "/cards/{id}/email", needs: BOOK, page: || get(card::ask_email) },
        Route { method: Method::POST, path: "/cards/{id}/email", needs: BOOK, page: || post(card::email) },
        Route {
            method: Method::GET,
            path: "/cards/{id}/hand-over",
            needs: COUNTER,
            page: || get(card::ask_hand_over),
        },
        Route {
            method: Method::POST,
            path: "/cards/{id}/hand-over",
            needs: COUNTER,
            page: || post(card::hand_over),
        },
        Route { method: Method::GET, path: "/cards/{id}/undo", needs: COUNTER, page: || get(card::ask_undo) },
        Route { method: Method::POST, path: "/cards/{id}/undo", needs: COUNTER, page: || post(card::undo) },
        Route { method: Method::GET, path: "/imports", needs: IMPORT, page: || get(imports::show) },
        Route {
            method: Method::POST,
            path: "/imports",
            needs: IMPORT,
            page: || imports::roomy(post(imports::receive)),
        },
        Route { method: Method::GET, path: "/imports/{id}", needs: IMPORT, page: || get(imports::result) },
        Route {
            method: Method::GET,
            path: "/imports/check/{id}",
            needs: IMPORT,
            page: || get(imports::check),
        },
        Route {
            method: Method::POST,
            path: "/imports/check/{id}",
            needs: IMPORT,
            page: || post(imports::apply),
        },
        Route {
            method: Method::GET,
            path: "/imports/check/{id}/errors.csv",
            needs: IMPORT,
            page: || get(imports::errors),
        },
        Route { method: Method::GET, path: "/calendar", needs: BOOK, page: || get(calendar::show) },
        Route { method: Method::GET, path: "/bookings", needs: BOOK, page: || get(bookings::list) },
        Route { method: Method::GET, path: "/bookings/new", needs: BOOK, page: || get(bookings::new_show) },
        Route { method: Method::POST, path: "/bookings/new", needs: BOOK, page: || post(bookings::new_act) },
        Route { method: Method::GET, path: "/bookings/{id}", needs: BOOK, page: || get(bookings::show) },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/members",
            needs: BOOK,
            page: || post(bookings::join),
        },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/mail",
            needs: BOOK,
            page: || post(bookings::mail_again),
        },
        Route {
            method: Method::GET,
            path: "/bookings/{id}/change",
            needs: BOOK,
            page: || get(bookings::change_ask),
        },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/change",
            needs: BOOK,
            page: || post(bookings::change),
        },
        Route {
            method: Method::GET,
            path: "/bookings/{id}/cancel",
            needs: BOOK,
            page: || get(bookings::cancel_ask),
        },
        Route {
            method: Method::POST,
            path: "/bookings/{id}/cancel",
            needs: BOOK,
            page: || post(bookings::cancel),
        },
        Route { method: Method::GET, path: "/staff", needs: MANAGE, page: || get(people::list) },
        Route { method: Method::POST, path: "/staff", needs: MANAGE, page: || post(people::add) },
        Route { method: Method::GET, path: "/staff/new", needs: MANAGE, page: || get(people::ask_new) },
        Route { method: Method::GET, path: "/staff/sign-ins", needs: MANAGE, page: || get(people::sign_ins) },
        Route { method: Method::GET, path: "/staff/{id}", needs: MANAGE, page: || get(people::show) },
        Route { method: Method::POST, path: "/staff/{id}", needs: MANAGE, page: || post(people::change) },
        Route {
            method: Method::GET,
            path: "/staff/{id}/reset",
            needs: MANAGE,
            page: || get(people::ask_reset),
        },
        Route {
            method: Method::POST,
            path: "/staff/{id}/reset",
            needs: MANAGE,
            page: || post(people::reset),
        },
        Route {
            method: Method::POST,
            path: "/staff/{id}/disable",
            needs: MANAGE,
            page: || post(people::disable),
        },
        Route {
            method: Method::POST,
            path: "/staff/{id}/enable",
            needs: MANAGE,
            page: || post(people::enable),
        },
        Route {
            method: Method::POST,
            path: "/staff/{id}/unlock",
            needs: MANAGE,
            page: || post(people::unlock),
        },
        Route {
            method: Method::POST,
            path: "/staff/{id}/sign-out",
            needs: MANAGE,
            page: || post(people::force_out),
        },
        Route { method: Method::GET, path: "/roles", needs: MANAGE, page: || get(roles::show) },
        Route { method: Method::POST, path: "/roles", needs: MANAGE, page: || post(roles::save) },
        Route { method: Method::POST, path: "/place", needs: SignedIn, page: || post(me::place) },
        Route { method: Method::GET, path: "/me", needs: SignedIn, page: || get(me::show) },
        Route { method: Method::POST, path: "/me/password", needs: SignedIn, page: || post(me::password) },
        Route {
            method: Method::POST,
            path: "/me/second-factor",
            needs: SignedIn,
            page: || post(me::second_factor),
        },
        Route { method: Method::POST, path: "/me/density", needs: SignedIn, page: || post(me::density) },
        Route { method: Method::POST, path: "/me/home", needs: SignedIn, page: || post(me::home) },
    ]
};

/// The staff listener: every city's console, each below `/{slug}`.
pub fn router(state: &State) -> Router {
    let pages = log::marked(pages(state));
    let most = state.limits.body_bytes;
    let limits = LimitsConfig { body_bytes: most.max(imports::ROOM), ..state.limits.clone() };
    let entry = Router::new()
        .fallback(move |Shared(state): Shared<State>, request: Request| {
            let pages = pages.clone();
            async move { enter(state, pages, request).await }
        })
        .with_state(state.clone())
        .layer(DefaultBodyLimit::max(most))
        .layer(from_fn(move |request, next| imports::narrow(most, request, next)));
    layered(asset_routes().merge(entry).layer(CsrfLayer::new()), &limits, STAFF_CSP, "staff")
}

fn pages(state: &State) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let needs = route.needs;
        let guarded =
            (route.page)().route_layer(from_fn(move |request, next| shell::guard(needs, request, next)));
        router = router.route(route.path, guarded);
    }
    router
        .fallback(errors::not_found)
        .method_not_allowed_fallback(errors::not_found)
        .layer(from_fn_with_state(state.clone(), shell::around))
        .with_state(state.clone())
}

async fn enter(state: State, pages: Router, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Some((profile, rest)) = state.registry.console_at(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    go_in(&state, profile, rest, pages, request).await
}

#[cfg(test)]
mod tests {
    use super::context::Frame;
    use crate::render::{Renderer, View};

    fn draw<V: View>(renderer: &Renderer) {
        for (name, view) in V::samples() {
            for (who, frame) in Frame::samples() {
                let html = renderer
                    .page_in(&view, "ja", "/mihon", &frame)
                    .unwrap_or_else(|error| panic!("{name} for {who}: {error}"));
                assert_eq!(html.matches("<h1").count(), 1, "{name} has one h1");
                assert!(!html.contains(" style="), "{name}: the content policy forbids styles in place");
                assert!(!html.contains("<script>"), "{name}: the content policy forbids scripts in place");
            }
        }
    }

    #[test]
    fn every_staff_page_draws_strictly_in_every_state() {
        let renderer = Renderer::load().unwrap();
        draw::<super::card::Address>(&renderer);
        draw::<super::card::CardPage>(&renderer);
        draw::<super::card::Conflict>(&renderer);
        draw::<super::card::HandOver>(&renderer);
        draw::<super::card::Namesake>(&renderer);
        draw::<super::card::Place>(&renderer);
        draw::<super::card::Status>(&renderer);
        draw::<super::card::Undo>(&renderer);
        draw::<super::cards::Cards>(&renderer);
        draw::<super::bookings::Bookings>(&renderer);
        draw::<super::bookings::Cancel>(&renderer);
        draw::<super::bookings::Change>(&renderer);
        draw::<super::bookings::New>(&renderer);
        draw::<super::bookings::Shown>(&renderer);
        draw::<super::calendar::Month>(&renderer);
        draw::<super::calendar::All>(&renderer);
        draw::<super::calendar::Matrix>(&renderer);
        draw::<super::calendar::PlaceDay>(&renderer);
        draw::<super::calendar::NoPlace>(&renderer);
        draw::<super::code::Code>(&renderer);
        draw::<super::errors::Trouble>(&renderer);
        draw::<super::first_password::FirstPassword>(&renderer);
        draw::<super::home::Nothing>(&renderer);
        draw::<super::imports::Check>(&renderer);
        draw::<super::imports::List>(&renderer);
        draw::<super::imports::Outcome>(&renderer);
        draw::<super::login::Login>(&renderer);
        draw::<super::me::Me>(&renderer);
        draw::<super::people::list::List>(&renderer);
        draw::<super::people::form::Person>(&renderer);
        draw::<super::people::acts::Reset>(&renderer);
        draw::<super::people::list::SignIns>(&renderer);
        draw::<super::roles::Roles>(&renderer);
        draw::<super::many::Many>(&renderer);
        draw::<super::many::Checked>(&renderer);
        draw::<super::today::Board>(&renderer);
        draw::<super::today::NoPlace>(&renderer);
        draw::<super::today::Choose>(&renderer);
        draw::<super::today::Lacking>(&renderer);
        draw::<super::today::Why>(&renderer);
    }
}
