//! Days that move along with the calendar, so that kept conditions mean the same every morning.

use crate::base::Day;

/// A span of days as seen from today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Near {
    /// Today.
    Today,
    /// Tomorrow.
    Tomorrow,
    /// Today and the six days after it.
    Week,
    /// Yesterday.
    Yesterday,
    /// This calendar month, whole.
    Month,
    /// The calendar month before.
    LastMonth,
    /// From April to March around today.
    FiscalYear,
}

impl Near {
    /// Every one, in the order of the page.
    pub(super) const ALL: [Self; 7] = [
        Self::Today,
        Self::Tomorrow,
        Self::Week,
        Self::Yesterday,
        Self::Month,
        Self::LastMonth,
        Self::FiscalYear,
    ];

    /// Its word in addresses.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Tomorrow => "tomorrow",
            Self::Week => "week",
            Self::Yesterday => "yesterday",
            Self::Month => "month",
            Self::LastMonth => "last-month",
            Self::FiscalYear => "fiscal-year",
        }
    }

    /// The one with this word.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|near| near.code() == code)
    }

    /// How people call it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Today => "今日",
            Self::Tomorrow => "明日",
            Self::Week => "今日から7日間",
            Self::Yesterday => "昨日",
            Self::Month => "今月",
            Self::LastMonth => "先月",
            Self::FiscalYear => "今年度",
        }
    }

    /// Its first and last day.
    pub(super) fn days(self, today: Day) -> (Day, Day) {
        match self {
            Self::Today => (today, today),
            Self::Tomorrow => (today.plus(1), today.plus(1)),
            Self::Week => (today, today.plus(6)),
            Self::Yesterday => (today.minus(1), today.minus(1)),
            Self::Month => (today.first_of_month(), today.last_of_month()),
            Self::LastMonth => {
                let last = today.first_of_month().minus(1);
                (last.first_of_month(), last)
            }
            Self::FiscalYear => {
                let year = if today.month() >= 4 { today.year() } else { today.year() - 1 };
                let (first, last) = (Day::new(year, 4, 1), Day::new(year + 1, 3, 31));
                (first.unwrap_or(today), last.unwrap_or(today))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(near: Near, today: &str) -> (String, String) {
        let (from, to) = near.days(today.parse().unwrap());
        (from.to_string(), to.to_string())
    }

    #[test]
    fn a_span_moves_along_with_the_day() {
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(days(Near::Tomorrow, "2026-12-31"), pair("2027-01-01", "2027-01-01"));
        assert_eq!(days(Near::LastMonth, "2026-03-31"), pair("2026-02-01", "2026-02-28"));
        assert_eq!(days(Near::FiscalYear, "2026-03-31"), pair("2025-04-01", "2026-03-31"));
        assert_eq!(days(Near::FiscalYear, "2026-04-01"), pair("2026-04-01", "2027-03-31"));
        assert_eq!(days(Near::Week, "2026-04-28"), pair("2026-04-28", "2026-05-04"));
    }

    #[test]
    fn every_word_comes_back() {
        for near in Near::ALL {
            assert_eq!(Near::from_code(near.code()), Some(near));
        }
    }
}
