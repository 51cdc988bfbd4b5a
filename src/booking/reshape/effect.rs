//! Looking at what a plan would do: days before and after, and the bookings on them.
//!
//! All of it is read by readers, also for the write that follows: the writer only looks whether something has moved since.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::{Affected, ChangedDay, Choices, DaySum, Effect, Why, store};
use crate::base::{BookingId, Day, LocationId, Minute, Moment};
use crate::calendar::{self, ClosedBecause, DayPlan, Plan, Prepared, Rules, Slot};
use crate::db::{Fault, ReadTx};

/// How many days ahead are looked at where no booking and no edit lies further.
const HORIZON: i32 = 370;

/// The furthest day that is looked at, in days.
const FURTHEST: i32 = 1100;

/// A booking as far as its seats go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seated {
    pub(super) id: BookingId,
    pub(super) location: LocationId,
    pub(super) day: Day,
    pub(super) starts: Minute,
    pub(super) ends: Minute,
    /// Of the seats that all procedures share; 0 where its procedure has seats of its own.
    pub(super) seats: u8,
    /// Whether its people are still expected.
    pub(super) is_awaited: bool,
    pub(super) is_over: bool,
    pub(super) has_email: bool,
    pub(super) version: i64,
}

impl Seated {
    fn overlaps(&self, slot: &Slot) -> bool {
        slot.overlaps(self.starts, self.ends)
    }
}

/// What a plan would do, from today on. Nothing is written. Whether the plan can be is for `calendar::check` to say.
///
/// Spec: 7(2)④ ⑤.
pub fn effect(tx: &ReadTx<'_>, plan: &Plan) -> Result<Effect, Fault> {
    let bookings = seated(tx, plan)?;
    let sides = Sides::read(tx, plan, &bookings)?;
    let (affected, staying) = affected(tx.now(), &sides, bookings);
    Ok(Effect { days: sides.days(tx.today()), staying, seal: seal(tx, plan, &affected)?, affected })
}

/// A plan with all that its effect follows from, read ahead of the write that applies it. The write then looks only at the days
/// on which a booking moved in between, so that it holds the writer for a moment however many bookings are stranded.
#[derive(Debug)]
pub struct Foreseen {
    pub(super) plan: Plan,
    pub(super) prepared: Prepared,
    pub(super) affected: Vec<Affected>,
    pub(super) seal: String,
    today: Day,
    version: i64,
    sides: Sides,
    marks: Marks,
}

impl Foreseen {
    /// The stranded bookings with what becomes of each, as they are stored.
    pub fn chosen(&self, choices: &Choices) -> Result<Chosen, Fault> {
        let row = |one: &Affected| {
            let choice = choices.of(one).code();
            (one.booking, one.why.code(), choice, one.location, one.day.to_string(), one.starts.get())
        };
        let part = |some: &[Affected]| {
            let rows: Vec<_> = some.iter().map(row).collect();
            let list = serde_json::to_string(&rows).map_err(|error| Fault::Stored(error.to_string()))?;
            Ok((u32::try_from(some.len()).unwrap_or(u32::MAX), list))
        };
        Ok(Chosen { parts: self.affected.chunks(PART).map(part).collect::<Result<_, Fault>>()? })
    }
}

/// Stranded bookings, each with what becomes of it: some hundred in a part, as the database keeps them until each has its row.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub(super) parts: Vec<(u32, String)>,
}

/// Bookings of one part.
const PART: usize = 400;

/// The bookings of a day at a location in short: as long as none came, went or changed, it stays the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) bookings: i64,
    pub(super) ids: i64,
    pub(super) versions: i64,
}

pub(super) type Marks = BTreeMap<(LocationId, Day), Mark>;

/// Foresees what a plan does, for [`super::reshape`].
pub fn foresee(tx: &ReadTx<'_>, plan: &Plan) -> Result<Foreseen, Fault> {
    let bookings = seated(tx, plan)?;
    let sides = Sides::read(tx, plan, &bookings)?;
    let mut marks = Marks::new();
    for one in &bookings {
        let mark = marks.entry((one.location, one.day)).or_default();
        mark.bookings += 1;
        mark.ids += one.id.get();
        mark.versions += one.version;
    }
    let (affected, _) = affected(tx.now(), &sides, bookings);
    Ok(Foreseen {
        seal: seal(tx, plan, &affected)?,
        plan: plan.clone(),
        prepared: calendar::prepare(tx, plan)?,
        affected,
        today: tx.today(),
        version: calendar::version_of_all(tx)?,
        sides,
        marks,
    })
}

