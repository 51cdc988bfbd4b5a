//! The addresses whose owners want no news by mail, and what staff were told by telephone.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use crate::base::{CardId, Email, MailRefusalId, Moment, Personal};
use crate::cards;
use crate::db::{Fault, ReadTx};
use crate::mail::{self, Accept, Refusal, Refuse, RefuseError};
use crate::render::View;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Addresses of one page.
const PAGE: usize = 50;

/// The list with the form above it.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Refusals {
    rows: Vec<Line>,
    older: Option<i64>,
    later_page: bool,
    email: String,
    reason: String,
    wrong: Vec<Wrong>,
}

/// The form that sends news to an address again.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct One {
    line: Line,
    reason: String,
    wrong: Vec<Wrong>,
}

/// One address.
#[derive(Clone, Debug, Serialize)]
struct Line {
    id: i64,
    email: String,
    at: Moment,
    told: Option<String>,
    /// Cards that have it: row, notice ID, name.
    cards: Vec<(CardId, String, String)>,
}

impl View for Refusals {
    const TEMPLATE: &'static str = "staff/mail_refusals.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |rows: Vec<Line>, wrong: Vec<Wrong>| Self {
            older: (!wrong.is_empty()).then_some(1),
            later_page: !wrong.is_empty(),
            rows,
            email: String::new(),
            reason: String::new(),
            wrong,
        };
        let wrong = ["email", "reason"].map(|field| Wrong::new(field, "入力してください。")).into();
        vec![
            ("nobody refuses news", of(Vec::new(), Vec::new())),
            ("some refuse news", of(vec![Line::sample(true), Line::sample(false)], wrong)),
        ]
    }
}

impl View for One {
    const TEMPLATE: &'static str = "staff/mail_refusal.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |by, wrong| Self { line: Line::sample(by), reason: String::new(), wrong };
        vec![
            ("somebody refuses news", of(true, Vec::new())),
            ("the same, wrong", of(false, vec![Wrong::new("reason", "理由を入力してください。")])),
        ]
    }
}

impl Line {
    fn sample(told: bool) -> Self {
        Self {
            id: 1,
            email: "ta***@example.jp".to_owned(),
            at: Moment::from_millis(1_775_980_800_000),
            told: told.then(|| "山田 花子".to_owned()),
            cards: vec![(CardId::of(1), "A13-345603".to_owned(), "田中 健太".to_owned())],
        }
    }
}

type Known = (Refusal, Vec<cards::Card>);

/// Each with the cards of its address, read in one go.
fn with_cards(tx: &ReadTx<'_>, found: Vec<Refusal>) -> Result<Vec<Known>, Fault> {
    let emails: Vec<&Personal<String>> = found.iter().map(|one| &one.email).collect();
    let ids = mail::cards_of_each(tx, &emails)?;
    let cards = cards::of_ids(tx, &ids.concat())?;
    let of = |ids: Vec<CardId>| ids.iter().filter_map(|id| cards.get(id).cloned()).collect();
    Ok(found.into_iter().zip(ids).map(|(one, ids)| (one, of(ids))).collect())
}

fn line(ctx: &StaffCtx, (one, cards): &Known) -> Line {
    let sight = Sight::of(&ctx.signed);
    Line {
        id: one.id.get(),
        email: sight.email(&one.email),
        at: one.refused_at,
        told: one.told.clone(),
        cards: cards.iter().map(|card| (card.id, sight.notice(card), sight.name(card))).collect(),
    }
}

/// The list, the last one first.
pub(in crate::web::staff) async fn list(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let after = Fields::new(query).get("after").parse().ok();
    let view = view(&ctx, after, (String::new(), String::new()), Vec::new()).await?;
    ctx.saw("mail.refusals", None).await?;
    ctx.page(&view)
}

async fn view(
    ctx: &StaffCtx,
    after: Option<i64>,
    (email, reason): (String, String),
    wrong: Vec<Wrong>,
) -> Result<Refusals, PageError> {
    let mut known = ctx
        .read(move |tx| {
            let found = mail::refusals(tx, after.map(MailRefusalId::of), PAGE + 1)?;
            with_cards(tx, found)
        })
        .await?;
    let more = known.len() > PAGE;
    known.truncate(PAGE);
    Ok(Refusals {
        older: known.last().filter(|_| more).map(|(last, _)| last.id.get()),
        later_page: after.is_some(),
        rows: known.iter().map(|one| line(ctx, one)).collect(),
        email,
        reason,
        wrong,
    })
}

/// Notes that somebody told staff that they want no news.
pub(in crate::web::staff) async fn refuse(
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let (typed, reason) = (fields.get("email"), fields.get("reason"));
    let wrong = match Email::parse(&typed) {
        Err(error) => Wrong::new("email", wording::email(error)),
        Ok(email) => {
            let wish = Refuse { email, reason: reason.clone() };
            match ctx.city.db.write(ctx.actor(), move |tx| mail::refuse(tx, &wish)).await {
                Ok(_) => {
                    let said = "このアドレスへのお知らせを止めました。手続きのメールは、これからも送ります。";
                    return Ok(ctx.to_with("/mail/refusals#main", Flash::done(said)));
                }
                Err(refusal) => wrong_of(refusal)?,
            }
        }
    };
    ctx.again(&view(&ctx, None, (typed, reason), vec![wrong]).await?)
}

fn wrong_of(refusal: RefuseError) -> Result<Wrong, PageError> {
    Ok(match refusal {
        RefuseError::Already => Wrong::new("email", "このアドレスは、すでに止めています。"),
        RefuseError::BadReason => Wrong::new("reason", "申し出の内容は200字まで、1行で入力してください。"),
        RefuseError::ReasonNeeded => {
            Wrong::new("reason", "だれから、どのように申し出があったかを入力してください。")
        }
        RefuseError::Fault(fault) => return Err(fault.into()),
    })
}

/// One address with the form that sends news to it again.
pub(in crate::web::staff) async fn one(ctx: StaffCtx, Row(row): Row) -> Result<Response, PageError> {
    let view = form(&ctx, row, String::new(), Vec::new()).await?;
    ctx.saw("mail.refusals", None).await?;
    ctx.page(&view)
}

async fn form(ctx: &StaffCtx, row: i64, reason: String, wrong: Vec<Wrong>) -> Result<One, PageError> {
    let read = move |tx: &ReadTx<'_>| {
        let found = mail::refusal(tx, MailRefusalId::of(row))?;
        with_cards(tx, found.into_iter().collect())
    };
    let known = ctx.read(read).await?;
    Ok(One { line: line(ctx, known.first().ok_or(PageError::NotFound)?), reason, wrong })
}

/// Sends news to it again.
pub(in crate::web::staff) async fn accept(
    Row(row): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let reason = fields.get("reason");
    let wish = Accept { refusal: MailRefusalId::of(row), reason: reason.clone() };
    let flash = match ctx.city.db.write(ctx.actor(), move |tx| mail::accept(tx, &wish)).await {
        Ok(()) => Flash::done("このアドレスへ、お知らせをまた送ります。"),
        Err(RefuseError::Already) => {
            Flash::mind("このアドレスは、すでにお知らせを受け取ることになっています。")
        }
        Err(refusal) => {
            let wrong = wrong_of(refusal)?;
            return ctx.again(&form(&ctx, row, reason, vec![wrong]).await?);
        }
    };
    Ok(ctx.to_with("/mail/refusals#main", flash))
}
