//! The week of one location with its seats, what repeats by the nth weekday, and what is to come.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::pattern::seats;
use super::{day_of, in_force, names};
use crate::accounts::Permission;
use crate::base::{Day, LocationId};
use crate::calendar::{self, Edit, NthPlanned, Pattern, PatternId, Plan, Planned, Rules};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::effect::{Answer, Wish, answer, is_edit};
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// The week as offices see it.
const WEEK: [u8; 7] = [1, 2, 3, 4, 5, 6, 0];

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct WeekPage {
    id: LocationId,
    name: String,
    patterns: Vec<(PatternId, String)>,
    from: String,
    days: Vec<DayLine>,
    weekdays: String,
    nth: Vec<NthLine>,
    new: NthTyped,
    ranks: Vec<(u8, String)>,
    later: Vec<LaterLine>,
    is_new: bool,
    may_book: bool,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct DayLine {
    weekday: u8,
    name: &'static str,
    pattern: Option<PatternId>,
    capacity: String,
}

#[derive(Debug, Serialize)]
struct NthLine {
    key: String,
    words: String,
    hours: String,
    capacity: Option<u16>,
    from: Day,
    until: Option<Day>,
}

/// A new rule by nth weekday as it was typed.
#[derive(Debug, Default, Serialize)]
struct NthTyped {
    nth: String,
    weekday: String,
    pattern: String,
    capacity: String,
    from: String,
    until: String,
}

/// A change of the week that is to come.
#[derive(Debug, Serialize)]
struct LaterLine {
    key: String,
    day: Day,
    weekday: &'static str,
    hours: String,
    capacity: Option<u16>,
}

impl View for WeekPage {
    const TEMPLATE: &'static str = "staff/week.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 5, 1));
        let of = |full: bool, wrong: Vec<Wrong>| Self {
            id: LocationId::of(1),
            name: "本庁舎 市民課".to_owned(),
            patterns: vec![(1, "通常".to_owned())],
            from: day.to_string(),
            days: WEEK
                .map(|weekday| DayLine { weekday, name: "月", pattern: Some(1), capacity: "4".to_owned() })
                .into(),
            weekdays: String::new(),
            nth: if full {
                vec![NthLine {
                    key: "2.6.2026-04-01".to_owned(),
                    words: "第2土曜日".to_owned(),
                    hours: "短縮".to_owned(),
                    capacity: Some(2),
                    from: day,
                    until: Some(day),
                }]
            } else {
                Vec::new()
            },
            new: NthTyped::default(),
            ranks: ranks(),
            later: if full {
                vec![LaterLine {
                    key: "1.2026-05-01".to_owned(),
                    day,
                    weekday: "月",
                    hours: "閉庁".to_owned(),
                    capacity: None,
                }]
            } else {
                Vec::new()
            },
            is_new: !full,
            may_book: full,
            wrong,
        };
        let wrong = ["from", "seats1", "nth_from", "nth_seats"].map(|field| Wrong::new(field, "違います。"));
        vec![
            ("week", of(true, Vec::new())),
            ("week of a new place", of(false, Vec::new())),
            ("week refused", of(true, wrong.into())),
        ]
    }
}

fn ranks() -> Vec<(u8, String)> {
    (1..=6).map(|nth| (nth, wording::nth_words(nth))).collect()
}

fn weekday_name(weekday: u8) -> &'static str {
    wording::WEEKDAYS.get(usize::from(weekday)).copied().unwrap_or_default()
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Row(id): Row,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let page = read(&ctx, LocationId::of(id), &Fields::new(query), Vec::new()).await?;
    ctx.page(&page)
}