/// Whether what was foreseen is still so: the same rules, and the same bookings stranded.
pub(super) fn is_still_so(tx: &ReadTx<'_>, foreseen: &Foreseen) -> Result<bool, Fault> {
    if tx.today() != foreseen.today || calendar::version_of_all(tx)? != foreseen.version {
        return Ok(false);
    }
    let now = marks(tx, &foreseen.plan)?;
    let keys: BTreeSet<_> = now.keys().chain(foreseen.marks.keys()).copied().collect();
    for key in keys.into_iter().filter(|key| now.get(key) != foreseen.marks.get(key)) {
        let (location, day) = key;
        let bookings = store::seated(tx, Some(location), (day, day))?;
        let (found, _) = affected(tx.now(), &foreseen.sides, bookings);
        let known = foreseen.affected.iter().filter(|one| (one.location, one.day) == key);
        if day > foreseen.sides.until || !known.eq(found.iter()) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn marks(tx: &ReadTx<'_>, plan: &Plan) -> Result<Marks, Fault> {
    let mut found = Marks::new();
    for (place, days) in reach(tx, plan) {
        found.extend(store::marks(tx, place, days)?);
    }
    Ok(found)
}

/// Where and on which days a plan can touch bookings at all; no location = all of them.
fn reach(tx: &ReadTx<'_>, plan: &Plan) -> Vec<(Option<LocationId>, (Day, Day))> {
    if !plan.touches_slots() {
        return Vec::new();
    }
    let (from, until) = plan.days().unwrap_or((tx.today(), tx.today().plus(FURTHEST)));
    let days = (from.max(tx.today()), until);
    match plan.places() {
        None => vec![(None, days)],
        Some(places) => places.into_iter().map(|place| (Some(place), days)).collect(),
    }
}

/// The bookings that a plan can touch.
fn seated(tx: &ReadTx<'_>, plan: &Plan) -> Result<Vec<Seated>, Fault> {
    let mut bookings = Vec::new();
    for (place, days) in reach(tx, plan) {
        bookings.extend(store::seated(tx, place, days)?);
    }
    Ok(bookings)
}

/// The schedules of the locations that a plan touches, before and after.
#[derive(Debug)]
struct Sides {
    rules: BTreeMap<LocationId, (Rules, Rules)>,
    until: Day,
}

impl Sides {
    fn read(tx: &ReadTx<'_>, plan: &Plan, bookings: &[Seated]) -> Result<Self, Fault> {
        let today = tx.today();
        let furthest = bookings.iter().map(|one| one.day).max().max(plan.last_day());
        let until = furthest.map_or(today, |day| day.min(today.plus(FURTHEST))).max(today.plus(HORIZON));
        if !plan.touches_slots() {
            return Ok(Self { rules: BTreeMap::new(), until });
        }
        let places = plan.places();
        let touched = |id: &LocationId| places.as_ref().is_none_or(|places| places.contains(id));
        let all = calendar::all_locations(tx)?;
        let ids: Vec<LocationId> =
            all.iter().filter(|one| one.is_in_use(today)).map(|one| one.id).filter(touched).collect();
        let rules = calendar::rules_of(tx, &ids, today, until)?;
        let both = rules.into_iter().map(|(id, before)| {
            let after = before.after(plan);
            (id, (before, after))
        });
        Ok(Self { rules: both.collect(), until })
    }

    fn days(&self, today: Day) -> Vec<ChangedDay> {
        let mut changed = Vec::new();
        for (location, (before, after)) in &self.rules {
            let mut day = today;
            while day <= self.until {
                let (was, will) = (before.slots(day), after.slots(day));
                if was != will {
                    let (before, after) = (sum(before, day, &was), sum(after, day, &will));
                    changed.push(ChangedDay { location: *location, day, before, after });
                }
                day = day.plus(1);
            }
        }
        changed
    }
}

fn sum(rules: &Rules, day: Day, slots: &[Slot]) -> DaySum {
    let closed: Option<ClosedBecause> = match rules.plan(day) {
        DayPlan::Closed(why) => Some(why),
        DayPlan::Open { .. } => None,
    };
    let starts = slots.iter().map(|slot| slot.starts).min();
    let ends = slots.iter().map(|slot| slot.ends).max();
    DaySum {
        slots: u32::try_from(slots.len()).unwrap_or(u32::MAX),
        seats: slots.iter().map(|slot| u32::from(slot.capacity)).sum(),
        span: starts.zip(ends),
        closed,
    }
}

fn affected(now: Moment, sides: &Sides, bookings: Vec<Seated>) -> (Vec<Affected>, u32) {
    let mut days: BTreeMap<(LocationId, Day), Vec<Seated>> = BTreeMap::new();
    for one in bookings {
        days.entry((one.location, one.day)).or_default().push(one);
    }
    let (mut found, mut staying) = (Vec::new(), 0);
    for ((location, day), theirs) in days {
        let Some((before, after)) = sides.rules.get(&location) else { continue };
        let (was, will) = (before.slots(day), after.slots(day));
        if was == will {
            continue;
        }
        let here = of_day(now, &was, &will, &theirs);
        staying += u32::try_from(theirs.len() - here.len()).unwrap_or(u32::MAX);
        found.extend(here);
    }
    (found, staying)
}

/// The bookings of one day that a change from these slots to those would strand, as they were not before.
fn of_day(now: Moment, was: &[Slot], will: &[Slot], bookings: &[Seated]) -> Vec<Affected> {
    let to_come: Vec<&Seated> =
        bookings.iter().filter(|one| one.is_awaited && now < Moment::at(one.day, one.starts)).collect();
    let lost = |one: &&&Seated| covers(was, one) && !covers(will, one);
    let outside: BTreeSet<BookingId> = to_come.iter().filter(lost).map(|one| one.id).collect();
    let mut over = BTreeSet::new();
    for slot in will {
        let more = excess(slot, bookings).saturating_sub(excess_before(was, slot, bookings));
        let mut freed = 0;
        let mut those: Vec<&&Seated> = to_come
            .iter()
            .filter(|one| one.seats > 0 && one.overlaps(slot) && !outside.contains(&one.id))
            .collect();
        // The newest bookings are the ones too many; those that were over before are so already.
        those.sort_by_key(|one| (one.is_over, std::cmp::Reverse(one.id)));
        for one in those {
            if freed >= more {
                break;
            }
            freed += u32::from(one.seats);
            over.insert(one.id);
        }
    }
    let why = |one: &Seated| {
        if outside.contains(&one.id) {
            Some(Why::Outside)
        } else {
            over.contains(&one.id).then_some(Why::Over)
        }
    };
    to_come.into_iter().filter_map(|one| Some(told(one, why(one)?))).collect()
}

fn told(one: &Seated, why: Why) -> Affected {
    Affected {
        booking: one.id,
        version: one.version,
        location: one.location,
        day: one.day,
        starts: one.starts,
        ends: one.ends,
        why,
        has_email: one.has_email,
    }
}

/// Whether every minute of the booking lies in some slot.
fn covers(slots: &[Slot], booking: &Seated) -> bool {
    let reached = slots
        .iter()
        .fold(booking.starts, |at, slot| if slot.starts <= at && at < slot.ends { slot.ends } else { at });
    reached >= booking.ends
}

/// Seats booked in a slot above its capacity.
fn excess(slot: &Slot, bookings: &[Seated]) -> u32 {
    let booked =
        bookings.iter().filter(|one| one.overlaps(slot)).map(|one| u32::from(one.seats)).sum::<u32>();
    booked.saturating_sub(u32::from(slot.capacity))
}

/// The same over the time of a slot as it was cut before.
fn excess_before(was: &[Slot], slot: &Slot, bookings: &[Seated]) -> u32 {
    let same_time = was.iter().filter(|one| one.overlaps(slot.starts, slot.ends));
    same_time.map(|one| excess(one, bookings)).max().unwrap_or(0)
}

fn seal(tx: &ReadTx<'_>, plan: &Plan, affected: &[Affected]) -> Result<String, Fault> {
    let plan = serde_json::to_string(plan).map_err(|error| Fault::Stored(format!("plan: {error}")))?;
    let mut sum = Sha256::new();
    sum.update(format!("{}\n{plan}\n", calendar::version_of_all(tx)?));
    for one in affected {
        sum.update(format!("{}.{}.{}\n", one.booking, one.version, one.why.code()));
    }
    Ok(hex::encode(sum.finalize()))
}
