//! The tables of the page as files, in the forms that lists have, written down before they are given.

use axum::response::Response;

use super::view::{ages, by_days, channels, draw, facts, is_by_month, percent, steps};
use super::{Asked, Counted, count};
use crate::accounts::Permission;
use crate::base::{Day, LocationId};
use crate::lists::{self, Column, Kind, Section, Turn};
use crate::statistics::Figures;
use crate::web::PageError;
use crate::web::staff::lists::{Given, Wish};
use crate::web::staff::parts::Wrong;
use crate::web::staff::wording::day_words_of_year;
use crate::web::staff::{StaffCtx, StaffPost};

/// A table of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Facts,
    Time,
    Hours,
    Places,
    Channels,
    Steps,
    Ages,
}

impl Table {
    /// Every table, in the order of the page.
    pub(super) const ALL: [Self; 7] =
        [Self::Facts, Self::Time, Self::Steps, Self::Hours, Self::Ages, Self::Places, Self::Channels];

    /// Its word in forms and names of files.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Time => "time",
            Self::Hours => "hours",
            Self::Places => "places",
            Self::Channels => "channels",
            Self::Steps => "steps",
            Self::Ages => "ages",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.code() == code)
    }

    /// Its heading on the page.
    pub(super) const fn title(self, by_month: bool) -> &'static str {
        match self {
            Self::Facts => "まとめ",
            Self::Time if by_month => "月ごとの結果",
            Self::Time => "日ごとの結果",
            Self::Hours => "曜日と時間",
            Self::Places => "場所ごと",
            Self::Channels => "受付のしかた",
            Self::Steps => "到着から交付まで（いまの台帳）",
            Self::Ages => "保管中のカードの古さ（いまの台帳）",
        }
    }

    /// Its name in a file's name.
    const fn file(self) -> &'static str {
        match self {
            Self::Facts => "statistics-facts",
            Self::Time => "statistics-time",
            Self::Hours => "statistics-hours",
            Self::Places => "statistics-places",
            Self::Channels => "statistics-channels",
            Self::Steps => "statistics-steps",
            Self::Ages => "statistics-ages",
        }
    }
}

pub(in crate::web::staff) async fn file(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    ctx.must(Permission::Statistics)?;
    let asked = Asked::of(&ctx, &fields);
    let typed = (fields.get("table"), fields.get("format"), fields.get("reason"));
    let mut wrong: Vec<Wrong> = asked.wrong().into_iter().collect();
    if !wrong.is_empty() {
        return ctx.again(&draw(&ctx, &asked, &Counted::default(), wrong).with(typed, Vec::new()));
    }
    let counted = count(&ctx, &asked).await?;
    let mut signs = Vec::new();
    match Table::from_code(&typed.0) {
        None => wrong.push(Wrong::new("table", "出力する表を選んでください。")),
        Some(table) => {
            let wish = Wish {
                code: table.file(),
                list: "統計",
                needs: Permission::Statistics,
                format: &typed.1,
                reason: &typed.2,
                accepted: fields.get("accept") == "1",
            };
            match wish.give(&ctx, written(&ctx, &asked, &counted, table)).await? {
                Given::File(response) => return Ok(response),
                Given::Not(refused, lost) => (wrong, signs) = (refused, lost),
            }
        }
    }
    ctx.again(&draw(&ctx, &asked, &counted, wrong).with(typed, signs))
}

/// The table as a list has it.
fn written(ctx: &StaffCtx, asked: &Asked, counted: &Counted, table: Table) -> lists::Table {
    let (columns, rows) = match table {
        Table::Facts => facts_of(counted),
        Table::Time => time(counted),
        Table::Hours => hours(counted),
        Table::Places => places(ctx, counted),
        Table::Channels => shares(
            "受付",
            "予約",
            channels(&counted.report).into_iter().map(|one| (one.0.to_owned(), one.1.into(), one.2.into())),
        ),
        Table::Steps => shares(
            "段階",
            "枚数",
            steps(counted.steps).into_iter().map(|bar| (bar.label, bar.value, bar.share)),
        ),
        Table::Ages => shares(
            "登録から",
            "枚数",
            ages(&counted.ages).into_iter().map(|bar| (bar.label, bar.value, bar.share)),
        ),
    };
    let title = table.title(is_by_month(&counted.report));
    let place = asked.location.and_then(|id| ctx.place_of(id));
    let place = place.map_or_else(|| "すべての場所".to_owned(), |place| place.name.clone());
    let (from, to) = (day_words_of_year(asked.from), day_words_of_year(asked.to));
    lists::Table {
        title: format!("統計　{title}"),
        conditions: format!("{from} から {to} まで　{place}　{title}"),
        columns,
        sections: vec![Section { title: String::new(), rows }],
        turn: Turn::Portrait,
        apart: false,
        signatures: Vec::new(),
        personal: false,
    }
}

