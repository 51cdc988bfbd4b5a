//! What citizens see: no script, old engines, never a count.

mod bare;
mod booking;
mod calendar;
mod cancel;
mod change;
mod code;
mod confirm;
mod done;
mod email;
mod errors;
mod family;
mod link;
mod location;
mod my;
mod my_family;
mod news;
mod notice;
mod parts;
mod person;
mod precautions;
mod start;
mod statics;
mod wait;

use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::csrf::CsrfLayer;

use super::{CITIZEN_CSP, State, asset_routes, go_in, layered, log};

/// The citizen listener: every city's pages, each below its own host and path.
pub fn router(state: &State) -> Router {
    let pages = log::marked(pages(state));
    let limits = state.limits.clone();
    let entry = Router::new()
        .fallback(move |Shared(state): Shared<State>, request: Request| {
            let pages = pages.clone();
            async move { enter(state, pages, request).await }
        })
        .with_state(state.clone());
    let dressed = axum::middleware::map_response_with_state(state.clone(), bare::fill);
    layered(asset_routes().merge(entry).layer(CsrfLayer::new()), &limits, CITIZEN_CSP, "citizen")
        .layer(dressed)
}

fn pages(state: &State) -> Router {
    Router::new()
        .route("/", get(start::get))
        .route("/notice", get(notice::get).post(notice::post))
        .route("/notice/{procedure}", get(notice::get_for).post(notice::post_for))
        .route("/person/{procedure}", get(person::get).post(person::post))
        .route("/email", get(email::get).post(email::post))
        .route("/email/sent", get(email::sent).post(email::code))
        .route("/m/{token}", get(link::get).post(link::post))
        .route("/location", get(location::get).post(location::post))
        .route("/family", get(family::get).post(family::post))
        .route("/calendar", get(calendar::get).post(calendar::post))
        .route("/calendar/list", get(calendar::list))
        .route("/calendar/wait", get(wait::get).post(wait::post))
        .route("/precautions", get(precautions::get).post(precautions::post))
        .route("/confirm", get(confirm::get).post(confirm::post))
        .route("/done", get(done::get))
        .route("/my", get(my::get).post(my::post))
        .route("/my/booking", get(booking::get))
        .route("/my/booking.ics", get(booking::ics))
        .route("/my/code/{no}", get(code::get))
        .route("/my/change", get(change::get).post(change::post))
        .route("/my/family", get(my_family::get).post(my_family::post))
        .route("/my/cancel", get(cancel::get).post(cancel::post))
        .route("/news/{letter}", get(news::get).post(news::post))
        .route("/accessibility", get(statics::accessibility))
        .route("/privacy", get(statics::privacy))
        .route("/help", get(statics::help))
        .route("/language/{code}", get(statics::language))
        .fallback(errors::not_found)
        .layer(axum::middleware::from_fn_with_state(state.clone(), errors::draw))
        .with_state(state.clone())
}

/// Finds the city, takes its path off, and goes on to its pages.
async fn enter(state: State, pages: Router, request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    if let Some(target) = state.registry.moved(host, &path) {
        // 301: old browsers do not know 308.
        return (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, target)]).into_response();
    }
    let Some((profile, rest)) = state.registry.at(host, &path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (profile, rest) = (profile.clone(), rest.to_owned());
    go_in(&state, &profile, &rest, pages, request).await
}

#[cfg(test)]
mod tests {
    use crate::render::{Renderer, View};

    fn draw<V: View>(renderer: &Renderer) {
        for language in renderer.languages() {
            draw_in::<V>(renderer, language);
        }
    }

    fn draw_in<V: View>(renderer: &Renderer, language: &str) {
        let frame = crate::web::Frame::default();
        for (name, view) in V::samples() {
            let html = renderer
                .page_in(&view, language, "/mihon", &frame)
                .unwrap_or_else(|error| panic!("{language}, {name}: {error}"));
            assert_eq!(html.matches("<h1").count(), 1, "{language}, {name} has one h1");
        }
    }

    #[test]
    fn every_page_draws_strictly_in_every_state() {
        let renderer = Renderer::load().unwrap();
        let bare = super::bare::Bare::samples();
        assert!(bare.iter().all(|(_, view)| renderer.page(view, "ja").unwrap().contains("<h1")));
        draw::<super::booking::Mine>(&renderer);
        draw::<super::calendar::Calendar>(&renderer);
        draw::<super::calendar::List>(&renderer);
        draw::<super::cancel::Leaving>(&renderer);
        draw::<super::change::Change>(&renderer);
        draw::<super::confirm::Check>(&renderer);
        draw::<super::done::Done>(&renderer);
        draw::<super::email::Address>(&renderer);
        draw::<super::email::Sent>(&renderer);
        draw::<super::errors::Trouble>(&renderer);
        draw::<super::family::Family>(&renderer);
        draw::<super::family::FamilyAdd>(&renderer);
        draw::<super::family::FamilyPerson>(&renderer);
        draw::<super::link::Link>(&renderer);
        draw::<super::link::Gone>(&renderer);
        draw::<super::location::Choice>(&renderer);
        draw::<super::my::Find>(&renderer);
        draw::<super::news::News>(&renderer);
        draw::<super::notice::Notice>(&renderer);
        draw::<super::person::Person>(&renderer);
        draw::<super::precautions::Precautions>(&renderer);
        draw::<super::start::Start>(&renderer);
        draw::<super::statics::Static>(&renderer);
        draw::<super::code::Code>(&renderer);
        draw::<super::wait::WaitPage>(&renderer);
    }
}
