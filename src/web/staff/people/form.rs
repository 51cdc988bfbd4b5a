//! One person: added, or changed.

use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::accounts::{self, ChangeStaff, NewStaff, PASSWORD_MIN, Password, Staff};
use crate::base::{LocationId, StaffId};
use crate::calendar;
use crate::db::Fault;
use crate::render::View;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost, secret, wording};
use crate::web::{Fields, PageError};

/// What is drawn; without an account it adds one.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Person {
    account: Option<Account>,
    user: String,
    name: String,
    /// Code, name, chosen.
    roles: Vec<(String, String, bool)>,
    /// Row, name, whether it is the home, whether the person may work for it.
    places: Vec<(LocationId, String, bool, bool)>,
    password: String,
    least: usize,
    wrong: Vec<Wrong>,
}

/// What an account has beyond the form.
#[derive(Debug, Serialize)]
struct Account {
    id: StaffId,
    version: i64,
    disabled: bool,
    locked: bool,
    has_second_factor: bool,
}

impl View for Person {
    const TEMPLATE: &'static str = "staff/person.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |account: Option<(bool, bool)>, wrong| Self {
            account: account.map(|(disabled, locked)| Account {
                id: StaffId::of(1),
                version: 1,
                disabled,
                locked,
                has_second_factor: locked,
            }),
            user: "yamada".to_owned(),
            name: "山田 花子".to_owned(),
            roles: vec![("counter".to_owned(), "窓口".to_owned(), true)],
            places: vec![(LocationId::of(1), "本庁舎".to_owned(), true, true)],
            password: "abcd-efgh-jkmn-pqrs".to_owned(),
            least: PASSWORD_MIN,
            wrong,
        };
        let wrong = ["user", "name", "role", "password"].map(|field| Wrong::new(field, "違います。"));
        vec![
            ("new person", of(None, Vec::new())),
            ("new person wrong", of(None, wrong.clone().into())),
            ("person", of(Some((false, true)), Vec::new())),
            ("person shut out", of(Some((true, false)), wrong.into())),
        ]
    }
}

/// What the form says.
struct Typed {
    user: String,
    name: String,
    role: String,
    home: Option<LocationId>,
    locations: Vec<LocationId>,
    password: String,
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        let row = |id: &str| id.parse().ok().map(LocationId::of);
        Self {
            user: fields.get("user"),
            name: fields.get("name"),
            role: fields.get("role"),
            home: row(&fields.get("home")),
            locations: fields.all("location").into_iter().filter_map(row).collect(),
            password: fields.raw("password"),
        }
    }

    fn as_stored(staff: &Staff) -> Self {
        Self {
            user: staff.user.clone(),
            name: staff.name.clone(),
            role: staff.role_code.clone(),
            home: staff.home,
            locations: staff.locations.clone(),
            password: String::new(),
        }
    }
}

async fn view(
    ctx: &StaffCtx,
    staff: Option<StaffId>,
    typed: Option<Typed>,
    wrong: Vec<Wrong>,
) -> Result<Person, PageError> {
    let (roles, places, staff, locked) = ctx
        .read(move |tx| {
            let staff = staff.map(|id| accounts::get(tx, id)).transpose()?.flatten();
            let locked =
                staff.as_ref().map(|one| accounts::locked_until(tx, &one.user)).transpose()?.flatten();
            Ok::<_, Fault>((accounts::roles(tx)?, calendar::locations(tx)?, staff, locked))
        })
        .await?;
    let typed = typed.or_else(|| staff.as_ref().map(Typed::as_stored)).unwrap_or_else(|| Typed {
        password: Password::draw(&ctx.state.chance).expose_secret().to_owned(),
        ..Typed::of(&Fields::default())
    });
    let role = |one: accounts::Role| {
        let chosen = one.code == typed.role;
        (one.code, one.name, chosen)
    };
    let place = |one: calendar::Location| {
        (one.id, one.name, Some(one.id) == typed.home, typed.locations.contains(&one.id))
    };
    Ok(Person {
        account: staff.map(|staff| Account {
            id: staff.id,
            version: staff.version,
            disabled: staff.disabled_at.is_some(),
            locked: locked.is_some(),
            has_second_factor: staff.has_second_factor,
        }),
        roles: roles.into_iter().map(role).collect(),
        places: places.into_iter().map(place).collect(),
        user: typed.user,
        name: typed.name,
        password: typed.password,
        least: PASSWORD_MIN,
        wrong,
    })
}

pub(in crate::web::staff) async fn ask_new(ctx: StaffCtx) -> Result<Response, PageError> {
    let view = view(&ctx, None, None, Vec::new()).await?;
    ctx.page(&view)
}

pub(in crate::web::staff) async fn add(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let typed = Typed::of(&fields);
    let first = SecretString::from(typed.password.clone());
    if let Err(weak) = Password::allow(&first, &accounts::user_key(&typed.user)) {
        let wrong = vec![Wrong::new("password", wording::weak_password(weak))];
        let view = view(&ctx, None, Some(typed), wrong).await?;
        return ctx.again(&view);
    }
    let new = NewStaff {
        user: typed.user.clone(),
        name: typed.name.clone(),
        role: typed.role.clone(),
        password: secret::hash(&ctx.state, first).await?,
        must_change: true,
        home: typed.home,
    };
    match ctx.city.db.write(ctx.actor(), move |tx| accounts::add(tx, &new)).await {
        Ok(id) => {
            let said = format!(
                "{}さんを登録しました。はじめのパスワードを本人に伝えてください。",
                typed.name.trim()
            );
            Ok(ctx.to_with(&format!("/staff/{id}#main"), Flash::done(said)))
        }
        Err(refused) => {
            let wrong = vec![wording::staff_add(refused)?];
            let view = view(&ctx, None, Some(typed), wrong).await?;
            ctx.again(&view)
        }
    }
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    again(&ctx, StaffId::of(id), None, Vec::new()).await
}

/// The page of a person; with what is wrong it is a refusal.
pub(super) async fn refused(ctx: &StaffCtx, id: StaffId, wrong: Wrong) -> Result<Response, PageError> {
    again(ctx, id, None, vec![wrong]).await
}

async fn again(
    ctx: &StaffCtx,
    id: StaffId,
    typed: Option<Typed>,
    wrong: Vec<Wrong>,
) -> Result<Response, PageError> {
    let refused = !wrong.is_empty();
    let view = view(ctx, Some(id), typed, wrong).await?;
    if view.account.is_none() {
        return Err(PageError::NotFound);
    }
    if refused { ctx.again(&view) } else { ctx.page(&view) }
}

pub(in crate::web::staff) async fn change(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let (id, typed) = (StaffId::of(id), Typed::of(&fields));
    let wish = ChangeStaff {
        staff: id,
        name: typed.name.clone(),
        role: typed.role.clone(),
        home: typed.home,
        locations: typed.locations.clone(),
        expect_version: fields.get("version").parse().unwrap_or_default(),
    };
    match ctx.city.db.write(ctx.actor(), move |tx| accounts::change(tx, &wish)).await {
        Ok(()) => {
            let said = format!("{}さんの登録を変えました。", typed.name.trim());
            Ok(ctx.to_with(&format!("/staff/{id}#main"), Flash::done(said)))
        }
        Err(refused) => {
            let wrong = vec![wording::staff_edit(refused)?];
            let stored = ctx.read(move |tx| accounts::get(tx, id)).await?.ok_or(PageError::NotFound)?;
            again(&ctx, id, Some(Typed { user: stored.user, ..typed }), wrong).await
        }
    }
}
