//! A day, a week, a month or a whole location is copied: to other days, to other locations.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::{place_of, ticked};
use crate::base::{Day, LocationId};
use crate::calendar::{self, Stretch};
use crate::render::View;
use crate::web::staff::calendar::PlaceName;
use crate::web::staff::effect::{Answer, Wish, answer, is_edit};
use crate::web::staff::hours::day_of;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// The furthest that copies are repeated, in days.
const FURTHEST: i64 = 400;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct CopyPage {
    places: Vec<PlaceName>,
    what: String,
    day: String,
    to_day: String,
    until: String,
    to: Vec<LocationId>,
    wrong: Vec<Wrong>,
}

impl View for CopyPage {
    const TEMPLATE: &'static str = "staff/days_copy.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let place =
            |id| PlaceName {
                id: LocationId::of(id), name: "本庁舎 市民課".to_owned(), current: id == 1
            };
        let of = |what: &str, wrong| Self {
            places: vec![place(1), place(2)],
            what: what.to_owned(),
            day: "2026-04-13".to_owned(),
            to_day: String::new(),
            until: String::new(),
            to: vec![LocationId::of(2)],
            wrong,
        };
        let wrong = ["day", "to_day", "to"].map(|field| Wrong::new(field, "違います。"));
        vec![("copy", of("week", Vec::new())), ("copy refused", of("day", wrong.into()))]
    }
}

fn view(ctx: &StaffCtx, fields: &Fields, wrong: Vec<Wrong>) -> Result<CopyPage, PageError> {
    let place = place_of(ctx, fields)?.ok_or(PageError::NotFound)?;
    let typed = |name: &str, other: &str| {
        let typed = fields.get(name);
        if typed.is_empty() { other.to_owned() } else { typed }
    };
    Ok(CopyPage {
        places: ctx.locations.iter().map(|one| PlaceName::of(one, Some(place.id))).collect(),
        what: typed("what", "day"),
        day: typed("day", &ctx.today().to_string()),
        to_day: fields.get("to_day"),
        until: fields.get("until"),
        to: ticked(ctx, fields, "to").into_iter().map(|one| one.id).collect(),
        wrong,
    })
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    ctx.page(&view(&ctx, &Fields::new(query), Vec::new())?)
}

pub(in crate::web::staff) async fn act(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    if is_edit(&fields) {
        return ctx.page(&view(&ctx, &fields, Vec::new())?);
    }
    let place = place_of(&ctx, &fields)?.ok_or(PageError::NotFound)?;
    let (plan, what) = match wanted(&ctx, place.id, &fields).await? {
        Ok(wanted) => wanted,
        Err(wrong) => return ctx.again(&view(&ctx, &fields, vec![wrong])?),
    };
    let wish = Wish {
        plan,
        what: format!("{}　{what}", place.name),
        path: "/days/copy".to_owned(),
        done: format!("/days?location={}", place.id),
        notes: Vec::new(),
        undoes: None,
    };
    match answer(&ctx, &fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => {
            let wrong = vec![Wrong::new("day", wording::calendar(error)?)];
            ctx.again(&view(&ctx, &fields, wrong)?)
        }
    }
}

type Wanted = Result<(calendar::Plan, String), Wrong>;

