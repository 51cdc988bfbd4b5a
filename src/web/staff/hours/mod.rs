//! S11 Opening hours (開庁時間): the patterns, the weekly plan of every location, what repeats by month and by year.
//!
//! Spec: 7(2)⑤.

mod pattern;
mod view;
mod week;
mod yearly;

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;

#[cfg(test)]
pub(super) use pattern::PatternPage;
pub(super) use pattern::{clock, drop, minute, new, save as save_pattern, seats, show as pattern};
pub(super) use view::HoursPage;
#[cfg(test)]
pub(super) use week::WeekPage;
pub(super) use week::{save as save_week, show as week};
pub(super) use yearly::save as yearly;

use super::effect::{Answer, Wish, answer, is_edit};
use super::parts::Wrong;
use super::{StaffCtx, StaffPost, wording};
use crate::base::{Day, LocationId};
use crate::calendar::{self, Edit, PatternId, Plan, Planned, WeeklyRow};
use crate::db::{Fault, ReadTx};
use crate::web::{Fields, PageError};

/// Shows patterns and weeks; `?from=` is the day that the week is shown for.
pub(super) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let typed = Fields::new(query);
    let page = HoursPage::read(&ctx, &typed, Vec::new()).await?;
    ctx.page(&page)
}

/// The weekly plan of every location, as the table has it.
pub(super) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    if is_edit(&fields) {
        return ctx.page(&HoursPage::read(&ctx, &fields, Vec::new()).await?);
    }
    let Some(from) = day_of(&fields, "from") else {
        let wrong = vec![Wrong::new("from", "いつからかを、日付で入力してください。")];
        return ctx.again(&HoursPage::read(&ctx, &fields, wrong).await?);
    };
    let typed = fields.clone();
    let places: Vec<LocationId> = ctx.locations.iter().map(|place| place.id).collect();
    let plan = ctx.read(move |tx| weeks(tx, &typed, &places, from)).await?;
    let named: Vec<&str> = ctx
        .locations
        .iter()
        .filter(|place| plan.places().is_some_and(|places| places.contains(&place.id)))
        .map(|place| place.name.as_str())
        .collect();
    let wish = Wish {
        what: format!("週の予定（{}、{}月{}日から）", named.join("・"), from.month(), from.day()),
        plan,
        path: "/hours".to_owned(),
        done: "/hours".to_owned(),
        notes: Vec::new(),
        undoes: None,
    };
    match answer(&ctx, &fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => {
            let wrong = vec![Wrong::new("from", wording::calendar(error)?)];
            ctx.again(&HoursPage::read(&ctx, &fields, wrong).await?)
        }
    }
}

/// The weekdays that the table says otherwise than the plan in force on `from`.
fn weeks(tx: &ReadTx<'_>, fields: &Fields, places: &[LocationId], from: Day) -> Result<Plan, Fault> {
    let rules = calendar::rules_of(tx, places, from, from)?;
    let mut edits = Vec::new();
    for (location, rules) in rules {
        for weekday in 0..=6 {
            let name = format!("w{location}-{weekday}");
            if !fields.has(&name) {
                continue;
            }
            let now = in_force(rules.weekly(), weekday, from);
            let pattern: Option<PatternId> = fields.get(&name).parse().ok();
            if pattern != now.and_then(|now| now.pattern) {
                let capacity = now.and_then(|now| now.capacity).filter(|_| pattern.is_some());
                let to = Some(Planned { pattern, capacity });
                edits.push(Edit::Weekly { location, weekday, effective: from, to });
            }
        }
    }
    Ok(Plan { edits })
}

/// What a weekday gets on a day.
pub(super) fn in_force(rows: &[WeeklyRow], weekday: u8, on: Day) -> Option<Planned> {
    let fits = rows.iter().filter(|row| row.weekday == weekday && row.effective <= on);
    fits.max_by_key(|row| row.effective).map(|row| row.planned)
}

/// The names of the patterns.
fn names(tx: &ReadTx<'_>) -> Result<BTreeMap<PatternId, String>, Fault> {
    let all = calendar::hours(tx)?.into_iter();
    Ok(all.filter_map(|(id, hours)| Some((id, hours.versions().last()?.1.name.clone()))).collect())
}

/// The day in a field.
pub(super) fn day_of(fields: &Fields, name: &str) -> Option<Day> {
    fields.get(name).parse().ok().filter(|day: &Day| (2000..=2099).contains(&day.year()))
}

/// The number in a field, in full width too: nothing where it is empty, an error where it is no number.
pub(super) fn number_of(fields: &Fields, name: &str) -> Result<Option<u16>, ()> {
    let typed = crate::base::text::nfkc(&fields.get(name));
    if typed.is_empty() { Ok(None) } else { typed.parse().map(Some).map_err(|_| ()) }
}
