//! The addresses that letters do not reach, and taking one off the list.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::samples;
use crate::accounts::Permission;
use crate::base::{CardId, MailFailureId, Moment, OutboxId};
use crate::cards;
use crate::db::{Fault, ReadTx};
use crate::mail::{self, Failure, Lift, LiftError};
use crate::render::View;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Addresses of one page.
const PAGE: usize = 50;

/// The list as it is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Failures {
    pub(super) rows: Vec<Line>,
    pub(super) older: Option<String>,
    pub(super) later_page: bool,
    pub(super) after: u16,
    pub(super) may_act: bool,
    pub(super) may_set: bool,
}

/// One address.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) id: i64,
    pub(super) email: String,
    pub(super) tag: (&'static str, &'static str),
    pub(super) hard: u32,
    pub(super) soft: u32,
    pub(super) first: Moment,
    pub(super) last: Moment,
    pub(super) answer: String,
    pub(super) letter: Option<OutboxId>,
    pub(super) suppressed: Option<Moment>,
    /// Cards that have it: row, notice ID, name, whether somebody may replace the address there.
    pub(super) cards: Vec<(CardId, String, String)>,
}

impl View for Failures {
    const TEMPLATE: &'static str = "staff/mail_failures.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::failures()
    }
}

/// The form that takes an address off the list.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct One {
    pub(super) line: Line,
    pub(super) reason: String,
    pub(super) may_act: bool,
    pub(super) may_book: bool,
    pub(super) wrong: Vec<Wrong>,
}

impl View for One {
    const TEMPLATE: &'static str = "staff/mail_failure.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::failure()
    }
}

type Known = (Failure, Vec<cards::Card>);

fn with_cards(tx: &ReadTx<'_>, failure: Failure) -> Result<Known, Fault> {
    let cards = cards::of_ids(tx, &failure.cards)?.into_values().collect();
    Ok((failure, cards))
}

fn line(ctx: &StaffCtx, (failure, cards): &Known) -> Line {
    let sight = Sight::of(&ctx.signed);
    Line {
        id: failure.id.get(),
        email: sight.email(&failure.email),
        tag: wording::mail_failure(failure),
        hard: failure.hard,
        soft: failure.soft,
        first: failure.first_at,
        last: failure.last_at,
        answer: failure.last_answer.clone(),
        letter: failure.last_letter,
        suppressed: failure.suppressed_at,
        cards: cards.iter().map(|card| (card.id, sight.notice(card), sight.name(card))).collect(),
    }
}

/// The list, the last failure first.
pub(in crate::web::staff) async fn list(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::new(query);
    let after = match (fields.get("at").parse(), fields.get("row").parse()) {
        (Ok(at), Ok(row)) => Some((Moment::from_millis(at), MailFailureId::of(row))),
        _ => None,
    };
    let mut known = ctx
        .read(move |tx| {
            let found = mail::failures(tx, after, PAGE + 1)?;
            found.into_iter().map(|one| with_cards(tx, one)).collect::<Result<Vec<_>, Fault>>()
        })
        .await?;
    let more = known.len() > PAGE;
    known.truncate(PAGE);
    let last = known.last().filter(|_| more).map(|(last, _)| last);
    let view = Failures {
        older: last.map(|last| format!("/mail/failures?at={}&row={}#main", last.last_at.millis(), last.id)),
        rows: known.iter().map(|one| line(&ctx, one)).collect(),
        later_page: after.is_some(),
        after: ctx.settings.mail_suppress_after,
        may_act: ctx.may(Permission::Mail),
        may_set: ctx.may(Permission::Settings),
    };
    ctx.saw("mail.failures", None).await?;
    ctx.page(&view)
}

/// One address with the form that takes it off.
pub(in crate::web::staff) async fn one(ctx: StaffCtx, Row(row): Row) -> Result<Response, PageError> {
    let view = form(&ctx, row, String::new(), Vec::new()).await?;
    ctx.saw("mail.failures", None).await?;
    ctx.page(&view)
}

async fn form(ctx: &StaffCtx, row: i64, reason: String, wrong: Vec<Wrong>) -> Result<One, PageError> {
    let known = ctx.read(move |tx| {
        let found = mail::failure(tx, MailFailureId::of(row))?;
        found.map(|one| with_cards(tx, one)).transpose()
    });
    let known: Option<Known> = known.await?;
    let known = known.ok_or(PageError::NotFound)?;
    Ok(One {
        line: line(ctx, &known),
        reason,
        may_act: ctx.may(Permission::Mail),
        may_book: ctx.may(Permission::Book),
        wrong,
    })
}

/// Takes it off, with the reason.
pub(in crate::web::staff) async fn lift(Row(row): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let reason = fields.get("reason");
    let wish = Lift { failure: MailFailureId::of(row), reason: reason.clone() };
    let wrong = match ctx.city.db.write(ctx.actor(), move |tx| mail::lift(tx, &wish)).await {
        Ok(()) => {
            let said = "メール不達を解除しました。一斉メールと自動のメールも、このアドレスへまた送ります。";
            return Ok(ctx.to_with("/mail/failures#main", Flash::done(said)));
        }
        Err(LiftError::NotFound) => {
            let said = "このアドレスの不達は、すでに解除されています。";
            return Ok(ctx.to_with("/mail/failures#main", Flash::mind(said)));
        }
        Err(LiftError::ReasonNeeded) => Wrong::new("reason", "届くとわかった理由を入力してください。"),
        Err(LiftError::BadReason) => Wrong::new("reason", "理由は200字まで、1行で入力してください。"),
        Err(LiftError::Fault(fault)) => return Err(fault.into()),
    };
    ctx.again(&form(&ctx, row, reason, vec![wrong]).await?)
}