async fn read(
    ctx: &StaffCtx,
    location: LocationId,
    typed: &Fields,
    wrong: Vec<Wrong>,
) -> Result<WeekPage, PageError> {
    let place = ctx.place_of(location).cloned().ok_or(PageError::NotFound)?;
    let today = ctx.today();
    let asked = day_of(typed, "from");
    let load = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        Ok((calendar::rules(tx, location, today, today)?, names(tx)?, calendar::patterns(tx)?))
    };
    let (rules, names, live) = ctx.read(load).await?;
    let is_new = rules.weekly().is_empty();
    let from = asked.unwrap_or(if is_new { today } else { today.plus(1) });
    let hours = |pattern: Option<PatternId>| {
        pattern.and_then(|id| names.get(&id)).map_or_else(|| "閉庁".to_owned(), Clone::clone)
    };
    let nth =
        rules.nth().iter().filter(|row| row.until.is_none_or(|until| today <= until)).map(|row| NthLine {
            key: format!("{}.{}.{}", row.nth, row.weekday, row.effective),
            words: format!("{}{}曜日", wording::nth_words(row.nth), weekday_name(row.weekday)),
            hours: hours(row.planned.pattern),
            capacity: row.planned.capacity,
            from: row.effective,
            until: row.until,
        });
    let mut later: Vec<LaterLine> = rules
        .weekly()
        .iter()
        .filter(|row| row.effective > today)
        .map(|row| LaterLine {
            key: format!("{}.{}", row.weekday, row.effective),
            day: row.effective,
            weekday: weekday_name(row.weekday),
            hours: hours(row.planned.pattern),
            capacity: row.planned.capacity,
        })
        .collect();
    later.sort_by_key(|line| line.day);
    Ok(WeekPage {
        id: location,
        name: place.name,
        from: from.to_string(),
        days: WEEK.map(|weekday| day_line(typed, &rules, weekday, from)).into(),
        weekdays: typed.get("weekdays"),
        nth: nth.collect(),
        new: NthTyped {
            nth: typed.get("nth"),
            weekday: typed.get("weekday"),
            pattern: typed.get("nth_pattern"),
            capacity: typed.get("nth_seats"),
            from: if typed.has("nth_from") { typed.get("nth_from") } else { from.to_string() },
            until: typed.get("nth_until"),
        },
        ranks: ranks(),
        later,
        is_new,
        may_book: ctx.may(Permission::Book),
        patterns: choices(typed, &rules, &names, (live, from)),
        wrong,
    })
}

/// The patterns to choose from: the live ones, and those that were retired and are still in force on a weekday.
fn choices(
    typed: &Fields,
    rules: &Rules,
    names: &BTreeMap<PatternId, String>,
    (live, from): (Vec<Pattern>, Day),
) -> Vec<(PatternId, String)> {
    let mut choices: Vec<(PatternId, String)> = live.into_iter().map(|one| (one.id, one.name)).collect();
    for id in WEEK.into_iter().filter_map(|weekday| day_line(typed, rules, weekday, from).pattern) {
        if choices.iter().all(|(known, _)| *known != id) {
            choices.extend(names.get(&id).map(|name| (id, name.clone())));
        }
    }
    choices
}

fn day_line(typed: &Fields, rules: &Rules, weekday: u8, from: Day) -> DayLine {
    let now = in_force(rules.weekly(), weekday, from);
    let field = format!("pattern{weekday}");
    if typed.has(&field) {
        let capacity = typed.get(&format!("seats{weekday}"));
        return DayLine {
            weekday,
            name: weekday_name(weekday),
            pattern: typed.get(&field).parse().ok(),
            capacity,
        };
    }
    DayLine {
        weekday,
        name: weekday_name(weekday),
        pattern: now.and_then(|now| now.pattern),
        capacity: now.and_then(|now| now.capacity).map_or_else(String::new, |seats| seats.to_string()),
    }
}

/// One of the forms of the page: the week, a new rule, the end of one, a change to come that is taken away.
pub(in crate::web::staff) async fn save(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let location = LocationId::of(id);
    let place = ctx.place_of(location).cloned().ok_or(PageError::NotFound)?;
    if is_edit(&fields) {
        return ctx.page(&read(&ctx, location, &fields, Vec::new()).await?);
    }
    let wanted = match fields.get("form").as_str() {
        "week" => week(&ctx, location, &fields).await?,
        "nth" => new_nth(location, &fields),
        "end" => end_nth(&ctx, location, &fields).await?,
        "later" => later(location, &fields),
        _ => return Err(PageError::NotFound),
    };
    let refused = match wanted {
        Err(wrong) => wrong,
        Ok((plan, what)) => {
            let wish = Wish {
                plan,
                what: format!("{}　{what}", place.name),
                path: format!("/hours/week/{location}"),
                done: format!("/hours/week/{location}"),
                notes: Vec::new(),
                undoes: None,
            };
            match answer(&ctx, &fields, wish).await? {
                Answer::Page(page) => return Ok(page),
                Answer::Refused(error) => {
                    let field = if fields.get("form") == "nth" { "nth_from" } else { "from" };
                    Wrong::new(field, wording::calendar(error)?)
                }
            }
        }
    };
    ctx.again(&read(&ctx, location, &fields, vec![refused]).await?)
}

