//! The list of the letters, as the address asks for it.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::{places, samples};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, Moment, OutboxId, text};
use crate::booking;
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};
use crate::mail::{self, Counts, Filter, Listed, State};
use crate::render::View;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError};

/// Letters of one page.
const PAGE: usize = 50;

/// Days of a list that has no beginning or no end.
const FAR: i32 = 366 * 100;

/// The states that can be asked for: word, name, what it means.
const STATES: [(&str, &str, &[State]); 5] = [
    ("waiting", "送信待ち", &[State::Queued, State::Sending]),
    ("sent", "送信済", &[State::Sent]),
    ("dead", "不達", &[State::Dead]),
    ("cancelled", "取りやめ", &[State::Cancelled]),
    ("held", "保留", &[State::Held]),
];

/// What the address asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    state: String,
    kind: String,
    from: String,
    to: String,
    card: Option<CardId>,
    booking: Option<BookingId>,
    like: Option<OutboxId>,
    before: Option<OutboxId>,
}

impl Asked {
    pub(super) fn of(fields: &Fields) -> Self {
        let row = |name: &str| fields.get(name).parse::<i64>().ok();
        let day = |name: &str| text::nfkc(&fields.get(name)).trim().to_owned();
        let known = |kind: &str| wording::letters().iter().any(|(word, _)| *word == kind);
        Self {
            state: fields.get("state"),
            kind: Some(fields.get("kind")).filter(|kind| known(kind)).unwrap_or_default(),
            from: day("from"),
            to: day("to"),
            card: row("card").map(CardId::of),
            booking: row("booking").map(BookingId::of),
            like: row("like").map(OutboxId::of),
            before: row("before").map(OutboxId::of),
        }
    }

    /// The days; what is wrong with them.
    fn days(&self) -> Result<Option<(Day, Day)>, Wrong> {
        let read = |typed: &str, field: &'static str| {
            let bad = || Wrong::new(field, "日を「2026-04-13」のように入力してください。");
            if typed.is_empty() { Ok(None) } else { typed.parse::<Day>().map(Some).map_err(|_| bad()) }
        };
        let days = match (read(&self.from, "from")?, read(&self.to, "to")?) {
            (None, None) => return Ok(None),
            (Some(from), None) => (from, from.plus(FAR)),
            (None, Some(to)) => (to.plus(-FAR), to),
            (Some(from), Some(to)) => (from, to),
        };
        if days.1 < days.0 {
            return Err(Wrong::new("to", "終わりの日は、始めの日と同じか後の日にしてください。"));
        }
        Ok(Some(days))
    }

    fn filter(&self, ctx: &StaffCtx, days: Option<(Day, Day)>) -> Filter {
        let states = STATES.iter().find(|(word, ..)| *word == self.state).map(|(.., states)| states.to_vec());
        Filter {
            states: states.unwrap_or_default(),
            kind: Some(self.kind.clone()).filter(|kind| !kind.is_empty()),
            days,
            card: self.card,
            booking: self.booking,
            like: self.like,
            places: places(ctx),
        }
    }

    /// The same as an address says it, without the place in the list.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let row = |row: Option<i64>| row.map(|row| row.to_string()).unwrap_or_default();
        let all = [
            ("state", self.state.clone()),
            ("kind", self.kind.clone()),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("card", row(self.card.map(CardId::get))),
            ("booking", row(self.booking.map(BookingId::get))),
            ("like", row(self.like.map(OutboxId::get))),
        ];
        let plain = |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        all.into_iter().filter(|(_, value)| !value.is_empty() && plain(value)).collect()
    }

    /// The address of the list.
    pub(super) fn address(&self) -> String {
        let pairs = self.pairs().into_iter().map(|(name, value)| format!("{name}={value}"));
        let joined = pairs.collect::<Vec<_>>().join("&");
        if joined.is_empty() { "/mail".to_owned() } else { format!("/mail?{joined}") }
    }
}

/// What is drawn.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "whether sending is stopped, and what this person may do")]
pub(in crate::web::staff) struct Outbox {
    pub(super) counts: Tally,
    pub(super) stopped: bool,
    pub(super) may_set: bool,
    pub(super) states: Vec<(&'static str, &'static str, bool)>,
    pub(super) kinds: Vec<(&'static str, &'static str, bool)>,
    pub(super) from: String,
    pub(super) to: String,
    /// What the list is narrowed to, in words.
    pub(super) about: Option<String>,
    /// The address, as hidden fields say it.
    pub(super) fields: Vec<(&'static str, String)>,
    /// The words of the search.
    pub(super) typed: String,
    pub(super) rows: Vec<Row>,
    /// The address of the page of older letters.
    pub(super) older: Option<String>,
    /// The address of the newest ones, where this is a later page.
    pub(super) newest: Option<String>,
    pub(super) may_act: bool,
    pub(super) may_book: bool,
    pub(super) wrong: Vec<Wrong>,
}

/// How the outbox stands.
#[derive(Debug, Serialize)]
pub(super) struct Tally {
    pub(super) waiting: u32,
    pub(super) held: u32,
    pub(super) sent_today: u32,
    pub(super) dead_today: u32,
    pub(super) next: Option<Moment>,
}

impl Tally {
    fn of(counts: Counts) -> Self {
        Self {
            waiting: counts.waiting,
            held: counts.held,
            sent_today: counts.sent_today,
            dead_today: counts.dead_today,
            next: counts.next,
        }
    }
}

/// One letter.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) id: OutboxId,
    pub(super) at: Moment,
    pub(super) kind: &'static str,
    /// Its card, with the notice ID as this person may see it.
    pub(super) card: Option<(CardId, String)>,
    /// Its booking, with its number where this person may open it.
    pub(super) booking: Option<(BookingId, String)>,
    pub(super) to: String,
    pub(super) tag: (&'static str, &'static str),
    pub(super) attempts: u32,
    pub(super) sent: Option<Moment>,
    pub(super) bounced: Option<Moment>,
    pub(super) next: Option<Moment>,
    pub(super) answer: Option<String>,
    /// Whether it can be ticked for sending again, and for taking back.
    pub(super) again: bool,
    pub(super) off: bool,
}

