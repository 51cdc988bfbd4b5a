//! Lists of bookings: a line for each person, by day, by hour or by place.

use super::ask::Asked;
use super::kinds::{By, List};
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

/// A section that grows, and how much belongs to it whether shown or not.
#[derive(Default)]
struct Part {
    title: String,
    rows: Vec<Vec<String>>,
    bookings: usize,
    people: usize,
}

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
    let (mut parts, mut total): (Vec<Part>, usize) = (Vec::new(), 0);
    let mut read = 0;
    loop {
        let (slice, from) = (wanted.clone(), read);
        let rows = ctx.read(move |tx| booking::list_slice(tx, &slice, from, SLICE)).await?;
        for row in rows.iter().filter(|row| belongs(asked, row)) {
            let title = title(ctx, asked, row);
            let at = parts.iter().rposition(|part| part.title == title).unwrap_or(parts.len());
            if at == parts.len() {
                parts.push(Part { title, ..Part::default() });
            }
            let Some(part) = parts.get_mut(at) else { continue };
            part.bookings += 1;
            for line in lines(ctx, asked, row, sight) {
                part.people += 1;
                if total < most {
                    part.rows.push(line);
                }
                total += 1;
            }
        }
        if rows.len() < SLICE {
            break;
        }
        read += SLICE;
    }
    if asked.by == By::Place {
        parts.sort_by_key(|part| ctx.locations.iter().position(|one| one.name == part.title));
    }
    let mut table = table(ctx, asked);
    table.sections = parts.into_iter().filter(|part| !part.rows.is_empty()).map(section).collect();
    Ok(Made { table, total })
}

fn section(part: Part) -> Section {
    let counts = format!("{}　{}件・{}人", part.title, part.bookings, part.people);
    Section { title: counts, rows: part.rows }
}

fn belongs(asked: &Asked, row: &BoardRow) -> bool {
    use BookingStatus::{Cancelled, CheckedIn, Completed, Incomplete};
    match asked.list {
        List::Arrivals => matches!(row.booking.status, CheckedIn | Completed | Incomplete),
        _ => asked.booking.is_some() || row.booking.status != Cancelled,
    }
}

/// The heading that a booking belongs under.
fn title(ctx: &StaffCtx, asked: &Asked, row: &BoardRow) -> String {
    let day = wording::day_words_of_year(row.booking.day);
    match asked.by {
        By::Day => day,
        By::Hour => format!("{day}　{}時台", row.booking.starts.hour()),
        By::Place => place(ctx, row.booking.location),
    }
}

fn table(ctx: &StaffCtx, asked: &Asked) -> Table {
    let mut columns = vec![
        ("時間", 15, Kind::Text),
        ("予約番号", 25, Kind::Code),
        ("氏名", 38, Kind::Text),
        ("カナ", 36, Kind::Text),
        ("生年月日", 23, Kind::Text),
        ("交付通知書ID", 27, Kind::Code),
        ("人数", 11, Kind::Number),
        ("手続", 27, Kind::Text),
        ("状態", 18, Kind::Text),
        ("受付", 20, Kind::Text),
        ("備考", 30, Kind::Text),
    ];
    match between(asked) {
        Between::Place => columns.insert(1, ("交付場所", 36, Kind::Text)),
        Between::Day => columns.insert(0, ("日", 20, Kind::Text)),
        Between::Nothing => {}
    }
    let mut said = vec![words::span(asked.from, asked.to)];
    said.push(asked.location.map_or_else(|| "すべての場所".to_owned(), |id| place(ctx, id)));
    said.extend(asked.booking.map(|status| format!("状態：{}", wording::booking_status(status).0)));
    Table {
        title: format!("{}（{}）", asked.list.title(), asked.by.words()),
        conditions: said.join("　"),
        columns: columns.into_iter().map(|(title, width, kind)| Column::new(title, width, kind)).collect(),
        sections: Vec::new(),
        turn: Turn::Landscape,
        apart: asked.by == By::Place,
        signatures: Vec::new(),
        personal: true,
    }
}

/// What the heading of a section leaves open, and so stands in a column.
enum Between {
    Place,
    Day,
    Nothing,
}

fn between(asked: &Asked) -> Between {
    match asked.by {
        By::Day | By::Hour if asked.location.is_none() => Between::Place,
        By::Place if asked.from != asked.to => Between::Day,
        By::Day | By::Hour | By::Place => Between::Nothing,
    }
}

fn place(ctx: &StaffCtx, id: LocationId) -> String {
    ctx.place_of(id).map(|place| place.name.clone()).unwrap_or_default()
}

fn lines(ctx: &StaffCtx, asked: &Asked, row: &BoardRow, sight: Sight) -> Vec<Vec<String>> {
    let mut lines: Vec<Vec<String>> =
        row.people().enumerate().map(|(at, card)| line(row, Some(card), at == 0, sight)).collect();
    if lines.is_empty() {
        lines.push(line(row, None, true, sight));
    }
    for line in &mut lines {
        match between(asked) {
            Between::Place => line.insert(1, place(ctx, row.booking.location)),
            Between::Day => line.insert(0, wording::day_word(row.booking.day)),
            Between::Nothing => {}
        }
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
