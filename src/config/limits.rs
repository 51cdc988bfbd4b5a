//! The section `[limits]`.

use std::time::Duration;

use serde::Deserialize;

/// Every limit, so that a load or security test from one address can lift it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Failed checks an hour from one network (IPv4 address, IPv6 /64).
    pub network_failures: u32,
    /// Failed checks of a city within ten minutes, from whatever networks, at which wrong ones are answered by mail only …
    pub city_failures: u32,
    /// … if at least this share of all checks failed, in percent.
    pub city_failure_percent: u32,
    /// Failed checks of one notice ID from one network before that pair waits.
    pub notice_failures: u32,
    /// How long it waits, in minutes.
    pub notice_wait_minutes: u32,
    /// Failed checks of one notice ID in a day before the answer comes by mail only.
    pub notice_failures_a_day: u32,
    /// Mails to one address in an hour.
    pub mails_an_hour: u32,
    /// Mails to one address in a day.
    pub mails_a_day: u32,
    /// Failed sign-ins of one member of staff, and from one network, before they wait.
    pub sign_in_failures: u32,
    /// How long they wait, in minutes.
    pub sign_in_wait_minutes: u32,
    /// Largest request body, in bytes.
    pub body_bytes: usize,
    /// Longest time for one request, in seconds.
    pub request_seconds: u64,
    /// Connections at once per listener.
    pub connections: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            network_failures: 10,
            city_failures: 200,
            city_failure_percent: 30,
            notice_failures: 5,
            notice_wait_minutes: 30,
            notice_failures_a_day: 20,
            mails_an_hour: 3,
            mails_a_day: 10,
            sign_in_failures: 5,
            sign_in_wait_minutes: 30,
            body_bytes: 64 * 1024,
            request_seconds: 30,
            connections: 4096,
        }
    }
}

impl LimitsConfig {
    /// Every limit with its name.
    pub(super) fn all(&self) -> [(&'static str, u64); 11] {
        let bytes = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        [
            ("network_failures", self.network_failures.into()),
            ("notice_failures", self.notice_failures.into()),
            ("notice_wait_minutes", self.notice_wait_minutes.into()),
            ("notice_failures_a_day", self.notice_failures_a_day.into()),
            ("mails_an_hour", self.mails_an_hour.into()),
            ("mails_a_day", self.mails_a_day.into()),
            ("sign_in_failures", self.sign_in_failures.into()),
            ("sign_in_wait_minutes", self.sign_in_wait_minutes.into()),
            ("body_bytes", bytes(self.body_bytes)),
            ("request_seconds", self.request_seconds),
            ("connections", bytes(self.connections)),
        ]
    }

    /// The limits that protect people and are laxer than the product's, with their values: fine for a load test only.
    pub fn lifted(&self) -> Vec<(&'static str, u64)> {
        let usual = Self::default().all();
        let lax = |name: &str, now: u64, usual: u64| match name {
            "notice_wait_minutes" | "sign_in_wait_minutes" => now < usual,
            "body_bytes" | "request_seconds" | "connections" => false,
            _ => now > usual,
        };
        let pairs = self.all().into_iter().zip(usual);
        pairs.filter(|((name, now), (_, usual))| lax(name, *now, *usual)).map(|(now, _)| now).collect()
    }

    /// The longest time for one request.
    pub fn request_time(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_laxer_than_usual_is_lifted_and_a_stricter_one_is_not() {
        assert!(LimitsConfig::default().lifted().is_empty());
        let lax = LimitsConfig {
            network_failures: 1_000_000,
            sign_in_wait_minutes: 1,
            mails_a_day: 1,
            connections: 100_000,
            ..LimitsConfig::default()
        };
        assert_eq!(lax.lifted(), [("network_failures", 1_000_000), ("sign_in_wait_minutes", 1)]);
    }
}
