//! S12 Days (開庁日): a month of one location, days on their own, single slots, copies, holidays.
//!
//! Spec: 7(2)⑤.

mod copy;
mod edit;
mod holidays;
mod slots;
mod view;

use axum::extract::Query;
use axum::response::Response;

#[cfg(test)]
pub(super) use copy::CopyPage;
pub(super) use copy::{act as copy_act, show as copy};
pub(super) use edit::save;
#[cfg(test)]
pub(super) use holidays::HolidaysPage;
pub(super) use holidays::{receive as holidays_file, save as holidays_save, show as holidays};
pub(super) use view::DaysPage;

use super::parts::Wrong;
use super::{StaffCtx, StaffPost};
use crate::base::LocationId;
use crate::calendar::Location;
use crate::web::{Fields, PageError};

/// Shows a month of a location; `?day=` opens the slots of one day.
pub(super) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let page = DaysPage::read(&ctx, &Fields::new(query), Vec::new()).await?;
    ctx.page(&page)
}

/// The location that a form or an address names, else the one that somebody works for.
fn place_of(ctx: &StaffCtx, fields: &Fields) -> Result<Option<Location>, PageError> {
    match fields.get("location").parse().ok().map(LocationId::of) {
        Some(id) => ctx.place_of(id).cloned().map(Some).ok_or(PageError::NotFound),
        None => Ok(ctx.place().cloned()),
    }
}

/// The locations with a tick.
fn ticked(ctx: &StaffCtx, fields: &Fields, name: &str) -> Vec<Location> {
    let rows = fields.all(name).into_iter().filter_map(|row| row.parse().ok().map(LocationId::of));
    rows.filter_map(|id| ctx.place_of(id).cloned()).collect()
}

async fn again(post: &StaffPost, wrong: Vec<Wrong>) -> Result<Response, PageError> {
    let page = DaysPage::read(&post.ctx, &post.fields, wrong).await?;
    post.ctx.again(&page)
}
