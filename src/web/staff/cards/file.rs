//! The list as a file for a spreadsheet: exactly what was found, in its order, written down before it is given.

use axum::response::Response;

use super::terms::{Asked, Places, filters};
use super::{Ask, Cards, link, look_in, paging};
use crate::accounts::Permission;
use crate::base::{CardId, LocationId, StorageId};
use crate::booking;
use crate::calendar::{self, Location, Storage};
use crate::cards::search::From;
use crate::cards::{self, Card, Paging};
use crate::db::{Fault, ReadTx};
use crate::lists::{self, Column, ExportError, FileKind, Kind, ROWS_MAX, Section, Table, Turn};
use crate::web::staff::lists::{Given, Wish};
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// What it asks besides the permission to export.
const NEEDS: Permission = Permission::SeeCards;

/// Cards that are read at once: a reader is not held for longer than a page takes.
const SLICE: usize = 2000;

/// The columns, in order.
const COLUMNS: [(&str, u16, Kind); 19] = [
    ("交付通知書ID", 27, Kind::Code),
    ("氏名", 38, Kind::Text),
    ("フリガナ", 36, Kind::Text),
    ("生年月日", 22, Kind::Text),
    ("状態", 25, Kind::Text),
    ("状態の日", 22, Kind::Text),
    ("保管場所", 40, Kind::Text),
    ("棚番号", 14, Kind::Code),
    ("番号", 14, Kind::Code),
    ("交付場所", 36, Kind::Text),
    ("通知書発送日", 22, Kind::Text),
    ("受取期限", 22, Kind::Text),
    ("有効期限", 22, Kind::Text),
    ("在留期限", 22, Kind::Text),
    ("予約日", 22, Kind::Text),
    ("予約時刻", 15, Kind::Text),
    ("予約番号", 25, Kind::Code),
    ("メール", 40, Kind::Text),
    ("備考", 40, Kind::Text),
];

/// What cells are written with.
struct Names {
    storages: Vec<Storage>,
    locations: Vec<Location>,
}

impl Names {
    fn storage(&self, id: Option<StorageId>) -> String {
        self.storages.iter().find(|one| Some(one.id) == id).map(|one| one.name.clone()).unwrap_or_default()
    }

    fn location(&self, id: Option<LocationId>) -> String {
        self.locations.iter().find(|one| Some(one.id) == id).map(|one| one.name.clone()).unwrap_or_default()
    }
}

/// Gives the list as CSV.
pub(in crate::web::staff) async fn file(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    ctx.must(NEEDS)?;
    let query = query(&fields);
    let asked = super::asked(&ctx, &query).await?;
    let reason = fields.get("reason");
    let wish = Wish {
        code: "cards",
        list: "カード検索",
        needs: NEEDS,
        format: FileKind::Utf8.code(),
        reason: &reason,
        accepted: false,
    };
    let wrong = match wish.wrong(&ctx)? {
        wrong if wrong.is_empty() => match table(&ctx, &asked, paging(&ctx, &query)).await? {
            Ok(table) => match wish.give(&ctx, table).await? {
                Given::File(response) => return Ok(response),
                Given::Not(wrong, _) => wrong,
            },
            Err(refusal) => vec![wording::export(refusal)?],
        },
        wrong => wrong,
    };
    let page = Cards::read(&ctx, asked, query).await?;
    ctx.again(&page.with_reason(reason, wrong))
}

/// The address of the page that the form stands on.
fn query(fields: &Fields) -> Ask {
    let known = link::KNOWN.iter().filter(|name| !matches!(**name, "after" | "before"));
    known.map(|name| ((*name).to_owned(), fields.get(name))).filter(|(_, value)| !value.is_empty()).collect()
}

