//! Patterns, weeks, yearly closures and the last changes on one page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{day_of, in_force, names};
use crate::base::{Day, LocationId, Minute, Moment};
use crate::booking::{self, Work};
use crate::calendar::{self, Change, NthRow, Pattern, PatternId, Rules};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError};

/// The order of the columns: the week as offices see it.
const WEEK: [u8; 7] = [1, 2, 3, 4, 5, 6, 0];

/// So many changes are listed.
const CHANGES: u32 = 8;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct HoursPage {
    patterns: Vec<PatternLine>,
    weekdays: Vec<&'static str>,
    places: Vec<PlaceLine>,
    from: String,
    yearly: Vec<(String, String, String)>,
    closure: (String, String, String),
    changes: Vec<ChangeLine>,
    wrong: Vec<Wrong>,
}

/// A pattern in its table.
#[derive(Debug, Serialize)]
pub(super) struct PatternLine {
    id: PatternId,
    name: String,
    span: String,
    units: String,
    breaks: String,
    capacity: String,
    seats: u32,
    /// The day from which it will be another one.
    later: Option<Day>,
    /// Stretches of the strip from 7:00 to 22:00, in minutes: begin and length.
    strip: Vec<(u16, u16)>,
}

#[derive(Debug, Serialize)]
struct PlaceLine {
    id: LocationId,
    name: String,
    days: Vec<DayCell>,
    exceptions: String,
    later: bool,
}

#[derive(Debug, Serialize)]
struct DayCell {
    weekday: u8,
    pattern: Option<PatternId>,
}

#[derive(Debug, Serialize)]
struct ChangeLine {
    id: i64,
    at: Moment,
    actor: String,
    what: String,
    is_undone: bool,
    may_undo: bool,
    /// Bookings that it stranded.
    bookings: u32,
    /// Whether some of them are still to be dealt with.
    under_way: bool,
}

impl View for HoursPage {
    const TEMPLATE: &'static str = "staff/hours.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let period = |starts: u16, ends: u16| calendar::Period {
            starts: Minute::of(starts),
            ends: Minute::of(ends),
            unit: 30,
            capacity: 4,
        };
        let pattern =
            Pattern { id: 1, name: "通常".to_owned(), periods: vec![period(540, 720), period(780, 1020)] };
        let place = PlaceLine {
            id: LocationId::of(1),
            name: "本庁舎 市民課".to_owned(),
            days: WEEK.map(|weekday| DayCell { weekday, pattern: (weekday > 0).then_some(1) }).into(),
            exceptions: "第3土曜 短縮".to_owned(),
            later: true,
        };
        let change = |may_undo: bool| ChangeLine {
            id: 1,
            at: Moment::from_millis(1_775_980_800_000),
            actor: "山田 花子".to_owned(),
            what: "停電のため閉庁".to_owned(),
            is_undone: !may_undo,
            may_undo,
            bookings: 3,
            under_way: may_undo,
        };
        let of = |places, changes, wrong| Self {
            patterns: vec![PatternLine::of(&pattern, Some(Day::from_date(jiff::civil::date(2026, 5, 1))))],
            weekdays: WEEK.map(weekday_name).into(),
            places,
            from: "2026-05-01".to_owned(),
            yearly: vec![("12-29".to_owned(), "01-03".to_owned(), "年末年始".to_owned())],
            closure: Default::default(),
            changes,
            wrong,
        };
        vec![
            ("hours", of(vec![place], vec![change(true), change(false)], Vec::new())),
            ("hours without places", of(Vec::new(), Vec::new(), Vec::new())),
            (
                "hours refused",
                of(
                    Vec::new(),
                    Vec::new(),
                    ["from", "closure"].map(|one| Wrong::new(one, "違います。")).into(),
                ),
            ),
        ]
    }
}

fn weekday_name(weekday: u8) -> &'static str {
    wording::WEEKDAYS.get(usize::from(weekday)).copied().unwrap_or_default()
}

