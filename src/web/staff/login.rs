//! Signing in with user ID and password, and signing out.
//!
//! Spec: 7(2)②, 10(12).

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::door::{Door, DoorPost};
use super::secret;
use crate::accounts::{self, SessionKey, SignIn, SignInAnswer, Stage};
use crate::base::Moment;
use crate::db::Lane;
use crate::render::View;
use crate::web::PageError;

#[derive(Debug, Serialize)]
pub(super) struct Login {
    user: String,
    wrong: bool,
    locked: Option<Moment>,
    over: bool,
    failures: u32,
    minutes: u32,
}

impl View for Login {
    const TEMPLATE: &'static str = "staff/login.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = || Self {
            user: String::new(),
            wrong: false,
            locked: None,
            over: false,
            failures: 5,
            minutes: 30,
        };
        let locked = Some(Moment::from_millis(1_775_980_800_000));
        vec![
            ("login", empty()),
            ("login after a pause", Self { over: true, ..empty() }),
            ("login wrong", Self { user: "yamada".to_owned(), wrong: true, ..empty() }),
            ("login locked", Self { user: "yamada".to_owned(), locked, ..empty() }),
        ]
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Over {
    over: Option<String>,
}

fn view(door: &Door, user: &str) -> Login {
    Login {
        user: user.to_owned(),
        wrong: false,
        locked: None,
        over: false,
        failures: door.state.limits.sign_in_failures,
        minutes: door.state.limits.sign_in_wait_minutes,
    }
}

pub(super) async fn show(door: Door, Query(query): Query<Over>) -> Result<Response, PageError> {
    door.draw(StatusCode::OK, &Login { over: query.over.is_some(), ..view(&door, "") })
}

pub(super) async fn enter(DoorPost { door, fields }: DoorPost) -> Result<Response, PageError> {
    let user = fields.get("user");
    let password = SecretString::from(fields.raw("password"));
    let name = user.clone();
    let stored = door.city.db.read(Lane::Staff, move |tx| accounts::password_of(tx, &name)).await?;
    let proven = secret::prove(stored, password).await?;
    let wish = SignIn {
        user: user.clone(),
        proven,
        origin: door.origin.clone(),
        network: door.network.clone(),
        limits: door.limits(),
    };
    let answer = door.city.db.write(Door::ACTOR, move |tx| accounts::sign_in(tx, &wish)).await?;
    let again = |login: Login| door.draw(StatusCode::UNPROCESSABLE_ENTITY, &login);
    match answer {
        SignInAnswer::In { token, stage } => Ok(door.keep(door.to(next(stage)), Some(&token))),
        SignInAnswer::Wrong => again(Login { wrong: true, ..view(&door, &user) }),
        SignInAnswer::Locked { until } => again(Login { locked: Some(until), ..view(&door, &user) }),
    }
}

/// Where a session goes from here.
pub(super) fn next(stage: Stage) -> &'static str {
    match stage {
        Stage::Totp => "/login/code#main",
        Stage::Password => "/login/password#main",
        Stage::Open => "/#main",
    }
}

/// Ends the session, however far it has come.
pub(super) async fn leave(DoorPost { door, .. }: DoorPost) -> Result<Response, PageError> {
    if let Some(key) = door.token.as_deref().map(SessionKey::of) {
        door.city.db.write(Door::ACTOR, move |tx| accounts::sign_out(tx, &key)).await?;
    }
    Ok(door.keep(Redirect::to(&door.path("/login#main")).into_response(), None))
}
