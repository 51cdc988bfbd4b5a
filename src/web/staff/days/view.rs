//! The month of a location with the forms that change it.

use serde::Serialize;

use super::{place_of, slots, ticked};
use crate::base::{Day, LocationId};
use crate::booking::{self, DayCount, PlaceCount};
use crate::calendar::{self, Location, PatternId, Rules, SpecialDay};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::StaffCtx;
use crate::web::staff::calendar::{PlaceName, closed_words};
use crate::web::staff::hours::day_of;
use crate::web::staff::parts::Wrong;
use crate::web::{Fields, PageError};

/// How far ahead days on their own are listed.
const AHEAD: i32 = 370;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct DaysPage {
    place: Option<PlaceName>,
    places: Vec<PlaceName>,
    month: Month,
    weeks: Vec<Vec<Option<Cell>>>,
    patterns: Vec<(PatternId, String)>,
    typed: Typed,
    day: Option<slots::Panel>,
    specials: Vec<SpecialLine>,
    cases: u32,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Month {
    first: Day,
    key: String,
    before: String,
    after: String,
}

/// A day of the month.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "marks of a cell, each drawn by itself")]
struct Cell {
    day: Day,
    date: i8,
    is_past: bool,
    is_today: bool,
    is_shown: bool,
    picked: bool,
    closed: Option<String>,
    pattern: String,
    seats: u32,
    booked: u32,
    over: u32,
    /// A day on its own, or one with an exception for a slot.
    is_special: bool,
}

/// A day on its own in the list.
#[derive(Debug, Serialize)]
struct SpecialLine {
    day: Day,
    month: String,
    words: String,
    reason: String,
    seats: u32,
    everywhere: bool,
    tone: &'static str,
}

/// The form that changes days, as it was typed.
#[derive(Debug, Default, Serialize)]
struct Typed {
    kind: String,
    pattern: String,
    unit: String,
    seats: String,
    reason: String,
    scope: String,
    from: String,
    until: String,
    also: Vec<LocationId>,
}

impl Typed {
    fn of(ctx: &StaffCtx, fields: &Fields) -> Self {
        let or = |name: &str, other: &str| {
            let typed = fields.get(name);
            if typed.is_empty() { other.to_owned() } else { typed }
        };
        Self {
            kind: or("kind", "open"),
            pattern: fields.get("pattern"),
            unit: fields.get("unit"),
            seats: fields.get("seats"),
            reason: fields.get("reason"),
            scope: or("scope", "days"),
            from: fields.get("from"),
            until: fields.get("until"),
            also: ticked(ctx, fields, "also").into_iter().map(|place| place.id).collect(),
        }
    }
}

impl View for DaysPage {
    const TEMPLATE: &'static str = "staff/days.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let fields = ["days", "pattern", "seats", "reason", "from", "slots"];
        let wrong = fields.map(|field| Wrong::new(field, "違います。"));
        let mut samples = vec![
            ("days", Self::sample(true, None, Vec::new())),
            ("days without places", Self::sample(false, None, Vec::new())),
            ("days refused", Self::sample(true, None, wrong.into())),
        ];
        for (name, panel) in slots::Panel::samples() {
            samples.push((name, Self::sample(true, Some(panel), Vec::new())));
        }
        samples
    }
}

impl DaysPage {
    fn sample(full: bool, panel: Option<slots::Panel>, wrong: Vec<Wrong>) -> Self {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let place =
            PlaceName { id: LocationId::of(1), name: "本庁舎 市民課".to_owned(), current: true };
        let other = PlaceName { id: LocationId::of(2), name: "東総合支所".to_owned(), current: false };
        let special = |everywhere| SpecialLine {
            day,
            month: "2026-04".to_owned(),
            words: "臨時開庁　短縮".to_owned(),
            reason: "年度当初".to_owned(),
            seats: 24,
            everywhere,
            tone: "book",
        };
        Self {
            place: full.then(|| place.clone()),
            places: if full { vec![place, other] } else { Vec::new() },
            month: Month {
                first: day.first_of_month(),
                key: "2026-04".to_owned(),
                before: "2026-03".to_owned(),
                after: "2026-05".to_owned(),
            },
            weeks: if full { sample_weeks(day) } else { Vec::new() },
            patterns: vec![(1, "通常".to_owned())],
            typed: Typed { also: vec![LocationId::of(2)], ..Typed::default() },
            day: panel,
            specials: if full { vec![special(true), special(false)] } else { Vec::new() },
            cases: u32::from(full) * 2,
            wrong,
        }
    }
}

fn sample_weeks(day: Day) -> Vec<Vec<Option<Cell>>> {
    let cell = |is_past, closed: Option<&str>, picked: bool| {
        Some(Cell {
            day,
            date: 13,
            is_past,
            is_today: picked,
            is_shown: picked,
            picked,
            closed: closed.map(str::to_owned),
            pattern: "通常".to_owned(),
            seats: 56,
            booked: 4,
            over: u32::from(picked),
            is_special: picked,
        })
    };
    let days =
        vec![None, cell(true, None, false), cell(false, Some("昭和の日"), false), cell(false, None, true)];
    vec![days]
}

fn key(day: Day) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// What the page reads.
struct Found {
    /// Of every pattern, also of those that can be chosen no more.
    names: Vec<(PatternId, String)>,
    counts: Vec<PlaceCount>,
    rules: Rules,
    patterns: Vec<(PatternId, String)>,
    cases: u32,
    panel: Option<slots::Panel>,
}

