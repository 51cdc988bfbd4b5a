//! One's own settings: password, second factor, size of letters, the place that the console opens with.

use axum::response::Response;
use secrecy::SecretString;
use serde::Serialize;

use super::first_password::{OLD_WRONG, wish};
use super::parts::Wrong;
use super::{Flash, StaffCtx, StaffPost, secret};
use crate::accounts::{self, PASSWORD_MIN, PasswordHash, Stage, Waiting, session};
use crate::base::LocationId;
use crate::render::View;
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
pub(super) struct Me {
    user: String,
    name: String,
    role: String,
    may: Vec<&'static str>,
    places: Vec<Place>,
    comfy: bool,
    least: usize,
    second_factor: bool,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Place {
    id: LocationId,
    name: String,
    home: bool,
}

impl View for Me {
    const TEMPLATE: &'static str = "staff/me.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |second_factor, wrong| Self {
            user: "yamada".to_owned(),
            name: "山田 花子".to_owned(),
            role: "窓口".to_owned(),
            may: vec!["カードを探す・見る"],
            places: vec![Place { id: LocationId::of(1), name: "本庁舎".to_owned(), home: true }],
            comfy: true,
            least: PASSWORD_MIN,
            second_factor,
            wrong,
        };
        let wrong = ["old", "new", "again", "present"].map(|field| Wrong::new(field, "違います。"));
        vec![("me", of(false, Vec::new())), ("me wrong", of(true, wrong.into()))]
    }
}

fn view(ctx: &StaffCtx, wrong: Vec<Wrong>) -> Me {
    let home = ctx.signed.home;
    let place = |one: &crate::calendar::Location| Place {
        id: one.id,
        name: one.name.clone(),
        home: Some(one.id) == home,
    };
    Me {
        user: ctx.signed.user.clone(),
        name: ctx.signed.name.clone(),
        role: ctx.signed.role_name.clone(),
        may: ctx.signed.permissions.iter().map(|permission| permission.label()).collect(),
        places: ctx.locations.iter().map(place).collect(),
        comfy: ctx.signed.comfy,
        least: PASSWORD_MIN,
        second_factor: ctx.state.second_factor,
        wrong,
    }
}

pub(super) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    ctx.page(&view(&ctx, Vec::new()))
}

async fn stored(ctx: &StaffCtx) -> Result<Option<PasswordHash>, PageError> {
    let user = ctx.signed.user.clone();
    Ok(ctx.read(move |tx| accounts::password_of(tx, &user)).await?)
}

pub(super) async fn password(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let who = Waiting {
        key: ctx.signed.key,
        id: ctx.signed.id,
        user: ctx.signed.user.clone(),
        name: ctx.signed.name.clone(),
        stage: Stage::Open,
        has_second_factor: ctx.signed.has_second_factor,
    };
    let wish = match wish(&ctx.state, &who, stored(&ctx).await?, &fields).await? {
        Ok(wish) => wish,
        Err(wrong) => return ctx.again(&view(&ctx, wrong)),
    };
    let done = ctx.city.db.write(ctx.actor(), move |tx| accounts::change_password(tx, &wish)).await?;
    if !done {
        return ctx.again(&view(&ctx, vec![Wrong::new("old", OLD_WRONG)]));
    }
    Ok(ctx.to_with("/me#main", Flash::done("パスワードを変えました。ほかの端末でのログインは終わりました。")))
}

/// Takes the second factor away after the password was given once more; the next page sets another one up.
pub(super) async fn second_factor(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let typed = SecretString::from(fields.raw("present"));
    if secret::prove(stored(&ctx).await?, typed).await?.is_none() {
        return ctx.again(&view(&ctx, vec![Wrong::new("present", OLD_WRONG)]));
    }
    if !ctx.state.second_factor {
        return Ok(ctx.to("/me#main"));
    }
    let (staff, key) = (ctx.signed.id, ctx.signed.key);
    ctx.city.db.write(ctx.actor(), move |tx| accounts::renew_second_factor(tx, staff, &key)).await?;
    Ok(ctx.to("/login/code#main"))
}

pub(super) async fn density(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let (staff, comfy) = (ctx.signed.id, fields.get("density") == "comfy");
    ctx.city.db.write(ctx.actor(), move |tx| accounts::set_comfy(tx, staff, comfy)).await?;
    Ok(ctx.to(&back(&fields, "/me#main")))
}

pub(super) async fn home(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let staff = ctx.signed.id;
    let home = chosen(&ctx, &fields, "home");
    ctx.city.db.write(ctx.actor(), move |tx| accounts::set_home(tx, staff, home)).await?;
    Ok(ctx.to_with("/me#main", Flash::done("はじめに開く場所を保存しました。")))
}

/// Another place to work for, from the top bar.
pub(super) async fn place(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let location = chosen(&ctx, &fields, "location").ok_or(PageError::NotFound)?;
    let key = ctx.signed.key;
    ctx.city.db.write(ctx.actor(), move |tx| session::choose_location(tx, &key, location)).await?;
    Ok(ctx.to(&back(&fields, "/#main")))
}

fn chosen(ctx: &StaffCtx, fields: &Fields, name: &str) -> Option<LocationId> {
    let id = fields.get(name).parse().ok().map(LocationId::of)?;
    ctx.place_of(id).map(|place| place.id)
}

/// The page that the form stood on, as far as it is one of ours.
fn back(fields: &Fields, otherwise: &str) -> String {
    let back = fields.get("back");
    let ours = back.starts_with('/')
        && !back.starts_with("//")
        && back.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.?=&".contains(&b));
    if ours { format!("{back}#main") } else { otherwise.to_owned() }
}
