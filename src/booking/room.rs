//! Whether a party finds room in consecutive slots: one pure rule for what is offered and for what is taken.
//!
//! **Invariant:** the calendar that citizens see and the transaction that takes seats both ask here, so neither knows a rule that
//! the other does not.

use super::procedures::{self, Procedure};
use super::seats::Taken;
use super::types::Channel;
use crate::base::{Minute, Moment};
use crate::calendar::{self, Audience, KeptFor, Quota, Slot};
use crate::db::{Fault, ReadTx};

/// Who asks, for what, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room<'a> {
    pub(super) procedure: &'a Procedure,
    pub(super) quota: &'a Quota,
    pub(super) channel: Channel,
    pub(super) now: Moment,
}

/// Slots in a row as one stretch of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// From the first slot's start to the last one's end, with the seats of the fullest one.
    pub(super) slot: Slot,
    /// Seats that this channel can still take.
    pub(super) left: u32,
    /// Whether a slot of it has so few seats left as the location calls few.
    pub(super) few: bool,
}

impl Room<'_> {
    /// For whom the window and the switch of a slot hold.
    pub(super) fn audience(&self) -> Audience {
        audience(self.channel)
    }

    /// The slots that the procedure takes from the first of `slots` on: in a row without a gap, all of them open to whoever asks.
    pub(super) fn stretch<'s>(&self, slots: &'s [Slot]) -> Option<&'s [Slot]> {
        let needed = self.run(slots);
        let open = needed.iter().all(|slot| self.is_open(slot));
        (open && needed.len() == usize::from(self.procedure.slots)).then_some(needed)
    }

    /// The first of `slots` with those that follow it without a gap, as many as the procedure takes.
    pub(super) fn run<'s>(&self, slots: &'s [Slot]) -> &'s [Slot] {
        let most = usize::from(self.procedure.slots);
        let gap = slots.windows(2).position(|pair| !matches!(pair, [one, next] if one.ends == next.starts));
        let joined = gap.map_or(slots.len(), |at| at + 1);
        slots.get(..joined.min(most)).unwrap_or_default()
    }

    /// Whether the slot is offered to whoever asks, seats or not.
    pub(super) fn is_open(&self, slot: &Slot) -> bool {
        self.procedure.offered_at(slot.location)
            && (self.audience() == Audience::Staff
                || (slot.citizen_open && self.quota.offers(slot.day, self.now)))
    }

    /// How the stretch stands, with these seats taken of its day.
    pub(super) fn measure(&self, needed: &[Slot], taken: &[Taken], few_percent: u8) -> Option<Stretch> {
        let (first, last) = (needed.first()?, needed.last()?);
        let mut whole = Stretch {
            slot: Slot { ends: last.ends, ..self.procedure.seen(*first) },
            left: u32::MAX,
            few: false,
        };
        for slot in needed {
            let slot = self.procedure.seen(*slot);
            let left = self.left(&slot, taken);
            whole.few |= left * 100 <= u32::from(slot.capacity) * u32::from(few_percent);
            whole.left = whole.left.min(left);
            whole.slot.capacity = whole.slot.capacity.min(slot.capacity);
        }
        Some(whole)
    }

    /// Seats of one slot that this channel can still take. `slot` is as the procedure sees it.
    fn left(&self, slot: &Slot, taken: &[Taken]) -> u32 {
        let pool = self.procedure.pool();
        let ours = taken.iter().filter(|one| one.pool == pool && one.overlaps(slot.starts, slot.ends));
        let used: u32 = ours.map(|one| u32::from(one.seats)).sum();
        u32::from(slot.capacity).saturating_sub(used + self.kept_back(slot, taken))
    }

    /// Seats of one slot that are kept back for another channel than this one, as far as that one has not used them.
    pub(super) fn kept_back(&self, slot: &Slot, taken: &[Taken]) -> u32 {
        if self.procedure.pool() != 0 || self.quota.reserves.is_empty() {
            return 0;
        }
        let kept = self.quota.kept(slot.day, self.now).filter(|one| !draws_on(self.channel, one.channel));
        kept.map(|one| {
            let drawn = taken.iter().filter(|taken| {
                taken.pool == 0
                    && taken.overlaps(slot.starts, slot.ends)
                    && taken.channel.is_some_and(|channel| draws_on(channel, one.channel))
            });
            let drawn: u32 = drawn.map(|taken| u32::from(taken.seats)).sum();
            u32::from(one.seats).saturating_sub(drawn)
        })
        .sum()
    }
}

