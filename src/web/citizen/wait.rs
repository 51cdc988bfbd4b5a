//! Asking to be told when a seat becomes free (空き待ち), and leaving the list. Never how many wait.
//!
//! Spec: 7(3)⑧.

use axum::response::Response;
use serde::Serialize;

use super::parts::{self, Summary, Wrong};
use crate::base::Day;
use crate::booking::availability::{self, State};
use crate::booking::entry::Session;
use crate::booking::{self, DayPart, LeaveError, Wait, WaitError, Waiting};
use crate::db::{Fault, Lane, ReadTx};
use crate::once::OnceKey;
use crate::render::View;
use crate::web::{Ctx, PageError, Post};

#[derive(Debug, Serialize)]
pub(super) struct WaitPage {
    summary: Summary,
    /// The days that can be chosen.
    days: Vec<Day>,
    from: Option<Day>,
    to: Option<Day>,
    part: DayPart,
    parts: [DayPart; 3],
    /// What they wait for now.
    now: Option<Wish>,
    /// Whether a day is free at this moment.
    open: bool,
    email: String,
    done: Option<String>,
    wrong: Vec<Wrong>,
}

/// What somebody waits for.
#[derive(Clone, Debug, Serialize)]
struct Wish {
    place: String,
    from: Day,
    to: Day,
    part: DayPart,
}

impl View for WaitPage {
    const TEMPLATE: &'static str = "citizen/wait.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let of = |now: Option<Wish>, done: Option<&str>, wrong| Self {
            summary: Summary { place: "本庁舎".to_owned(), people: 1, changing: false, alone: false },
            days: vec![day, day.plus(1)],
            from: Some(day),
            to: None,
            part: DayPart::Morning,
            parts: DayPart::ALL,
            open: now.is_none(),
            now,
            email: "ta***@example.jp".to_owned(),
            done: done.map(str::to_owned),
            wrong,
        };
        let wish = Wish { place: "本庁舎".to_owned(), from: day, to: day, part: DayPart::Any };
        let empty = Self { days: Vec::new(), open: false, ..of(None, None, Vec::new()) };
        vec![
            ("wait", of(None, None, Vec::new())),
            ("waiting", of(Some(wish), Some("wait.done"), Vec::new())),
            ("wait, wrong", of(None, None, vec![Wrong::new("from", "wait.bad_days")])),
            ("wait, no day", empty),
        ]
    }
}

/// Whoever has chosen a location and has no booking may wait.
async fn session(ctx: &Ctx) -> Result<Session, PageError> {
    let session = ctx.session().await?;
    if session.booking.is_some() {
        return Err(PageError::To(ctx.path("/my/booking#main")));
    }
    if session.location.is_none() {
        return Err(PageError::To(ctx.path("/location#main")));
    }
    if ctx.settings.waiting { Ok(session) } else { Err(PageError::NotFound) }
}

pub(super) async fn get(mut ctx: Ctx) -> Result<Response, PageError> {
    let session = session(&ctx).await?;
    let done = ctx.take_done();
    let view = view(&ctx, &session, None, Vec::new()).await?;
    ctx.page(&WaitPage { done, ..view })
}

pub(super) async fn post(Post { ctx, fields }: Post) -> Result<Response, PageError> {
    let session = session(&ctx).await?;
    let key = session.key;
    if fields.get("leave") == "1" {
        return match ctx.city.db.write(ctx.actor(), move |tx| booking::leave_waiting(tx, &key)).await {
            Ok(()) => Ok(ctx.told("/calendar/wait#msg", "wait.left")),
            Err(LeaveError::SessionOver) => Err(PageError::SessionOver),
            Err(LeaveError::Fault(fault)) => Err(fault.into()),
        };
    }
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let part = DayPart::from_code(&fields.get("part")).unwrap_or(DayPart::Any);
    let days = (fields.get("from").parse::<Day>(), fields.get("to").parse::<Day>());
    let typed = (days.0.as_ref().ok().copied(), days.1.as_ref().ok().copied(), part);
    let (Ok(from), Ok(to)) = days else {
        let wrong = vec![Wrong::new("from", "wait.no_days")];
        return ctx.again(&view(&ctx, &session, Some(typed), wrong).await?);
    };
    let wish = Wait { key, from, to, part, once };
    let wrong = match ctx.city.db.write(ctx.actor(), move |tx| booking::wait(tx, &wish)).await {
        Ok(_) => return Ok(ctx.told("/calendar/wait#msg", "wait.done")),
        Err(WaitError::SessionOver) => return Err(PageError::SessionOver),
        Err(WaitError::Fault(fault)) => return Err(fault.into()),
        Err(WaitError::HasBooking) => return Ok(ctx.to("/my/booking#main")),
        Err(WaitError::NoLocation) => return Ok(ctx.to("/location#main")),
        Err(WaitError::NotOffered) => return Err(PageError::NotFound),
        Err(WaitError::BadDays) => Wrong::new("from", "wait.bad_days"),
    };
    ctx.again(&view(&ctx, &session, Some(typed), vec![wrong]).await?)
}

type Typed = (Option<Day>, Option<Day>, DayPart);

async fn view(
    ctx: &Ctx,
    session: &Session,
    typed: Option<Typed>,
    wrong: Vec<Wrong>,
) -> Result<WaitPage, PageError> {
    let (asked, language) = (session.clone(), ctx.language().to_owned());
    let snapshots = ctx.city.snapshots.clone();
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let location = asked.location.ok_or_else(|| Fault::Stored("no location".to_owned()))?;
        let place = parts::place(tx, location, &language)?.name;
        let found = availability::for_session(tx, &snapshots, &asked, location)?;
        let now = booking::waiting_of(tx, asked.who, &asked.procedure)?;
        let now = now.map(|one| wish(tx, &one, &language)).transpose()?;
        Ok((place, found, now))
    };
    let (place, found, now) = ctx.city.db.read(Lane::Citizen, read).await?;
    let days: Vec<Day> =
        found.days.iter().filter(|one| one.state != State::Closed).map(|one| one.day).collect();
    let (from, to, part) = typed
        .or(now.as_ref().map(|now| (Some(now.from), Some(now.to), now.part)))
        .unwrap_or((days.first().copied(), days.last().copied(), DayPart::Any));
    Ok(WaitPage {
        summary: Summary {
            place,
            people: usize::from(session.people()),
            changing: false,
            alone: ctx.settings.party_max == 1,
        },
        open: found.days.iter().any(|one| matches!(one.state, State::Open | State::Few)),
        days,
        from,
        to,
        part,
        parts: DayPart::ALL,
        now,
        email: session.email.masked(),
        done: None,
        wrong,
    })
}

fn wish(tx: &ReadTx<'_>, one: &Waiting, language: &str) -> Result<Wish, Fault> {
    let place = parts::place(tx, one.location, language)?.name;
    Ok(Wish { place, from: one.from, to: one.to, part: one.part })
}