/// Columns and rows.
type Grid = (Vec<Column>, Vec<Vec<String>>);

fn facts_of(counted: &Counted) -> Grid {
    let columns = vec![
        Column::new("項目", 60, Kind::Text),
        Column::new("値", 24, Kind::Number),
        Column::new("単位", 20, Kind::Text),
    ];
    // The page's dash is no value.
    let value = |value: String| if value == "－" { String::new() } else { value };
    let line = |fact: super::view::Fact| vec![fact.label.to_owned(), value(fact.value), fact.unit.to_owned()];
    (columns, facts(counted).into_iter().map(line).collect())
}

/// The columns of how bookings ended, behind these first ones.
fn numbered(first: &[(&str, u16)]) -> Vec<Column> {
    let first = first.iter().map(|(title, width)| Column::new(title, *width, Kind::Text));
    let counts = ["予約", "人数", "済み", "不備", "未来庁", "未来庁率", "これから", "取消"];
    first.chain(counts.map(|title| Column::new(title, 20, Kind::Number))).collect()
}

fn numbers(first: Vec<String>, figures: &Figures) -> Vec<String> {
    let number = |number: u32| number.to_string();
    let counts = [
        number(figures.booked),
        number(figures.people),
        number(figures.completed),
        number(figures.incomplete),
        number(figures.no_show),
        figures.no_show_rate().map(percent).unwrap_or_default(),
        number(figures.open),
        number(figures.cancelled),
    ];
    first.into_iter().chain(counts).collect()
}

fn time(counted: &Counted) -> Grid {
    let by_month = is_by_month(&counted.report);
    let words = |day: Day| {
        if by_month { format!("{}年{}月", day.year(), day.month()) } else { day.to_string() }
    };
    let days = by_days(&counted.report, by_month);
    let rows = days.iter().map(|(day, figures)| numbers(vec![words(*day)], figures)).collect();
    (numbered(&[(if by_month { "月" } else { "日" }, 30)]), rows)
}

/// Monday first, as on the page.
fn hours(counted: &Counted) -> Grid {
    let mut rows = Vec::new();
    for (weekday, label) in [(1, "月"), (2, "火"), (3, "水"), (4, "木"), (5, "金"), (6, "土"), (0, "日")]
    {
        let of_day = counted.report.hours.iter().filter(|((day, _), _)| *day == weekday);
        rows.extend(
            of_day
                .map(|((_, hour), figures)| numbers(vec![label.to_owned(), format!("{hour}時台")], figures)),
        );
    }
    (numbered(&[("曜日", 14), ("時間", 20)]), rows)
}

fn places(ctx: &StaffCtx, counted: &Counted) -> Grid {
    let name = |id: &LocationId| {
        ctx.place_of(*id).map_or_else(|| "使わなくなった場所".to_owned(), |place| place.name.clone())
    };
    let rows = counted.report.places.iter().map(|(id, figures)| numbers(vec![name(id)], figures));
    (numbered(&[("場所", 50)]), rows.collect())
}

fn shares(first: &str, counts: &str, rows: impl Iterator<Item = (String, u64, u64)>) -> Grid {
    let columns = vec![
        Column::new(first, 60, Kind::Text),
        Column::new(counts, 24, Kind::Number),
        Column::new("割合", 24, Kind::Number),
    ];
    let line =
        |(label, value, share): (String, u64, u64)| vec![label, value.to_string(), format!("{share}%")];
    (columns, rows.map(line).collect())
}
