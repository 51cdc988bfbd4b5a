//! S13 Windows (受付期間): from when to when citizens and staff may book, and until when citizens may change and cancel.
//!
//! Spec: 7(2)⑥.

mod typed;
mod words;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use self::typed::{Side, Typed, Until};
pub(super) use self::words::sentence;
use super::calendar::PlaceName;
use super::effect::{Answer, Note, Wish, answer, is_edit};
use super::parts::Wrong;
use super::{StaffCtx, StaffPost, wording};
use crate::base::{Day, LocationId};
use crate::calendar::{self, Audience, Edit, EditError, Location, Plan, Rules, Span, Window};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::{Fields, PageError};

/// The width of the strip of time.
const STRIP: i64 = 860;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(super) struct Windows {
    today: Day,
    place: Option<PlaceName>,
    places: Vec<PlaceName>,
    also: Vec<LocationId>,
    sentence: Vec<String>,
    bars: Vec<Bar>,
    citizen: Side,
    staff: Side,
    change: Until,
    cancel: Until,
    wrong: Vec<Wrong>,
}

/// A stretch of time in the strip.
#[derive(Debug, Serialize)]
struct Bar {
    who: &'static str,
    x: i64,
    width: i64,
    first: Day,
    last: Day,
}

impl View for Windows {
    const TEMPLATE: &'static str = "staff/windows.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let place =
            PlaceName { id: LocationId::of(1), name: "本庁舎 市民課".to_owned(), current: true };
        let window = |audience| Window::of_the_house(audience);
        let of = |full: bool, wrong| Self {
            today: day,
            place: full.then(|| place.clone()),
            places: if full {
                vec![place.clone(), PlaceName { id: LocationId::of(2), ..place.clone() }]
            } else {
                Vec::new()
            },
            also: vec![LocationId::of(2)],
            sentence: vec!["今日なら、市民は4月16日（木）から予約できます。".to_owned()],
            bars: vec![Bar { who: "市民", x: 40, width: 300, first: day, last: day }],
            citizen: Side::of(&window(Audience::Citizen)),
            staff: Side::of(&window(Audience::Staff)),
            change: Until { days: "1".to_owned(), open_days: full, time: "17:00".to_owned() },
            cancel: Until { days: "1".to_owned(), open_days: !full, time: "17:00".to_owned() },
            wrong,
        };
        let fields =
            ["lead_citizen", "days_citizen", "lead_staff", "days_staff", "change_days", "cancel_days"];
        let wrong = fields.map(|field| Wrong::new(field, "違います。"));
        vec![
            ("windows", of(true, Vec::new())),
            ("windows without places", of(false, Vec::new())),
            ("windows refused", of(true, wrong.into())),
        ]
    }
}

/// The windows of one location as they stand.
#[derive(Clone, Debug)]
struct Stored {
    citizen: Window,
    staff: Window,
    rules: Rules,
}

fn stored(tx: &ReadTx<'_>, location: LocationId) -> Result<Stored, Fault> {
    let today = tx.today();
    Ok(Stored {
        citizen: calendar::window(tx, location, Audience::Citizen)?,
        staff: calendar::window(tx, location, Audience::Staff)?,
        rules: calendar::rules(tx, location, today, today.plus(calendar::COUNTING_REACH))?,
    })
}

pub(super) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let typed = Fields::new(query);
    ctx.page(&view(&ctx, &typed, Vec::new()).await?)
}

fn place_of(ctx: &StaffCtx, fields: &Fields) -> Result<Option<Location>, PageError> {
    match fields.get("location").parse().ok().map(LocationId::of) {
        Some(id) => ctx.place_of(id).cloned().map(Some).ok_or(PageError::NotFound),
        None => Ok(ctx.place().cloned()),
    }
}

async fn view(ctx: &StaffCtx, fields: &Fields, wrong: Vec<Wrong>) -> Result<Windows, PageError> {
    let Some(place) = place_of(ctx, fields)? else {
        return Ok(Windows {
            today: ctx.today(),
            place: None,
            places: Vec::new(),
            also: Vec::new(),
            sentence: Vec::new(),
            bars: Vec::new(),
            citizen: Side::of(&Window::of_the_house(Audience::Citizen)),
            staff: Side::of(&Window::of_the_house(Audience::Staff)),
            change: Until::default(),
            cancel: Until::default(),
            wrong,
        });
    };
    let id = place.id;
    let now = ctx.read(move |tx| stored(tx, id)).await?;
    let typed = if fields.has("lead_citizen") { Typed::of(fields) } else { Typed::as_stored(&now) };
    Ok(Windows {
        today: ctx.today(),
        sentence: sentence(ctx.now(), &now.citizen, &now.staff, &now.rules),
        bars: bars(ctx, &now),
        also: fields.all("also").into_iter().filter_map(|row| row.parse().ok().map(LocationId::of)).collect(),
        places: ctx.locations.iter().map(|one| PlaceName::of(one, Some(id))).collect(),
        place: Some(PlaceName::of(&place, Some(id))),
        citizen: typed.citizen,
        staff: typed.staff,
        change: typed.change,
        cancel: typed.cancel,
        wrong,
    })
}