/// When the last slot ends that a procedure would take from this one on; `None` when there are not as many in a row.
pub fn stretch_end(tx: &ReadTx<'_>, procedure: &str, first: &Slot) -> Result<Option<Minute>, Fault> {
    let Some(procedure) = procedures::procedure(tx, procedure)? else { return Ok(None) };
    let slots = calendar::rules(tx, first.location, first.day, first.day)?.slots(first.day);
    let at = slots.iter().position(|slot| slot.starts == first.starts);
    let quota = Quota::default();
    let room = Room { procedure: &procedure, quota: &quota, channel: Channel::Counter, now: tx.now() };
    let run = at.map(|at| room.run(slots.get(at..).unwrap_or_default())).unwrap_or_default();
    Ok(run.last().filter(|_| run.len() == usize::from(procedure.slots)).map(|last| last.ends))
}

/// For whom the window of a channel is.
pub(super) fn audience(channel: Channel) -> Audience {
    match channel {
        Channel::Web => Audience::Citizen,
        Channel::Counter | Channel::Telephone | Channel::WalkIn | Channel::Migrated => Audience::Staff,
    }
}

/// Whether a booking of this channel uses the seats kept back for `kept`.
fn draws_on(channel: Channel, kept: KeptFor) -> bool {
    match kept {
        KeptFor::Telephone => channel == Channel::Telephone,
        KeptFor::WalkIn => matches!(channel, Channel::Counter | Channel::WalkIn),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::{Day, LocationId, Minute};
    use crate::booking::CheckBy;
    use crate::calendar::Reserve;

    fn day() -> Day {
        Day::new(2026, 4, 13).unwrap()
    }

    fn slots() -> Vec<Slot> {
        let slot = |starts: u16| Slot {
            location: LocationId::of(1),
            day: day(),
            starts: Minute::of(starts),
            ends: Minute::of(starts + 30),
            capacity: 4,
            citizen_open: true,
        };
        [540, 570, 600, 690].map(slot).to_vec()
    }

    fn procedure(slots: u8, own: Option<u16>) -> Procedure {
        Procedure {
            code: "renewal".to_owned(),
            name: String::new(),
            position: 2,
            open: true,
            slots,
            own_capacity: own,
            check: CheckBy::Person,
            version: 1,
            absent: BTreeSet::new(),
        }
    }

    fn taken(starts: u16, seats: u8, pool: u8, channel: Channel) -> Taken {
        Taken {
            day: day(),
            starts: Minute::of(starts),
            ends: Minute::of(starts + 30),
            seats,
            until: None,
            held_by: None,
            booking: None,
            pool,
            channel: Some(channel),
        }
    }

    fn left(procedure: &Procedure, quota: &Quota, channel: Channel, taken: &[Taken]) -> Option<u32> {
        let now = Moment::at(day().minus(3), Minute::of(600));
        let room = Room { procedure, quota, channel, now };
        let slots = slots();
        room.measure(room.stretch(&slots)?, taken, 30).map(|one| one.left)
    }

    #[test]
    fn a_long_procedure_needs_every_slot_that_it_touches() {
        let (long, quota) = (procedure(3, None), Quota::default());
        let full = [taken(600, 3, 0, Channel::Web)];
        assert_eq!(left(&long, &quota, Channel::Web, &full), Some(1));
        assert_eq!(left(&procedure(2, None), &quota, Channel::Web, &full), Some(4));
        assert_eq!(left(&procedure(4, None), &quota, Channel::Web, &[]), None, "the lunch break is a gap");
    }

    #[test]
    fn seats_of_its_own_are_nobody_elses() {
        let (own, quota) = (procedure(1, Some(2)), Quota::default());
        let used = [taken(540, 4, 0, Channel::Web), taken(540, 1, 2, Channel::Web)];
        assert_eq!(left(&own, &quota, Channel::Web, &used), Some(1));
        assert_eq!(left(&procedure(1, None), &quota, Channel::Web, &used), Some(0));
    }

    #[test]
    fn a_kept_seat_is_left_for_its_channel_and_counted_once() {
        let reserve =
            Reserve { channel: KeptFor::Telephone, seats: 2, release_days: 1, release_at: Minute::of(1020) };
        let quota = Quota { reserves: vec![reserve], releases: Vec::new() };
        let plain = procedure(1, None);
        assert_eq!(left(&plain, &quota, Channel::Web, &[]), Some(2));
        assert_eq!(left(&plain, &quota, Channel::Counter, &[]), Some(2));
        assert_eq!(left(&plain, &quota, Channel::Telephone, &[]), Some(4));
        let one_call = [taken(540, 1, 0, Channel::Telephone)];
        assert_eq!(left(&plain, &quota, Channel::Web, &one_call), Some(2), "a call uses the kept seat");
        assert_eq!(left(&plain, &quota, Channel::Telephone, &one_call), Some(3));
    }
}
