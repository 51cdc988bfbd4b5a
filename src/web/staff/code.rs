//! The second factor: setting it up at the first sign-in, and its code at each.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Serialize;

use super::door::{Door, DoorPost};
use super::login;
use crate::accounts::{self, CodeAnswer, Enrolment, EnterCode, SessionKey, Stage};
use crate::base::Moment;
use crate::db::Lane;
use crate::render::View;
use crate::web::PageError;

#[derive(Debug, Serialize)]
pub(super) struct Code {
    name: String,
    /// The secret in groups of four, when it has to be set up.
    secret: Option<String>,
    wrong: bool,
    locked: Option<Moment>,
}

impl View for Code {
    const TEMPLATE: &'static str = "staff/code.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = || Self { name: "山田 花子".to_owned(), secret: None, wrong: false, locked: None };
        vec![
            ("code", empty()),
            ("code wrong", Self { wrong: true, ..empty() }),
            ("code to set up", Self { secret: Some("ABCD EFGH".to_owned()), ..empty() }),
            ("code locked", Self { locked: Some(Moment::from_millis(1_775_980_800_000)), ..empty() }),
        ]
    }
}

pub(super) async fn show(door: Door) -> Result<Response, PageError> {
    let view = view(&door).await?;
    door.draw(StatusCode::OK, &view)
}

/// The picture for the app. It is shown only until the second factor is set up.
pub(super) async fn picture(door: Door) -> Result<Response, PageError> {
    let key = waiting(&door)?;
    let offered = enrolment(&door, key).await?.ok_or(PageError::NotFound)?;
    let code = QrCode::new(offered.url).map_err(|error| PageError::Fault(error.to_string()))?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response())
}

pub(super) async fn enter(DoorPost { door, fields }: DoorPost) -> Result<Response, PageError> {
    let wish = EnterCode {
        key: waiting(&door)?,
        code: fields.get("code"),
        origin: door.origin.clone(),
        network: door.network.clone(),
        limits: door.limits(),
    };
    let again = view(&door).await?;
    let answer = door.city.db.write(Door::ACTOR, move |tx| accounts::enter_code(tx, &wish)).await?;
    match answer {
        CodeAnswer::Right(stage) => Ok(door.to(login::next(stage))),
        CodeAnswer::Wrong => door.draw(StatusCode::UNPROCESSABLE_ENTITY, &Code { wrong: true, ..again }),
        CodeAnswer::Locked { until } => {
            let locked = Code { locked: Some(until), secret: None, ..again };
            Ok(door.keep(door.draw(StatusCode::UNPROCESSABLE_ENTITY, &locked)?, None))
        }
        CodeAnswer::Over => Ok(door.to("/login?over=1#main")),
    }
}

async fn view(door: &Door) -> Result<Code, PageError> {
    let key = waiting(door)?;
    let offered = enrolment(door, key).await?;
    let name = door.waiting.as_ref().map(|waiting| waiting.name.clone()).unwrap_or_default();
    Ok(Code { name, secret: offered.map(|offered| in_groups(&offered.secret)), wrong: false, locked: None })
}

fn waiting(door: &Door) -> Result<SessionKey, PageError> {
    match &door.waiting {
        Some(waiting) if waiting.stage == Stage::Totp => Ok(waiting.key),
        Some(waiting) => Err(PageError::To(door.path(login::next(waiting.stage)))),
        None => Err(PageError::To(door.path("/login#main"))),
    }
}

async fn enrolment(door: &Door, key: SessionKey) -> Result<Option<Enrolment>, PageError> {
    let issuer = format!("{} カード交付", door.city.profile.name);
    Ok(door.city.db.read(Lane::Staff, move |tx| accounts::enrolment(tx, &key, &issuer)).await?)
}

fn in_groups(secret: &str) -> String {
    let signs: Vec<char> = secret.chars().collect();
    signs.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
