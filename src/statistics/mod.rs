//! What happened in a span of days, in numbers: bookings, hand-overs, those who did not come, how long people wait, how old the stock is.
//!
//! **Invariant:** numbers only. Nothing here names a person, so it may be shown to whoever may see statistics.
//!
//! Spec: 7(2)⑧, 7(2)⑫.

mod applications;
mod store;

pub use applications::{APPLICATIONS_MAX, Tell, TellError, applications, tell};

use std::collections::BTreeMap;

use crate::base::{Day, LocationId, Minute, Moment};
use crate::cards::{self, CardStatus, Label};
use crate::db::{Fault, ReadTx};

/// The longest span that is counted at once.
pub const DAYS_MAX: i64 = 366;

/// Which days and places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Where; empty = everywhere.
    pub locations: Vec<LocationId>,
}

/// How many bookings ended how. A booking of three people counts once; people are counted beside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Bookings that were not cancelled.
    pub booked: u32,
    /// Of those, still expected or being served.
    pub open: u32,
    /// Of those, done.
    pub completed: u32,
    /// Of those, with papers that were not in order.
    pub incomplete: u32,
    /// Of those, nobody came.
    pub no_show: u32,
    /// Cancelled bookings, besides.
    pub cancelled: u32,
    /// People of the bookings that were not cancelled.
    pub people: u32,
}

impl Figures {
    /// Takes others in.
    pub fn add(&mut self, other: Self) {
        self.booked += other.booked;
        self.open += other.open;
        self.completed += other.completed;
        self.incomplete += other.incomplete;
        self.no_show += other.no_show;
        self.cancelled += other.cancelled;
        self.people += other.people;
    }

    /// Bookings whose day has shown how they end.
    pub fn ended(&self) -> u32 {
        self.completed + self.incomplete + self.no_show
    }

    /// In a thousand of those that ended, how many nobody came for; `None` while none has.
    pub fn no_show_rate(&self) -> Option<u32> {
        rate(self.no_show, self.ended())
    }

    /// In a thousand of those that ended, how many were done.
    pub fn completed_rate(&self) -> Option<u32> {
        rate(self.completed, self.ended())
    }
}

/// `part` in a thousand of `whole`.
fn rate(part: u32, whole: u32) -> Option<u32> {
    (whole > 0).then(|| {
        u32::try_from((u64::from(part) * 1000 + u64::from(whole) / 2) / u64::from(whole)).unwrap_or(1000)
    })
}

/// A middle and a far value of something that was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many were counted.
    pub count: u32,
    /// Half are at most this.
    pub median: u32,
    /// Nine of ten are at most this.
    pub ninth: u32,
}

impl Spread {
    /// Of values with how often each came.
    fn of(values: &BTreeMap<u32, u32>) -> Self {
        let count: u32 = values.values().sum();
        let at = |tenths: u32| {
            let wanted = (u64::from(count) * u64::from(tenths)).div_ceil(10);
            let mut passed = 0;
            let found = values.iter().find(|(_, times)| {
                passed += u64::from(**times);
                passed >= wanted
            });
            found.map_or(0, |(value, _)| *value)
        };
        Self { count, median: at(5), ninth: at(9) }
    }
}

/// A part of the stock by how long it has been there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// From so many months on.
    pub from: u32,
    /// Below so many months; `None` = and older.
    pub below: Option<u32>,
    /// Cards.
    pub cards: u32,
}

/// The whole of a span.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// All of it.
    pub all: Figures,
    /// By day, every day on which there is something.
    pub days: BTreeMap<Day, Figures>,
    /// By place.
    pub places: BTreeMap<LocationId, Figures>,
    /// By weekday (0 = Sunday) and hour of the beginning.
    pub hours: BTreeMap<(u8, u8), Figures>,
    /// By the way in which bookings were made: code of the channel, bookings that were not cancelled.
    pub channels: BTreeMap<String, u32>,
    /// Days from the booking to its day, for those who did not walk in.
    pub ahead: Spread,
    /// Minutes from check-in to the end, for those who were done.
    pub stay: Spread,
}

/// Counts a span.
pub fn report(tx: &ReadTx<'_>, span: &Span) -> Result<Report, Fault> {
    let mut report = Report::default();
    let (mut ahead, mut stay) = (BTreeMap::new(), BTreeMap::new());
    let mut channels: BTreeMap<&str, u32> = BTreeMap::new();
    let mut today = (span.from, span.from.weekday(), span.from.days_since_1970());
    store::bookings(tx, span, |row| {
        if today.0 != row.day {
            today = (row.day, row.day.weekday(), row.day.days_since_1970());
        }
        let figures = row.figures();
        report.all.add(figures);
        report.days.entry(row.day).or_default().add(figures);
        report.places.entry(row.location).or_default().add(figures);
        report.hours.entry((today.1, row.hour)).or_default().add(figures);
        if let Some(days) = row.ahead(today.2) {
            *ahead.entry(days).or_default() += 1;
        }
        if let Some(minutes) = row.stay() {
            *stay.entry(minutes).or_default() += 1;
        }
        if figures.booked > 0 {
            *channels.entry(row.channel).or_default() += figures.booked;
        }
    })?;
    report.channels = channels.into_iter().map(|(code, count)| (code.to_owned(), count)).collect();
    report.ahead = Spread::of(&ahead);
    report.stay = Spread::of(&stay);
    Ok(report)
}

/// The people of a span's bookings who got what they came for.
pub fn issued(tx: &ReadTx<'_>, span: &Span) -> Result<u32, Fault> {
    store::issued(tx, span)
}

/// A span in two numbers, to compare another with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All bookings.
    pub all: Figures,
    /// People who got what they came for.
    pub issued: u32,
}

