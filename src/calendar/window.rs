//! From when to when one may book (受付期間), and until when a booking may be changed.
//!
//! Spec: 7(2)⑥.

use serde::{Deserialize, Serialize};

use super::rules::Rules;
use super::slot::Slot;
use crate::base::{Day, Minute, Moment};
use crate::stored_as_code;

/// For whom a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Citizens on the web.
    Citizen,
    /// Staff and the call centre.
    Staff,
}

impl Audience {
    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Staff => "staff",
        }
    }

    /// The audience with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Citizen, Self::Staff].into_iter().find(|audience| audience.code() == code)
    }
}

stored_as_code!(Audience);

/// What the days before a booking are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadUnit {
    /// Calendar days.
    #[default]
    Days,
    /// Days on which the location opens.
    OpenDays,
}

impl LeadUnit {
    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::OpenDays => "open_days",
        }
    }

    /// The unit with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Days, Self::OpenDays].into_iter().find(|unit| unit.code() == code)
    }
}

stored_as_code!(LeadUnit);

/// The last day that can be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latest {
    /// So many days after the day of booking.
    Days(u16),
    /// A fixed day.
    Date(Day),
}

/// The rule of one location for one audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// How many days ahead the first bookable day lies; 0 = today, where [`Window::same_day_until`] allows it.
    pub lead: u16,
    /// What `lead` is counted in.
    pub unit: LeadUnit,
    /// Until this minute one may book for today; `None` = never.
    pub same_day_until: Option<Minute>,
    /// The last bookable day.
    pub latest: Latest,
    /// A booking may be changed until so many days before its day …
    pub change_days: u16,
    /// … counted in this …
    #[serde(default)]
    pub change_unit: LeadUnit,
    /// … at this minute.
    pub change_until: Minute,
    /// A booking may be cancelled until so many days before its day …
    pub cancel_days: u16,
    /// … counted in this …
    #[serde(default)]
    pub cancel_unit: LeadUnit,
    /// … at this minute.
    pub cancel_until: Minute,
}

/// Until when a booking may be changed and cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From this moment on it can no longer be changed.
    pub change: Moment,
    /// From this moment on it can no longer be cancelled.
    pub cancel: Moment,
}

/// The days that can be booked now, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first one.
    pub first: Day,
    /// The last one.
    pub last: Day,
}

impl Span {
    /// Whether `day` can be booked.
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }
}

impl Window {
    /// What holds until the city has set something: citizens three open days to sixty days ahead, staff from today on.
    pub fn of_the_house(audience: Audience) -> Self {
        match audience {
            Audience::Citizen => Self {
                lead: 3,
                unit: LeadUnit::OpenDays,
                same_day_until: None,
                latest: Latest::Days(60),
                change_days: 1,
                change_unit: LeadUnit::Days,
                change_until: Minute::of(17 * 60),
                cancel_days: 1,
                cancel_unit: LeadUnit::Days,
                cancel_until: Minute::of(17 * 60),
            },
            Audience::Staff => Self {
                lead: 0,
                unit: LeadUnit::Days,
                same_day_until: Some(Minute::of(24 * 60)),
                latest: Latest::Days(90),
                change_days: 0,
                change_unit: LeadUnit::Days,
                change_until: Minute::of(24 * 60),
                cancel_days: 0,
                cancel_unit: LeadUnit::Days,
                cancel_until: Minute::of(24 * 60),
            },
        }
    }

    /// The days that can be booked at `now`, for a card that needs `travel` open days to the location.
    ///
    /// `None` when no day is left, as when the fixed last day has passed.
    pub fn span(&self, now: Moment, rules: &Rules, travel: u16) -> Option<Span> {
        let today = now.day();
        let by_rule = self.first_by_rule(now, rules)?;
        let by_travel = rules.open_day_after(today, travel)?;
        let first = by_rule.max(by_travel);
        let last = match self.latest {
            Latest::Days(days) => today.plus(i32::from(days)),
            Latest::Date(day) => day,
        };
        (first <= last).then_some(Span { first, last })
    }

    /// Whether the last bookable day lies before the first, as it stands on `today`.
    ///
    /// Where the location is not open yet, its open days cannot be counted; then the numbers alone are compared.
    pub fn is_backwards(&self, today: Day, rules: &Rules) -> bool {
        let counted = match self.unit {
            LeadUnit::Days => None,
            LeadUnit::OpenDays => rules.open_day_after(today, self.lead),
        };
        let first = counted.unwrap_or_else(|| today.plus(i32::from(self.lead)));
        match self.latest {
            Latest::Days(days) => today.plus(i32::from(days)) < first,
            Latest::Date(day) => day < first,
        }
    }

    /// Whether the slot can be booked at `now`: inside the span, and not begun.
    pub fn may_book(&self, now: Moment, slot: &Slot, rules: &Rules, travel: u16) -> bool {
        now < slot.begins_at() && self.span(now, rules, travel).is_some_and(|span| span.contains(slot.day))
    }

    /// Until when a booking for `day` may be changed and cancelled. Open days are counted back from the day of the booking;
    /// the schedule must reach so far back.
    pub fn deadlines(&self, day: Day, rules: &Rules) -> Deadlines {
        let before = |days: u16, unit: LeadUnit| match unit {
            LeadUnit::Days => day.minus(i32::from(days)),
            LeadUnit::OpenDays => rules.open_day_before(day, days),
        };
        Deadlines {
            change: Moment::at(before(self.change_days, self.change_unit), self.change_until),
            cancel: Moment::at(before(self.cancel_days, self.cancel_unit), self.cancel_until),
        }
    }

    /// Whether open days must be counted to know the deadlines.
    pub fn counts_back(&self) -> bool {
        [self.change_unit, self.cancel_unit].contains(&LeadUnit::OpenDays)
    }

    /// The next moment after `now` at which the span changes by itself: midnight, or the end of booking for today.
    pub fn next_turn(&self, now: Moment) -> Moment {
        let midnight = Moment::at(now.day().plus(1), Minute::of(0));
        let today_ends = self.same_day_until.map(|until| Moment::at(now.day(), until));
        today_ends.filter(|end| *end > now).map_or(midnight, |end| end.min(midnight))
    }

    fn first_by_rule(&self, now: Moment, rules: &Rules) -> Option<Day> {
        let today = now.day();
        if self.lead == 0 {
            let today_still = self.same_day_until.is_some_and(|until| now < Moment::at(today, until));
            return Some(if today_still { today } else { today.plus(1) });
        }
        match self.unit {
            LeadUnit::Days => Some(today.plus(i32::from(self.lead))),
            LeadUnit::OpenDays => rules.open_day_after(today, self.lead),
        }
    }
}
