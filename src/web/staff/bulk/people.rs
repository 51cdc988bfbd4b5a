//! The people of a letter to many, each with what became of their letter; and those for whom a letter by post is left.

use axum::extract::Query;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::list::title;
use super::words;
use crate::base::{BookingId, BulkMailId, CardId, Moment};
use crate::booking::bulk::{self, BulkState, Fate, Line, SHOWN};
use crate::calendar;
use crate::cards::{self, Export};
use crate::db::Fault;
use crate::lists::Sheet;
use crate::mail::State;
use crate::render::View;
use crate::web::staff::letters::LANGUAGES;
use crate::web::staff::parts::Row;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError};

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
        };
        vec![("people", of(vec![row(Some(CardId::of(1))), row(None)])), ("nobody", of(Vec::new()))]
    }
}

pub(in crate::web::staff) async fn people(
    ctx: StaffCtx,
    Row(id): Row,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let (id, fields) = (BulkMailId::of(id), Fields::new(query));
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
    let view = People {
        id,
        title: title(&ctx, &found),
        tabs,
        rows: lines.iter().map(|line| shown(sight, line)).collect(),
        next,
        wanted,
        may_file: ctx.may(crate::accounts::Permission::Export) && sum.of(Fate::NoAddress) > 0,
    };
    ctx.saw("bulk_mail", Some(crate::history::Record::BulkMail(id))).await?;
    ctx.page(&view)
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
pub(in crate::web::staff) async fn rest(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let (id, sight) = (BulkMailId::of(id), Sight::of(&ctx.signed));
    let mut sheet =
        Sheet::new(&["交付通知書ID", "氏名", "フリガナ", "状態", "受取期限", "交付場所", "予約番号"]);
    let (mut after, mut cards) = (0, 0);
    loop {
        let read = ctx.read(move |tx| {
            let lines = bulk::without_address(tx, id, after, SLICE)?;
            Ok::<_, Fault>((bulk::get(tx, id)?, calendar::all_locations(tx)?, lines))
        });
        let (found, places, lines) = read.await?;
        found.ok_or(PageError::NotFound)?;
        for line in &lines {
            let Some(card) = &line.card else { continue };
            cards += 1;
            let place = places.iter().find(|one| Some(one.id) == card.location);
            let cells = [
                sight.notice(card),
                sight.name(card),
                sight.kana(card),
                wording::label(card.label).0.to_owned(),
                card.pickup_due_on.map(|day| day.to_string()).unwrap_or_default(),
                place.map(|one| one.name.clone()).unwrap_or_default(),
                line.booking.map(|one| one.to_string()).unwrap_or_default(),
            ];
            sheet.line(cells.iter().map(String::as_str));
        }
        match lines.last() {
            Some(last) if lines.len() == SLICE as usize => after = last.position,
            _ => break,
        }
    }
    let conditions = format!("一斉メール第{id}回 メールアドレスのない方");
    let what = Export { conditions, cards, hidden: String::new(), reason: None };
    ctx.city.db.write(ctx.actor(), move |tx| cards::export(tx, &what)).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"bulk-{id}-without-mail.csv\"")),
    ];
    Ok((headers, sheet.end()).into_response())
}