/// Counts a span without its days, places and hours.
pub fn totals(tx: &ReadTx<'_>, span: &Span) -> Result<Totals, Fault> {
    Ok(Totals { all: store::totals(tx, span)?, issued: store::issued(tx, span)? })
}

/// Counts a span by day and hour of the beginning.
pub fn hours(tx: &ReadTx<'_>, span: &Span) -> Result<BTreeMap<(Day, u8), Figures>, Fault> {
    let mut hours: BTreeMap<(Day, u8), Figures> = BTreeMap::new();
    store::bookings(tx, span, |row| hours.entry((row.day, row.hour)).or_default().add(row.figures()))?;
    Ok(hours)
}

/// How far the cards of the register have come: each step holds the cards that have passed it (到着, 交付前設定, 通知書発送, 予約, 交付).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Cards that have reached the city.
    pub arrived: u64,
    /// Of those, made ready for hand-over.
    pub preset: u64,
    /// Of those, with their notice sent.
    pub notified: u64,
    /// Of those, with a booking made, or handed over.
    pub booked: u64,
    /// Handed over or sent.
    pub issued: u64,
}

/// Counts the steps from the labels that cards have now. What ended otherwise than by a hand-over counts in none.
pub fn steps(tx: &ReadTx<'_>) -> Result<Steps, Fault> {
    let mut steps = Steps::default();
    for (label, cards) in cards::labels(tx)? {
        let far = reached(label);
        for (at, step) in
            [&mut steps.arrived, &mut steps.preset, &mut steps.notified, &mut steps.booked, &mut steps.issued]
                .into_iter()
                .enumerate()
        {
            if at < far {
                *step += cards;
            }
        }
    }
    Ok(steps)
}

/// How many of the five steps a card with this label has passed.
const fn reached(label: Label) -> usize {
    match label {
        Label::Booked | Label::CheckedIn | Label::NoShow => 4,
        Label::Card(status) => match status {
            CardStatus::Received => 1,
            CardStatus::PresetDone => 2,
            CardStatus::Notified
            | CardStatus::NoticeReturned
            | CardStatus::Renotified
            | CardStatus::Incomplete
            | CardStatus::OnHold => 3,
            CardStatus::Issued | CardStatus::Mailed => 5,
            CardStatus::Announced
            | CardStatus::MailReturned
            | CardStatus::DisposalCandidate
            | CardStatus::Disposed
            | CardStatus::Voided
            | CardStatus::DefectReturned
            | CardStatus::Missing => 0,
        },
    }
}

/// The bounds of the ages of stock, in months.
const AGES: [u32; 5] = [0, 1, 3, 6, 12];

/// The cards that lie in storage, by how many months ago they were registered.
pub fn ages(tx: &ReadTx<'_>) -> Result<Vec<Age>, Fault> {
    let [_, bounds @ ..] = &AGES;
    let begins = bounds.iter().map(|months| Moment::at(month_before(tx.today(), months - 1), Minute::of(0)));
    let (younger, all) = store::registered(tx, &begins.collect::<Vec<_>>())?;
    let ends = younger.iter().copied().chain([all]);
    let mut ages = Vec::new();
    let mut counted = 0;
    for ((at, from), end) in AGES.into_iter().enumerate().zip(ends) {
        ages.push(Age { from, below: AGES.get(at + 1).copied(), cards: end.saturating_sub(counted) });
        counted = end;
    }
    Ok(ages)
}

/// The first day of the month that is so many months before that of a day.
fn month_before(day: Day, months: u32) -> Day {
    (0..months).fold(day.first_of_month(), |first, _| first.minus(1).first_of_month())
}

/// What a month has to tell: the names are those of the national report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Month {
    /// Cards that came into the register: those that the maker sent (発送枚数).
    pub registered: u32,
    /// Cards that were made ready for hand-over (交付前設定実施済み数), each once.
    pub preset: u32,
    /// Notices sent (通知書発送).
    pub notified: u32,
    /// Cards handed over or sent (交付実施済み).
    pub issued: u32,
    /// Cards that were given back or destroyed.
    pub ended: u32,
}

impl Month {
    /// Takes others in.
    pub fn add(&mut self, other: Self) {
        self.registered += other.registered;
        self.preset += other.preset;
        self.notified += other.notified;
        self.issued += other.issued;
        self.ended += other.ended;
    }
}

/// Counts a span of days in Japan for the monthly report.
pub fn month(tx: &ReadTx<'_>, from: Day, to: Day) -> Result<Month, Fault> {
    store::month(tx, from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_what_was_counted_is_a_value_that_came() {
        let values = BTreeMap::from([(0, 1), (2, 3), (9, 6)]);
        assert_eq!(Spread::of(&values), Spread { count: 10, median: 9, ninth: 9 });
        let even = BTreeMap::from([(1, 5), (8, 5)]);
        assert_eq!(Spread::of(&even), Spread { count: 10, median: 1, ninth: 8 });
        assert_eq!(Spread::of(&BTreeMap::new()), Spread::default());
    }

    #[test]
    fn rates_are_of_those_that_ended_and_rounded() {
        let figures = Figures { booked: 10, open: 4, completed: 4, no_show: 2, ..Figures::default() };
        assert_eq!((figures.no_show_rate(), figures.completed_rate()), (Some(333), Some(667)));
        assert_eq!(Figures::default().no_show_rate(), None);
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(month_before(day("2026-03-31"), 0), day("2026-03-01"));
        assert_eq!(month_before(day("2026-03-31"), 1), day("2026-02-01"));
        assert_eq!(month_before(day("2026-01-01"), 2), day("2025-11-01"));
        assert_eq!(month_before(day("2026-05-31"), 11), day("2025-06-01"));
    }
}