type Wanted = Result<(Plan, String), Wrong>;

async fn week(ctx: &StaffCtx, location: LocationId, fields: &Fields) -> Result<Wanted, PageError> {
    const SEATS: [&str; 7] = ["seats0", "seats1", "seats2", "seats3", "seats4", "seats5", "seats6"];
    let Some(from) = day_of(fields, "from") else {
        return Ok(Err(Wrong::new("from", "いつからかを、日付で入力してください。")));
    };
    let rules = ctx.read(move |tx| calendar::rules(tx, location, from, from)).await?;
    let together: Option<PatternId> = fields.get("weekdays").parse().ok();
    let mut edits = Vec::new();
    for (weekday, field) in (0u8..).zip(SEATS) {
        let capacity = match seats(fields, field) {
            Ok(capacity) => capacity,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let own = fields.get(&format!("pattern{weekday}")).parse().ok();
        let pattern = together.filter(|_| (1..=5).contains(&weekday)).or(own);
        let to = Planned { pattern, capacity: capacity.filter(|_| pattern.is_some()) };
        let closed = Planned { pattern: None, capacity: None };
        if to != in_force(rules.weekly(), weekday, from).unwrap_or(closed) {
            edits.push(Edit::Weekly { location, weekday, effective: from, to: Some(to) });
        }
    }
    Ok(Ok((Plan { edits }, format!("週の予定（{}月{}日から）", from.month(), from.day()))))
}

fn new_nth(location: LocationId, fields: &Fields) -> Wanted {
    let small = |name| fields.get(name).parse::<u8>().ok();
    let (Some(nth), Some(weekday)) = (small("nth"), small("weekday")) else {
        return Err(Wrong::new("nth", "第何曜日かを選んでください。"));
    };
    let effective = day_of(fields, "nth_from")
        .ok_or_else(|| Wrong::new("nth_from", "いつからかを、日付で入力してください。"))?;
    let until = day_of(fields, "nth_until");
    if until.is_none() && !fields.get("nth_until").is_empty() {
        return Err(Wrong::new("nth_until", "日付で入力するか、空にしてください。"));
    }
    let pattern = fields.get("nth_pattern").parse().ok();
    let capacity = seats(fields, "nth_seats")?.filter(|_| pattern.is_some());
    let to = Some(NthPlanned { until, planned: Planned { pattern, capacity } });
    let what = format!("{}{}曜日の予定", wording::nth_words(nth), weekday_name(weekday));
    Ok((Plan { edits: vec![Edit::Nth { location, nth, weekday, effective, to }] }, what))
}

async fn end_nth(ctx: &StaffCtx, location: LocationId, fields: &Fields) -> Result<Wanted, PageError> {
    let today = ctx.today();
    let rules = ctx.read(move |tx| calendar::rules(tx, location, today, today)).await?;
    let key = fields.get("key");
    let row = rules.nth().iter().find(|row| format!("{}.{}.{}", row.nth, row.weekday, row.effective) == key);
    let Some(row) = row else { return Ok(Err(Wrong::new("nth", "この予定はもうありません。"))) };
    let ended = NthPlanned { until: Some(today.minus(1)), planned: row.planned };
    let to = (row.effective < today).then_some(ended);
    let (nth, weekday, effective) = (row.nth, row.weekday, row.effective);
    let what = format!("{}{}曜日の予定をやめる", wording::nth_words(nth), weekday_name(weekday));
    Ok(Ok((Plan { edits: vec![Edit::Nth { location, nth, weekday, effective, to }] }, what)))
}

fn later(location: LocationId, fields: &Fields) -> Wanted {
    let key = fields.get("key");
    let parsed =
        key.split_once('.').and_then(|(weekday, day)| Some((weekday.parse().ok()?, day.parse().ok()?)));
    let Some((weekday, effective)) = parsed else {
        return Err(Wrong::new("from", "この予定はもうありません。"));
    };
    let effective: Day = effective;
    let what = format!("{}月{}日からの予定を取り消す", effective.month(), effective.day());
    Ok((Plan { edits: vec![Edit::Weekly { location, weekday, effective, to: None }] }, what))
}
