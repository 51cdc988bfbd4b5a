//! Another status for a card: by the table, or beyond it with the permission and a reason.
//!
//! Spec: 7(2)⑦.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::conflict::{Overtaken, both, left};
use super::{Head, at, find};
use crate::accounts::Permission;
use crate::base::{BatchId, CardId, Day, Minute};
use crate::booking::many::{ProposeError, SetWishError, Wish};
use crate::booking::{self, CounterError};
use crate::cards::{Card, CardStatus, Transition, TransitionError};
use crate::db::WriteTx;
use crate::render::View;
use crate::web::staff::many::wanted::{Typed, Wanted, has_day};
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::tail;
use crate::web::staff::{Flash, StaffCtx, StaffPost, many, wording};
use crate::web::{Fields, PageError};

/// What is drawn.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "one for each thing that the sheet asks or warns of")]
pub(in crate::web::staff) struct Status {
    pub(super) head: Head,
    /// The status that is chosen already: code, word.
    pub(super) to: Option<(&'static str, &'static str)>,
    /// What can be chosen: code, word, whether the table allows it, whether it is chosen.
    pub(super) choices: Vec<Choice>,
    /// Reason, codes and day as they were typed.
    pub(super) wanted: Wanted,
    /// Heading of the codes that explain the chosen status.
    pub(super) explained: Option<&'static str>,
    /// What the day is, where one belongs to the step.
    pub(super) day: Option<&'static str>,
    pub(super) needs_reason: bool,
    pub(super) beyond: bool,
    /// Whether the card does not come back from there, so that its number is typed once more.
    pub(super) last: bool,
    /// Whether somebody else has to approve it.
    pub(super) by_two: bool,
    /// The live booking that ends with it: day and time.
    pub(super) ends: Option<(Day, Minute)>,
    pub(super) wrong: Vec<Wrong>,
}

/// One status to choose.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) code: &'static str,
    pub(super) word: &'static str,
    pub(super) legal: bool,
    pub(super) chosen: bool,
}

impl View for Status {
    const TEMPLATE: &'static str = "staff/card_status.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::status()
    }
}

/// The statuses that this person may give the card now, those of the table first. Handing over has a page of its own.
pub(super) fn reachable(ctx: &StaffCtx, card: &Card) -> Vec<(CardStatus, bool)> {
    let legal = |to: CardStatus| card.status.may_become(to, card.status_before);
    let override_too = ctx.may(Permission::OverrideStatus) && card.status != CardStatus::Issued;
    let beyond = |to: CardStatus| override_too && !to.is_by_two();
    let all = CardStatus::ALL.into_iter().filter(|to| *to != card.status && *to != CardStatus::Issued);
    let mut found: Vec<(CardStatus, bool)> =
        all.map(|to| (to, legal(to))).filter(|(to, legal)| *legal || beyond(*to)).collect();
    found.sort_by_key(|(_, legal)| !legal);
    found
}

async fn page(ctx: &StaffCtx, card: &Card, typed: &Typed, wrong: Vec<Wrong>) -> Result<Status, PageError> {
    let (choices, to, id) = (reachable(ctx, card), typed.to, card.id);
    let legal = to.is_none_or(|to| choices.iter().any(|(one, legal)| *one == to && *legal));
    let live = ctx.read(move |tx| booking::live_of_card(tx, id)).await?;
    let ends = live.filter(|_| to.is_some_and(CardStatus::ends_bookings));
    let choice = |(one, legal): (CardStatus, bool)| Choice {
        code: one.code(),
        word: wording::card_status(one),
        legal,
        chosen: Some(one) == to,
    };
    Ok(Status {
        head: Head::of(ctx, card),
        to: to.map(|to| (to.code(), wording::card_status(to))),
        choices: choices.into_iter().map(choice).collect(),
        wanted: typed.drawn(ctx),
        explained: to.filter(|to| !wording::reason_codes(*to).is_empty()).map(wording::card_status),
        day: to.is_none_or(has_day).then(|| to.map_or("日付（通知書の発送日、保留の期限）", day_word)),
        needs_reason: !legal || to.is_some_and(needs_words),
        beyond: !legal,
        last: to.is_some_and(is_last),
        by_two: to.is_some_and(CardStatus::is_by_two),
        ends: ends.map(|live| (live.day, live.starts)),
        wrong,
    })
}

/// Whether a reason in words is always needed.
fn needs_words(to: CardStatus) -> bool {
    to.needs_reason() && wording::reason_codes(to).is_empty()
}

fn day_word(to: CardStatus) -> &'static str {
    match to {
        CardStatus::OnHold => "保留の期限（決まっていれば）",
        CardStatus::Disposed => "統合端末で処理した日",
        _ => "通知書の発送日（入れないと今日）",
    }
}

