//! The list is read and shown.

use axum::extract::Query;
use axum::response::Response;

use super::ask::{Asked, For};
use super::view::{Found, PullPage, Wanted, draw};
use crate::base::{Day, LocationId};
use crate::booking;
use crate::calendar;
use crate::cards;
use crate::db::{Fault, ReadTx};
use crate::transfers::{self, Due, Filter, Stage};
use crate::web::staff::StaffCtx;
use crate::web::staff::alike::Alikes;
use crate::web::staff::parts::Wrong;
use crate::web::{Fields, PageError};

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, &Fields::new(query))?;
    let view = read(&ctx, &asked, Vec::new()).await?;
    ctx.saw("pull", None).await?;
    ctx.page(&view)
}

pub(super) async fn read(ctx: &StaffCtx, asked: &Asked, wrong: Vec<Wrong>) -> Result<PullPage, PageError> {
    let found = find(ctx, asked).await?;
    Ok(draw(ctx, asked, &found, wrong))
}

pub(super) async fn find(ctx: &StaffCtx, asked: &Asked) -> Result<Found, Fault> {
    let asked = asked.clone();
    ctx.read(move |tx| {
        let mut found = Found { storages: calendar::storages(tx)?, ..Found::default() };
        let locations = calendar::locations(tx)?;
        found.locations = locations.into_iter().map(|one| (one.id, one.name)).collect();
        found.wanted = match asked.purpose {
            For::Counter => booking::needed(tx, &asked.filter())?.into_iter().map(Wanted::of).collect(),
            For::Route(to) => to_send(tx, &asked, to)?,
        };
        found.back = back(tx, asked.location)?;
        let mut ids = asked.among.clone();
        ids.extend(asked.scanned);
        found.cards = cards::of_ids(tx, &ids)?;
        let shown = found.wanted.iter().map(|one| one.card.id).chain(found.back.iter().map(|card| card.id));
        found.alikes = Alikes::read(tx, shown.chain(asked.scanned).collect::<Vec<_>>())?;
        if let Some(scanned) = asked.scanned {
            found.scanned = transfers::open_of(tx, scanned)?;
        }
        Ok(found)
    })
    .await
}

/// What has to be sent from here to a place on the day, or before it.
fn to_send(tx: &ReadTx<'_>, asked: &Asked, to: LocationId) -> Result<Vec<Wanted>, Fault> {
    let filter =
        Filter { stage: Stage::ToSend, from: Some(asked.location), to: Some(to), ..Filter::default() };
    let listed = transfers::list(tx, &filter)?;
    let due: Vec<_> = listed.into_iter().filter(|one| is_due(one.due, asked.day, tx.today())).collect();
    let ids: Vec<_> = due.iter().map(|one| one.transfer.card).collect();
    let known = cards::of_ids(tx, &ids)?;
    let wanted: Vec<_> = due.iter().filter_map(|one| Some(one.transfer.want?.booking)).collect();
    let bookings = booking::of_ids(tx, &wanted)?;
    let all = due.iter().filter_map(|one| {
        let card = known.get(&one.transfer.card)?;
        let booking = one.transfer.want.and_then(|want| bookings.get(&want.booking));
        Some(Wanted::to_send(card.clone(), one, booking))
    });
    Ok(all.collect())
}

fn is_due(due: Due, day: Day, today: Day) -> bool {
    match due {
        Due::SendBy(by) => by <= day,
        Due::SendToday => today <= day,
        Due::TooLate(_) => true,
        Due::Open | Due::Expected(_) | Due::Overdue(_) | Due::AfterBooking(_) => false,
    }
}

/// Cards that were taken for nothing and lie beside their shelf.
fn back(tx: &ReadTx<'_>, location: LocationId) -> Result<Vec<cards::Card>, Fault> {
    let ids = booking::pulled_for_nothing(tx, location)?;
    let known = cards::of_ids(tx, &ids)?;
    Ok(ids.iter().filter_map(|id| known.get(id).cloned()).collect())
}
