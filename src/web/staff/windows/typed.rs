//! The windows of a location as the form has them.

use serde::Serialize;

use super::Stored;
use crate::base::{Day, Minute, text};
use crate::calendar::{Latest, LeadUnit, Window};
use crate::web::Fields;
use crate::web::staff::hours::{clock, minute};
use crate::web::staff::parts::Wrong;

/// One audience's side of the form.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Side {
    lead: String,
    open_days: bool,
    same_day: bool,
    until: String,
    by_date: bool,
    days: String,
    date: String,
}

/// The whole form.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) citizen: Side,
    pub(super) staff: Side,
    /// Days before, and the time.
    pub(super) change: (String, String),
    pub(super) cancel: (String, String),
}

impl Side {
    pub(super) fn of(window: &Window) -> Self {
        let (by_date, days, date) = match window.latest {
            Latest::Days(days) => (false, days.to_string(), String::new()),
            Latest::Date(day) => (true, String::new(), day.to_string()),
        };
        Self {
            lead: window.lead.to_string(),
            open_days: window.unit == LeadUnit::OpenDays,
            same_day: window.same_day_until.is_some(),
            until: window.same_day_until.map(clock).unwrap_or_default(),
            by_date,
            days,
            date,
        }
    }

    fn typed(fields: &Fields, who: &str) -> Self {
        let get = |name: &str| fields.get(&format!("{name}_{who}"));
        Self {
            lead: get("lead"),
            open_days: get("unit") == LeadUnit::OpenDays.code(),
            same_day: fields.has(&format!("same_{who}")),
            until: get("until"),
            by_date: get("latest") == "date",
            days: get("days"),
            date: get("date"),
        }
    }

    fn latest(&self, field: &'static str, wrong: &mut Vec<Wrong>) -> Latest {
        if self.by_date {
            let day: Option<Day> = self.date.parse().ok();
            return day.map_or_else(
                || {
                    wrong.push(Wrong::new(field, "いちばん遅い日を、日付で入力してください。"));
                    Latest::Days(1)
                },
                Latest::Date,
            );
        }
        let days = number(&self.days).filter(|days| (1..=730).contains(days));
        Latest::Days(days.unwrap_or_else(|| {
            wrong.push(Wrong::new(field, "いちばん遅い日は、1から730までの日数で入力してください。"));
            1
        }))
    }

    fn same_day_until(&self, field: &'static str, wrong: &mut Vec<Wrong>) -> Option<Minute> {
        if !self.same_day {
            return None;
        }
        let until = if self.until.is_empty() { Some(Minute::of(1440)) } else { minute(&self.until) };
        if until.is_none() {
            wrong.push(Wrong::new(field, "当日の締め切りを「15:00」のように入力してください。"));
        }
        until
    }
}

fn number(typed: &str) -> Option<u16> {
    text::nfkc(typed).trim().parse().ok()
}

impl Typed {
    pub(super) fn of(fields: &Fields) -> Self {
        let pair = |name: &str| (fields.get(&format!("{name}_days")), fields.get(&format!("{name}_until")));
        Self {
            citizen: Side::typed(fields, "citizen"),
            staff: Side::typed(fields, "staff"),
            change: pair("change"),
            cancel: pair("cancel"),
        }
    }

    pub(super) fn as_stored(now: &Stored) -> Self {
        Self {
            citizen: Side::of(&now.citizen),
            staff: Side::of(&now.staff),
            change: (now.citizen.change_days.to_string(), clock(now.citizen.change_until)),
            cancel: (now.citizen.cancel_days.to_string(), clock(now.citizen.cancel_until)),
        }
    }

    /// The windows of citizens and of staff, or everything that cannot be read.
    pub(super) fn windows(&self, staff: &Window) -> Result<(Window, Window), Vec<Wrong>> {
        let mut wrong = Vec::new();
        let (change_days, change_until) = deadline(&self.change, "change_days", &mut wrong);
        let (cancel_days, cancel_until) = deadline(&self.cancel, "cancel_days", &mut wrong);
        let mut of = |side: &Side, [lead, until, days]: [&'static str; 3], like: Window| {
            let days_ahead = number(&side.lead).filter(|lead| *lead <= 365);
            if days_ahead.is_none() {
                wrong.push(Wrong::new(lead, "いちばん早い日は、0から365までの日数で入力してください。"));
            }
            Window {
                lead: days_ahead.unwrap_or_default(),
                unit: if side.open_days { LeadUnit::OpenDays } else { LeadUnit::Days },
                same_day_until: side.same_day_until(until, &mut wrong),
                latest: side.latest(days, &mut wrong),
                ..like
            }
        };
        let like = Window { change_days, change_until, cancel_days, cancel_until, ..*staff };
        let citizen = of(&self.citizen, ["lead_citizen", "until_citizen", "days_citizen"], like);
        let staff = of(&self.staff, ["lead_staff", "until_staff", "days_staff"], *staff);
        if wrong.is_empty() { Ok((citizen, staff)) } else { Err(wrong) }
    }
}

fn deadline((days, until): &(String, String), field: &'static str, wrong: &mut Vec<Wrong>) -> (u16, Minute) {
    let read = number(days).filter(|days| *days <= 365).zip(minute(until));
    read.unwrap_or_else(|| {
        wrong.push(Wrong::new(
            field,
            "締め切りは、0から365までの日数と「17:00」のような時刻で入力してください。",
        ));
        (0, Minute::of(0))
    })
}