fn bars(ctx: &StaffCtx, now: &Stored) -> Vec<Bar> {
    let spans = [("市民", &now.citizen), ("職員", &now.staff)]
        .map(|(who, window)| (who, window.span(ctx.now(), &now.rules, 0)));
    let furthest = spans.iter().filter_map(|(_, span)| span.map(|span| span.last)).max();
    let Some(furthest) = furthest else { return Vec::new() };
    let whole = furthest.days_from(ctx.today()).max(1) + 1;
    let at = |day: Day| day.days_from(ctx.today()).max(0) * STRIP / whole;
    let bar = |(who, span): (&'static str, Option<Span>)| {
        let Span { first, last } = span?;
        Some(Bar { who, x: at(first), width: (at(last.plus(1)) - at(first)).max(2), first, last })
    };
    spans.into_iter().filter_map(bar).collect()
}

/// Sets the windows of a location, and of others the same, after the new sentences were shown.
pub(super) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let place = place_of(&ctx, &fields)?.ok_or(PageError::NotFound)?;
    if is_edit(&fields) {
        return ctx.page(&view(&ctx, &fields, Vec::new()).await?);
    }
    let id = place.id;
    let now = ctx.read(move |tx| stored(tx, id)).await?;
    let (citizen, staff) = match Typed::of(&fields).windows(&now.staff) {
        Ok(windows) => windows,
        Err(wrong) => return ctx.again(&view(&ctx, &fields, wrong).await?),
    };
    if let Some(wrong) = backwards(&ctx, &now.rules, &citizen, &staff) {
        return ctx.again(&view(&ctx, &fields, vec![wrong]).await?);
    }
    let also = fields.all("also").into_iter().filter_map(|row| row.parse().ok().map(LocationId::of));
    let others: Vec<Location> =
        also.filter_map(|one| ctx.place_of(one).cloned()).filter(|one| one.id != id).collect();
    let set = |location| {
        [(Audience::Citizen, citizen), (Audience::Staff, staff)].map(|(audience, window)| Edit::Window {
            location,
            audience,
            to: Some(window),
        })
    };
    let edits = std::iter::once(id).chain(others.iter().map(|one| one.id)).flat_map(set).collect();
    let wish = Wish {
        plan: Plan { edits },
        what: wording::windows_of(&place.name, others.len()),
        path: "/windows".to_owned(),
        done: format!("/windows?location={id}"),
        notes: notes(&ctx, &now, &citizen, &staff),
        undoes: None,
    };
    match answer(&ctx, &fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => {
            let field =
                if matches!(error, EditError::WindowBackwards) { "days_citizen" } else { "lead_citizen" };
            let wrong = vec![Wrong::new(field, wording::calendar(error)?)];
            ctx.again(&view(&ctx, &fields, wrong).await?)
        }
    }
}

/// Which side has its last day before its first one.
fn backwards(ctx: &StaffCtx, rules: &Rules, citizen: &Window, staff: &Window) -> Option<Wrong> {
    let sides = [("days_citizen", citizen), ("days_staff", staff)];
    let is_wrong = |window: &Window| window.is_backwards(ctx.today(), rules);
    let found = sides.into_iter().find(|(_, window)| is_wrong(window));
    found.map(|(field, _)| Wrong::new(field, wording::BACKWARDS))
}

/// The sentences before and after.
fn notes(ctx: &StaffCtx, now: &Stored, citizen: &Window, staff: &Window) -> Vec<Note> {
    let before = sentence(ctx.now(), &now.citizen, &now.staff, &now.rules);
    let after = sentence(ctx.now(), citizen, staff, &now.rules);
    let titles = ["市民の予約", "職員の登録", "変更と取消"];
    let both = titles.into_iter().zip(before.into_iter().zip(after));
    both.map(|(title, (before, after))| Note { title: title.to_owned(), before, after }).collect()
}
