//! Days become days on their own, or follow the plan again: the ticked ones, every such weekday from a day on, a period.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;

use super::{DaysPage, again, place_of, slots, ticked};
use crate::base::{Day, LocationId};
use crate::calendar::{self, Edit, Plan, Planned, SpecialDay};
use crate::db::{Fault, ReadTx};
use crate::web::staff::effect::{Answer, Wish, answer, is_edit};
use crate::web::staff::hours::{day_of, seats};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffPost, wording};
use crate::web::{Fields, PageError};

/// The longest period, in days.
const LONGEST: i64 = 400;

/// What the chosen days shall be.
#[derive(Clone, Debug)]
enum Kind {
    Open(SpecialDay),
    Closed(SpecialDay),
    Usual,
}

/// Changes days, or the slots of one day.
pub(in crate::web::staff) async fn save(post: StaffPost) -> Result<Response, PageError> {
    let place = place_of(&post.ctx, &post.fields)?.ok_or(PageError::NotFound)?;
    if is_edit(&post.fields) {
        return post.ctx.page(&DaysPage::read(&post.ctx, &post.fields, Vec::new()).await?);
    }
    if post.fields.get("form") == "slots" {
        return slots::save(&post, &place).await;
    }
    let mut places = vec![place.clone()];
    places.extend(ticked(&post.ctx, &post.fields, "also").into_iter().filter(|one| one.id != place.id));
    let (plan, what) = match wanted(&post, &places).await? {
        Ok(wanted) => wanted,
        Err(wrong) => return again(&post, vec![wrong]).await,
    };
    let others = match places.len() {
        1 => String::new(),
        many => format!("ほか{}か所", many - 1),
    };
    let wish = Wish {
        plan,
        what: format!("{}{others}　{what}", place.name),
        path: "/days".to_owned(),
        done: format!("/days?location={}&month={}", place.id, post.fields.get("month")),
        notes: Vec::new(),
        undoes: None,
    };
    match answer(&post.ctx, &post.fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => {
            let wrong = vec![Wrong::new("days", wording::calendar(error)?)];
            again(&post, wrong).await
        }
    }
}

type Wanted = Result<(Plan, String), Wrong>;

