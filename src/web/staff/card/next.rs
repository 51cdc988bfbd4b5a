//! What can be done next with a card, by this person, in the order of a clerk's work.

use serde::Serialize;

use super::status::reachable;
use crate::accounts::Permission;
use crate::booking::{Booking, BookingStatus};
use crate::cards::{Card, CardStatus};
use crate::history;
use crate::web::PageError;
use crate::web::staff::{StaffCtx, nav, wording};

/// The buttons and links of a card's head.
#[derive(Debug, Default, Serialize)]
pub(super) struct Next {
    /// The one filled button.
    pub(super) first: Option<Step>,
    pub(super) others: Vec<Step>,
    /// Statuses of the table, in the menu.
    pub(super) statuses: Vec<(&'static str, &'static str)>,
    /// Whether the menu leads to the statuses beyond the table.
    pub(super) beyond: bool,
}

/// One thing to do.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) label: &'static str,
    /// Below the city's path.
    pub(super) path: String,
    /// Whether it is done at once by a form; a link asks first.
    pub(super) post: bool,
}

impl Step {
    fn link(label: &'static str, path: String) -> Self {
        Self { label, path, post: false }
    }

    fn post(label: &'static str, path: String) -> Self {
        Self { label, path, post: true }
    }
}

pub(super) fn next(ctx: &StaffCtx, card: &Card, live: Option<&Booking>) -> Next {
    let mut steps = counter(ctx, card, live);
    if ctx.may(Permission::Book) && live.is_none() && card.may_be_booked() && nav::leads("/bookings/new") {
        steps.push(Step::link("この方の予約を登録", format!("/bookings/new?member={}#main", card.id)));
    }
    let mut found = Next::default();
    if ctx.may(Permission::SetStatus) {
        let all = reachable(ctx, card);
        let legal = all.iter().filter(|(_, legal)| *legal);
        found.statuses = legal.map(|(to, _)| (to.code(), wording::card_status(*to))).collect();
        found.beyond = all.iter().any(|(_, legal)| !legal);
    }
    let undoes = steps.first().is_some_and(|step| step.label == UNDO);
    if !steps.is_empty() && !undoes {
        found.first = Some(steps.remove(0));
    }
    found.others = steps;
    found
}

const UNDO: &str = "交付を取り消す";

/// What the counter does with it.
fn counter(ctx: &StaffCtx, card: &Card, live: Option<&Booking>) -> Vec<Step> {
    if !ctx.may(Permission::ServeCounter) || ctx.place().is_none() {
        return Vec::new();
    }
    if card.status == CardStatus::Issued {
        return vec![Step::link(UNDO, format!("/cards/{}/undo", card.id))];
    }
    if !card.status.may_become(CardStatus::Issued, card.status_before) {
        return Vec::new();
    }
    let hand_over = Step::link("交付する", format!("/cards/{}/hand-over", card.id));
    let comes =
        live.filter(|booking| booking.day == ctx.today() && booking.status == BookingStatus::Confirmed);
    let here = comes.filter(|booking| ctx.place().is_some_and(|place| place.id == booking.location));
    match here {
        Some(booking) => {
            vec![Step::post("受付にする", format!("/bookings/{}/check-in", booking.id)), hand_over]
        }
        None => vec![hand_over],
    }
}

/// Whether this person recorded the hand-over today, so that no reason is asked for.
pub(super) async fn own_act_of_today(ctx: &StaffCtx, card: &Card) -> Result<bool, PageError> {
    if card.status_at.day() != ctx.today() {
        return Ok(false);
    }
    let id = card.id;
    let entries = ctx.read(move |tx| history::of_card(tx, id)).await?;
    let issued = entries.iter().find(|entry| {
        let after = entry.detail.iter().flat_map(|detail| detail.changes.iter());
        after.filter(|change| change.field == "status").any(|change| change.after() == Some("issued"))
    });
    Ok(issued.is_some_and(|entry| entry.staff == Some(ctx.signed.id)))
}
