//! Handing a card over from its own page, and taking that back.
//!
//! Spec: 7(2)⑦.

use axum::response::Response;
use serde::Serialize;

use super::next::own_act_of_today;
use super::{Head, at, find};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, Minute};
use crate::booking::{self, Booking, CounterError, Outcome, UndoHandOver, WalkIn};
use crate::cards::{self, Card, CardStatus, UndoIssue};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::alike::{Alikes, Beware};
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::Places;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// What is drawn before a card is handed over.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct HandOver {
    pub(super) head: Head,
    /// The office that hands over.
    pub(super) office: String,
    /// The live booking of this person, if there is one: it is used, or given up when it is for a later day.
    pub(super) booked: Option<(Day, Minute, bool)>,
    pub(super) same_notice: usize,
    /// Other people whom this one can be taken for.
    pub(super) beware: Vec<Beware>,
    pub(super) wrong: Vec<Wrong>,
}

/// What is drawn before a hand-over is taken back.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Undo {
    pub(super) head: Head,
    pub(super) needs_reason: bool,
    pub(super) reason: String,
    pub(super) wrong: Vec<Wrong>,
}

impl View for HandOver {
    const TEMPLATE: &'static str = "staff/card_hand_over.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::hand_over()
    }
}

impl View for Undo {
    const TEMPLATE: &'static str = "staff/card_undo.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::undo()
    }
}

async fn page(ctx: &StaffCtx, card: Card, wrong: Vec<Wrong>) -> Result<HandOver, PageError> {
    let (head, today) = (Head::of(ctx, &card), ctx.today());
    let sight = Sight::of(&ctx.signed);
    let read = move |tx: &ReadTx<'_>| {
        let alikes = Alikes::read(tx, [card.id])?;
        let beware = alikes.of(&card, sight, &Places::read(tx, None)?);
        let same = cards::same_notice(tx, &card)?.len();
        Ok::<_, Fault>((booking::live_of_card(tx, card.id)?, same, beware))
    };
    let (live, same, beware) = ctx.read(read).await?;
    Ok(HandOver {
        head,
        office: ctx.place().map(|place| place.name.clone()).unwrap_or_default(),
        booked: live.map(|booking| (booking.day, booking.starts, booking.day > today)),
        same_notice: same,
        beware: beware.into_iter().collect(),
        wrong,
    })
}

/// Asks whether this is the person.
pub(in crate::web::staff) async fn ask_hand_over(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let card = find(&ctx, id).await?;
    let view = page(&ctx, card, Vec::new()).await?;
    ctx.page(&view)
}

/// Hands it over.
pub(in crate::web::staff) async fn hand_over(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, .. } = post;
    let card = CardId::of(id);
    let Some(place) = ctx.place().map(|place| place.id) else { return Err(PageError::NotFound) };
    let wish = WalkIn { card, location: place };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::hand_over_walk_in(tx, &wish)).await {
        Ok(done) => {
            let said =
                if done.changed { "交付済にしました。" } else { "すでに交付済でした。" };
            let back = format!("/cards/{id}/undo");
            Ok(ctx.to_with(&at(card), Flash::done(said).with_act(back, "元に戻す", &[])))
        }
        Err(refused) => {
            let wrong = vec![Wrong::new("go", wording::counter(refused)?)];
            let view = page(&ctx, find(&ctx, id).await?, wrong).await?;
            ctx.again(&view)
        }
    }
}

/// Asks why, where it has to be said.
pub(in crate::web::staff) async fn ask_undo(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let card = find(&ctx, id).await?;
    let own = own_act_of_today(&ctx, &card).await?;
    ctx.page(&Undo {
        head: Head::of(&ctx, &card),
        needs_reason: !own,
        reason: String::new(),
        wrong: Vec::new(),
    })
}

/// Takes the hand-over back.
pub(in crate::web::staff) async fn undo(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let card = find(&ctx, id).await?;
    let reason = fields.get("reason");
    let own = own_act_of_today(&ctx, &card).await?;
    let given = Some(reason.clone()).filter(|reason| !reason.is_empty());
    let later = ctx.may(Permission::OverrideStatus);
    let (row, status) = (card.id, card.status);
    let undone = ctx.city.db.write(ctx.actor(), move |tx| take_back(tx, row, given.clone(), later)).await;
    match undone {
        Ok(()) if status == CardStatus::Issued => {
            Ok(ctx.to_with(&at(row), Flash::done("交付を取り消しました。")))
        }
        Ok(()) => Ok(ctx.to(&at(row))),
        Err(refused) => {
            let wrong = vec![Wrong::new("reason", wording::counter(refused)?)];
            ctx.again(&Undo { head: Head::of(&ctx, &card), needs_reason: !own, reason, wrong })
        }
    }
}

/// The hand-over of a visit is taken back with the visit; one from before there were visits, by itself.
fn take_back(
    tx: &WriteTx<'_>,
    card: CardId,
    reason: Option<String>,
    may_undo_later: bool,
) -> Result<(), CounterError> {
    let is_issued = cards::get(tx, card)?.is_some_and(|card| card.status == CardStatus::Issued);
    if !is_issued {
        return Ok(());
    }
    if let Some(booking) = visit(tx, card)? {
        let wish = UndoHandOver { booking, people: vec![card.into()], reason, may_undo_later };
        booking::undo_hand_over(tx, &wish)?;
        return Ok(());
    }
    cards::undo_issue(tx, &UndoIssue { card, reason, expect_version: None, may_undo_later })?;
    Ok(())
}

fn visit(tx: &WriteTx<'_>, card: CardId) -> Result<Option<BookingId>, Fault> {
    let handed =
        |one: &&Booking| one.member_of(card).is_some_and(|member| member.outcome == Some(Outcome::Issued));
    Ok(booking::of_card(tx, card)?.iter().find(handed).map(|booking| booking.id))
}
