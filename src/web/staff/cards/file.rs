//! The list as a file for a spreadsheet: exactly what was found, in its order, written down before it is given.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::terms::{Asked, Places, filters};
use super::{Ask, Cards, link, look_in, paging};
use crate::accounts::Permission;
use crate::base::{CardId, LocationId, StorageId};
use crate::booking;
use crate::calendar::{self, Location, Storage};
use crate::cards::search::From;
use crate::cards::{self, Card, Export, Paging, is_reason};
use crate::db::{Fault, ReadTx};
use crate::lists::Sheet;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Cards that are read at once: a reader is not held for longer than a page takes.
const SLICE: usize = 2000;

/// The columns, in order.
const COLUMNS: [&str; 19] = [
    "交付通知書ID",
    "氏名",
    "フリガナ",
    "生年月日",
    "状態",
    "状態の日",
    "保管場所",
    "棚番号",
    "番号",
    "交付場所",
    "通知書発送日",
    "受取期限",
    "有効期限",
    "在留期限",
    "予約日",
    "予約時刻",
    "予約番号",
    "メール",
    "備考",
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
    ctx.must(Permission::SeeCards)?;
    let query = query(&fields);
    let asked = super::asked(&ctx, &query).await?;
    let reason = fields.get("reason");
    if (ctx.settings.export_reason || !reason.is_empty()) && !is_reason(&reason) {
        let text = "何のために出力するかを書いてください（500文字まで）。操作の記録に残ります。";
        let wrong = vec![Wrong::new("reason", text)];
        let page = Cards::read(&ctx, asked, query).await?;
        return ctx.again(&page.with_reason(reason, wrong));
    }
    let names = ctx.read(|tx| {
        Ok::<_, Fault>(Names { storages: calendar::storages(tx)?, locations: calendar::all_locations(tx)? })
    });
    let names = names.await?;
    write_down(&ctx, &asked, &names, Some(reason).filter(|reason| !reason.is_empty())).await?;
    let sheet = sheet(&ctx, &asked, &names, paging(&ctx, &query)).await?;
    let now = ctx.now();
    let minute = now.minute().get();
    let name = format!("cards-{}-{:02}{:02}.csv", now.day(), minute / 60, minute % 60);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, sheet).into_response())
}

/// The address of the page that the form stands on.
fn query(fields: &Fields) -> Ask {
    let known = link::KNOWN.iter().filter(|name| !matches!(**name, "after" | "before"));
    known.map(|name| ((*name).to_owned(), fields.get(name))).filter(|(_, value)| !value.is_empty()).collect()
}

async fn write_down(
    ctx: &StaffCtx,
    asked: &Asked,
    names: &Names,
    reason: Option<String>,
) -> Result<(), PageError> {
    let (terms, look) = (asked.terms.clone(), look_in(ctx));
    let cards = ctx.read(move |tx| cards::count_all(tx, &terms, look)).await?;
    let places = Places { storages: &names.storages, locations: &names.locations };
    let on = filters(asked, places);
    let conditions = on.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("、");
    let export = Export { conditions, cards, hidden: Sight::of(&ctx.signed).hidden(), reason };
    Ok(ctx.city.db.write(ctx.actor(), move |tx| cards::export(tx, &export)).await?)
}

/// Every card that the search of this address finds, in the order of its page; `None` when there are more than `most`.
///
/// For whoever goes on with all of them elsewhere. Spec: 7(2)⑦.
pub(in crate::web::staff) async fn every_found(
    ctx: &StaffCtx,
    fields: &Fields,
    most: usize,
) -> Result<Option<Vec<Card>>, PageError> {
    ctx.must(Permission::SeeCards)?;
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

async fn sheet(ctx: &StaffCtx, asked: &Asked, names: &Names, paging: Paging) -> Result<Vec<u8>, PageError> {
    let (sight, look) = (Sight::of(&ctx.signed), look_in(ctx));
    let mut sheet = Sheet::new(&COLUMNS);
    let mut from = From::Start;
    loop {
        let (terms, paging) = (asked.terms.clone(), Paging { from, most: SLICE, ..paging });
        let read = ctx.read(move |tx| {
            let found = cards::list(tx, &terms, look, paging)?;
            let booked = found.hits.iter().map(|card| booked(tx, card.id)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Fault>((found, booked))
        });
        let (found, booked) = read.await?;
        for (card, booked) in found.hits.iter().zip(booked) {
            let cells = cells(card, sight, names, booked);
            sheet.line(cells.iter().map(String::as_str));
        }
        match found.hits.last() {
            Some(last) if found.after => from = From::After(last.id),
            _ => return Ok(sheet.end()),
        }
    }
}

fn booked(tx: &ReadTx<'_>, card: CardId) -> Result<[String; 3], Fault> {
    let Some(booking) = booking::live_of_card(tx, card)? else { return Ok(<[String; 3]>::default()) };
    let minute = booking.starts.get();
    Ok([booking.day.to_string(), format!("{}:{:02}", minute / 60, minute % 60), booking.no])
}

fn cells(card: &Card, sight: Sight, names: &Names, [day, time, no]: [String; 3]) -> [String; 19] {
    let date = |day: Option<crate::base::Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let hidden = || crate::web::staff::sight::HIDDEN.to_owned();
    [
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
