//! A city that came out of a copy: what is missing, and its release.

use std::collections::BTreeSet;

use axum::response::Response;
use serde::Serialize;

use super::super::{Flash, StaffCtx, StaffPost, wording};
use crate::backup::{self, Later, Release, ReleaseError, Restored as Waiting};
use crate::base::{Moment, OutboxId};
use crate::db::Fault;
use crate::mail::Listed;
use crate::render::View;
use crate::web::PageError;

/// Operations and letters that the page shows; the report of the command has them all.
const SHOWN: usize = 200;

#[derive(Debug, Serialize)]
pub(in super::super) struct Restored {
    put_in_place_at: Moment,
    taken_at: Moment,
    source: String,
    commit_no: u64,
    known_from: String,
    events: u64,
    operations: Vec<Operation>,
    letters: Vec<Letter>,
    letters_all: usize,
    held: Vec<Held>,
    already: usize,
}

#[derive(Clone, Debug, Serialize)]
struct Operation {
    at: Moment,
    booking: String,
    what: String,
    who: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Letter {
    at: Moment,
    booking: String,
    what: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Held {
    id: OutboxId,
    at: Moment,
    what: &'static str,
    ticked: bool,
}

/// What was restored, what is missing, which letters are held.
pub(in super::super) async fn ask_release(ctx: StaffCtx) -> Result<Response, PageError> {
    let (waiting, held) = ctx.read(|tx| Ok::<_, Fault>((backup::waiting(tx)?, backup::held_of(tx)?))).await?;
    let waiting = waiting.ok_or(PageError::NotFound)?;
    ctx.page(&view(waiting, &held))
}

/// Releases it: jobs run, the chosen letters leave.
pub(in super::super) async fn release(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let chosen: BTreeSet<OutboxId> =
        fields.all("send").into_iter().filter_map(|id| id.parse().ok().map(OutboxId::of)).collect();
    let wish = Release { send: chosen, open: fields.get("open") == "1" };
    let open = wish.open;
    match ctx.city.db.write(ctx.actor(), move |tx| backup::release(tx, &wish)).await {
        Ok((sent, kept)) => {
            ctx.city.wake();
            let pages = if open {
                "市民のページを開きました。"
            } else {
                "市民のページは閉じたままです。"
            };
            let said = format!("再開しました。メール{sent}通を送り、{kept}通は送りません。{pages}");
            Ok(ctx.to_with("/status#main", Flash::done(said)))
        }
        Err(ReleaseError::NotWaiting) => {
            Ok(ctx.to_with("/status#main", Flash::mind("すでに再開されています。")))
        }
        Err(ReleaseError::Fault(fault)) => Err(fault.into()),
    }
}

fn view(waiting: Waiting, held: &[Listed]) -> Restored {
    let later = waiting.later.unwrap_or_default();
    // What the former file does not know as sent was not; without it, what was due had most likely left.
    let sure = later.known_from == "file";
    Restored {
        put_in_place_at: waiting.restored_at,
        taken_at: waiting.taken_at,
        source: waiting.source,
        commit_no: waiting.commit_no,
        events: later.events,
        operations: operations(&later),
        letters: letters(&later),
        letters_all: later.mails.len(),
        held: held
            .iter()
            .map(|one| Held {
                id: one.id,
                at: one.created_at,
                what: wording::letter(&one.kind),
                ticked: sure,
            })
            .collect(),
        already: later.sent_already.len(),
        known_from: later.known_from,
    }
}

fn operations(later: &Later) -> Vec<Operation> {
    let about_bookings = later.operations.iter().filter(|one| one.record_kind == "booking");
    let shown = about_bookings.take(SHOWN).map(|one| Operation {
        at: one.at,
        booking: one.booking.clone().unwrap_or_else(|| "－".to_owned()),
        what: wording::event(&one.operation),
        who: actor(&one.actor_kind),
    });
    shown.collect()
}

fn actor(kind: &str) -> &'static str {
    match kind {
        "citizen" => "市民",
        "staff" => "職員",
        "cli" => "運用担当",
        _ => "自動",
    }
}

fn letters(later: &Later) -> Vec<Letter> {
    let shown = later.mails.iter().take(SHOWN).map(|one| Letter {
        at: one.at,
        booking: one.booking.clone().unwrap_or_else(|| "－".to_owned()),
        what: wording::letter(&one.kind),
    });
    shown.collect()
}

impl View for Restored {
    const TEMPLATE: &'static str = "staff/restored.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let at = Moment::from_millis(1_775_980_800_000);
        let of = |known_from: &str, full: bool| Self {
            put_in_place_at: at,
            taken_at: at,
            source: "20260413-021000".to_owned(),
            commit_no: 1234,
            known_from: known_from.to_owned(),
            events: 12,
            operations: if full {
                vec![Operation {
                    at, booking: "K7M2-0413".to_owned(), what: "予約".to_owned(), who: "市民"
                }]
            } else {
                Vec::new()
            },
            letters: if full {
                vec![Letter { at, booking: "K7M2-0413".to_owned(), what: "予約完了" }]
            } else {
                Vec::new()
            },
            letters_all: usize::from(full) * 300,
            held: if full {
                vec![Held { id: OutboxId::of(1), at, what: "予約完了", ticked: true }]
            } else {
                Vec::new()
            },
            already: usize::from(full),
        };
        vec![
            ("known from the file", of("file", true)),
            ("known from the log", of("log", true)),
            ("nothing known", of("nothing", false)),
            ("nothing missing", of("file", false)),
        ]
    }
}