fn is_last(to: CardStatus) -> bool {
    matches!(to, CardStatus::Disposed | CardStatus::DefectReturned)
}

/// Asks for the status, or only for its reason when the address names one.
pub(in crate::web::staff) async fn ask_status(
    ctx: StaffCtx,
    Row(id): Row,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let card = find(&ctx, id).await?;
    let to = query.get("to").and_then(|code| CardStatus::from_code(code));
    let to = to.filter(|to| reachable(&ctx, &card).iter().any(|(one, _)| one == to));
    ctx.page(&page(&ctx, &card, &Typed::starting(to), Vec::new()).await?)
}

/// Gives it, or proposes it where it takes two people.
pub(in crate::web::staff) async fn status(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let card = find(&ctx, id).await?;
    if let Some(left) = left(&ctx, card.id, &fields) {
        return Ok(left);
    }
    let typed = Typed::of(&fields);
    let wish = match typed.read_for(&ctx, |to| to != CardStatus::Issued) {
        Ok(wish) => wish,
        Err(wrong) => return ctx.again(&page(&ctx, &card, &typed, wrong).await?),
    };
    let number = fields.get("number").to_ascii_uppercase();
    if is_last(wish.to) && crate::base::text::nfkc(&number) != tail(&card) {
        let wrong = vec![Wrong::new("number", "交付通知書IDの終わりの3文字を入力してください。")];
        return ctx.again(&page(&ctx, &card, &typed, wrong).await?);
    }
    let version = fields.get("version").parse().unwrap_or_default();
    let (row, to, may_override) = (card.id, wish.to, ctx.may(Permission::OverrideStatus));
    let done = ctx.city.db.write(ctx.actor(), move |tx| give(tx, row, version, &wish, may_override)).await;
    match done {
        Ok(Given::Proposed(batch)) => {
            let said = "廃棄を提案しました。ほかの人が承認すると、廃棄済になります。";
            Ok(ctx.to_with(&many::at(batch), Flash::done(said)))
        }
        Ok(Given::Done { ended }) => {
            let word = wording::card_status(to);
            let more = if ended { "予約は取り消しました。" } else { "" };
            Ok(ctx.to_with(&at(row), Flash::done(format!("状態を「{word}」にしました。{more}"))))
        }
        Err(CounterError::Card(TransitionError::Conflict { now })) => {
            overtaken(&ctx, &now, to, &fields).await
        }
        Err(refused) => {
            let field = match refused {
                CounterError::Card(TransitionError::ReasonNeeded | TransitionError::BadReason) => "reason",
                CounterError::Card(TransitionError::BadDay) => "on",
                _ => "to",
            };
            let wrong = vec![Wrong::new(field, wording::counter(refused)?)];
            ctx.again(&page(&ctx, &card, &typed, wrong).await?)
        }
    }
}

/// What became of the wish.
enum Given {
    Done { ended: bool },
    Proposed(BatchId),
}

fn give(
    tx: &WriteTx<'_>,
    card: CardId,
    version: i64,
    wish: &Wish,
    may_override: bool,
) -> Result<Given, CounterError> {
    if wish.to.is_by_two() {
        return match booking::many::propose_one(tx, card, version, wish) {
            Ok(batch) => Ok(Given::Proposed(batch)),
            Err(ProposeError::Card(refused)) => Err(refused.into()),
            Err(ProposeError::List(SetWishError::BadDay)) => Err(TransitionError::BadDay.into()),
            Err(ProposeError::List(SetWishError::BadReason)) => Err(TransitionError::BadReason.into()),
            Err(ProposeError::List(SetWishError::NotOpen)) => Err(CounterError::NotFound),
            Err(ProposeError::List(SetWishError::Fault(fault)) | ProposeError::Fault(fault)) => {
                Err(fault.into())
            }
        };
    }
    let step = Transition {
        reason: wish.reason.clone(),
        code: wish.code,
        on: wish.on,
        expect_version: Some(version),
        may_override,
        ..Transition::of(card, wish.to)
    };
    let changed = booking::many::set_status(tx, &step, None)?;
    Ok(Given::Done { ended: changed.ended.is_some() })
}

/// Somebody else was faster: both are shown.
async fn overtaken(
    ctx: &StaffCtx,
    now: &Card,
    to: CardStatus,
    fields: &Fields,
) -> Result<Response, PageError> {
    let again = ["seen", "reason", "code", "on", "evidence", "number"];
    let mut again: Vec<_> = again.into_iter().map(|name| (name, fields.get(name))).collect();
    again.push(("to", to.code().to_owned()));
    let (mine, stands) = (wording::card_status(to).to_owned(), wording::label(now.label).0.to_owned());
    both(ctx, now, Overtaken { act: "status", rows: vec![("状態", mine, stands)], fields: again }).await
}
