//! Which lists there are, and one of them with its conditions.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Serialize;

use super::ask::Asked;
use super::kinds::{Ask, List};
use super::{MOST, Made, make};
use crate::base::Day;
use crate::booking::BookingStatus;
use crate::calendar;
use crate::cards::Label;
use crate::cards::watch::WatchList;
use crate::lists::{Column, FileKind, Kind, Table};
use crate::render::View;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, watch, wording};
use crate::web::{Fields, PageError};

/// Lines that the page shows of a list.
const SHOWN: usize = 100;

/// Columns below this width hold a day, a time or a state.
const SHORT: u16 = 28;

/// The page of all lists.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Lists {
    lists: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    code: &'static str,
    title: &'static str,
    about: &'static str,
}

impl View for Lists {
    const TEMPLATE: &'static str = "staff/lists.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("every list", Self { lists: List::ALL.into_iter().map(entry).collect() })]
    }
}

const fn entry(list: List) -> Entry {
    Entry { code: list.code(), title: list.title(), about: list.about() }
}

pub(in crate::web::staff) async fn index(ctx: StaffCtx) -> Result<Response, PageError> {
    let lists = List::ALL.into_iter().filter(|list| ctx.may(list.needs())).map(entry).collect();
    ctx.page(&Lists { lists })
}

/// One list.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct ListPage {
    code: &'static str,
    title: &'static str,
    about: &'static str,
    conditions: String,
    days: Option<(Day, Day)>,
    locations: Option<Vec<Choice>>,
    bookings: Option<Vec<Choice>>,
    labels: Option<Vec<Choice>>,
    storages: Option<Vec<Choice>>,
    watches: Option<Vec<Choice>>,
    /// Where the conditions are chosen, when that is another page.
    chosen_at: Option<(&'static str, &'static str)>,
    pairs: Vec<(String, String)>,
    heads: Vec<Head>,
    parts: Vec<Part>,
    total: usize,
    shown: usize,
    too_many: bool,
    needs_reason: bool,
    reason: String,
    formats: Vec<(&'static str, &'static str)>,
    format: String,
    lost: Vec<Lost>,
    wrong: Vec<Wrong>,
}

#[derive(Clone, Debug, Serialize)]
struct Choice {
    code: String,
    label: String,
    chosen: bool,
}

#[derive(Debug, Serialize)]
struct Head {
    title: String,
    class: &'static str,
}

#[derive(Debug, Serialize)]
struct Part {
    title: String,
    rows: Vec<Vec<String>>,
}

/// A sign that the wanted file does not hold as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Lost {
    pub(super) sign: String,
    pub(super) code: String,
    pub(super) times: usize,
    /// 〓, or its usual drawing.
    pub(super) becomes: &'static str,
}

impl View for ListPage {
    const TEMPLATE: &'static str = "staff/list.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = crate::base::Moment::from_millis(1_775_980_800_000).day();
        let choice = || vec![Choice { code: "1".to_owned(), label: "本庁舎".to_owned(), chosen: true }];
        let of = |rows: usize, wrong: Vec<Wrong>| Self {
            code: "bookings",
            title: "予約一覧",
            about: "日別・時間別・場所別に並べます。",
            conditions: "2026年4月13日（月）".to_owned(),
            days: Some((day, day)),
            locations: Some(choice()),
            bookings: Some(choice()),
            labels: (rows == 1).then(choice),
            storages: (rows == 1).then(choice),
            watches: (rows == 1).then(choice),
            chosen_at: (rows == 1).then_some(("/pull", "引抜リストで条件を選ぶ")),
            pairs: vec![("from".to_owned(), day.to_string())],
            heads: vec![Head { title: "氏名".to_owned(), class: "" }],
            parts: vec![Part {
                title: "本庁舎".to_owned(), rows: vec![vec!["田中 健太".to_owned()]; rows]
            }],
            total: rows,
            shown: rows.min(1),
            too_many: rows > 1,
            needs_reason: rows > 1,
            reason: String::new(),
            formats: formats(),
            format: "pdf".to_owned(),
            lost: wrong
                .iter()
                .map(|_| Lost {
                    sign: "𠮷".to_owned(), code: "U+20BB7".to_owned(), times: 2, becomes: "〓"
                })
                .collect(),
            wrong,
        };
        let wrong = ["from", "to", "storage", "reason", "format"]
            .map(|field| Wrong::new(field, "確かめてください。"));
        vec![
            ("a list", of(1, Vec::new())),
            ("a long one", of(2, Vec::new())),
            ("with what is wrong", of(0, wrong.into())),
        ]
    }
}

/// What a list can be given as: code, words.
pub(super) fn formats() -> Vec<(&'static str, &'static str)> {
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
    let asked = Asked::of(&ctx, list, &fields);
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
    let storages = asked.list.can(Ask::Storage).then(|| storages.iter().map(storage).collect());
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
        locations: list.can(Ask::Location).then(|| locations(ctx, asked)),
        bookings: list.can(Ask::Booking).then(|| bookings(asked)),
        labels: list.can(Ask::Label).then(|| labels(asked)),
        storages: None,
        watches: list.can(Ask::Watch).then(|| watches(asked)),
        chosen_at: match list {
            List::Pull => Some(("/pull", "引抜リストで条件を選ぶ")),
            List::Transfers => Some(("/transfers", "回送リストで条件を選ぶ")),
            List::Cards => Some(("/cards", "カード検索で条件を選ぶ")),
            _ => None,
        },
        pairs: asked.pairs(),
        heads: table.as_ref().map(heads).unwrap_or_default(),
        parts: table.map(parts).unwrap_or_default(),
        total,
        shown,
        too_many: total > MOST,
        needs_reason: ctx.settings.export_reason,
        reason: String::new(),
        formats: formats(),
        format: "pdf".to_owned(),
        lost: Vec::new(),
        wrong,
    }
}

impl ListPage {
    /// As it was sent, with what the file would not hold.
    pub(super) fn with(mut self, (format, reason): (String, String), lost: Vec<Lost>) -> Self {
        self.format = format;
        self.reason = reason;
        self.lost = lost;
        self
    }
}

fn heads(table: &Table) -> Vec<Head> {
    // Days, times and states are short: they stand in one line, and names take the room.
    let class = |one: &Column| match one.kind {
        Kind::Number => "num",
        Kind::Code | Kind::Barcode => "id",
        Kind::Text if one.width < SHORT => "nowrap",
        Kind::Text | Kind::Tick => "",
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
