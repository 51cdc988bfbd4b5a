//! The people of a letter to many, each with what became of their letter; and those for whom a letter by post is left.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::list::title;
use super::words;
use crate::accounts::Permission;
use crate::base::{BookingId, BulkMailId, CardId, Moment};
use crate::booking::bulk::{self, BulkState, Fate, Line, SHOWN};
use crate::calendar::{self, Location};
use crate::db::Fault;
use crate::lists::{Column, FileKind, Kind, ROWS_MAX, Section, Table, Turn};
use crate::mail::State;
use crate::render::View;
use crate::web::staff::letters::LANGUAGES;
use crate::web::staff::lists::{Given, Wish};
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// What the file asks besides the permission to export.
const NEEDS: Permission = Permission::Mail;

/// Lines that are read at once for the file.
const SLICE: u32 = 1000;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct People {
    id: BulkMailId,
    title: String,
    tabs: Vec<Tab>,
    rows: Vec<Shown>,
    next: Option<i64>,
    wanted: String,
    may_file: bool,
    needs_reason: bool,
    reason: String,
    wrong: Vec<Wrong>,
}

/// A filter with its number.
#[derive(Clone, Debug, Serialize)]
struct Tab {
    query: String,
    label: &'static str,
    count: u32,
    current: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Shown {
    position: i64,
    card: Option<CardId>,
    booking: Option<BookingId>,
    name: String,
    kana: String,
    notice: String,
    email: String,
    language: &'static str,
    tag: (&'static str, &'static str),
    at: Option<Moment>,
    answer: String,
}

impl View for People {
    const TEMPLATE: &'static str = "staff/bulk_people.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |card: Option<CardId>| Shown {
            position: 1,
            card,
            booking: card.is_none().then(|| BookingId::of(1)),
            name: "田中 健太".to_owned(),
            kana: "タナカ ケンタ".to_owned(),
            notice: "A13-345603".to_owned(),
            email: "ta***@example.jp".to_owned(),
            language: "日本語",
            tag: words::fate(Fate::NoAddress),
            at: card.map(|_| Moment::from_millis(1_775_980_800_000)),
            answer: "250 OK".to_owned(),
        };
        let tab =
            Tab { query: "fate=no_address".to_owned(), label: "メールなし", count: 1, current: true };
        let of = |rows: Vec<Shown>| Self {
            id: BulkMailId::of(1),
            title: "お知らせ".to_owned(),
            tabs: vec![tab.clone()],
            next: rows.first().map(|row| row.position),
            rows,
            wanted: "fate=no_address".to_owned(),
            may_file: true,
            needs_reason: false,
            reason: String::new(),
            wrong: Vec::new(),
        };
        let wrong = ["reason", "format"].map(|field| Wrong::new(field, "理由を書いてください。"));
        vec![
            ("people", of(vec![row(Some(CardId::of(1))), row(None)])),
            ("nobody", of(Vec::new())),
            ("refused", Self { needs_reason: true, wrong: wrong.into(), ..of(vec![row(None)]) }),
        ]
    }
}

pub(in crate::web::staff) async fn people(
    ctx: StaffCtx,
    Row(id): Row,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let view = view(&ctx, BulkMailId::of(id), &Fields::new(query)).await?;
    ctx.page(&view)
}

async fn view(ctx: &StaffCtx, id: BulkMailId, fields: &Fields) -> Result<People, PageError> {
    let fate = Fate::from_code(&fields.get("fate"));
    let letter = State::from_code(&fields.get("letter"));
    let after = fields.get("after").parse().unwrap_or_default();
    let read = ctx.read(move |tx| {
        let Some(found) = bulk::get(tx, id)?.filter(|one| one.state != BulkState::Dropped) else {
            return Ok(None);
        };
        Ok::<_, Fault>(Some((bulk::sum(tx, id)?, bulk::lines(tx, id, (fate, letter), after)?, found)))
    });
    let (sum, lines, found) = read.await?.ok_or(PageError::NotFound)?;
    let sight = Sight::of(&ctx.signed);
    let wanted = match (fate, letter) {
        (Some(fate), _) => format!("fate={}", fate.code()),
        (None, Some(letter)) => format!("letter={}", letter.code()),
        (None, None) => String::new(),
    };
    let tab = |query: String, label, count| Tab { current: query == wanted, query, label, count };
    let mut tabs = vec![tab(String::new(), "全員", sum.all())];
    let states = [State::Sent, State::Queued, State::Dead, State::Cancelled];
    tabs.extend(
        states
            .map(|one| tab(format!("letter={}", one.code()), wording::letter_state(one).0, sum.letters(one))),
    );
    let fates = Fate::ALL.into_iter().filter(|one| *one != Fate::Queued);
    tabs.extend(fates.map(|one| tab(format!("fate={}", one.code()), words::fate(one).0, sum.of(one))));
    tabs.retain(|tab| tab.count > 0 || tab.current);
    let next = lines.last().filter(|_| lines.len() == SHOWN as usize).map(|line| line.position);
    ctx.saw("bulk_mail", Some(crate::history::Record::BulkMail(id))).await?;
    Ok(People {
        id,
        title: title(ctx, &found),
        tabs,
        rows: lines.iter().map(|line| shown(sight, line)).collect(),
        next,
        wanted,
        may_file: ctx.may(Permission::Export) && sum.of(Fate::NoAddress) > 0,
        needs_reason: ctx.settings.export_reason,
        reason: String::new(),
        wrong: Vec::new(),
    })
}

