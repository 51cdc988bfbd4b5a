//! The daily and the monthly report: numbers only.

use std::collections::BTreeMap;

use super::ask::Asked;
use super::kinds::List;
use super::{Made, words};
use crate::base::Day;
use crate::db::Fault;
use crate::lists::{Column, Kind, Section, Table, Turn};
use crate::statistics::{self, Figures, Month, Span};
use crate::web::staff::StaffCtx;
use crate::web::staff::wording::day_words_of_year;

/// The report with at most so many lines.
pub(super) async fn make(ctx: &StaffCtx, asked: &Asked, most: usize) -> Result<Made, Fault> {
    let sections = match asked.list {
        List::Monthly => monthly(ctx, asked).await?,
        _ => daily(ctx, asked).await?,
    };
    let place = asked.location.and_then(|id| ctx.place_of(id));
    let place = place.map_or_else(|| "すべての場所".to_owned(), |place| place.name.clone());
    let table = Table {
        title: asked.list.title().to_owned(),
        conditions: format!("{}　{place}{}", words::span(asked.from, asked.to), whole_city(asked)),
        columns: columns(asked.list),
        sections,
        turn: if asked.list == List::Monthly { Turn::Landscape } else { Turn::Portrait },
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

fn columns(list: List) -> Vec<Column> {
    let (first, width, more): (_, _, &[&str]) = match list {
        List::Monthly => (
            "月",
            48,
            &[
                "申請受付数",
                "発送枚数（登録）",
                "交付前設定実施済み数",
                "通知書発送数",
                "交付実施済み数",
                "廃棄・返却数",
                "予約",
                "済み",
                "未来庁",
                "取消",
            ],
        ),
        _ => ("時間", 30, &["予約", "人数", "済み", "不備", "未来庁", "これから", "取消"]),
    };
    let first = Column::new(first, width, Kind::Text);
    // The names of the national report are long, the numbers of bookings are not.
    let width = |title: &str| if title.chars().count() > 4 { 30 } else { 18 };
    std::iter::once(first)
        .chain(more.iter().map(|title| Column::new(title, width(title), Kind::Number)))
        .collect()
}

/// Cards are counted for the whole city, whichever place was chosen for the bookings.
fn whole_city(asked: &Asked) -> &'static str {
    let mixed = asked.list == List::Monthly && asked.location.is_some();
    if mixed { "　（申請とカードの数は市全体、予約はこの場所）" } else { "" }
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
        Section { title: day_words_of_year(day), rows }
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

/// A line for each month that the span touches, only with its days in the span, and their sum.
async fn monthly(ctx: &StaffCtx, asked: &Asked) -> Result<Vec<Section>, Fault> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut cards, mut bookings, mut applications) = (Month::default(), Figures::default(), Told::Number(0));
    let (first, last) = (asked.from.first_of_month(), asked.to);
    let told = ctx.read(move |tx| statistics::applications(tx, first, last)).await?;
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
        let (of_month, of_bookings) = ctx.read(read).await?;
        let label = format!("{}年{}月（{}日から{}日）", from.year(), from.month(), from.day(), to.day());
        // What was told is of the whole month, or of all of it that has passed.
        let whole = from == from.first_of_month() && (to == from.last_of_month() || to >= ctx.today());
        let of_told = match told.get(&from.first_of_month()) {
            _ if from > ctx.today() => Told::Later,
            _ if !whole => Told::Part,
            Some(number) => Told::Number(*number),
            None => Told::Nothing,
        };
        rows.push(of(label, of_told, of_month, of_bookings));
        cards.add(of_month);
        bookings.add(of_bookings);
        applications = applications.and(of_told);
        from = to.plus(1);
    }
    if rows.len() > 1 {
        rows.push(of("合計".to_owned(), applications, cards, bookings));
    }
    Ok(vec![Section { title: String::new(), rows }])
}

/// What staff told of a month.
#[derive(Clone, Copy)]
enum Told {
    Number(u32),
    /// Nothing yet.
    Nothing,
    /// Only a part of the month is asked for, of which nothing is told.
    Part,
    /// The month has not begun.
    Later,
}

impl Told {
    /// Both together: a number only where all that have begun have one.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, Self::Later) | (Self::Later, one) => one,
            (Self::Number(one), Self::Number(two)) => Self::Number(one + two),
            (Self::Part, _) | (_, Self::Part) => Self::Part,
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Nothing => "未入力".to_owned(),
            Self::Part | Self::Later => "―".to_owned(),
        }
    }
}

fn of(label: String, applications: Told, cards: Month, bookings: Figures) -> Vec<String> {
    let numbers = [
        cards.registered,
        cards.preset,
        cards.notified,
        cards.issued,
        cards.ended,
        bookings.booked,
        bookings.completed,
        bookings.no_show,
        bookings.cancelled,
    ];
    let numbers = numbers.map(|number| number.to_string());
    [label, applications.words()].into_iter().chain(numbers).collect()
}
