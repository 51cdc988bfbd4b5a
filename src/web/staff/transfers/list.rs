//! The list is read and shown.

use axum::extract::Query;
use axum::response::Response;

use super::ask::Asked;
use super::view::{Found, Transfers, draw};
use crate::booking;
use crate::calendar;
use crate::cards;
use crate::db::{Fault, ReadTx};
use crate::transfers::{self, Filter, Stage};
use crate::web::staff::StaffCtx;
use crate::web::staff::alike::Alikes;
use crate::web::staff::parts::Wrong;
use crate::web::{Fields, PageError};

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &Fields::new(query));
    let view = read(&ctx, &asked, Vec::new()).await?;
    ctx.saw("transfers", None).await?;
    ctx.page(&view)
}

/// The list with what was wrong.
pub(super) async fn read(ctx: &StaffCtx, asked: &Asked, wrong: Vec<Wrong>) -> Result<Transfers, PageError> {
    let found = find(ctx, asked).await?;
    Ok(draw(ctx, asked, &found, wrong))
}

pub(super) async fn find(ctx: &StaffCtx, asked: &Asked) -> Result<Found, Fault> {
    let (filter, here) = (asked.filter(ctx), ctx.place().map(|place| place.id));
    let asked = asked.clone();
    ctx.read(move |tx| {
        let mut found = Found {
            listed: transfers::list(tx, &filter)?,
            total: transfers::count(tx, &filter)?,
            counts: counts(tx, &filter, here)?,
            storages: calendar::storages(tx)?,
            ..Found::default()
        };
        let locations = calendar::locations(tx)?;
        found.locations = locations.into_iter().map(|one| (one.id, one.name)).collect();
        if let Some((row, _)) = asked.scanned {
            found.scanned = transfers::get(tx, row)?;
        }
        fill(tx, &asked, &mut found)?;
        Ok(found)
    })
    .await
}

/// How many cards stand under each tab, as the tab opens.
fn counts(
    tx: &ReadTx<'_>,
    filter: &Filter,
    here: Option<crate::base::LocationId>,
) -> Result<Vec<(Stage, u32)>, Fault> {
    let open = [Stage::ToSend, Stage::UnderWay, Stage::ToReceive, Stage::Returns];
    open.into_iter()
        .map(|stage| {
            let from = here.filter(|_| stage == Stage::ToSend);
            let to = here.filter(|_| stage == Stage::ToReceive);
            let all = Filter { stage, from, to, day: None, status: None, within: filter.within.clone() };
            Ok((stage, transfers::count(tx, &all)?))
        })
        .collect()
}

/// The cards and bookings of the rows.
fn fill(tx: &ReadTx<'_>, asked: &Asked, found: &mut Found) -> Result<(), Fault> {
    let mut ids: Vec<_> = found.listed.iter().map(|one| one.transfer.card).collect();
    ids.extend(&asked.among);
    ids.extend(found.scanned.iter().map(|one| one.card));
    found.cards = cards::of_ids(tx, &ids)?;
    found.alikes = Alikes::read(tx, ids)?;
    let wanted: Vec<_> = found.listed.iter().filter_map(|one| Some(one.transfer.want?.booking)).collect();
    found.bookings = booking::of_ids(tx, &wanted)?;
    Ok(())
}
