//! One list with its conditions, its first lines, and what it can be given as.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Serialize;

use super::ask::Asked;
use super::days::Near;
use super::kinds::{Ask, By, List};
use super::lost::Lost;
use super::{Made, make};
use crate::accounts::Permission;
use crate::base::Day;
use crate::booking::BookingStatus;
use crate::calendar;
use crate::cards::Label;
use crate::cards::watch::WatchList;
use crate::lists::{Column, FileKind, Kind, ROWS_MAX, Table};
use crate::render::View;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, watch, wording};
use crate::web::{Fields, PageError};

/// Lines that the page shows of a list.
const SHOWN: usize = 100;

/// Columns below this width hold a day, a time or a state.
const SHORT: u16 = 28;

/// One list.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct ListPage {
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) conditions: String,
    pub(super) days: Option<(Day, Day)>,
    /// The same days as seen from today: word, what the address asks then, whether it asks so now.
    pub(super) near: Vec<(&'static str, String, bool)>,
    pub(super) divided: Option<Vec<Choice>>,
    pub(super) locations: Option<Vec<Choice>>,
    pub(super) bookings: Option<Vec<Choice>>,
    pub(super) labels: Option<Vec<Choice>>,
    pub(super) storages: Option<Vec<Choice>>,
    pub(super) watches: Option<Vec<Choice>>,
    /// Where the conditions are chosen, when that is another page.
    pub(super) chosen_at: Option<(&'static str, &'static str)>,
    /// The search that the cards are those of, in words.
    pub(super) search: Option<String>,
    pub(super) pairs: Vec<(String, String)>,
    pub(super) heads: Vec<Head>,
    pub(super) parts: Vec<Part>,
    pub(super) total: usize,
    pub(super) shown: usize,
    pub(super) too_many: bool,
    pub(super) needs_reason: bool,
    pub(super) reason: String,
    pub(super) formats: Vec<(&'static str, &'static str)>,
    pub(super) format: String,
    pub(super) lost: Vec<Lost>,
    /// What is asked of whoever keeps these conditions; `None` where they name a person or nothing to keep.
    pub(super) keep: Option<Keeping>,
    pub(super) wrong: Vec<Wrong>,
}

/// The form that keeps the conditions under a name.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Keeping {
    pub(super) name: String,
    pub(super) may_share: bool,
    pub(super) open: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Choice {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) class: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Part {
    pub(super) title: String,
    pub(super) rows: Vec<Vec<String>>,
}

impl View for ListPage {
    const TEMPLATE: &'static str = "staff/list.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::page()
    }
}

/// What a list can be given as: code, words.
pub(in crate::web::staff) fn formats() -> Vec<(&'static str, &'static str)> {
    let file = |kind: FileKind| {
        let words = match kind {
            FileKind::Utf8 => "CSV（UTF-8。Excelでそのまま開けます）",
            FileKind::Cp932 => "CSV（Shift_JIS。ほかのシステムへ渡すとき）",
            FileKind::Workbook => "Excel（xlsx）",
        };
        (kind.code(), words)
    };
    [("pdf", "PDF（印刷）")].into_iter().chain(FileKind::ALL.map(file)).collect()
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Path(code): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let list = List::from_code(&code).ok_or(PageError::NotFound)?;
    ctx.must(list.needs())?;
    let fields = Fields::new(query);
    let asked = Asked::of(&ctx, list, &fields).await?;
    let wrong = asked.wrong().filter(|wrong| wrong.field != "storage" || fields.has("storage"));
    let page = read(&ctx, &asked, wrong.into_iter().collect()).await?;
    ctx.saw("lists", None).await?;
    if page.wrong.is_empty() { ctx.page(&page) } else { ctx.again(&page) }
}

/// The page of a list, with what is wrong with its conditions.
pub(super) async fn read(ctx: &StaffCtx, asked: &Asked, wrong: Vec<Wrong>) -> Result<ListPage, PageError> {
    let made = match asked.wrong() {
        Some(_) => None,
        None => Some(make(ctx, asked, SHOWN).await?),
    };
    let storages = ctx.read(calendar::storages).await?;
    let storage = |one: &calendar::Storage| Choice {
        code: one.id.to_string(),
        label: one.name.clone(),
        chosen: Some(one.id) == asked.storage,
    };
    let storages = chosen_here(asked, Ask::Storage).then(|| storages.iter().map(storage).collect());
    Ok(ListPage { storages, ..draw(ctx, asked, made, wrong) })
}

