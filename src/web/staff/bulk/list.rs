//! Every letter to many, the newest first.

use axum::response::Response;
use serde::Serialize;

use super::words;
use crate::base::{BulkMailId, Moment};
use crate::booking::bulk::{self, BulkMail, BulkState, Fate, Sum};
use crate::db::Fault;
use crate::mail::State;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::StaffCtx;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct List {
    rows: Vec<Row>,
    waiting: usize,
    may_set: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    id: BulkMailId,
    subject: String,
    purpose: &'static str,
    state: (&'static str, &'static str),
    by: String,
    at: Moment,
    people: u32,
    sent: u32,
    dead: u32,
}

impl View for List {
    const TEMPLATE: &'static str = "staff/bulk.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |state| Row {
            id: BulkMailId::of(1),
            subject: "受け取りのお願い".to_owned(),
            purpose: "手続きの連絡",
            state: words::state(state),
            by: "山田 花子".to_owned(),
            at: Moment::from_millis(1_775_980_800_000),
            people: 300,
            sent: 200,
            dead: 1,
        };
        let rows = vec![row(BulkState::Proposed), row(BulkState::Done)];
        vec![
            ("letters to many", Self { rows, waiting: 1, may_set: true }),
            ("no letter to many", Self { rows: Vec::new(), waiting: 0, may_set: false }),
        ]
    }
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let found = ctx
        .read(|tx| {
            let all = bulk::recent(tx)?;
            all.into_iter()
                .map(|one| Ok::<_, Fault>((bulk::sum(tx, one.id)?, one)))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let waiting = found.iter().filter(|(_, one)| one.state == BulkState::Proposed).count();
    let rows = found.iter().map(|(sum, one)| row(&ctx, one, sum)).collect();
    ctx.page(&List { rows, waiting, may_set: ctx.may(crate::accounts::Permission::Settings) })
}

fn row(ctx: &StaffCtx, one: &BulkMail, sum: &Sum) -> Row {
    Row {
        id: one.id,
        subject: title(ctx, one),
        purpose: words::purpose(one.purpose),
        state: words::state(one.state),
        by: one.actor.clone(),
        at: one.created_at,
        people: sum.of(Fate::Waiting) + sum.of(Fate::Queued),
        sent: sum.letters(State::Sent),
        dead: sum.letters(State::Dead),
    }
}

/// What a letter to many is called: its subject as it was written, with the city's name.
pub(super) fn title(ctx: &StaffCtx, one: &BulkMail) -> String {
    match one.texts.get("ja") {
        Some(words) => words.subject.replace("{city}", &ctx.city.profile.name),
        None if one.purpose == bulk::Purpose::Renotice => "再通知".to_owned(),
        None => "（件名はまだありません）".to_owned(),
    }
}
