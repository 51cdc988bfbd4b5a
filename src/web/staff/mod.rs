//! What staff see: the console of a city, below `/{slug}/`.
//!
//! **Invariant:** every page stands in [`ROUTES`] with what it needs; nothing is reached past that table.
//! **Invariant:** what somebody may not do is not drawn, and the server refuses it all the same.
//!
//! Spec: 7(2)②.

mod alike;
mod bookings;
mod bulk;
mod calendar;
mod card;
mod cards;
mod closure;
mod code;
mod context;
mod days;
mod door;
mod effect;
mod errors;
mod first_password;
mod flash;
mod home;
mod hours;
mod imports;
mod letters;
mod lists;
mod locations;
mod login;
mod many;
mod me;
mod nav;
mod no_shows;
mod outbox;
mod parts;
mod people;
mod procedures;
mod pull;
mod roles;
mod seats;
mod secret;
mod settings;
mod shell;
mod sight;
mod statistics;
mod status;
mod storage;
mod today;
mod transfers;
mod waiting;
mod watch;
mod whereabouts;
mod windows;
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

/// A page that shows something.
const fn shows(path: &'static str, needs: Need, page: fn() -> MethodRouter<State>) -> Route {
    Route { method: Method::GET, path, needs, page }
}

/// A form that changes something.
const fn does(path: &'static str, needs: Need, page: fn() -> MethodRouter<State>) -> Route {
    Route { method: Method::POST, path, needs, page }
}