fn draw(ctx: &StaffCtx, asked: &Asked, made: Option<Made>, wrong: Vec<Wrong>) -> ListPage {
    let list = asked.list;
    let total = made.as_ref().map_or(0, |made| made.total);
    let table = made.map(|made| made.table);
    let shown = table.as_ref().map_or(0, |table| table.len().min(SHOWN));
    ListPage {
        code: list.code(),
        title: list.title(),
        about: list.about(),
        conditions: table.as_ref().map(|table| table.conditions.clone()).unwrap_or_default(),
        days: list.can(Ask::Days).then_some((asked.from, asked.to)),
        near: near(asked),
        divided: list.can(Ask::By).then(|| divided(asked)),
        locations: chosen_here(asked, Ask::Location).then(|| locations(ctx, asked)),
        bookings: list.can(Ask::Booking).then(|| bookings(asked)),
        labels: chosen_here(asked, Ask::Label).then(|| labels(asked)),
        storages: None,
        watches: list.can(Ask::Watch).then(|| watches(asked)),
        chosen_at: match list {
            List::Pull => Some(("/pull", "引抜リストで条件を選ぶ")),
            List::Transfers => Some(("/transfers", "回送リストで条件を選ぶ")),
            List::Cards => Some(("/cards", "カード検索で条件を選ぶ")),
            List::Monthly => Some(("/statistics/applications", "申請受付数を入力する")),
            _ => None,
        },
        search: asked.search.as_ref().filter(|_| asked.is_of_search()).map(|search| search.words.clone()),
        pairs: asked.pairs(),
        heads: table.as_ref().map(heads).unwrap_or_default(),
        parts: table.map(parts).unwrap_or_default(),
        total,
        shown,
        too_many: total > ROWS_MAX,
        needs_reason: ctx.settings.export_reason,
        reason: String::new(),
        formats: formats(),
        format: "pdf".to_owned(),
        lost: Vec::new(),
        keep: super::saved::may_keep(asked).then(|| Keeping {
            name: String::new(),
            may_share: ctx.may(Permission::ShareLists),
            open: false,
        }),
        wrong,
    }
}

/// Whether a condition is chosen on this page: those of a search are chosen where it was made.
fn chosen_here(asked: &Asked, ask: Ask) -> bool {
    asked.list.can(ask) && !asked.is_of_search()
}

fn near(asked: &Asked) -> Vec<(&'static str, String, bool)> {
    if !asked.list.can(Ask::Days) {
        return Vec::new();
    }
    let others: Vec<String> = asked
        .pairs()
        .into_iter()
        .filter(|(name, _)| !matches!(name.as_str(), "from" | "to" | "span"))
        .map(|(name, value)| format!("&{name}={value}"))
        .collect();
    let address = |near: &Near| format!("span={}{}", near.code(), others.concat());
    Near::ALL.iter().map(|near| (near.words(), address(near), asked.near == Some(*near))).collect()
}

fn divided(asked: &Asked) -> Vec<Choice> {
    let one =
        |by: By| Choice { code: by.code().to_owned(), label: by.words().to_owned(), chosen: asked.by == by };
    By::ALL.into_iter().map(one).collect()
}

impl ListPage {
    /// As it was sent, with what the file would not hold.
    pub(super) fn with(mut self, (format, reason): (String, String), lost: Vec<Lost>) -> Self {
        self.format = format;
        self.reason = reason;
        self.lost = lost;
        self
    }

    /// With the name under which the conditions were to be kept.
    pub(super) fn named(mut self, name: String) -> Self {
        if let Some(keep) = &mut self.keep {
            keep.name = name;
            keep.open = true;
        }
        self
    }
}

fn heads(table: &Table) -> Vec<Head> {
    // Days, times and states are short: they stand in one line, and names take the room.
    let class = |one: &Column| match one.kind {
        Kind::Number => "num",
        Kind::Code | Kind::Barcode => "id",
        Kind::Text if one.width < SHORT => "nowrap",
        Kind::Text => "roomy",
        Kind::Tick => "",
    };
    table.columns.iter().map(|one| Head { title: one.title.clone(), class: class(one) }).collect()
}

/// The first lines.
fn parts(table: Table) -> Vec<Part> {
    let mut room = SHOWN;
    let mut parts = Vec::new();
    for mut section in table.sections {
        section.rows.truncate(room);
        room -= section.rows.len();
        if !section.rows.is_empty() {
            parts.push(Part { title: section.title, rows: section.rows });
        }
    }
    parts
}

fn locations(ctx: &StaffCtx, asked: &Asked) -> Vec<Choice> {
    let one = |place: &calendar::Location| Choice {
        code: place.id.to_string(),
        label: place.name.clone(),
        chosen: Some(place.id) == asked.location,
    };
    let every =
        Choice { code: "all".to_owned(), label: "すべて".to_owned(), chosen: asked.location.is_none() };
    [every].into_iter().chain(ctx.locations.iter().map(one)).collect()
}

fn bookings(asked: &Asked) -> Vec<Choice> {
    let one = |status: BookingStatus| Choice {
        code: status.code().to_owned(),
        label: wording::booking_status(status).0.to_owned(),
        chosen: asked.booking == Some(status),
    };
    BookingStatus::ALL.into_iter().map(one).collect()
}

fn labels(asked: &Asked) -> Vec<Choice> {
    let one = |label: Label| Choice {
        code: label.code().to_owned(),
        label: wording::label(label).0.to_owned(),
        chosen: asked.label == Some(label),
    };
    Label::all().into_iter().map(one).collect()
}

fn watches(asked: &Asked) -> Vec<Choice> {
    let one = |list: WatchList| Choice {
        code: list.code().to_owned(),
        label: watch::title(list).to_owned(),
        chosen: asked.watch == list,
    };
    WatchList::ALL.into_iter().map(one).collect()
}
