//! The address of the console itself: the board for those at the counter, else the first page of the role.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::{StaffCtx, nav, today};
use crate::accounts::Permission;
use crate::render::View;
use crate::web::PageError;

/// Who has this sees today's board first.
pub(super) const BOARD: Permission = Permission::ServeCounter;

#[derive(Debug, Serialize)]
pub(super) struct Nothing {
    role: String,
}

impl View for Nothing {
    const TEMPLATE: &'static str = "staff/nothing.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("nothing for this role", Self { role: "監査".to_owned() })]
    }
}

pub(super) async fn show(
    ctx: StaffCtx,
    query: Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    if ctx.may(BOARD) {
        return today::show(ctx, query).await;
    }
    match nav::first(&ctx.signed) {
        Some(path) => Ok(ctx.to(&format!("{path}#main"))),
        None => ctx.page(&Nothing { role: ctx.signed.role_name.clone() }),
    }
}
