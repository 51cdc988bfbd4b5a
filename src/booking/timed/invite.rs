//! Those who did not come are asked to book again: by the clock, or by staff.

use super::{FollowError, Followed, bounded, is_still_missed, store};
use crate::base::{BookingId, Minute, Moment};
use crate::booking::{Booking, letters, store as rows};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Event, Record};
use crate::once::{self, OnceKey};
use crate::settings::{self, Settings};

/// Bookings that are longer ago are not written to by the clock: a rule that is switched on late surprises nobody.
const OLDEST_DAYS: i32 = 60;

const OPERATION: &str = "booking.invited_again";

/// When the city asks those who did not come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    after_days: i32,
    every_days: i32,
    times: u16,
    at: Minute,
}

impl Rule {
    pub(super) fn of(settings: &Settings) -> Option<Self> {
        let rule = Self {
            after_days: i32::from(settings.no_show_invite_after_days),
            every_days: i32::from(settings.no_show_invite_every_days),
            times: settings.no_show_invite_times,
            at: settings.no_show_invite_at,
        };
        settings.no_show_invite.then_some(rule)
    }

    /// When a booking's next letter is due, after `times` of which the last went at `last`.
    pub(super) fn due(self, booking: &Booking, (times, last): (u16, Option<Moment>)) -> Option<Moment> {
        let since = last.map_or(booking.day, Moment::day);
        let wait = if last.is_none() { self.after_days } else { self.every_days };
        (times < self.times).then(|| Moment::at(since.plus(wait), self.at))
    }
}

/// When the next letter to somebody who did not come is to be queued; `None` when nothing waits or the city sends none.
pub fn next_invitation(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    let Some(rule) = Rule::of(&settings::read(tx)?) else { return Ok(None) };
    let (first, last) = store::first_uninvited(tx, tx.today().plus(-OLDEST_DAYS), rule.times)?;
    let first = first.map(|day| Moment::at(day.plus(rule.after_days), rule.at));
    let again = last.map(|last| Moment::at(last.day().plus(rule.every_days), rule.at));
    Ok(first.into_iter().chain(again).min())
}

/// Deals with up to `most` bookings whose letter is due, and says with how many. Cases that have settled themselves are
/// closed without a letter.
///
/// Spec: 7(2)⑫.
pub fn invite_again(tx: &WriteTx<'_>, most: u32) -> Result<usize, Fault> {
    let Some(rule) = Rule::of(&settings::read(tx)?) else { return Ok(0) };
    // The moment has come for a day when as many days have passed, and the minute of the day.
    let today = tx.today().plus(i32::from(tx.now().minute() >= rule.at) - 1);
    let until = (today.plus(-rule.after_days), today.plus(1 - rule.every_days));
    let due = store::uninvited(tx, tx.today().plus(-OLDEST_DAYS), until, rule.times, most)?;
    for booking in &due {
        if is_still_missed(tx, booking)? {
            invite(tx, booking)?;
        } else {
            store::close(tx, booking.id, Some(Followed::Rebooked))?;
        }
    }
    Ok(due.len())
}

/// The wish of staff to ask some who did not come.
#[derive(Clone, Debug)]
pub struct InviteNow {
    /// Their bookings, [`MANY_MAX`](super::MANY_MAX) at most.
    pub bookings: Vec<BookingId>,
    /// The form's key.
    pub once: OnceKey,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invited {
    /// How many letters were queued.
    pub queued: usize,
    /// How many have no address.
    pub without_address: usize,
    /// How many have booked again, or are no case any more.
    pub settled: usize,
}

/// Queues a letter to each who still has to come and has an address. The same form sent again queues nothing.
///
/// Spec: 7(2)⑫.
pub fn invite_now(tx: &WriteTx<'_>, wish: &InviteNow) -> Result<Invited, FollowError> {
    bounded(&wish.bookings)?;
    if let Some(before) = once::seen(tx, &wish.once)? {
        return Ok(read_back(&before));
    }
    let mut done = Invited::default();
    for id in &wish.bookings {
        let Some(booking) = missed(tx, *id)? else {
            done.settled += 1;
            continue;
        };
        if booking.email.is_none() {
            done.without_address += 1;
            continue;
        }
        invite(tx, &booking)?;
        done.queued += 1;
    }
    let kept = format!("{},{},{}", done.queued, done.without_address, done.settled);
    once::keep(tx, &wish.once, OPERATION, &kept)?;
    Ok(done)
}

fn read_back(kept: &str) -> Invited {
    let mut counts = kept.split(',').map(|count| count.parse().unwrap_or(0));
    let mut next = || counts.next().unwrap_or(0);
    Invited { queued: next(), without_address: next(), settled: next() }
}

fn missed(tx: &ReadTx<'_>, id: BookingId) -> Result<Option<Booking>, Fault> {
    let Some(booking) = rows::get(tx, id)? else { return Ok(None) };
    Ok(is_still_missed(tx, &booking)?.then_some(booking))
}

fn invite(tx: &WriteTx<'_>, booking: &Booking) -> Result<(), Fault> {
    let (times, _) = store::invited(tx, booking.id)?;
    letters::invite_again(tx, booking, times)?;
    store::set_invited(tx, booking.id)?;
    let event = Event { cards: &booking.cards(), ..Event::of(OPERATION, Record::Booking(booking.id)) };
    history::record(tx, &event)?;
    Ok(())
}