async fn wanted(ctx: &StaffCtx, from: LocationId, fields: &Fields) -> Result<Wanted, PageError> {
    let to: Vec<LocationId> = ticked(ctx, fields, "to").into_iter().map(|one| one.id).collect();
    if to.is_empty() {
        return Ok(Err(Wrong::new("to", "写す先の場所を選んでください。")));
    }
    let Some(day) = day_of(fields, "day") else {
        return Ok(Err(Wrong::new("day", "写す日を、日付で入力してください。")));
    };
    let what = fields.get("what");
    if what == "place" {
        if to == [from] {
            return Ok(Err(Wrong::new("to", "場所まるごとのときは、ほかの場所を選んでください。")));
        }
        let plan = ctx.read(move |tx| calendar::copy_location(tx, from, &to, day)).await?;
        return Ok(Ok((plan, format!("の予定と受付期間を、{}月{}日から写す", day.month(), day.day()))));
    }
    let until = day_of(fields, "until");
    let days = match pairs(&what, day, day_of(fields, "to_day").unwrap_or(day), until, ctx.today()) {
        Ok(days) => days,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let kind = match what.as_str() {
        "week" => "の週",
        "month" => "の月",
        _ => "",
    };
    let words = format!("{}月{}日{kind}を写す", day.month(), day.day());
    let plan = ctx.read(move |tx| calendar::copy_days(tx, &Stretch { from, days, to })).await?;
    Ok(Ok((plan, words)))
}

/// Each source day with the days that become like it; what is over stays as it was.
fn pairs(what: &str, day: Day, to: Day, until: Option<Day>, today: Day) -> Result<Vec<(Day, Day)>, Wrong> {
    let last = until.unwrap_or(to);
    if last.days_from(to) >= FURTHEST || last < to {
        return Err(Wrong::new("to_day", "くり返しの終わりは、写す先の日から400日以内にしてください。"));
    }
    let monday = |day: Day| day.minus(i32::from((day.weekday() + 6) % 7));
    let mut pairs = Vec::new();
    match what {
        "month" => {
            let mut source = day.first_of_month();
            while source <= day.last_of_month() {
                pairs.extend(same_in_month(source, to).map(|target| (source, target)));
                source = source.plus(1);
            }
        }
        "week" => {
            let mut start = monday(to);
            while start <= last {
                pairs.extend((0..7).map(|ahead| (monday(day).plus(ahead), start.plus(ahead))));
                start = start.plus(7);
            }
        }
        _ => {
            let mut target = to;
            while target <= last {
                pairs.push((day, target));
                target = target.plus(7);
            }
        }
    }
    pairs.retain(|(_, target)| *target >= today);
    if pairs.is_empty() {
        Err(Wrong::new("to_day", "写す先が、過ぎた日だけになっています。"))
    } else {
        Ok(pairs)
    }
}

/// The day of another month with the same weekday of the same rank, such as the second Tuesday.
fn same_in_month(day: Day, month: Day) -> Option<Day> {
    let first = month.first_of_month();
    let ahead = (i32::from(day.weekday()) - i32::from(first.weekday())).rem_euclid(7);
    let found = first.plus(ahead + 7 * (i32::from(day.nth_in_month()) - 1));
    (found <= first.last_of_month()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_begins_on_monday_and_is_repeated_until_its_end() {
        let pairs =
            pairs("week", day("2026-04-15"), day("2026-04-20"), Some(day("2026-05-03")), day("2026-04-13"));
        let pairs = pairs.unwrap();
        assert_eq!(pairs.len(), 14);
        assert_eq!(pairs[0], (day("2026-04-13"), day("2026-04-20")));
        assert_eq!(pairs[13], (day("2026-04-19"), day("2026-05-03")));
    }

    #[test]
    fn a_month_is_copied_by_the_rank_of_its_weekdays() {
        assert_eq!(same_in_month(day("2026-04-14"), day("2026-05-20")), Some(day("2026-05-12")));
        assert_eq!(same_in_month(day("2026-04-30"), day("2026-05-20")), None, "May has four Thursdays");
        let pairs = pairs("month", day("2026-04-01"), day("2026-05-01"), None, day("2026-05-10")).unwrap();
        assert!(pairs.iter().all(|(from, to)| from.weekday() == to.weekday() && *to >= day("2026-05-10")));
    }

    #[test]
    fn what_is_over_is_no_target() {
        assert!(pairs("day", day("2026-04-01"), day("2026-04-02"), None, day("2026-04-03")).is_err());
        assert!(pairs("day", day("2026-04-01"), day("2026-04-03"), None, day("2026-04-03")).is_ok());
    }
}
