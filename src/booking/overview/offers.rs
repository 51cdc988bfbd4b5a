//! What staff may book for a procedure over some days of a place, with the seats of each time.
//!
//! **Invariant:** what is counted here is what the booking counts again when it takes the seats: both ask the same rule.

use std::collections::BTreeMap;

use super::{DayCount, SlotCount, count_day, count_slot};
use crate::base::{BookingId, Day};
use crate::booking::room::Room;
use crate::booking::seats::{Except, Taken};
use crate::booking::{Channel, Procedure, store as bookings};
use crate::calendar::{self, Location, Slot};
use crate::db::{Fault, ReadTx};

/// Who asks for what.
#[derive(Clone, Copy, Debug)]
pub struct StaffAsk<'a> {
    /// The procedure: it says how many slots in a row, and whose seats.
    pub procedure: &'a Procedure,
    /// How the citizen asks: seats may be kept back for this channel or for another one.
    pub channel: Channel,
    /// The place.
    pub place: &'a Location,
    /// The booking that is being moved: its seats do not count against it.
    pub own: Option<BookingId>,
}

/// A day as the procedure sees it.
#[derive(Clone, Debug)]
pub struct DayOffer {
    /// Its slots one by one, with the seats that the procedure uses.
    pub count: DayCount,
    /// The times at which the procedure can begin; none where it is not offered at the place.
    pub starts: Vec<Start>,
}

/// A time at which the procedure can begin.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// From the first slot's start to the last one's end, with the numbers of the fullest slot.
    pub count: SlotCount,
    /// Seats that can still be taken of every slot of it.
    pub left: u32,
}

/// What can be booked at a place on each day from `from` to `to`.
///
/// Spec: 7(2)④, 8(3).
pub fn offers(tx: &ReadTx<'_>, ask: &StaffAsk<'_>, from: Day, to: Day) -> Result<Vec<DayOffer>, Fault> {
    let rules = calendar::rules(tx, ask.place.id, from, to)?;
    let quota = calendar::quota(tx, ask.place.id)?;
    let room = Room { procedure: ask.procedure, quota: &quota, channel: ask.channel, now: tx.now() };
    let mut taken: BTreeMap<Day, Vec<Taken>> = BTreeMap::new();
    for one in bookings::taken(tx, ask.place.id, from, to, Except::default())? {
        taken.entry(one.day).or_default().push(one);
    }
    let mut days = Vec::new();
    let mut day = from;
    while day <= to {
        let taken = taken.remove(&day).unwrap_or_default();
        let count = count_day(ask.place, &rules, day, &taken);
        days.push(of_day(&room, ask, count, &taken));
        day = day.plus(1);
    }
    Ok(days)
}

fn of_day(room: &Room<'_>, ask: &StaffAsk<'_>, mut count: DayCount, taken: &[Taken]) -> DayOffer {
    let slots: Vec<Slot> = count.slots.iter().map(|one| one.slot).collect();
    let pool = ask.procedure.pool();
    count.slots = slots
        .iter()
        .map(|slot| {
            let seen = ask.procedure.seen(*slot);
            SlotCount { kept: room.kept_back(&seen, taken), ..count_slot(seen, taken, pool) }
        })
        .collect();
    let seats = |held: bool| {
        let ours = taken.iter().filter(|one| one.pool == pool && one.until.is_some() == held);
        ours.map(|one| u32::from(one.seats)).sum()
    };
    (count.booked, count.held) = (seats(false), seats(true));
    let except = Except { hold_of: None, booking: ask.own };
    let others: Vec<Taken> = taken.iter().filter(|one| !except.leaves_out(one)).copied().collect();
    let few = ask.place.few_percent;
    let starts = (0..slots.len()).filter_map(|at| {
        let needed = room.stretch(slots.get(at..)?)?;
        let whole = room.measure(needed, &others, few)?;
        let theirs = count.slots.get(at..at + needed.len())?;
        let fullest = theirs.iter().min_by_key(|one| (one.free(), std::cmp::Reverse(one.over())))?;
        Some(Start { count: SlotCount { slot: whole.slot, ..*fullest }, left: whole.left })
    });
    let starts = starts.collect();
    DayOffer { count, starts }
}