/// The whole console, a line a page.
pub static ROUTES: &[Route] = {
    use Need::{Nobody, SignedIn};
    const COUNTER: Need = Need::Permission(Permission::ServeCounter);
    const MANAGE: Need = Need::Permission(Permission::ManageStaff);
    const CARDS: Need = Need::Permission(Permission::SeeCards);
    const MANY: Need = Need::Permission(Permission::BulkStatus);
    const APPROVE: Need = Need::Permission(Permission::ApproveDisposal);
    const MOVE: Need = Need::Permission(Permission::MoveCards);
    const STATUS: Need = Need::Permission(Permission::SetStatus);
    const BOOK: Need = Need::Permission(Permission::Book);
    const IMPORT: Need = Need::Permission(Permission::Import);
    const CALENDAR: Need = Need::Permission(Permission::EditCalendar);
    const SETTINGS: Need = Need::Permission(Permission::Settings);
    const OPERATE: Need = Need::Permission(Permission::Maintenance);
    &[
        shows("/login", Nobody, || get(login::show)),
        does("/login", Nobody, || post(login::enter)),
        shows("/login/code", Nobody, || get(code::show)),
        does("/login/code", Nobody, || post(code::enter)),
        shows("/login/code.svg", Nobody, || get(code::picture)),
        shows("/login/password", Nobody, || get(first_password::show)),
        does("/login/password", Nobody, || post(first_password::choose)),
        does("/logout", Nobody, || post(login::leave)),
        shows("/", SignedIn, || get(home::show)),
        does("/", COUNTER, || post(today::scan)),
        does("/bookings/{id}/check-in", COUNTER, || post(today::check_in)),
        shows("/bookings/{id}/issue", COUNTER, || get(today::choose)),
        does("/bookings/{id}/issue", COUNTER, || post(today::issue)),
        shows("/bookings/{id}/incomplete", COUNTER, || get(today::lacking)),
        does("/bookings/{id}/incomplete", COUNTER, || post(today::note_lacking)),
        does("/bookings/{id}/no-show", COUNTER, || post(today::no_show)),
        does("/bookings/{id}/undo", COUNTER, || post(today::undo)),
        does("/bookings/{id}/today", COUNTER, || post(today::today)),
        does("/bookings/many", COUNTER, || post(today::many)),
        does("/cards/{id}/walk-in", COUNTER, || post(today::walk_in)),
        shows("/cards/watch", STATUS, || get(watch::show)),
        does("/cards/watch", STATUS, || post(watch::act)),
        shows("/cards/many", MANY, || get(many::show)),
        does("/cards/many", MANY, || post(many::ask)),
        shows("/cards/many/{batch}", CARDS, || get(many::show_batch)),
        does("/cards/many/{batch}", MANY, || post(many::check)),
        does("/cards/many/{batch}/apply", MANY, || post(many::apply)),
        does("/cards/many/{batch}/continue", MANY, || post(many::go_on)),
        shows("/cards/many/{batch}/undo", MANY, || get(many::ask_undo)),
        does("/cards/many/{batch}/undo", MANY, || post(many::undo)),
        does("/cards/many/{batch}/approve", APPROVE, || post(many::approve)),
        does("/cards/many/{batch}/refuse", STATUS, || post(many::refuse)),
        shows("/cards", CARDS, || get(cards::show)),
        does("/cards", CARDS, || post(cards::ask)),
        does("/cards/csv", Need::Permission(Permission::Export), || post(cards::file)),
        shows("/cards/{id}", CARDS, || get(card::show)),
        does("/cards/{id}/remark", Need::Permission(Permission::Remark), || post(card::remark)),
        shows("/cards/{id}/status", STATUS, || get(card::ask_status)),
        does("/cards/{id}/status", STATUS, || post(card::status)),
        shows("/cards/{id}/storage", STATUS, || get(card::ask_storage)),
        does("/cards/{id}/storage", STATUS, || post(card::storage)),
        shows("/cards/{id}/namesake", STATUS, || get(card::ask_namesake)),
        does("/cards/{id}/namesake", STATUS, || post(card::namesake)),
        shows("/cards/{id}/email", BOOK, || get(card::ask_email)),
        does("/cards/{id}/email", BOOK, || post(card::email)),
        shows("/cards/{id}/hand-over", COUNTER, || get(card::ask_hand_over)),
        does("/cards/{id}/hand-over", COUNTER, || post(card::hand_over)),
        shows("/cards/{id}/undo", COUNTER, || get(card::ask_undo)),
        does("/cards/{id}/undo", COUNTER, || post(card::undo)),
        shows("/pull", MOVE, || get(pull::show)),
        does("/pull", MOVE, || post(pull::mark)),
        does("/pull/scan", MOVE, || post(pull::scan)),
        shows("/statistics", Need::Permission(Permission::Statistics), || get(statistics::show)),
        does("/statistics/file", Need::Permission(Permission::Export), || post(statistics::file)),
        shows("/statistics/applications", Need::Permission(Permission::Statistics), || {
            get(statistics::applications)
        }),
        does("/statistics/applications", Need::Permission(Permission::Statistics), || post(statistics::tell)),
        shows("/lists", Need::Permission(Permission::Export), || get(lists::index)),
        shows("/lists/{list}", Need::Permission(Permission::Export), || get(lists::show)),
        does("/lists/{list}/file", Need::Permission(Permission::Export), || post(lists::file)),
        does("/lists/saved", Need::Permission(Permission::Export), || post(lists::save)),
        does("/lists/saved/{id}/delete", Need::Permission(Permission::Export), || post(lists::forget)),
        shows("/lists/labels", Need::Permission(Permission::Export), || get(lists::labels)),
        does("/lists/labels", Need::Permission(Permission::Export), || {
            lists::labels_roomy(post(lists::labels_receive))
        }),
        shows("/lists/labels/{id}", Need::Permission(Permission::Export), || get(lists::labels_check)),
        does("/lists/labels/{id}/print", Need::Permission(Permission::Export), || post(lists::labels_file)),
        does("/lists/labels/{id}/drop", Need::Permission(Permission::Export), || post(lists::labels_drop)),
        shows("/transfers", MOVE, || get(transfers::show)),
        does("/transfers", MOVE, || post(transfers::step)),
        does("/transfers/scan", MOVE, || post(transfers::scan)),
        shows("/transfers/routes", Need::Permission(Permission::Settings), || get(transfers::routes)),
        does("/transfers/routes", Need::Permission(Permission::Settings), || post(transfers::set_routes)),
        shows("/storage", MOVE, || get(storage::list)),
        shows("/storage/labels", MOVE, || get(storage::labels)),
        shows("/storage/move", MOVE, || get(storage::moving)),
        does("/storage/move", MOVE, || post(storage::scan)),
        does("/storage/move/undo", MOVE, || post(storage::undo)),
        shows("/storage/hand-over", MOVE, || get(storage::hand_overs)),
        does("/storage/hand-over", MOVE, || post(storage::hand_over)),
        shows("/storage/stocktakes", MOVE, || get(storage::stocktakes)),
        does("/storage/stocktakes", MOVE, || post(storage::start_stocktake)),
        shows("/storage/stocktakes/{id}", MOVE, || get(storage::stocktake)),
        does("/storage/stocktakes/{id}", MOVE, || post(storage::count)),
        does("/storage/stocktakes/{id}/here", MOVE, || post(storage::here)),
        does("/storage/stocktakes/{id}/finish", MOVE, || post(storage::finish)),
        does("/storage/stocktakes/{id}/abandon", MOVE, || post(storage::abandon)),
        does("/storage/stocktakes/{id}/missing", STATUS, || post(storage::lost)),
        shows("/storage/stocktakes/{id}/report.csv", MOVE, || get(storage::report_csv)),
        shows("/storage/missing", MOVE, || get(storage::missing_list)),
        shows("/storage/missing/{id}", MOVE, || get(storage::missing_card)),
        does("/storage/missing/{id}/step", MOVE, || post(storage::add_step)),
        does("/storage/missing/{id}/found", STATUS, || post(storage::found)),
        does("/storage/missing/{id}/close", STATUS, || post(storage::close)),
        shows("/storage/rules", SETTINGS, || get(storage::rules)),
        does("/storage/rules", SETTINGS, || post(storage::add_rule)),
        does("/storage/rules/{id}", SETTINGS, || post(storage::rule)),
        shows("/storage/new", SETTINGS, || get(storage::ask_new_place)),
        does("/storage/new", SETTINGS, || post(storage::add_place)),
        shows("/storage/boxes/{id}", SETTINGS, || get(storage::ask_box)),
        does("/storage/boxes/{id}", SETTINGS, || post(storage::edit_box)),
        shows("/storage/{id}", MOVE, || get(storage::place)),
        does("/storage/{id}/move", MOVE, || post(storage::move_many)),
        shows("/storage/{id}/edit", SETTINGS, || get(storage::ask_place)),
        does("/storage/{id}/edit", SETTINGS, || post(storage::edit_place)),
        shows("/storage/{id}/boxes", SETTINGS, || get(storage::ask_new_box)),
        does("/storage/{id}/boxes", SETTINGS, || post(storage::add_box)),
        shows("/imports", IMPORT, || get(imports::show)),
        does("/imports", IMPORT, || imports::roomy(post(imports::receive))),
        shows("/imports/{id}", IMPORT, || get(imports::result)),
        shows("/imports/check/{id}", IMPORT, || get(imports::check)),
        does("/imports/check/{id}", IMPORT, || post(imports::apply)),
        shows("/imports/check/{id}/errors.csv", IMPORT, || get(imports::check_errors)),
        shows("/imports/check/{id}/format", IMPORT, || get(imports::format)),
        does("/imports/check/{id}/format", IMPORT, || post(imports::read_again)),
        shows("/imports/profiles", IMPORT, || get(imports::profiles)),
        does("/imports/profiles", IMPORT, || post(imports::bring_profile)),
        shows("/imports/profiles/{id}/profile.toml", IMPORT, || get(imports::export_profile)),
        shows("/imports/{id}/errors.csv", IMPORT, || get(imports::errors)),
        shows("/imports/{id}/undo", IMPORT, || get(imports::ask_undo)),
        does("/imports/{id}/undo", IMPORT, || post(imports::undo)),
        shows("/calendar", BOOK, || get(calendar::show)),
        shows("/calendar/waiting", BOOK, || get(waiting::show)),
        does("/calendar/waiting/{id}", BOOK, || post(waiting::act)),
        shows("/bookings", BOOK, || get(bookings::list)),
        shows("/bookings/new", BOOK, || get(bookings::new_show)),
        does("/bookings/new", BOOK, || post(bookings::new_act)),
        shows("/bookings/{id}", BOOK, || get(bookings::show)),
        does("/bookings/{id}/members", BOOK, || post(bookings::join)),
        does("/bookings/{id}/mail", BOOK, || post(bookings::mail_again)),
        shows("/bookings/{id}/change", BOOK, || get(bookings::change_ask)),
        does("/bookings/{id}/change", BOOK, || post(bookings::change)),
        shows("/bookings/{id}/cancel", BOOK, || get(bookings::cancel_ask)),
        does("/bookings/{id}/cancel", BOOK, || post(bookings::cancel)),
        shows("/mail", CARDS, || get(outbox::show)),
        does("/mail/find", CARDS, || post(outbox::find)),
        does("/mail/act", Need::Permission(Permission::Mail), || post(outbox::act)),
        shows("/mail/failures", CARDS, || get(outbox::failures)),
        shows("/mail/failures/{id}", CARDS, || get(outbox::failure)),
        does("/mail/failures/{id}", Need::Permission(Permission::Mail), || post(outbox::lift)),
        shows("/mail/refusals", Need::Permission(Permission::Mail), || get(outbox::refusals)),
        does("/mail/refusals", Need::Permission(Permission::Mail), || post(outbox::refuse)),
        shows("/mail/refusals/{id}", Need::Permission(Permission::Mail), || get(outbox::refusal)),
        does("/mail/refusals/{id}", Need::Permission(Permission::Mail), || post(outbox::accept)),
        shows("/mail/{id}", CARDS, || get(outbox::letter)),
        shows("/mail/templates", Need::Permission(Permission::Mail), || get(letters::index)),
        shows("/mail/templates/{letter}", Need::Permission(Permission::Mail), || get(letters::show)),
        does("/mail/templates/{letter}", Need::Permission(Permission::Mail), || post(letters::act)),
        shows("/mail/bulk", Need::Permission(Permission::Mail), || get(bulk::show)),
        shows("/mail/bulk/new", Need::Permission(Permission::Mail), || get(bulk::ask)),
        does("/mail/bulk/new", Need::Permission(Permission::Mail), || post(bulk::begin)),
        shows("/mail/bulk/{id}", Need::Permission(Permission::Mail), || get(bulk::one)),
        does("/mail/bulk/{id}", Need::Permission(Permission::Mail), || post(bulk::act)),
        shows("/mail/bulk/{id}/people", Need::Permission(Permission::Mail), || get(bulk::people)),
        does("/mail/bulk/{id}/rest", Need::Permission(Permission::Export), || post(bulk::rest)),
        shows("/no-shows", Need::Permission(Permission::NoShows), || get(no_shows::show)),
        does("/no-shows", Need::Permission(Permission::NoShows), || post(no_shows::act)),
        shows("/locations", CALENDAR, || get(locations::list)),
        does("/locations", CALENDAR, || post(locations::add)),
        shows("/locations/new", CALENDAR, || get(locations::new)),
        shows("/locations/{id}", CALENDAR, || get(locations::show)),
        does("/locations/{id}", CALENDAR, || post(locations::change)),
        does("/locations/{id}/move", CALENDAR, || post(locations::shift)),
        does("/locations/{id}/retire", CALENDAR, || post(locations::retire)),
        shows("/hours", CALENDAR, || get(hours::show)),
        does("/hours", CALENDAR, || post(hours::save)),
        shows("/hours/patterns/new", CALENDAR, || get(hours::new)),
        does("/hours/patterns", CALENDAR, || post(hours::save_pattern)),
        shows("/hours/patterns/{id}", CALENDAR, || get(hours::pattern)),
        does("/hours/patterns/{id}/delete", CALENDAR, || post(hours::drop)),
        shows("/hours/week/{id}", CALENDAR, || get(hours::week)),
        does("/hours/week/{id}", CALENDAR, || post(hours::save_week)),
        does("/hours/yearly", CALENDAR, || post(hours::yearly)),
        does("/hours/undo", CALENDAR, || post(effect::undo)),
        shows("/days", CALENDAR, || get(days::show)),
        does("/days", CALENDAR, || post(days::save)),
        shows("/days/copy", CALENDAR, || get(days::copy)),
        does("/days/copy", CALENDAR, || post(days::copy_act)),
        shows("/days/holidays", CALENDAR, || get(days::holidays)),
        does("/days/holidays", CALENDAR, || post(days::holidays_save)),
        does("/days/holidays/file", CALENDAR, || post(days::holidays_file)),
        shows("/days/cases", CALENDAR, || get(effect::cases_all)),
        does("/days/cases", CALENDAR, || post(effect::called)),
        shows("/days/closure", CALENDAR, || get(closure::show)),
        does("/days/closure", CALENDAR, || post(closure::save)),
        shows("/days/closure/{id}", CALENDAR, || get(closure::one)),
        does("/days/closure/{id}", CALENDAR, || post(closure::act)),
        shows("/days/cases/{id}", CALENDAR, || get(effect::cases)),
        shows("/windows", CALENDAR, || get(windows::show)),
        does("/windows", CALENDAR, || post(windows::save)),
        shows("/status", OPERATE, || get(status::show)),
        shows("/status/restored", OPERATE, || get(status::ask_release)),
        does("/status/restored", OPERATE, || post(status::release)),
        shows("/staff", MANAGE, || get(people::list)),
        does("/staff", MANAGE, || post(people::add)),
        shows("/staff/new", MANAGE, || get(people::ask_new)),
        shows("/staff/sign-ins", MANAGE, || get(people::sign_ins)),
        shows("/staff/{id}", MANAGE, || get(people::show)),
        does("/staff/{id}", MANAGE, || post(people::change)),
        shows("/staff/{id}/reset", MANAGE, || get(people::ask_reset)),
        does("/staff/{id}/reset", MANAGE, || post(people::reset)),
        does("/staff/{id}/disable", MANAGE, || post(people::disable)),
        does("/staff/{id}/enable", MANAGE, || post(people::enable)),
        does("/staff/{id}/unlock", MANAGE, || post(people::unlock)),
        does("/staff/{id}/sign-out", MANAGE, || post(people::force_out)),
        shows("/roles", MANAGE, || get(roles::show)),
        does("/roles", MANAGE, || post(roles::save)),
        shows("/windows/seats", CALENDAR, || get(seats::show)),
        does("/windows/seats", CALENDAR, || post(seats::act)),
        shows("/procedures", SETTINGS, || get(procedures::list)),
        does("/procedures", SETTINGS, || post(procedures::add)),
        shows("/procedures/{code}", SETTINGS, || get(procedures::show)),
        does("/procedures/{code}", SETTINGS, || post(procedures::save)),
        shows("/settings", SETTINGS, || get(settings::index)),
        shows("/settings/{group}", SETTINGS, || get(settings::show)),
        does("/settings/{group}", SETTINGS, || post(settings::save)),
        does("/place", SignedIn, || post(me::place)),
        shows("/me", SignedIn, || get(me::show)),
        does("/me/password", SignedIn, || post(me::password)),
        does("/me/second-factor", SignedIn, || post(me::second_factor)),
        does("/me/density", SignedIn, || post(me::density)),
        does("/me/home", SignedIn, || post(me::home)),
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
mod tests;
