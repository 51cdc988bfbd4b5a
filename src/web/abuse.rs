//! What failed of late, counted in memory, so that a flood writes nothing.
//!
//! Spec: 7(3)⑭.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Ctx, PageError};
use crate::base::Moment;
use crate::booking::entry::Identified;
use crate::config::LimitsConfig;

/// Failed checks of the last hour by network.
#[derive(Debug, Default)]
pub struct Failures(Mutex<HashMap<String, (u32, Moment)>>);

impl Failures {
    const SPAN: Duration = Duration::from_hours(1);

    /// Until when this network waits, if it has failed `most` times within an hour.
    pub fn locked(&self, network: &str, most: u32, now: Moment) -> Option<Moment> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (failures, since) = counts.get(network).copied()?;
        let until = since.plus(Self::SPAN);
        (failures >= most && now < until).then_some(until)
    }

    /// Counts a failure.
    pub fn add(&self, network: &str, now: Moment) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() > 100_000 {
            counts.retain(|_, (_, since)| now < since.plus(Self::SPAN));
        }
        let (failures, since) = counts.entry(network.to_owned()).or_insert((0, now));
        if now >= since.plus(Self::SPAN) {
            (*failures, *since) = (0, now);
        }
        *failures = failures.saturating_add(1);
    }
}

/// A city's breaker: notice IDs can be counted through, so when very many checks fail from whatever networks, a wrong
/// check is answered like a right one, and only the mail, or its absence, tells the difference.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<HashMap<String, Lately>>);

#[derive(Clone, Copy, Debug)]
struct Lately {
    since: Moment,
    checks: u32,
    failures: u32,
    open_until: Option<Moment>,
}

impl Breaker {
    const SPAN: Duration = Duration::from_mins(10);

    /// Whether wrong checks of this city are answered by mail only at this moment.
    pub fn is_open(&self, city: &str, now: Moment) -> bool {
        let lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lately.get(city).and_then(|lately| lately.open_until).is_some_and(|until| now < until)
    }

    /// Counts a check; true when this one opened the breaker.
    pub fn note(&self, city: &str, failed: bool, limits: &LimitsConfig, now: Moment) -> bool {
        let mut cities = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Lately { since: now, checks: 0, failures: 0, open_until: None };
        let lately = cities.entry(city.to_owned()).or_insert(fresh);
        if now >= lately.since.plus(Self::SPAN) {
            *lately = Lately { open_until: lately.open_until, ..fresh };
        }
        lately.checks = lately.checks.saturating_add(1);
        lately.failures = lately.failures.saturating_add(u32::from(failed));
        let many = lately.failures >= limits.city_failures;
        let share = u64::from(lately.failures) * 100
            >= u64::from(lately.checks) * u64::from(limits.city_failure_percent);
        if !(many && share) {
            return false;
        }
        let was_open = lately.open_until.is_some_and(|until| now < until);
        lately.open_until = Some(now.plus(Self::SPAN));
        !was_open
    }
}

impl Ctx {
    /// Refuses a network that failed too often within the hour, before anything is written.
    pub(super) fn may_check(&self) -> Result<(), PageError> {
        let most = self.state.limits.network_failures;
        match self.state.failures.locked(&self.network, most, self.now()) {
            Some(until) => Err(PageError::Locked { until }),
            None => Ok(()),
        }
    }

    /// Whether the city's breaker is open, so that a wrong check gets no answer of its own.
    pub(super) fn answers_by_mail_only(&self) -> bool {
        self.state.breaker.is_open(&self.city.profile.code, self.now())
    }

    /// Counts a check that was made, right or wrong.
    pub(super) fn note_check(&self, identified: Identified) {
        let failed = match identified {
            Identified::Mismatch { .. } | Identified::Locked { .. } | Identified::Known(None) => true,
            Identified::Known(Some(_))
            | Identified::NeedYear
            | Identified::NeedKana
            | Identified::Telephone => false,
        };
        if failed {
            self.state.failures.add(&self.network, self.now());
        }
        let city = &self.city.profile.code;
        if self.state.breaker.note(city, failed, &self.state.limits, self.now()) {
            tracing::warn!(city, "very many checks of notices fail: wrong ones are answered by mail only");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> Moment {
        Moment::from_millis(1_775_980_800_000).plus(Duration::from_mins(minutes))
    }

    fn limits() -> LimitsConfig {
        LimitsConfig { city_failures: 4, city_failure_percent: 50, ..LimitsConfig::default() }
    }

    fn after(checks: &[(u64, bool)]) -> (Breaker, bool) {
        let breaker = Breaker::default();
        let opened =
            checks.iter().filter(|(minute, failed)| breaker.note("999999", *failed, &limits(), at(*minute)));
        let opened = opened.count() == 1;
        (breaker, opened)
    }

    #[test]
    fn many_failures_open_the_breaker_for_ten_minutes_and_for_this_city_alone() {
        let (breaker, opened) = after(&[(0, true), (1, true), (2, true), (3, true)]);
        assert!(opened);
        assert!(breaker.is_open("999999", at(12)));
        assert!(!breaker.is_open("999999", at(13)));
        assert!(!breaker.is_open("888888", at(3)));
    }

    #[test]
    fn failures_among_many_right_checks_or_spread_over_time_open_nothing() {
        let right = [(0, false); 5];
        let (_, opened) = after(&[&right[..], &[(1, true); 4]].concat());
        assert!(!opened, "four of nine are under half");
        let (_, opened) = after(&[(0, true), (1, true), (2, true), (10, true)]);
        assert!(!opened, "the count begins anew after ten minutes");
    }

    #[test]
    fn a_network_waits_until_an_hour_after_its_first_failure() {
        let failures = Failures::default();
        failures.add("192.0.2.1", at(0));
        assert_eq!(failures.locked("192.0.2.1", 2, at(1)), None);
        failures.add("192.0.2.1", at(1));
        assert_eq!(failures.locked("192.0.2.1", 2, at(59)), Some(at(60)));
        assert_eq!(failures.locked("192.0.2.1", 2, at(60)), None);
        assert_eq!(failures.locked("192.0.2.9", 2, at(1)), None);
    }
}