fn shown(sight: Sight, line: &Line) -> Shown {
    let card = line.card.as_ref();
    Shown {
        position: line.position,
        card: card.map(|card| card.id),
        booking: line.booking,
        name: card.map(|card| sight.name(card)).unwrap_or_default(),
        kana: card.map(|card| sight.kana(card)).unwrap_or_default(),
        notice: card.map(|card| sight.notice(card)).unwrap_or_default(),
        email: line.email.as_ref().map(|email| sight.email(email)).unwrap_or_default(),
        language: LANGUAGES.iter().find(|(code, _)| *code == line.language).map_or("", |(_, name)| name),
        tag: line
            .letter
            .filter(|_| line.fate == Fate::Queued)
            .map_or(words::fate(line.fate), wording::letter_state),
        at: line.finished_at,
        answer: line.answer.clone().unwrap_or_default(),
    }
}

/// Those without an address as a file, for postcards, labels or calls.
///
/// Spec: 7(2)⑨.
pub(in crate::web::staff) async fn rest(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let (id, reason) = (BulkMailId::of(id), fields.get("reason"));
    ctx.read(move |tx| bulk::get(tx, id)).await?.ok_or(PageError::NotFound)?;
    let wish = Wish {
        code: "bulk-without-mail",
        list: "メールのない方",
        needs: NEEDS,
        format: FileKind::Utf8.code(),
        reason: &reason,
        accepted: false,
    };
    let mut wrong = wish.wrong(&ctx)?;
    if wrong.is_empty() {
        match wish.give(&ctx, without(&ctx, id).await?).await? {
            Given::File(response) => return Ok(response),
            Given::Not(refused, _) => wrong = refused,
        }
    }
    let page = view(&ctx, id, &Fields::default()).await?;
    ctx.again(&People { reason, wrong, ..page })
}

/// The list of those without an address, a line beyond what one file holds at most.
async fn without(ctx: &StaffCtx, id: BulkMailId) -> Result<Table, PageError> {
    let sight = Sight::of(&ctx.signed);
    let (mut after, mut rows) = (0, Vec::new());
    loop {
        let read = ctx.read(move |tx| {
            let lines = bulk::without_address(tx, id, after, SLICE)?;
            Ok::<_, Fault>((calendar::all_locations(tx)?, lines))
        });
        let (places, lines) = read.await?;
        rows.extend(lines.iter().filter_map(|line| cells(line, sight, &places)));
        match lines.last() {
            Some(last) if lines.len() == SLICE as usize && rows.len() <= ROWS_MAX => after = last.position,
            _ => break,
        }
    }
    let columns = [
        ("交付通知書ID", 27, Kind::Code),
        ("氏名", 40, Kind::Text),
        ("フリガナ", 40, Kind::Text),
        ("状態", 28, Kind::Text),
        ("受取期限", 24, Kind::Text),
        ("交付場所", 40, Kind::Text),
        ("予約番号", 20, Kind::Code),
    ];
    Ok(Table {
        title: "メールのない方".to_owned(),
        conditions: format!("一斉メール第{id}回"),
        columns: columns.into_iter().map(|(title, width, kind)| Column::new(title, width, kind)).collect(),
        sections: vec![Section { title: String::new(), rows }],
        turn: Turn::Landscape,
        apart: false,
        signatures: Vec::new(),
        personal: true,
    })
}

fn cells(line: &Line, sight: Sight, places: &[Location]) -> Option<Vec<String>> {
    let card = line.card.as_ref()?;
    let place = places.iter().find(|one| Some(one.id) == card.location);
    Some(vec![
        sight.notice(card),
        sight.name(card),
        sight.kana(card),
        wording::label(card.label).0.to_owned(),
        card.pickup_due_on.map(|day| day.to_string()).unwrap_or_default(),
        place.map(|one| one.name.clone()).unwrap_or_default(),
        line.booking.map(|one| one.to_string()).unwrap_or_default(),
    ])
}
