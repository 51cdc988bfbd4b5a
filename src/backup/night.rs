//! When a city's copy is due: once a night, again when it failed, and at any hour when there was none for two days.

use std::time::Duration;

use super::Record;
use crate::base::{Minute, Moment};

/// A failed copy is tried again after this.
const AGAIN: Duration = Duration::from_mins(30);

/// A city without a good copy for this long does not wait for the night: the machine was off, or the night too short.
const LATE: Duration = Duration::from_hours(48);

/// What is known of a city's last copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// When the last attempt began, and whether it was good.
    pub tried: Option<(Moment, bool)>,
    /// When the last good one began.
    pub good: Option<Moment>,
}

impl Last {
    /// What the attempts of a city, newest first, say.
    pub fn of(records: &[Record]) -> Self {
        Self {
            tried: records.first().map(|one| (one.begun_at, one.is_good())),
            good: records.iter().find(|one| one.is_good()).map(|one| one.begun_at),
        }
    }
}

/// The hours of the night in Japan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Night {
    /// When it begins.
    pub at: Minute,
    /// After which time nothing is begun.
    pub until: Minute,
}

impl Night {
    /// The last night that has begun: its beginning and its end.
    pub fn last(self, now: Moment) -> (Moment, Moment) {
        let today = Moment::at(now.day(), self.at);
        let begin = if today <= now { today } else { Moment::at(now.day().minus(1), self.at) };
        let day = i64::from(self.until.get()) - i64::from(self.at.get());
        let minutes = u64::try_from(day.rem_euclid(1440)).unwrap_or(0);
        (begin, begin.plus(Duration::from_secs(minutes * 60)))
    }

    /// Whether a copy of a city is to be begun now.
    pub fn is_due(self, last: &Last, now: Moment) -> bool {
        let (begin, end) = self.last(now);
        let waited = last.tried.is_none_or(|(tried, good)| !good && now.since(tried) >= AGAIN);
        if now < end {
            return waited || last.tried.is_none_or(|(tried, _)| tried < begin);
        }
        // A city that never had one waits for its first night.
        let Some((tried, _)) = last.tried else { return false };
        let late = last.good.is_none_or(|good| now.since(good) >= LATE);
        late && now.since(tried) >= LATE.min(AGAIN * 2)
    }

    /// When it is worth looking again.
    pub fn next_look(self, now: Moment) -> Moment {
        let next = self.last(now).0.plus(Duration::from_hours(24));
        next.min(now.plus(AGAIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Day;

    const NIGHT: Night = Night { at: Minute::of(130), until: Minute::of(300) };

    fn at(day: i8, minutes: u16) -> Moment {
        Moment::at(Day::new(2026, 4, day).unwrap(), Minute::of(minutes))
    }

    fn last(tried: Moment, good: bool, last_good: Moment) -> Last {
        Last { tried: Some((tried, good)), good: Some(last_good) }
    }

    #[test]
    fn a_copy_is_due_once_a_night_from_its_first_second_on() {
        let yesterday = last(at(12, 131), true, at(12, 131));
        let begin = at(13, 130);
        assert!(!NIGHT.is_due(&yesterday, begin.minus(Duration::from_secs(1))));
        assert!(NIGHT.is_due(&yesterday, begin));
        assert!(NIGHT.is_due(&yesterday, at(13, 299)));
        assert!(!NIGHT.is_due(&yesterday, at(13, 300)), "the night is over");
        assert!(!NIGHT.is_due(&last(begin, true, begin), at(13, 200)), "it was taken");
        assert!(NIGHT.is_due(&Last::default(), begin) && !NIGHT.is_due(&Last::default(), at(13, 900)));
    }

    #[test]
    fn a_failed_one_is_tried_again_after_half_an_hour_of_the_same_night() {
        let failed = last(at(13, 130), false, at(12, 130));
        assert!(!NIGHT.is_due(&failed, at(13, 159)));
        assert!(NIGHT.is_due(&failed, at(13, 160)));
        assert!(!NIGHT.is_due(&failed, at(13, 300)));
    }

    #[test]
    fn two_days_without_one_do_not_wait_for_the_night() {
        let off = last(at(11, 130), true, at(11, 130));
        assert!(!NIGHT.is_due(&off, at(12, 600)));
        assert!(NIGHT.is_due(&off, at(13, 600)));
        let failing = last(at(13, 580), false, at(11, 130));
        assert!(!NIGHT.is_due(&failing, at(13, 600)), "an hour lies between two tries by day");
        assert!(NIGHT.is_due(&failing, at(13, 640)));
    }

    #[test]
    fn a_night_may_lie_over_midnight() {
        let night = Night { at: Minute::of(1380), until: Minute::of(60) };
        let before = last(at(11, 1380), true, at(11, 1380));
        assert!(!night.is_due(&before, at(12, 1379)));
        assert!(night.is_due(&before, at(12, 1439)));
        assert!(night.is_due(&before, at(13, 0)));
        assert!(night.is_due(&before, at(13, 59)));
        assert!(!night.is_due(&before, at(13, 60)));
        assert_eq!(night.last(at(13, 0)).0, at(12, 1380));
    }
}
