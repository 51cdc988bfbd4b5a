//! The reminder some days before a booking.

use super::store;
use crate::base::{Day, Minute, Moment};
use crate::booking::{Booking, letters};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::mail::{self, Letter};
use crate::settings::{self, Settings};

/// When the city reminds of a booking.
#[derive(Clone, Copy, Debug)]
struct Rule {
    days: i32,
    at: Minute,
}

impl Rule {
    fn of(settings: &Settings) -> Option<Self> {
        let rule = Self { days: i32::from(settings.reminder_days), at: settings.reminder_at };
        settings.reminder.then_some(rule)
    }

    /// The moment at which a booking of this day is reminded of.
    fn moment(self, day: Day) -> Moment {
        Moment::at(day.plus(-self.days), self.at)
    }

    /// The last day whose moment has come.
    fn last_day(self, now: Moment) -> Day {
        let come = i32::from(now.minute() >= self.at);
        now.day().plus(self.days - 1 + come)
    }
}

/// When the next booking is to be reminded of; `None` when nothing waits or the city reminds nobody.
pub fn next_reminder(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    let Some(rule) = Rule::of(&settings::read(tx)?) else { return Ok(None) };
    Ok(store::first_unreminded(tx, tx.today())?.map(|day| rule.moment(day)))
}

/// Deals with up to `most` bookings whose moment has come, and says with how many. Those that begin already, and those
/// whose citizens were told of the very same since the moment, get no letter.
///
/// Spec: 7(3)⑪.
pub fn queue_reminders(tx: &WriteTx<'_>, most: u32) -> Result<usize, Fault> {
    let Some(rule) = Rule::of(&settings::read(tx)?) else { return Ok(0) };
    let near = store::unreminded(tx, tx.today(), rule.last_day(tx.now()), most)?;
    for booking in &near {
        if is_wanted(tx, rule, booking)? {
            letters::send(tx, booking, Letter::Reminder)?;
        }
        store::set_reminded(tx, booking.id)?;
    }
    Ok(near.len())
}

fn is_wanted(tx: &ReadTx<'_>, rule: Rule, booking: &Booking) -> Result<bool, Fault> {
    let begun = booking.starts_at() <= tx.now();
    Ok(!begun && !mail::told_since(tx, booking.id, rule.moment(booking.day))?)
}
