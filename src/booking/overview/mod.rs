//! What staff look at over many places and days: how full each is, and lists of bookings.
//!
//! **Invariant:** a month over every place costs the same few statements, however many places and bookings there are.
//! **Invariant:** what counts as taken here is what [`super::seats`] counts when a seat is taken: bookings, and holds that last.

mod offers;
mod store;

use std::collections::BTreeMap;

use super::seats::Taken;
use super::store as bookings;
use super::{BoardRow, BookingStatus, Channel, Procedure, Who, board, person};
use crate::base::{BookingId, CardId, Day, LocationId};
use crate::calendar::{self, ClosedBecause, DayPlan, Location, Rules, Slot, SpecialDay};
use crate::db::{Fault, ReadTx};

pub use offers::{DayOffer, StaffAsk, Start, offers};

/// How full a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotCount {
    /// The slot.
    pub slot: Slot,
    /// Seats that bookings take of it.
    pub booked: u32,
    /// Seats that citizens hold while they read the precautions.
    pub held: u32,
    /// Free seats that are kept back for another channel than the one that asks; 0 where nobody in particular asks.
    pub kept: u32,
}

impl SlotCount {
    /// Seats that are not free.
    pub fn taken(&self) -> u32 {
        self.booked + self.held
    }

    /// Seats that can still be taken.
    pub fn free(&self) -> u32 {
        u32::from(self.slot.capacity).saturating_sub(self.taken() + self.kept)
    }

    /// Seats above capacity.
    pub fn over(&self) -> u32 {
        self.taken().saturating_sub(u32::from(self.slot.capacity))
    }
}

/// How full a day at a place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day.
    pub day: Day,
    /// Why it is closed; `None` when it opens.
    pub closed: Option<ClosedBecause>,
    /// The name of its hours.
    pub pattern: Option<String>,
    /// Why it opens though its plan would not have it so, or with other hours.
    pub special: Option<String>,
    /// Its slots, in order.
    pub slots: Vec<SlotCount>,
    /// Seats of the day's bookings, each once, also of those that lie outside of its slots.
    pub booked: u32,
    /// Seats held, each once.
    pub held: u32,
    /// People who got their card on it.
    pub issued: u32,
}

impl DayCount {
    /// Seats of all slots.
    pub fn capacity(&self) -> u32 {
        self.slots.iter().map(|one| u32::from(one.slot.capacity)).sum()
    }

    /// Seats that are not free.
    pub fn taken(&self) -> u32 {
        self.booked + self.held
    }

    /// Seats that can still be taken, over all slots.
    pub fn free(&self) -> u32 {
        self.slots.iter().map(SlotCount::free).sum()
    }

    /// Seats above capacity, over all slots.
    pub fn over(&self) -> u32 {
        self.slots.iter().map(SlotCount::over).sum()
    }
}

/// How full a place is, day by day.
#[derive(Clone, Debug)]
pub struct PlaceCount {
    /// The place.
    pub location: Location,
    /// Its days, in order and without a gap.
    pub days: Vec<DayCount>,
}

/// How full each of these places is on each day from `from` to `to`.
///
/// Spec: 7(2)④.
pub fn count_days(
    tx: &ReadTx<'_>,
    places: &[Location],
    from: Day,
    to: Day,
) -> Result<Vec<PlaceCount>, Fault> {
    let ids: Vec<LocationId> = places.iter().map(|place| place.id).collect();
    let mut rules = calendar::rules_of(tx, &ids, from, to)?;
    let mut taken = by_place_and_day(store::taken_everywhere(tx, from, to)?);
    let issued = store::issued(tx, from, to)?;
    let counts = places.iter().filter_map(|place| {
        let rules = rules.remove(&place.id)?;
        let mut days = Vec::new();
        let mut day = from;
        while day <= to {
            let taken = taken.remove(&(place.id, day)).unwrap_or_default();
            let issued = issued.get(&(place.id, day)).copied().unwrap_or_default();
            let mut counted = count_day(place, &rules, day, &taken);
            counted.issued = issued;
            days.push(counted);
            day = day.plus(1);
        }
        Some(PlaceCount { location: place.clone(), days })
    });
    Ok(counts.collect())
}