impl HoursPage {
    /// With what was typed, where something was.
    pub(super) async fn read(ctx: &StaffCtx, typed: &Fields, wrong: Vec<Wrong>) -> Result<Self, PageError> {
        let from = day_of(typed, "from").unwrap_or_else(|| ctx.today().plus(1));
        let places = ctx.locations.to_vec();
        let ids: Vec<LocationId> = places.iter().map(|place| place.id).collect();
        let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
            let rules = calendar::rules_of(tx, &ids, from, from)?;
            let last = calendar::last_change(tx)?.map(|change| change.id);
            let changes = calendar::changes(tx, CHANGES)?.into_iter();
            let changes = changes.map(|change| Ok((booking::work_of(tx, change.id)?, change)));
            let changes = changes.collect::<Result<Vec<_>, Fault>>()?;
            Ok((
                (calendar::patterns(tx)?, calendar::hours(tx)?),
                names(tx)?,
                rules,
                calendar::yearly_closures(tx)?,
                changes,
                last,
            ))
        };
        let ((patterns, hours), names, rules, yearly, changes, last) = ctx.read(read).await?;
        let today = ctx.today();
        let later =
            |id: PatternId| hours.get(&id)?.versions().map(|(from, _)| from).find(|from| *from > today);
        let place = |place: &calendar::Location| {
            let rules = rules.get(&place.id)?;
            Some(PlaceLine {
                id: place.id,
                name: place.name.clone(),
                days: WEEK.map(|weekday| cell(typed, rules, weekday, from)).into(),
                exceptions: exceptions(rules.nth(), &names, from),
                later: rules.weekly().iter().any(|row| row.effective > from),
            })
        };
        Ok(Self {
            patterns: patterns.iter().map(|one| PatternLine::of(one, later(one.id))).collect(),
            weekdays: WEEK.map(weekday_name).into(),
            places: places.iter().filter_map(place).collect(),
            from: from.to_string(),
            yearly: yearly.into_iter().map(|one| (one.from, one.to, one.name)).collect(),
            closure: (typed.get("closed_from"), typed.get("closed_until"), typed.get("closed_name")),
            changes: changes.into_iter().map(|(work, change)| change_line(change, work, last)).collect(),
            wrong,
        })
    }
}

fn cell(typed: &Fields, rules: &Rules, weekday: u8, from: Day) -> DayCell {
    let name = format!("w{}-{weekday}", rules.location());
    let pattern = if typed.has(&name) {
        typed.get(&name).parse().ok()
    } else {
        in_force(rules.weekly(), weekday, from).and_then(|planned| planned.pattern)
    };
    DayCell { weekday, pattern }
}

fn change_line(change: Change, work: Work, last: Option<i64>) -> ChangeLine {
    ChangeLine {
        id: change.id,
        at: change.at,
        actor: change.actor,
        what: change.what,
        is_undone: change.is_undone,
        may_undo: Some(change.id) == last,
        bookings: work.all,
        under_way: work.under_way,
    }
}

/// The rules by nth weekday that are in force, in words.
fn exceptions(rows: &[NthRow], names: &BTreeMap<PatternId, String>, on: Day) -> String {
    let in_force = rows.iter().filter(|row| row.until.is_none_or(|until| on <= until));
    let words = in_force.map(|row| {
        let hours = row.planned.pattern.and_then(|id| names.get(&id)).map_or("閉庁", String::as_str);
        format!("{}{}曜 {hours}", wording::nth_words(row.nth), weekday_name(row.weekday))
    });
    words.collect::<Vec<_>>().join("、")
}

impl PatternLine {
    fn of(pattern: &Pattern, later: Option<Day>) -> Self {
        let periods = &pattern.periods;
        let first = periods.iter().map(|one| one.starts).min();
        let last = periods.iter().map(|one| one.ends).max();
        let gaps = periods.iter().zip(periods.iter().skip(1)).filter(|(one, next)| one.ends < next.starts);
        let breaks: Vec<String> =
            gaps.map(|(one, next)| format!("{}から{}", one.ends, next.starts)).collect();
        Self {
            id: pattern.id,
            name: pattern.name.clone(),
            span: first.zip(last).map_or_else(String::new, |(from, until)| format!("{from}から{until}")),
            units: several(periods.iter().map(|one| one.unit), "分"),
            breaks: if breaks.is_empty() { "なし".to_owned() } else { breaks.join("、") },
            capacity: several(periods.iter().map(|one| one.capacity), ""),
            seats: periods.iter().map(|one| u32::from(one.slots()) * u32::from(one.capacity)).sum(),
            later,
            strip: periods.iter().map(|one| stretch(one.starts, one.ends)).collect(),
        }
    }
}

/// A stretch of the strip that begins at 7:00 and ends at 22:00.
fn stretch(starts: Minute, ends: Minute) -> (u16, u16) {
    let (from, until) = (starts.get().clamp(420, 1320), ends.get().clamp(420, 1320));
    (from - 420, until - from)
}

/// Each value once, in order.
fn several(values: impl Iterator<Item = u16>, unit: &str) -> String {
    let mut seen: Vec<u16> = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen.into_iter().map(|value| format!("{value}{unit}")).collect::<Vec<_>>().join("・")
}