impl DaysPage {
    /// With what was typed, where something was.
    pub(super) async fn read(ctx: &StaffCtx, fields: &Fields, wrong: Vec<Wrong>) -> Result<Self, PageError> {
        let shown = day_of(fields, "day");
        let asked = day_of(&Fields::new(vec![("m".to_owned(), format!("{}-01", fields.get("month")))]), "m");
        let first = asked.or(shown).unwrap_or_else(|| ctx.today()).first_of_month();
        let month = Month {
            first,
            key: key(first),
            before: key(first.minus(1)),
            after: key(first.last_of_month().plus(1)),
        };
        let Some(place) = place_of(ctx, fields)? else {
            return Ok(Self {
                place: None,
                places: Vec::new(),
                month,
                weeks: Vec::new(),
                patterns: Vec::new(),
                typed: Typed::of(ctx, fields),
                day: None,
                specials: Vec::new(),
                cases: 0,
                wrong,
            });
        };
        let (id, today, typed) = (place.id, ctx.today(), fields.clone());
        let read = move |tx: &ReadTx<'_>| found(tx, &place, (first, shown), &typed);
        let (place_name, found) = ctx.read(read).await?;
        let days = found.counts.first().map_or(&[][..], |one| one.days.as_slice());
        let picks: Vec<Day> = fields.all("pick").into_iter().filter_map(|day| day.parse().ok()).collect();
        let is_picked =
            |day| picks.contains(&day) || (picks.is_empty() && shown == Some(day) && day >= today);
        let cell = |one: &DayCount| cell(one, &found.rules, (today, shown), is_picked(one.day));
        Ok(Self {
            weeks: weeks(first, days.iter().map(cell).collect()),
            specials: specials(&found.rules, today.min(first), &found.names),
            places: ctx.locations.iter().map(|one| PlaceName::of(one, Some(id))).collect(),
            place: Some(place_name),
            month,
            patterns: found.patterns,
            typed: Typed::of(ctx, fields),
            day: found.panel,
            cases: found.cases,
            wrong,
        })
    }
}

fn found(
    tx: &ReadTx<'_>,
    place: &Location,
    (first, shown): (Day, Option<Day>),
    typed: &Fields,
) -> Result<(PlaceName, Found), Fault> {
    let last = first.last_of_month();
    let from = tx.today().min(first);
    let until = tx.today().plus(AHEAD).max(last).max(shown.unwrap_or(last));
    let rules = calendar::rules(tx, place.id, from, until)?;
    let patterns = calendar::patterns(tx)?.into_iter().map(|one| (one.id, one.name)).collect();
    let panel = shown.map(|day| slots::Panel::read(tx, place, day, typed)).transpose()?;
    let names = calendar::hours(tx)?.into_iter();
    let names = names.filter_map(|(id, hours)| Some((id, hours.versions().last()?.1.name.clone()))).collect();
    let found = Found {
        names,
        counts: booking::count_days(tx, std::slice::from_ref(place), first, last)?,
        rules,
        patterns,
        cases: booking::count_open_cases(tx)?,
        panel,
    };
    Ok((PlaceName::of(place, Some(place.id)), found))
}

fn cell(one: &DayCount, rules: &Rules, (today, shown): (Day, Option<Day>), picked: bool) -> Cell {
    let has_exception = rules.overrides().keys().any(|(day, _)| *day == one.day);
    Cell {
        day: one.day,
        date: one.day.day(),
        is_past: one.day < today,
        is_today: one.day == today,
        is_shown: shown == Some(one.day),
        picked,
        closed: one.closed.as_ref().map(closed_words),
        pattern: one.pattern.clone().unwrap_or_default(),
        seats: one.capacity(),
        booked: one.booked,
        over: one.over(),
        is_special: has_exception || rules.special(one.day).is_some(),
    }
}

fn weeks(first: Day, days: Vec<Cell>) -> Vec<Vec<Option<Cell>>> {
    let mut cells: Vec<Option<Cell>> = (0..first.weekday()).map(|_| None).collect();
    cells.extend(days.into_iter().map(Some));
    cells.resize_with(cells.len().next_multiple_of(7), || None);
    let mut weeks = Vec::new();
    while !cells.is_empty() {
        weeks.push(cells.drain(..7).collect());
    }
    weeks
}

/// The days on their own from a day on, of this location and of all.
fn specials(rules: &Rules, from: Day, patterns: &[(PatternId, String)]) -> Vec<SpecialLine> {
    let until = from.plus(AHEAD);
    let mut lines = Vec::new();
    let mut day = from;
    while day <= until {
        if let Some(special) = rules.special(day) {
            lines.push(special_line(rules, day, special, patterns));
        }
        day = day.plus(1);
    }
    lines
}

fn special_line(
    rules: &Rules,
    day: Day,
    special: &SpecialDay,
    patterns: &[(PatternId, String)],
) -> SpecialLine {
    let slots = rules.slots(day);
    let (words, reason, tone) = match special {
        SpecialDay::Closed { reason } => ("閉庁".to_owned(), reason.clone(), "none"),
        SpecialDay::Open { pattern, unit, reason, .. } => {
            let name = patterns.iter().find(|(id, _)| id == pattern).map_or("", |(_, name)| name.as_str());
            let is_extra = !matches!(rules.usual(day), calendar::DayPlan::Open { .. });
            let kind = if is_extra { "臨時開庁" } else { "時間の変更" };
            let unit = unit.map(|unit| format!("（{unit}分）")).unwrap_or_default();
            (format!("{kind}　{name}{unit}"), reason.clone(), if is_extra { "book" } else { "wait" })
        }
    };
    SpecialLine {
        day,
        month: key(day),
        words,
        reason,
        seats: slots.iter().map(|slot| u32::from(slot.capacity)).sum(),
        everywhere: !rules.specials_here().contains_key(&day),
        tone,
    }
}