type ByPlaceAndDay = BTreeMap<(LocationId, Day), Vec<Taken>>;

fn by_place_and_day(taken: Vec<(LocationId, Taken)>) -> ByPlaceAndDay {
    let mut days = ByPlaceAndDay::new();
    for (place, one) in taken {
        days.entry((place, one.day)).or_default().push(one);
    }
    days
}

/// The seats that all procedures share; those of one procedure alone are counted where that one is booked.
fn count_day(place: &Location, rules: &Rules, day: Day, taken: &[Taken]) -> DayCount {
    let plan = if place.is_in_use(day) { rules.plan(day) } else { DayPlan::Closed(ClosedBecause::Weekday) };
    let (closed, pattern) = match plan {
        DayPlan::Closed(why) => (Some(why), None),
        DayPlan::Open { pattern, .. } => (None, Some(pattern.name.clone())),
    };
    let slots = if closed.is_none() { rules.slots(day) } else { Vec::new() };
    let special = match rules.special(day) {
        Some(SpecialDay::Open { reason, .. }) => Some(reason.clone()),
        _ => None,
    };
    let seats = |held: bool| {
        let shared = taken.iter().filter(|one| one.pool == 0 && one.until.is_some() == held);
        shared.map(|one| u32::from(one.seats)).sum()
    };
    DayCount {
        day,
        special: special.filter(|_| closed.is_none()),
        closed,
        pattern,
        slots: slots.into_iter().map(|slot| count_slot(slot, taken, 0)).collect(),
        booked: seats(false),
        held: seats(true),
        issued: 0,
    }
}

fn count_slot(slot: Slot, taken: &[Taken], pool: u8) -> SlotCount {
    let seats = |held: bool| {
        let of_slot = taken.iter().filter(|one| one.pool == pool && one.overlaps(slot.starts, slot.ends));
        of_slot.filter(|one| one.until.is_some() == held).map(|one| u32::from(one.seats)).sum()
    };
    SlotCount { slot, booked: seats(false), held: seats(true), kept: 0 }
}

/// Bookings on one page of a list.
pub const PAGE: usize = 50;

/// Which bookings are wanted; what is `None` does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Where; empty = everywhere.
    pub locations: Vec<LocationId>,
    /// In which status.
    pub status: Option<BookingStatus>,
    /// How they came in.
    pub channel: Option<Channel>,
    /// Only those above capacity.
    pub over: bool,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The bookings of the page, by day, time and place.
    pub rows: Vec<BoardRow>,
    /// How many bookings fit in all.
    pub bookings: u32,
    /// How many people those are.
    pub people: u32,
}

/// The bookings that fit, page by page; the first page is 0.
///
/// Spec: 7(2)④ ⑧.
pub fn list(tx: &ReadTx<'_>, wanted: &Wanted, page: usize) -> Result<Listed, Fault> {
    let (bookings, people) = store::totals(tx, wanted)?;
    let rows = list_slice(tx, wanted, page * PAGE, PAGE)?;
    Ok(Listed { rows, bookings, people })
}

/// The bookings that fit from number `skip` on, at most so many: for lists that are read in slices.
///
/// Spec: 7(2)⑨.
pub fn list_slice(
    tx: &ReadTx<'_>,
    wanted: &Wanted,
    skip: usize,
    most: usize,
) -> Result<Vec<BoardRow>, Fault> {
    let found = store::page(tx, wanted, most, skip)?;
    let ids: Vec<BookingId> = found.iter().map(|booking| booking.id).collect();
    board::board_rows(tx, &ids)
}

/// Who of these cards' citizens has a live booking for a procedure, and which.
pub fn standing(
    tx: &ReadTx<'_>,
    procedure: &Procedure,
    cards: &[CardId],
) -> Result<BTreeMap<CardId, BookingId>, Fault> {
    if procedure.is_issuance() {
        return store::live_of_cards(tx, cards);
    }
    let mut found = BTreeMap::new();
    for card in cards {
        let Some(person) = person::of(tx, procedure, Who::Card(*card))? else { continue };
        let live = bookings::live_id_of_person(tx, &person.key, &procedure.code)?;
        found.extend(live.map(|booking| (*card, booking)));
    }
    Ok(found)
}
