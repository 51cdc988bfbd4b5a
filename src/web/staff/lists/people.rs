//! Lists of bookings: a line for each person, by day and place.

use super::ask::Asked;
use super::kinds::List;
use super::{Made, words};
use crate::base::LocationId;
use crate::booking::{self, BoardRow, BookingStatus, Wanted};
use crate::cards::Card;
use crate::db::Fault;
use crate::lists::{Column, Kind, Section, Table, Turn};
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::{StaffCtx, wording};

/// Bookings that are read at once.
const SLICE: usize = 500;

/// The list with at most so many lines.
pub(super) async fn make(ctx: &StaffCtx, asked: &Asked, most: usize) -> Result<Made, Fault> {
    let every = || ctx.signed.locations.clone();
    let wanted = Wanted {
        from: asked.from,
        to: asked.to,
        locations: asked.location.map_or_else(every, |one| vec![one]),
        status: match asked.list {
            List::NoShows => Some(BookingStatus::NoShow),
            _ => asked.booking,
        },
        channel: None,
        over: false,
    };
    let sight = Sight::of(&ctx.signed);
    let mut made = Made { table: table(ctx, asked), total: 0 };
    let mut read = 0;
    loop {
        let (slice, from) = (wanted.clone(), read);
        let rows = ctx.read(move |tx| booking::list_slice(tx, &slice, from, SLICE)).await?;
        for row in rows.iter().filter(|row| belongs(asked, row)) {
            for line in lines(row, sight) {
                if made.total < most {
                    add(ctx, &mut made.table, row, line);
                }
                made.total += 1;
            }
        }
        if rows.len() < SLICE {
            return Ok(made);
        }
        read += SLICE;
    }
}

fn belongs(asked: &Asked, row: &BoardRow) -> bool {
    use BookingStatus::{Cancelled, CheckedIn, Completed, Incomplete};
    match asked.list {
        List::Arrivals => matches!(row.booking.status, CheckedIn | Completed | Incomplete),
        _ => asked.booking.is_some() || row.booking.status != Cancelled,
    }
}

fn table(ctx: &StaffCtx, asked: &Asked) -> Table {
    let columns = [
        ("時間", 15, Kind::Text),
        ("予約番号", 25, Kind::Code),
        ("氏名", 40, Kind::Text),
        ("カナ", 40, Kind::Text),
        ("生年月日", 23, Kind::Text),
        ("交付通知書ID", 29, Kind::Code),
        ("人数", 12, Kind::Number),
        ("手続", 22, Kind::Text),
        ("状態", 20, Kind::Text),
        ("受付", 16, Kind::Text),
        ("備考", 35, Kind::Text),
    ];
    let mut said = vec![words::span(asked.from, asked.to)];
    said.push(asked.location.map_or_else(|| "すべての場所".to_owned(), |id| place(ctx, id)));
    said.extend(asked.booking.map(|status| format!("状態：{}", wording::booking_status(status).0)));
    Table {
        title: asked.list.title().to_owned(),
        conditions: said.join("　"),
        columns: columns.into_iter().map(|(title, width, kind)| Column::new(title, width, kind)).collect(),
        sections: Vec::new(),
        turn: Turn::Landscape,
        apart: false,
        signatures: Vec::new(),
        personal: true,
    }
}

/// Puts a line into the section of its day and place. Bookings come by day, then by time, so that places of one day alternate.
fn add(ctx: &StaffCtx, table: &mut Table, row: &BoardRow, line: Vec<String>) {
    let title = format!("{}　{}", words::day(row.booking.day), place(ctx, row.booking.location));
    match table.sections.iter_mut().rev().find(|section| section.title == title) {
        Some(section) => section.rows.push(line),
        None => table.sections.push(Section { title, rows: vec![line] }),
    }
}

fn place(ctx: &StaffCtx, id: LocationId) -> String {
    ctx.place_of(id).map(|place| place.name.clone()).unwrap_or_default()
}

fn lines(row: &BoardRow, sight: Sight) -> Vec<Vec<String>> {
    let mut lines: Vec<Vec<String>> =
        row.people().enumerate().map(|(at, card)| line(row, Some(card), at == 0, sight)).collect();
    if lines.is_empty() {
        lines.push(line(row, None, true, sight));
    }
    lines
}

/// A person; what is the same for all people of a booking stands with the first.
fn line(row: &BoardRow, card: Option<&Card>, first: bool, sight: Sight) -> Vec<String> {
    let booking = &row.booking;
    let once = |words: String| if first { words } else { String::new() };
    let of = |words: fn(Sight, &Card) -> String| card.map(|card| words(sight, card)).unwrap_or_default();
    vec![
        booking.starts.to_string(),
        booking.no.clone(),
        card.map_or_else(|| sight.lead_name(row), |card| sight.name(card)),
        of(Sight::kana),
        of(|sight, card| sight.birth(card).unwrap_or_else(|| HIDDEN.to_owned())),
        of(Sight::notice),
        once(booking.people.to_string()),
        row.procedure.clone().unwrap_or_else(|| "カードの受け取り".to_owned()),
        wording::booking_status(booking.status).0.to_owned(),
        wording::channel(booking.channel).to_owned(),
        of(|sight, card| sight.remark(card).map_or_else(|| HIDDEN.to_owned(), str::to_owned)),
    ]
}
