//! The page of numbers as it is drawn.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chart::{Bar, Columns, bars, columns};
use super::file::Table;
use super::{Asked, Counted};
use crate::accounts::Permission;
use crate::base::{Day, LocationId};
use crate::booking::Channel;
use crate::render::View;
use crate::statistics::{Age, Figures, Report, Spread, Steps, Totals};
use crate::web::staff::calendar::PlaceName;
use crate::web::staff::lists::{Lost, formats, lost};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, wording};

/// A month and less is drawn by day, more by month.
const BY_DAY: usize = 31;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Statistics {
    from: Day,
    to: Day,
    /// Spans to choose with one press: words, first and last day.
    spans: Vec<(&'static str, Day, Day)>,
    places: Vec<PlaceName>,
    every_place: bool,
    facts: Vec<Fact>,
    days: Columns,
    rows: Vec<Row>,
    by_month: bool,
    steps: Vec<Bar>,
    hours: Vec<u8>,
    week: Vec<Weekday>,
    by_place: Vec<Row>,
    channels: Vec<(&'static str, u32, u32)>,
    ages: Vec<Bar>,
    empty: bool,
    file: Option<FileForm>,
    lost: Vec<Lost>,
    wrong: Vec<Wrong>,
}

/// The form that gives a table as a file, for whoever may.
#[derive(Debug, Serialize)]
pub(super) struct FileForm {
    /// The place that is asked for, as the form carries it.
    pub(super) location: String,
    pub(super) tables: Vec<(&'static str, &'static str)>,
    pub(super) table: String,
    pub(super) formats: Vec<(&'static str, &'static str)>,
    pub(super) format: String,
    pub(super) needs_reason: bool,
    pub(super) reason: String,
}

/// A number at the top.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) unit: &'static str,
    besides: String,
}

/// A row of numbers.
#[derive(Debug, Serialize)]
struct Row {
    label: String,
    booked: u32,
    completed: u32,
    incomplete: u32,
    no_show: u32,
    cancelled: u32,
    open: u32,
    people: u32,
    no_show_rate: String,
}

#[derive(Debug, Serialize)]
struct Weekday {
    label: &'static str,
    cells: Vec<Option<Cell>>,
}

#[derive(Debug, Serialize)]
struct Cell {
    shade: &'static str,
    booked: u32,
    no_show: String,
}

impl View for Statistics {
    const TEMPLATE: &'static str = "staff/statistics.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = crate::base::Moment::from_millis(1_775_980_800_000).day();
        let figures = Figures {
            booked: 20,
            open: 4,
            completed: 12,
            incomplete: 1,
            no_show: 3,
            cancelled: 2,
            people: 25,
        };
        let mut report = Report { all: figures, ..Report::default() };
        report.days.insert(day, figures);
        report.places.insert(LocationId::of(1), figures);
        report.hours.insert((1, 9), figures);
        report.channels.insert("web".to_owned(), 20);
        report.ahead = Spread { count: 20, median: 6, ninth: 14 };
        let steps = Steps { arrived: 100, preset: 90, notified: 80, booked: 50, issued: 40 };
        let counted = Counted {
            report,
            issued: 30,
            before: Totals::default(),
            steps,
            ages: vec![Age { from: 0, below: Some(1), cards: 4 }, Age { from: 12, below: None, cards: 2 }],
        };
        let asked = Asked { from: day, to: day, location: None };
        let names = BTreeMap::from([(LocationId::of(1), "本庁舎".to_owned())]);
        let places =
            || vec![PlaceName { id: LocationId::of(1), name: "本庁舎".to_owned(), current: true }];
        let wrong = vec![Wrong::new("to", "終わりの日を確かめてください。")];
        let file = |needs_reason| FileForm {
            location: "all".to_owned(),
            tables: Table::ALL.map(|one| (one.code(), one.title(false))).into(),
            table: "places".to_owned(),
            formats: formats(),
            format: "csv".to_owned(),
            needs_reason,
            reason: String::new(),
        };
        let refused = ["table", "format", "reason"].map(|field| Wrong::new(field, "確かめてください。"));
        let whole = |wrong| put_together(&asked, &counted, &names, (day, places()), wrong);
        let lost = vec![lost("𠮷".to_owned(), 2, "〓")];
        vec![
            ("numbers", Self { file: Some(file(false)), ..whole(Vec::new()) }),
            ("a file refused", Self { file: Some(file(true)), lost, ..whole(refused.into()) }),
            ("nothing", put_together(&asked, &Counted::default(), &names, (day, places()), wrong)),
        ]
    }
}

