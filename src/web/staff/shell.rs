//! Around every page of the console: who is it, may they, what stays said, what went wrong.

use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::context::StaffCtx;
use super::door::{self, Door};
use super::flash::{Leave, Shown};
use super::{Need, errors};
use crate::accounts::{Permission, SessionKey, Stage, Who, session};
use crate::base::network;
use crate::calendar;
use crate::db::{Fault, Lane};
use crate::mail;
use crate::municipalities::Municipality;
use crate::settings;
use crate::web::context::{Caller, caller};
use crate::web::{PageError, State};

/// Finds out who it is, lets the page answer, keeps or takes away the banner, and draws what went wrong.
pub(super) async fn around(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(city) = parts.extensions.get::<Arc<Municipality>>().cloned() else {
        return PageError::NotFound.into_response();
    };
    let mut door = at_door(&parts, &state, city);
    let ctx = match who(&mut door).await {
        Ok(ctx) => ctx,
        Err(error) => return errors::put(&door, None, error.into_response()),
    };
    parts.extensions.insert(door.clone());
    if let Some(ctx) = &ctx {
        parts.extensions.insert(ctx.clone());
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    let leave = response.extensions().get::<Leave>().map(|leave| leave.0.stored());
    let shown = response.extensions().get::<Shown>().is_some();
    if let Err(fault) = keep_banner(&door, leave, shown).await {
        return errors::put(&door, ctx.as_ref(), PageError::from(fault).into_response());
    }
    errors::put(&door, ctx.as_ref(), response)
}

/// Lets only those in whom the page is for.
pub(super) async fn guard(needs: Need, request: Request, next: Next) -> Response {
    let ctx = request.extensions().get::<StaffCtx>();
    let allowed = match (needs, ctx) {
        (Need::Nobody, _) | (Need::SignedIn, Some(_)) => Ok(()),
        (Need::Permission(permission), Some(ctx)) => ctx.must(permission),
        (_, None) => Err(to_door(request.extensions().get::<Door>())),
    };
    match allowed {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Where somebody who is not signed in has to go first.
fn to_door(door: Option<&Door>) -> PageError {
    let Some(door) = door else { return PageError::NotFound };
    let path = match &door.waiting {
        Some(waiting) if waiting.stage == Stage::Totp => "/login/code#main",
        Some(_) => "/login/password#main",
        None if door.token.is_some() => "/login?over=1#main",
        None => "/login#main",
    };
    PageError::To(door.path(path))
}

fn at_door(parts: &Parts, state: &State, city: Arc<Municipality>) -> Door {
    let Caller { address, secure } = caller(parts, state);
    let id = parts.headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    Door {
        state: state.clone(),
        origin: address.to_string(),
        network: network(address),
        secure,
        request_id: id.chars().take(8).collect(),
        here: parts.uri.path().to_owned(),
        token: door::token(parts, &city, secure),
        waiting: None,
        city,
    }
}

/// Reads the session of the cookie, and all that a page of it needs, in one view of the file.
async fn who(door: &mut Door) -> Result<Option<StaffCtx>, PageError> {
    let Some(key) = door.token.as_deref().map(SessionKey::of) else { return Ok(None) };
    let (who, settings, locations, silence) = door
        .city
        .db
        .read(Lane::Staff, move |tx| {
            let settings = settings::read(tx)?;
            // Whoever stopped the mail knows why nothing leaves.
            let silence =
                if settings.mail_stopped { None } else { mail::silence(tx, settings.mail_silent_minutes)? };
            Ok::<_, Fault>((session::who(tx, &key)?, settings, calendar::locations(tx)?, silence))
        })
        .await?;
    let signed = match who {
        Who::Nobody => return Ok(None),
        Who::Waiting(waiting) => {
            door.waiting = Some(waiting);
            return Ok(None);
        }
        Who::In(signed) => *signed,
    };
    let ctx = StaffCtx {
        state: door.state.clone(),
        city: Arc::clone(&door.city),
        settings,
        locations: Arc::new(locations.into_iter().filter(|one| signed.may_serve(one.id)).collect()),
        origin: door.origin.clone(),
        request_id: door.request_id.clone(),
        silence: silence
            .filter(|_| signed.may(Permission::SeeCards) || signed.may(Permission::Maintenance))
            .map(Arc::new),
        door: door.clone(),
        signed: Arc::new(signed),
    };
    if ctx.signed.wants_touch {
        ctx.city.db.write(ctx.actor(), move |tx| session::touch(tx, &key)).await?;
    }
    Ok(Some(ctx))
}

/// Puts the banner of an answer into the session, or takes the one away that the page has shown.
async fn keep_banner(door: &Door, leave: Option<String>, shown: bool) -> Result<(), Fault> {
    let Some(key) = door.token.as_deref().map(SessionKey::of) else { return Ok(()) };
    if leave.is_none() && !shown {
        return Ok(());
    }
    door.city.db.write(Door::ACTOR, move |tx| session::set_flash(tx, &key, leave.as_deref())).await
}
