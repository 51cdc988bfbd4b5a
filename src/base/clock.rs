//! The clock that is handed in, and the moment it tells.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::day::{Day, Minute};

/// A moment in UTC, in whole milliseconds since 1970. Columns named `_at` hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Moment(i64);

impl Moment {
    /// The moment that lies `millis` milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment `span` earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The civil day in Japan at this moment.
    pub fn day(self) -> Day {
        Day::from_date(self.zoned().date())
    }

    /// Days from 1970-01-01 to the civil day in Japan at this moment: for those who count many.
    pub const fn days_since_1970(self) -> i64 {
        (self.0 + 9 * 3_600_000).div_euclid(86_400_000)
    }

    /// The minute of the day in Japan at this moment.
    pub fn minute(self) -> Minute {
        let time = self.zoned().time();
        Minute::of(u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0))
    }

    /// The moment at which `minute` of `day` begins in Japan. Japan has no summer time, so it always exists.
    pub fn at(day: Day, minute: Minute) -> Self {
        let midnight = day.days_since_1970() * 86_400 - 9 * 3600;
        Self((midnight + i64::from(minute.get()) * 60) * 1000)
    }

    fn zoned(self) -> jiff::ZonedDateTime {
        Timestamp::from_millisecond(self.0).unwrap_or_default().to_zoned_datetime(japan())
    }
}

fn japan() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(9))
}

/// Where the time comes from. Cheap to clone; tests hand in one that they move by hand.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Moment + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
        Self(Arc::new(|| Moment(Timestamp::now().as_millisecond())))
    }

    /// A clock that asks `tell` each time.
    pub fn from_fn(tell: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// The moment it is.
    pub fn now(&self) -> Moment {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({:?})", self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_changes_at_midnight_in_japan_wherever_the_host_stands() {
        let day: Day = "2026-04-13".parse().unwrap();
        let midnight = Moment::at(day, Minute::of(0));
        assert_eq!(midnight.day(), day);
        assert_eq!(midnight.minus(Duration::from_millis(1)).day(), day.minus(1));
        assert_eq!(midnight.days_since_1970(), day.days_since_1970());
        assert_eq!(midnight.minus(Duration::from_millis(1)).days_since_1970(), day.days_since_1970() - 1);
        assert_eq!(midnight.minus(Duration::from_millis(1)).minute(), Minute::of(23 * 60 + 59));
    }

    #[test]
    fn a_minute_of_a_day_comes_back_from_its_moment() {
        let day: Day = "2028-02-29".parse().unwrap();
        let at = Moment::at(day, Minute::of(9 * 60 + 30));
        assert_eq!((at.day(), at.minute()), (day, Minute::of(570)));
    }
}
