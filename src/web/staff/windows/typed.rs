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
    pub(super) change: Until,
    pub(super) cancel: Until,
}

/// A deadline: days before the day of the booking, what they are counted in, and the time.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Until {
    pub(super) days: String,
    pub(super) open_days: bool,
    pub(super) time: String,
}

impl Until {
    fn of(days: u16, unit: LeadUnit, time: Minute) -> Self {
        Self { days: days.to_string(), open_days: unit == LeadUnit::OpenDays, time: clock(time) }
    }

    fn typed(fields: &Fields, name: &str) -> Self {
        let get = |part: &str| fields.get(&format!("{name}_{part}"));
        Self { days: get("days"), open_days: get("unit") == LeadUnit::OpenDays.code(), time: get("until") }
    }

    fn read(&self, field: &'static str, wrong: &mut Vec<Wrong>) -> (u16, LeadUnit, Minute) {
        let unit = if self.open_days { LeadUnit::OpenDays } else { LeadUnit::Days };
        let read = number(&self.days).filter(|days| *days <= 365).zip(minute(&self.time));
        let (days, time) = read.unwrap_or_else(|| {
            let sentence = "締め切りは、0から365までの日数と「17:00」のような時刻で入力してください。";
            wrong.push(Wrong::new(field, sentence));
            (0, Minute::of(0))
        });
        (days, unit, time)
    }
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
        Self {
            citizen: Side::typed(fields, "citizen"),
            staff: Side::typed(fields, "staff"),
            change: Until::typed(fields, "change"),
            cancel: Until::typed(fields, "cancel"),
        }
    }

    pub(super) fn as_stored(now: &Stored) -> Self {
        Self {
            citizen: Side::of(&now.citizen),
            staff: Side::of(&now.staff),
            change: Until::of(now.citizen.change_days, now.citizen.change_unit, now.citizen.change_until),
            cancel: Until::of(now.citizen.cancel_days, now.citizen.cancel_unit, now.citizen.cancel_until),
        }
    }

    /// The windows of citizens and of staff, or everything that cannot be read.
    pub(super) fn windows(&self, staff: &Window) -> Result<(Window, Window), Vec<Wrong>> {
        let mut wrong = Vec::new();
        let (change_days, change_unit, change_until) = self.change.read("change_days", &mut wrong);
        let (cancel_days, cancel_unit, cancel_until) = self.cancel.read("cancel_days", &mut wrong);
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
        let like = Window {
            change_days,
            change_unit,
            change_until,
            cancel_days,
            cancel_unit,
            cancel_until,
            ..*staff
        };
        let citizen = of(&self.citizen, ["lead_citizen", "until_citizen", "days_citizen"], like);
        let staff = of(&self.staff, ["lead_staff", "until_staff", "days_staff"], *staff);
        if wrong.is_empty() { Ok((citizen, staff)) } else { Err(wrong) }
    }
}
