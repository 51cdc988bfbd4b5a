//! Where to collect the card: a drop-down, as the tender says.
//!
//! Spec: 7(3)⑤ ⑦.

use axum::response::Response;
use serde::Serialize;

use super::parts::{self, Wrong};
use crate::base::LocationId;
use crate::booking::entry::{self, ChooseError, Session, SessionKey};
use crate::booking::{self, ISSUANCE};
use crate::calendar::{self, Location};
use crate::db::{Fault, Lane, ReadTx};
use crate::render::View;
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct Choice {
    places: Vec<Place>,
    chosen: Option<LocationId>,
    /// Whether a card is collected there.
    issuance: bool,
    wrong: Vec<Wrong>,
}

/// A location with what the citizen must know to choose it.
#[derive(Debug, Serialize)]
struct Place {
    #[serde(flatten)]
    location: Location,
    /// Open days that the cards travel to it.
    travel: u16,
}

impl View for Choice {
    const TEMPLATE: &'static str = "citizen/location.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let none = |issuance, wrong| Self { places: Vec::new(), chosen: None, issuance, wrong };
        vec![
            ("no location", none(false, Vec::new())),
            ("not chosen", none(true, vec![Wrong::new("location", "location.choose")])),
        ]
    }
}

async fn choice(
    ctx: &Ctx,
    session: &Session,
    chosen: Option<LocationId>,
    wrong: Vec<Wrong>,
) -> Result<Choice, PageError> {
    let (language, session) = (ctx.language().to_owned(), session.clone());
    let issuance = session.procedure == ISSUANCE;
    let read = move |tx: &ReadTx<'_>| -> Result<Vec<Place>, Fault> {
        let party = parts::party_of(tx, &session)?;
        let mut locations = calendar::locations_in(tx, &language)?;
        let procedure = booking::procedure(tx, &session.procedure)?;
        let offered = |place: &Location| {
            let there = procedure.as_ref().is_some_and(|one| one.offered_at(place.id));
            there && place.citizen_visible && place.is_in_use(tx.today())
        };
        locations.retain(offered);
        let place = |location: Location| {
            let travel = if issuance { booking::travel_days(tx, &party.cards, location.id)? } else { 0 };
            Ok(Place { location, travel })
        };
        locations.into_iter().map(place).collect()
    };
    Ok(Choice { places: ctx.city.db.read(Lane::Citizen, read).await?, chosen, issuance, wrong })
}

pub(super) async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    let choice = choice(&ctx, &session, session.location, Vec::new()).await?;
    if let ([only], None) = (choice.places.as_slice(), session.location) {
        choose(&ctx, session.key, only.location.id).await?;
        return Ok(ctx.to("/family#main"));
    }
    ctx.page(&choice)
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    let session = ctx.session().await?;
    let chosen = fields.get("location").parse().ok().map(LocationId::of);
    let taken = match chosen {
        Some(location) => choose(&ctx, session.key, location).await?,
        None => false,
    };
    if taken {
        return Ok(ctx.to(if session.changing { "/calendar#main" } else { "/family#main" }));
    }
    ctx.again(&choice(&ctx, &session, chosen, vec![Wrong::new("location", "location.choose")]).await?)
}

/// Whether the location could be chosen.
async fn choose(ctx: &Ctx, key: SessionKey, location: LocationId) -> Result<bool, PageError> {
    match ctx.city.db.write(ctx.actor(), move |tx| entry::choose_location(tx, &key, location)).await {
        Ok(()) => Ok(true),
        Err(ChooseError::NoLocation) => Ok(false),
        Err(error) => Err(choose_error(error)),
    }
}

/// What remains when a step's own refusals were answered on its page.
pub(super) fn choose_error(error: ChooseError) -> PageError {
    match error {
        ChooseError::SessionOver => PageError::SessionOver,
        ChooseError::Fault(fault) => fault.into(),
        ChooseError::NoLocation | ChooseError::NotAcknowledged { .. } | ChooseError::NoBooking => {
            PageError::Expired
        }
    }
}