async fn wanted(post: &StaffPost, places: &[calendar::Location]) -> Result<Wanted, PageError> {
    let fields = &post.fields;
    let kind = match kind(fields) {
        Ok(kind) => kind,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let picks: BTreeSet<Day> = fields.all("pick").into_iter().filter_map(|day| day.parse().ok()).collect();
    let scope = fields.get("scope");
    let ids: Vec<LocationId> = places.iter().map(|place| place.id).collect();
    if scope == "weekly" {
        return Ok(weekly(&kind, &picks, &ids));
    }
    let days = match days(&scope, picks, fields) {
        Ok(days) => days,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let what = format!("{}{}", days_words(&days), kind_words(&kind));
    let plan = post.ctx.read(move |tx| on_days(tx, &kind, &days, &ids)).await?;
    Ok(Ok((plan, what)))
}

fn kind(fields: &Fields) -> Result<Kind, Wrong> {
    let reason = fields.get("reason");
    Ok(match fields.get("kind").as_str() {
        "closed" => Kind::Closed(SpecialDay::Closed { reason }),
        "usual" => Kind::Usual,
        _ => {
            let pattern = fields.get("pattern").parse();
            let pattern = pattern.map_err(|_| Wrong::new("pattern", "開けるときは、型を選んでください。"))?;
            let unit = fields.get("unit").parse().ok();
            Kind::Open(SpecialDay::Open { pattern, unit, capacity: seats(fields, "seats")?, reason })
        }
    })
}

fn kind_words(kind: &Kind) -> &'static str {
    match kind {
        Kind::Open(_) => "を開ける",
        Kind::Closed(_) => "を閉める",
        Kind::Usual => "を元の予定に戻す",
    }
}

/// A weekday from the first ticked one on.
fn weekly(kind: &Kind, picks: &BTreeSet<Day>, places: &[LocationId]) -> Wanted {
    let planned = match kind {
        Kind::Open(SpecialDay::Open { unit: Some(_), .. }) => {
            return Err(Wrong::new(
                "pattern",
                "毎週の予定では、単位だけを変えられません。単位の違う型を足して選んでください。",
            ));
        }
        Kind::Open(SpecialDay::Open { pattern, capacity, .. }) => {
            Planned { pattern: Some(*pattern), capacity: *capacity }
        }
        Kind::Open(SpecialDay::Closed { .. }) | Kind::Closed(_) => Planned { pattern: None, capacity: None },
        Kind::Usual => {
            return Err(Wrong::new("days", "「元の予定に戻す」は、選んだ日か期間に使います。"));
        }
    };
    let mut first: BTreeMap<u8, Day> = BTreeMap::new();
    for day in picks {
        first.entry(day.weekday()).or_insert(*day);
    }
    if first.is_empty() {
        return Err(Wrong::new("days", "カレンダーで日を選んでください。"));
    }
    let edit = |location: LocationId| {
        let each = first.iter();
        each.map(move |(weekday, effective)| Edit::Weekly {
            location,
            weekday: *weekday,
            effective: *effective,
            to: Some(planned),
        })
    };
    let edits = places.iter().flat_map(|location| edit(*location)).collect();
    let names = first.iter().map(|(weekday, day)| {
        let weekday = wording::WEEKDAYS.get(usize::from(*weekday)).copied().unwrap_or_default();
        format!("{}月{}日から毎週{weekday}曜日", day.month(), day.day())
    });
    let what = format!("{}{}", names.collect::<Vec<_>>().join("・"), kind_words(kind));
    Ok((Plan { edits }, what))
}

fn days(scope: &str, picks: BTreeSet<Day>, fields: &Fields) -> Result<BTreeSet<Day>, Wrong> {
    if scope != "same" && scope != "all" {
        if picks.is_empty() {
            return Err(Wrong::new("days", "カレンダーで日を選んでください。"));
        }
        return Ok(picks);
    }
    let (Some(from), Some(until)) = (day_of(fields, "from"), day_of(fields, "until")) else {
        return Err(Wrong::new("from", "期間の始まりと終わりを、日付で入力してください。"));
    };
    let length = until.days_from(from);
    if !(0..LONGEST).contains(&length) {
        return Err(Wrong::new("from", "期間は、始まりから終わりまで400日以内にしてください。"));
    }
    let weekdays: BTreeSet<u8> = picks.iter().map(|day| day.weekday()).collect();
    if scope == "same" && weekdays.is_empty() {
        return Err(Wrong::new("days", "カレンダーで、曜日を決める日を選んでください。"));
    }
    let whole = (0..=i32::try_from(length).unwrap_or(0)).map(|ahead| from.plus(ahead));
    Ok(whole.filter(|day| scope == "all" || weekdays.contains(&day.weekday())).collect())
}

fn days_words(days: &BTreeSet<Day>) -> String {
    let short = |day: &Day| format!("{}月{}日", day.month(), day.day());
    match (days.first(), days.last(), days.len()) {
        (Some(first), _, 1) => short(first),
        (Some(_), _, 2..=4) => days.iter().map(short).collect::<Vec<_>>().join("・"),
        (Some(first), Some(last), many) => format!("{}から{}までの{many}日", short(first), short(last)),
        _ => String::new(),
    }
}

/// The edits for these days; going back to the plan takes the exceptions of single slots away too.
fn on_days(tx: &ReadTx<'_>, kind: &Kind, days: &BTreeSet<Day>, places: &[LocationId]) -> Result<Plan, Fault> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Plan::default()) };
    let mut edits = Vec::new();
    for location in places {
        let to = match kind {
            Kind::Open(special) | Kind::Closed(special) => Some(special.clone()),
            Kind::Usual => None,
        };
        let special = |day: &Day| Edit::Special { location: Some(*location), day: *day, to: to.clone() };
        edits.extend(days.iter().map(special));
        if matches!(kind, Kind::Usual) {
            let rules = calendar::rules(tx, *location, *first, *last)?;
            let theirs = rules.overrides().keys().filter(|(day, _)| days.contains(day));
            edits.extend(theirs.map(|(day, starts)| Edit::Slot {
                location: *location,
                day: *day,
                starts: *starts,
                to: None,
            }));
        }
    }
    Ok(Plan { edits })
}