/// Every card that the search of this address finds, in the order of its page; `None` when there are more than `most`.
///
/// For whoever goes on with all of them elsewhere. Spec: 7(2)⑦.
pub(in crate::web::staff) async fn every_found(
    ctx: &StaffCtx,
    fields: &Fields,
    most: usize,
) -> Result<Option<Vec<Card>>, PageError> {
    ctx.must(NEEDS)?;
    let query = query(fields);
    let asked = super::asked(ctx, &query).await?;
    if asked.terms.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let (look, paging) = (look_in(ctx), paging(ctx, &query));
    let (mut all, mut from) = (Vec::new(), From::Start);
    loop {
        let (terms, paging) = (asked.terms.clone(), Paging { from, most: SLICE, ..paging });
        let mut found = ctx.read(move |tx| cards::list(tx, &terms, look, paging)).await?;
        all.append(&mut found.hits);
        if all.len() > most {
            return Ok(None);
        }
        match all.last() {
            Some(last) if found.after => from = From::After(last.id),
            _ => return Ok(Some(all)),
        }
    }
}

/// The whole list, or why it is not given: that is known before a card is read.
async fn table(
    ctx: &StaffCtx,
    asked: &Asked,
    paging: Paging,
) -> Result<Result<Table, ExportError>, PageError> {
    let (sight, look) = (Sight::of(&ctx.signed), look_in(ctx));
    let terms = asked.terms.clone();
    let read = ctx.read(move |tx| {
        let names = Names { storages: calendar::storages(tx)?, locations: calendar::all_locations(tx)? };
        Ok::<_, Fault>((names, cards::count_all(tx, &terms, look)?))
    });
    let (names, total) = read.await?;
    if let Err(refusal) = lists::fits(total) {
        return Ok(Err(refusal));
    }
    let mut rows = Vec::with_capacity(total);
    let mut from = From::Start;
    loop {
        let (terms, paging) = (asked.terms.clone(), Paging { from, most: SLICE, ..paging });
        let read = ctx.read(move |tx| {
            let found = cards::list(tx, &terms, look, paging)?;
            let booked = found.hits.iter().map(|card| booked(tx, card.id)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Fault>((found, booked))
        });
        let (found, booked) = read.await?;
        rows.extend(found.hits.iter().zip(booked).map(|(card, booked)| cells(card, sight, &names, booked)));
        match found.hits.last() {
            // What comes in meanwhile does not make it longer than a file may be.
            Some(last) if found.after && rows.len() <= ROWS_MAX => from = From::After(last.id),
            _ => break,
        }
    }
    let places = Places { storages: &names.storages, locations: &names.locations };
    let on = filters(asked, places).into_iter().map(|(_, words)| words).collect::<Vec<_>>();
    Ok(Ok(Table {
        title: "カード検索".to_owned(),
        conditions: on.join("、"),
        columns: COLUMNS.iter().map(|(title, width, kind)| Column::new(title, *width, *kind)).collect(),
        sections: vec![Section { title: String::new(), rows }],
        turn: Turn::Landscape,
        apart: false,
        signatures: Vec::new(),
        personal: true,
    }))
}

fn booked(tx: &ReadTx<'_>, card: CardId) -> Result<[String; 3], Fault> {
    let Some(booking) = booking::live_of_card(tx, card)? else { return Ok(<[String; 3]>::default()) };
    let minute = booking.starts.get();
    Ok([booking.day.to_string(), format!("{}:{:02}", minute / 60, minute % 60), booking.no])
}

fn cells(card: &Card, sight: Sight, names: &Names, [day, time, no]: [String; 3]) -> Vec<String> {
    let date = |day: Option<crate::base::Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let hidden = || crate::web::staff::sight::HIDDEN.to_owned();
    vec![
        sight.notice(card),
        sight.name(card),
        sight.kana(card),
        sight.birth(card).unwrap_or_else(hidden),
        wording::label(card.label).0.to_owned(),
        card.status_at.day().to_string(),
        names.storage(card.storage),
        card.shelf.clone(),
        card.position.clone(),
        names.location(card.location),
        date(card.notice_sent_on),
        date(card.pickup_due_on),
        date(card.valid_until),
        date(card.residence_until),
        day,
        time,
        no,
        card.email.as_ref().map(|email| sight.email(email)).unwrap_or_default(),
        sight.remark(card).map_or_else(hidden, str::to_owned),
    ]
}
