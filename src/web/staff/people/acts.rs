//! What is done with somebody's account: a new first password, shut out, let in, unlock, end their sessions.

use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::form::refused;
use crate::accounts::{self, EditError, PASSWORD_MIN, Password, ResetError, Staff};
use crate::base::StaffId;
use crate::db::WriteTx;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost, secret, wording};

/// What is drawn before a password is reset.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Reset {
    id: StaffId,
    user: String,
    name: String,
    password: String,
    least: usize,
    wrong: Vec<Wrong>,
}

impl View for Reset {
    const TEMPLATE: &'static str = "staff/person_reset.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |wrong| Self {
            id: StaffId::of(1),
            user: "yamada".to_owned(),
            name: "山田 花子".to_owned(),
            password: "abcd-efgh-jkmn-pqrs".to_owned(),
            least: PASSWORD_MIN,
            wrong,
        };
        vec![("reset", of(Vec::new())), ("reset wrong", of(vec![Wrong::new("password", "短すぎます。")]))]
    }
}

async fn find(ctx: &StaffCtx, id: i64) -> Result<Staff, PageError> {
    let id = StaffId::of(id);
    ctx.read(move |tx| accounts::get(tx, id)).await?.ok_or(PageError::NotFound)
}

fn page(staff: Staff, password: String, wrong: Vec<Wrong>) -> Reset {
    Reset { id: staff.id, user: staff.user, name: staff.name, password, least: PASSWORD_MIN, wrong }
}

pub(in crate::web::staff) async fn ask_reset(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let staff = find(&ctx, id).await?;
    let drawn = Password::draw(&ctx.state.chance).expose_secret().to_owned();
    ctx.page(&page(staff, drawn, Vec::new()))
}

pub(in crate::web::staff) async fn reset(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let staff = find(&ctx, id).await?;
    let typed = fields.raw("password");
    let first = SecretString::from(typed.clone());
    if let Err(weak) = Password::allow(&first, &staff.user) {
        let wrong = vec![Wrong::new("password", wording::weak_password(weak))];
        return ctx.again(&page(staff, typed, wrong));
    }
    let (user, hash) = (staff.user.clone(), secret::hash(&ctx.state, first).await?);
    match ctx.city.db.write(ctx.actor(), move |tx| accounts::reset(tx, &user, &hash)).await {
        Ok(()) => {
            let said = format!("{}さんのパスワードと確認コードを設定し直しました。", staff.name);
            Ok(ctx.to_with(&format!("/staff/{id}#main"), Flash::done(said)))
        }
        Err(ResetError::NotFound) => Err(PageError::NotFound),
        Err(ResetError::Fault(fault)) => Err(fault.into()),
    }
}

/// Does it, and says so on the page of the person.
async fn act(
    ctx: &StaffCtx,
    id: i64,
    said: &str,
    operation: impl Fn(&WriteTx<'_>, StaffId) -> Result<(), EditError> + Send + 'static,
) -> Result<Response, PageError> {
    let staff = StaffId::of(id);
    match ctx.city.db.write(ctx.actor(), move |tx| operation(tx, staff)).await {
        Ok(()) => Ok(ctx.to_with(&format!("/staff/{id}#main"), Flash::done(said))),
        Err(error) => refused(ctx, staff, wording::staff_edit(error)?).await,
    }
}

pub(in crate::web::staff) async fn disable(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    act(&post.ctx, id, "利用を止めました。ログインは終わりました。", accounts::disable).await
}

pub(in crate::web::staff) async fn enable(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    act(&post.ctx, id, "また使えるようにしました。", accounts::enable).await
}

pub(in crate::web::staff) async fn unlock(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    act(&post.ctx, id, "ロックを外しました。", accounts::unlock).await
}

pub(in crate::web::staff) async fn force_out(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    act(&post.ctx, id, "すべての端末でログアウトさせました。", accounts::force_out).await
}