pub(super) fn draw(ctx: &StaffCtx, asked: &Asked, counted: &Counted, wrong: Vec<Wrong>) -> Statistics {
    let names = ctx.locations.iter().map(|place| (place.id, place.name.clone())).collect();
    let places = ctx.locations.iter().map(|one| PlaceName::of(one, asked.location)).collect();
    let file = ctx.may(Permission::Export).then(|| FileForm {
        location: asked.location.map_or_else(|| "all".to_owned(), |id| id.to_string()),
        tables: Table::ALL.map(|one| (one.code(), one.title(is_by_month(&counted.report)))).into(),
        table: String::new(),
        formats: formats(),
        format: "csv".to_owned(),
        needs_reason: ctx.settings.export_reason,
        reason: String::new(),
    });
    Statistics { file, ..put_together(asked, counted, &names, (ctx.today(), places), wrong) }
}

impl Statistics {
    /// As it was sent, with what a file would not hold.
    pub(super) fn with(mut self, (table, format, reason): (String, String, String), lost: Vec<Lost>) -> Self {
        if let Some(file) = &mut self.file {
            (file.table, file.format, file.reason) = (table, format, reason);
        }
        Self { lost, ..self }
    }
}

/// A month and less is told by day, more by month.
pub(super) fn is_by_month(report: &Report) -> bool {
    report.days.len() > BY_DAY
}

fn put_together(
    asked: &Asked,
    counted: &Counted,
    names: &BTreeMap<LocationId, String>,
    (today, places): (Day, Vec<PlaceName>),
    wrong: Vec<Wrong>,
) -> Statistics {
    let report = &counted.report;
    let by_month = is_by_month(report);
    let times = by_time(report, by_month);
    let drawn: Vec<(String, u32, u32)> = times
        .iter()
        .map(|(label, figures)| (label.clone(), figures.completed, figures.no_show + figures.incomplete))
        .collect();
    let hours: Vec<u8> = match (
        report.hours.keys().map(|(_, hour)| *hour).min(),
        report.hours.keys().map(|(_, hour)| *hour).max(),
    ) {
        (Some(first), Some(last)) => (first..=last).collect(),
        _ => Vec::new(),
    };
    let name = |id: &LocationId| names.get(id).cloned().unwrap_or_else(|| "使わなくなった場所".to_owned());
    Statistics {
        from: asked.from,
        to: asked.to,
        spans: spans(today),
        every_place: asked.location.is_none(),
        places,
        facts: facts(counted),
        days: columns(&drawn),
        rows: times.iter().map(|(label, figures)| row(label.clone(), figures)).collect(),
        by_month,
        steps: steps(counted.steps),
        week: week(report, &hours),
        hours,
        by_place: report.places.iter().map(|(id, figures)| row(name(id), figures)).collect(),
        channels: channels(report),
        ages: ages(&counted.ages),
        empty: report.all.booked + report.all.cancelled == 0,
        file: None,
        lost: Vec::new(),
        wrong,
    }
}

fn spans(today: Day) -> Vec<(&'static str, Day, Day)> {
    let month = today.first_of_month();
    let last = month.minus(1);
    let year = if today.month() >= 4 { today.year() } else { today.year() - 1 };
    let fiscal = Day::new(year, 4, 1).unwrap_or(month);
    vec![("今月", month, today), ("先月", last.first_of_month(), last), ("今年度", fiscal, today)]
}

/// By day, or by month where there are many days: the first day of each.
pub(super) fn by_days(report: &Report, by_month: bool) -> BTreeMap<Day, Figures> {
    if !by_month {
        return report.days.clone();
    }
    let mut months: BTreeMap<Day, Figures> = BTreeMap::new();
    for (day, figures) in &report.days {
        months.entry(day.first_of_month()).or_default().add(*figures);
    }
    months
}

/// The same with short words for them.
fn by_time(report: &Report, by_month: bool) -> Vec<(String, Figures)> {
    let words = |day: Day| {
        let (more, less) =
            if by_month { (i32::from(day.year()), day.month()) } else { (i32::from(day.month()), day.day()) };
        format!("{more}/{less}")
    };
    by_days(report, by_month).into_iter().map(|(day, figures)| (words(day), figures)).collect()
}