impl View for Outbox {
    const TEMPLATE: &'static str = "staff/outbox.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::outbox()
    }
}

/// The list.
pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(&Fields::new(query));
    let view = view(&ctx, &asked, String::new(), Vec::new()).await?;
    ctx.saw("mail", None).await?;
    ctx.page(&view)
}

/// What is read of the file, in one view.
struct Known {
    counts: Counts,
    rows: Vec<Listed>,
    cards: BTreeMap<CardId, Card>,
    numbers: BTreeMap<BookingId, String>,
}

impl Known {
    fn read(tx: &ReadTx<'_>, wanted: Option<(&Filter, Option<OutboxId>)>) -> Result<Self, Fault> {
        let rows = match wanted {
            Some((filter, before)) => mail::page(tx, filter, before, PAGE + 1)?,
            None => Vec::new(),
        };
        let cards: Vec<CardId> = rows.iter().filter_map(|row| row.card).collect();
        let mut numbers = BTreeMap::new();
        for id in rows.iter().filter_map(|row| row.booking) {
            if !numbers.contains_key(&id)
                && let Some(booking) = booking::get(tx, id)?
            {
                numbers.insert(id, booking.no);
            }
        }
        Ok(Self { counts: mail::counts(tx)?, cards: cards::of_ids(tx, &cards)?, rows, numbers })
    }
}

/// The list with what was typed into its search, and what was wrong.
pub(super) async fn view(
    ctx: &StaffCtx,
    asked: &Asked,
    typed: String,
    mut wrong: Vec<Wrong>,
) -> Result<Outbox, PageError> {
    let filter = match asked.days() {
        Ok(days) => Some(asked.filter(ctx, days)),
        Err(bad) => {
            wrong.push(bad);
            None
        }
    };
    let before = asked.before;
    let mut known =
        ctx.read(move |tx| Known::read(tx, filter.as_ref().map(|filter| (filter, before)))).await?;
    let more = known.rows.len() > PAGE;
    known.rows.truncate(PAGE);
    let (address, last) = (asked.address(), known.rows.last().map(|row| row.id));
    let joint = if address.contains('?') { '&' } else { '?' };
    Ok(Outbox {
        counts: Tally::of(known.counts),
        stopped: ctx.settings.mail_stopped,
        may_set: ctx.may(Permission::Settings),
        states: STATES.iter().map(|(word, name, _)| (*word, *name, *word == asked.state)).collect(),
        kinds: wording::letters().iter().map(|(word, name)| (*word, *name, *word == asked.kind)).collect(),
        from: asked.from.clone(),
        to: asked.to.clone(),
        about: about(ctx, asked, &known),
        fields: asked.pairs(),
        typed,
        rows: known.rows.iter().map(|one| row(ctx, one, &known)).collect(),
        older: last.filter(|_| more).map(|last| format!("{address}{joint}before={last}#main")),
        newest: before.map(|_| format!("{address}#main")),
        may_act: ctx.may(Permission::Mail),
        may_book: ctx.may(Permission::Book),
        wrong,
    })
}

fn about(ctx: &StaffCtx, asked: &Asked, known: &Known) -> Option<String> {
    let sight = Sight::of(&ctx.signed);
    if let Some(card) = asked.card {
        let card =
            known.cards.get(&card).map(|card| format!("{} {}さん", sight.notice(card), sight.name(card)));
        return Some(card.unwrap_or_else(|| "1枚のカード".to_owned()));
    }
    if let Some(booking) = asked.booking {
        let no = known.numbers.get(&booking).cloned().unwrap_or_default();
        return Some(format!("予約 {no}").trim().to_owned());
    }
    let to = asked.like.map(|_| known.rows.first().map(|row| sight.email(&row.to)).unwrap_or_default());
    to.map(|to| format!("宛先 {to}").trim().to_owned())
}

fn row(ctx: &StaffCtx, one: &Listed, known: &Known) -> Row {
    let sight = Sight::of(&ctx.signed);
    let waits = one.state == State::Queued;
    Row {
        id: one.id,
        at: one.created_at,
        kind: wording::letter(&one.kind),
        card: one.card.and_then(|id| Some((id, sight.notice(known.cards.get(&id)?)))),
        booking: one.booking.and_then(|id| Some((id, known.numbers.get(&id)?.clone()))),
        to: sight.email(&one.to),
        tag: wording::letter_tag(one),
        attempts: one.attempts,
        sent: one.sent_at(),
        bounced: one.bounced_at,
        next: waits.then_some(one.next_at),
        answer: one.last_answer.clone().filter(|_| one.state != State::Sent),
        again: matches!(one.state, State::Sent | State::Dead | State::Held),
        off: matches!(one.state, State::Queued | State::Held),
    }
}
