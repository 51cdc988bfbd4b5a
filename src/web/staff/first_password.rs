//! A password of one's own instead of the first one, before anything else.

use axum::http::StatusCode;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::door::{Door, DoorPost};
use super::parts::Wrong;
use super::{login, secret, wording};
use crate::accounts::{self, ChangePassword, PASSWORD_MIN, Password, Stage, Waiting};
use crate::db::{Actor, Lane};
use crate::render::View;
use crate::web::{Fields, PageError, State};

#[derive(Debug, Serialize)]
pub(super) struct FirstPassword {
    name: String,
    least: usize,
    wrong: Vec<Wrong>,
}

impl View for FirstPassword {
    const TEMPLATE: &'static str = "staff/first_password.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |wrong| Self { name: "山田 花子".to_owned(), least: PASSWORD_MIN, wrong };
        let wrong = vec![
            Wrong::new("old", "違います。"),
            Wrong::new("new", "短すぎます。"),
            Wrong::new("again", "違います。"),
        ];
        vec![("first password", of(Vec::new())), ("first password wrong", of(wrong))]
    }
}

pub(super) async fn show(door: Door) -> Result<Response, PageError> {
    let waiting = waiting(&door)?;
    door.draw(StatusCode::OK, &FirstPassword { name: waiting.name, least: PASSWORD_MIN, wrong: Vec::new() })
}

pub(super) async fn choose(DoorPost { door, fields }: DoorPost) -> Result<Response, PageError> {
    let waiting = waiting(&door)?;
    let user = waiting.user.clone();
    let stored = door.city.db.read(Lane::Staff, move |tx| accounts::password_of(tx, &user)).await?;
    let changed = match wish(&door.state, &waiting, stored, &fields).await? {
        Ok(wish) => {
            let actor =
                Actor::Staff { id: waiting.id, name: waiting.name.clone(), origin: door.origin.clone() };
            let done = door.city.db.write(actor, move |tx| accounts::change_password(tx, &wish)).await?;
            if done { Ok(()) } else { Err(vec![Wrong::new("old", OLD_WRONG)]) }
        }
        Err(wrong) => Err(wrong),
    };
    match changed {
        Ok(()) => Ok(door.to(login::next(Stage::Open))),
        Err(wrong) => {
            let view = FirstPassword { name: waiting.name, least: PASSWORD_MIN, wrong };
            door.draw(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}

pub(super) const OLD_WRONG: &str = "いまのパスワードが違います。";

/// The wish in a form with the old password, the new one, and the new one again; or what is wrong with it.
pub(super) async fn wish(
    state: &State,
    who: &Waiting,
    stored: Option<accounts::PasswordHash>,
    fields: &Fields,
) -> Result<Result<ChangePassword, Vec<Wrong>>, PageError> {
    let [old, new, again] = ["old", "new", "again"].map(|name| SecretString::from(fields.raw(name)));
    let proven = secret::prove(stored, old.clone()).await?;
    let mut wrong = Vec::new();
    if proven.is_none() {
        wrong.push(Wrong::new("old", OLD_WRONG));
    }
    if let Err(weak) = Password::allow(&new, &who.user) {
        wrong.push(Wrong::new("new", wording::weak_password(weak)));
    } else if new.expose_secret() == old.expose_secret() {
        wrong.push(Wrong::new("new", "いまのパスワードと違うものにしてください。"));
    } else if new.expose_secret() != again.expose_secret() {
        wrong.push(Wrong::new("again", "新しいパスワードと同じものをもう一度入力してください。"));
    }
    let Some(proven) = proven.filter(|_| wrong.is_empty()) else { return Ok(Err(wrong)) };
    let new = secret::hash(state, new).await?;
    Ok(Ok(ChangePassword { staff: who.id, proven, new, keep: who.key }))
}

fn waiting(door: &Door) -> Result<Waiting, PageError> {
    match &door.waiting {
        Some(waiting) if waiting.stage == Stage::Password => Ok(waiting.clone()),
        Some(waiting) => Err(PageError::To(door.path(login::next(waiting.stage)))),
        None => Err(PageError::To(door.path("/login#main"))),
    }
}
