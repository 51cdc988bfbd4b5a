//! Pages that ask before something is done: for whom, what is missing, why.

use axum::response::Response;
use serde::Serialize;

use super::acts::{own, people, serve};
use crate::base::{BookingId, CardId, Day, Minute};
use crate::booking::{Act, Applicant, BoardRow, Outcome, Who};
use crate::cards::{self, CardStatus, ReasonCode};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::alike::{Alikes, Beware};
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::Places;
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// One person of the booking.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    /// As forms name them.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) notice: String,
    pub(super) birth: Option<String>,
    pub(super) place: String,
    pub(super) tag: (&'static str, &'static str),
    /// Whether something can still be done for them.
    pub(super) open: bool,
    pub(super) ticked: bool,
}

/// The booking that a question is about.
#[derive(Debug, Serialize)]
pub(super) struct About {
    pub(super) id: BookingId,
    pub(super) no: String,
    pub(super) day: Day,
    pub(super) starts: Minute,
    pub(super) place: String,
    /// What for, where it is not the hand-over of cards.
    pub(super) procedure: Option<String>,
    pub(super) people: Vec<Person>,
    /// Whom these people can be taken for.
    pub(super) beware: Vec<Beware>,
}

/// Who of a family gets the card now.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Choose {
    pub(super) about: About,
    pub(super) wrong: Vec<Wrong>,
}

/// What is missing.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Lacking {
    pub(super) about: About,
    /// What is usually missing: word, sentence.
    pub(super) usual: Vec<(&'static str, &'static str)>,
    pub(super) reason: String,
    pub(super) more: String,
    pub(super) asked: bool,
    pub(super) wrong: Vec<Wrong>,
}

/// Why somebody else's hand-over, or an earlier day's, is taken back.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Why {
    pub(super) about: About,
    pub(super) cards: Vec<String>,
    pub(super) reason: String,
    pub(super) wrong: Vec<Wrong>,
}

impl View for Choose {
    const TEMPLATE: &'static str = "staff/issue.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::choose()
    }
}

impl View for Lacking {
    const TEMPLATE: &'static str = "staff/incomplete.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::lacking()
    }
}

impl View for Why {
    const TEMPLATE: &'static str = "staff/undo.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::why()
    }
}

/// Asks who of a family gets the card now.
pub(in crate::web::staff) async fn choose(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let row = own(&ctx, BookingId::of(id)).await?;
    let about = about(&ctx, &row, None).await?;
    ctx.page(&Choose { about, wrong: Vec::new() })
}

/// The same with what was wrong.
pub(super) async fn choose_again(ctx: &StaffCtx, id: BookingId, wrong: &str) -> Result<Response, PageError> {
    let row = own(ctx, id).await?;
    let about = about(ctx, &row, Some(&[])).await?;
    ctx.again(&Choose { about, wrong: vec![Wrong::new("p1", wrong)] })
}

/// Asks what is missing.
pub(in crate::web::staff) async fn lacking(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let row = own(&ctx, BookingId::of(id)).await?;
    let about = about(&ctx, &row, None).await?;
    let (reason, more) = (String::new(), String::new());
    ctx.page(&Lacking { about, usual: usual(), reason, more, asked: false, wrong: Vec::new() })
}

/// Notes what is missing for one person.
pub(in crate::web::staff) async fn note_lacking(
    Row(id): Row,
    post: StaffPost,
) -> Result<Response, PageError> {
    let booking = BookingId::of(id);
    let row = own(&post.ctx, booking).await?;
    let (reason, more) = (post.fields.get("reason"), post.fields.get("more"));
    let code = ReasonCode::from_code(&reason).filter(|code| code.of() == CardStatus::Incomplete);
    let whole = [code.map(wording::reason_code).unwrap_or_default(), more.as_str()];
    let whole = whole.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("。");
    let who = Who::from_form(&post.fields.get("card"));
    let mut wrong = Vec::new();
    if who.is_none() {
        wrong.push(Wrong::new("p1", "どなたの書類かを選んでください。"));
    }
    if whole.is_empty() {
        wrong.push(Wrong::new("r1", "不備の内容を選ぶか、入力してください。"));
    } else if !cards::is_reason(&whole) {
        wrong.push(Wrong::new("more", wording::BAD_REASON));
    }
    let (true, Some(who)) = (wrong.is_empty(), who) else {
        let ticked = who.into_iter().collect::<Vec<_>>();
        let about = about(&post.ctx, &row, Some(&ticked)).await?;
        return post.ctx.again(&Lacking { about, usual: usual(), reason, more, asked: true, wrong });
    };
    let code = code.or(Some(ReasonCode::IncompleteOther));
    serve(post, booking, "incomplete", Act::Incomplete { who, reason: whole, code }).await
}