fn row(label: String, figures: &Figures) -> Row {
    Row {
        label,
        booked: figures.booked,
        completed: figures.completed,
        incomplete: figures.incomplete,
        no_show: figures.no_show,
        cancelled: figures.cancelled,
        open: figures.open,
        people: figures.people,
        no_show_rate: figures.no_show_rate().map(percent).unwrap_or_default(),
    }
}

/// A thousandth as a percentage with one place: 41 → 4.1%.
pub(super) fn percent(thousandths: u32) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

pub(super) fn facts(counted: &Counted) -> Vec<Fact> {
    let (now, before) = (&counted.report, &counted.before);
    let earlier =
        |words: Option<String>| words.map(|words| format!("その前の同じ日数 {words}")).unwrap_or_default();
    let rate = |value: Option<u32>| value.map_or_else(|| "－".to_owned(), percent);
    let spread = |spread: Spread, unit: &str| match spread.count {
        0 => String::new(),
        _ => format!("長い方から1割：{}{unit}", spread.ninth),
    };
    let middle =
        |spread: Spread| if spread.count == 0 { "－".to_owned() } else { spread.median.to_string() };
    vec![
        Fact {
            label: "交付・手続が済んだ方",
            value: counted.issued.to_string(),
            unit: "人",
            besides: earlier(Some(format!("{}人", before.issued))),
        },
        Fact {
            label: "来庁して済んだ割合",
            value: rate(now.all.completed_rate()),
            unit: "",
            besides: earlier(before.all.completed_rate().map(percent)),
        },
        Fact {
            label: "未来庁の割合",
            value: rate(now.all.no_show_rate()),
            unit: "",
            besides: earlier(before.all.no_show_rate().map(percent)),
        },
        Fact {
            label: "予約日までの日数（まん中）",
            value: middle(now.ahead),
            unit: "日",
            besides: spread(now.ahead, "日"),
        },
        Fact {
            label: "受付から終わりまで（まん中）",
            value: middle(now.stay),
            unit: "分",
            besides: spread(now.stay, "分"),
        },
    ]
}

pub(super) fn steps(steps: Steps) -> Vec<Bar> {
    let all = [
        ("到着", steps.arrived),
        ("交付前設定", steps.preset),
        ("通知書発送", steps.notified),
        ("予約", steps.booked),
        ("交付", steps.issued),
    ];
    bars(&all, steps.arrived)
}

pub(super) fn ages(ages: &[Age]) -> Vec<Bar> {
    let whole: u32 = ages.iter().map(|age| age.cards).sum();
    let labels: Vec<String> = ages
        .iter()
        .map(|age| match age.below {
            Some(below) if age.from == 0 => format!("{below}か月未満"),
            Some(below) => format!("{}〜{}か月", age.from, below - 1),
            None => format!("{}か月以上", age.from),
        })
        .collect();
    let values: Vec<(&str, u64)> =
        labels.iter().zip(ages).map(|(label, age)| (label.as_str(), u64::from(age.cards))).collect();
    bars(&values, u64::from(whole))
}

/// Monday first, as the counter's week goes; days without a booking are left out.
fn week(report: &Report, hours: &[u8]) -> Vec<Weekday> {
    let most = report.hours.values().map(|figures| figures.booked).max().unwrap_or(0).max(1);
    let days = [(1, "月"), (2, "火"), (3, "水"), (4, "木"), (5, "金"), (6, "土"), (0, "日")];
    let cell = |figures: &Figures| Cell {
        shade: match figures.booked * 5 / most {
            0 => "l0",
            1 => "l1",
            2 => "l2",
            3 => "l3",
            _ => "l4",
        },
        booked: figures.booked,
        no_show: figures.no_show_rate().map(percent).unwrap_or_default(),
    };
    let of = |(day, label): (u8, &'static str)| Weekday {
        label,
        cells: hours.iter().map(|hour| report.hours.get(&(day, *hour)).map(cell)).collect(),
    };
    let all = days.into_iter().map(of);
    all.filter(|day| day.cells.iter().any(Option::is_some)).collect()
}

pub(super) fn channels(report: &Report) -> Vec<(&'static str, u32, u32)> {
    let whole = report.all.booked.max(1);
    let known = |code: &str| Channel::from_code(code).map(wording::channel);
    report
        .channels
        .iter()
        .filter_map(|(code, count)| Some((known(code)?, *count, (count * 100 + whole / 2) / whole)))
        .collect()
}
