//! The daily and the monthly report: numbers only.

use std::collections::BTreeMap;

use super::ask::Asked;
use super::kinds::List;
use super::{Made, words};
use crate::base::Day;
use crate::db::Fault;
use crate::lists::{Column, Kind, Section, Table, Turn};
use crate::statistics::{self, Figures, Span};
use crate::web::staff::StaffCtx;

/// The report with at most so many lines.
pub(super) async fn make(ctx: &StaffCtx, asked: &Asked, most: usize) -> Result<Made, Fault> {
    let sections = match asked.list {
        List::Monthly => monthly(ctx, asked).await?,
        _ => daily(ctx, asked).await?,
    };
    let place = asked.location.and_then(|id| ctx.place_of(id));
    let place = place.map_or_else(|| "すべての場所".to_owned(), |place| place.name.clone());
    let (first, width) = if asked.list == List::Monthly { ("月", 40) } else { ("時間", 30) };
    let mut columns = vec![Column::new(first, width, Kind::Text)];
    let more: &[&str] = match asked.list {
        List::Monthly => {
            &["登録枚数", "通知書発送", "交付実施済み", "廃棄・返却", "予約", "済み", "未来庁", "取消"]
        }
        _ => &["予約", "人数", "済み", "不備", "未来庁", "これから", "取消"],
    };
    columns.extend(more.iter().map(|title| Column::new(title, 20, Kind::Number)));
    let table = Table {
        title: asked.list.title().to_owned(),
        conditions: format!("{}　{place}", words::span(asked.from, asked.to)),
        columns,
        sections,
        turn: Turn::Portrait,
        apart: false,
        signatures: Vec::new(),
        personal: false,
    };
    let total = table.len();
    let mut made = Made { table, total };
    let mut room = most;
    for section in &mut made.table.sections {
        section.rows.truncate(room);
        room -= section.rows.len();
    }
    Ok(made)
}

fn span(ctx: &StaffCtx, asked: &Asked, from: Day, to: Day) -> Span {
    let every = || ctx.signed.locations.clone();
    Span { from, to, locations: asked.location.map_or_else(every, |one| vec![one]) }
}

/// A section for each day with its hours and their sum.
async fn daily(ctx: &StaffCtx, asked: &Asked) -> Result<Vec<Section>, Fault> {
    let wanted = span(ctx, asked, asked.from, asked.to);
    let hours = ctx.read(move |tx| statistics::hours(tx, &wanted)).await?;
    let mut days: BTreeMap<Day, (Figures, Vec<Vec<String>>)> = BTreeMap::new();
    for ((day, hour), figures) in hours {
        let (all, rows) = days.entry(day).or_default();
        all.add(figures);
        rows.push(line(format!("{hour}時台"), figures));
    }
    let section = |(day, (all, mut rows)): (Day, (Figures, Vec<Vec<String>>))| {
        rows.push(line("1日の合計".to_owned(), all));
        Section { title: words::day(day), rows }
    };
    Ok(days.into_iter().map(section).collect())
}

fn line(label: String, figures: Figures) -> Vec<String> {
    let numbers = [
        figures.booked,
        figures.people,
        figures.completed,
        figures.incomplete,
        figures.no_show,
        figures.open,
        figures.cancelled,
    ];
    [label].into_iter().chain(numbers.map(|number| number.to_string())).collect()
}

/// A line for each month that the span touches, only with its days in the span.
async fn monthly(ctx: &StaffCtx, asked: &Asked) -> Result<Vec<Section>, Fault> {
    let mut rows = Vec::new();
    let mut from = asked.from;
    while from <= asked.to {
        let to = from.last_of_month().min(asked.to);
        let wanted = span(ctx, asked, from, to);
        let read = move |tx: &crate::db::ReadTx<'_>| {
            Ok::<_, Fault>((
                statistics::month(tx, wanted.from, wanted.to)?,
                statistics::totals(tx, &wanted)?.all,
            ))
        };
        let (cards, bookings) = ctx.read(read).await?;
        let label = format!("{}年{}月（{}日から{}日）", from.year(), from.month(), from.day(), to.day());
        let numbers = [
            cards.registered,
            cards.notified,
            cards.issued,
            cards.ended,
            bookings.booked,
            bookings.completed,
            bookings.no_show,
            bookings.cancelled,
        ];
        rows.push([label].into_iter().chain(numbers.map(|number| number.to_string())).collect());
        from = to.plus(1);
    }
    Ok(vec![Section { title: String::new(), rows }])
}