/// What is usually missing, to choose from.
pub(super) fn usual() -> Vec<(&'static str, &'static str)> {
    wording::reason_codes(CardStatus::Incomplete)
        .into_iter()
        .filter(|(code, _)| *code != "incomplete_other")
        .collect()
}

/// Asks why a hand-over is taken back.
pub(super) async fn ask_why(ctx: &StaffCtx, fields: &Fields, row: &BoardRow) -> Result<Response, PageError> {
    let cards: Vec<String> = people(fields).iter().map(ToString::to_string).collect();
    let asked_before = fields.has("reason");
    let reason = fields.get("reason");
    let wrong = match (asked_before, reason.is_empty()) {
        (false, _) => Vec::new(),
        (true, true) => vec![Wrong::new("reason", "元に戻す理由を入力してください。")],
        (true, false) => vec![Wrong::new("reason", wording::BAD_REASON)],
    };
    let about = about(ctx, row, None).await?;
    ctx.again(&Why { about, cards, reason, wrong })
}

async fn about(ctx: &StaffCtx, row: &BoardRow, ticked: Option<&[Who]>) -> Result<About, PageError> {
    let here = row.booking.location;
    let ids: Vec<CardId> = row.people().map(|card| card.id).collect();
    let read = move |tx: &ReadTx<'_>| Ok::<_, Fault>((Places::read(tx, Some(here))?, Alikes::read(tx, ids)?));
    let (places, alikes) = ctx.read(read).await?;
    let sight = Sight::of(&ctx.signed);
    let issuance = row.booking.is_issuance();
    let stands = |who: Who| {
        let outcome = row.booking.member(who).and_then(|member| member.outcome);
        let open = outcome != Some(Outcome::Issued);
        (outcome, open, open && ticked.is_none_or(|ticked| ticked.contains(&who)))
    };
    let tag = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::Issued) => ("完了", "done"),
        Some(Outcome::Incomplete) => ("不備", "bad"),
        Some(Outcome::Removed) | None => ("これから", "plain"),
    };
    let person = |card: &cards::Card| {
        let (outcome, open, ticked) = stands(Who::Card(card.id));
        Person {
            key: Who::Card(card.id).to_string(),
            name: sight.name(card),
            kana: sight.kana(card),
            notice: sight.notice(card),
            birth: sight.birth(card),
            place: places.of(card).text,
            tag: if issuance { wording::label(card.label) } else { tag(outcome) },
            open,
            ticked,
        }
    };
    let applicant = |one: &Applicant| {
        let (outcome, open, ticked) = stands(Who::Applicant(one.id));
        Person {
            key: Who::Applicant(one.id).to_string(),
            name: sight.applicant(one),
            kana: String::new(),
            notice: String::new(),
            birth: sight.birth_of(one),
            place: String::new(),
            tag: tag(outcome),
            open,
            ticked,
        }
    };
    Ok(About {
        id: row.booking.id,
        no: row.booking.no.clone(),
        day: row.booking.day,
        starts: row.booking.starts,
        place: places.name(here),
        procedure: row.procedure.clone(),
        people: row.people().map(person).chain(row.applicants.iter().map(applicant)).collect(),
        beware: row.people().filter_map(|card| alikes.of(card, sight, &places)).collect(),
    })
}
