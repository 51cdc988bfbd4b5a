//! Choosing place, day and time, with the numbers of each.

use serde::Serialize;

use crate::base::{Day, LocationId, Minute, Moment};
use crate::booking::{self, Booking, Channel, DayOffer, Procedure, Reach, StaffAsk, Start};
use crate::calendar::{Location, SlotId, Span};
use crate::cards::Card;
use crate::db::{Fault, ReadTx};
use crate::web::staff::calendar::{Fill, PlaceName, closed_words};

/// Days in the strip.
const DAYS: i32 = 14;

/// What is asked of the picker.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// Every place that may be chosen.
    pub(super) places: Vec<Location>,
    /// The chosen one.
    pub(super) place: Location,
    /// The chosen day.
    pub(super) day: Option<Day>,
    /// The chosen slot.
    pub(super) slot: Option<SlotId>,
    /// The first day of the strip.
    pub(super) from: Option<Day>,
    /// The booking that is being moved: its seats do not count against it.
    pub(super) own: Option<Booking>,
    /// Whether capacity may be gone over.
    pub(super) may_over: bool,
    /// How the citizen asks.
    pub(super) channel: Channel,
    /// How many people come.
    pub(super) people: usize,
}

/// Place, day and time to choose.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Picker {
    pub(super) places: Vec<PlaceName>,
    pub(super) place: PlaceName,
    pub(super) address: String,
    pub(super) from: Day,
    pub(super) earlier: Option<Day>,
    pub(super) later: Day,
    pub(super) first: Option<Day>,
    pub(super) last: Option<Day>,
    pub(super) days: Vec<DayChoice>,
    pub(super) day: Option<Day>,
    /// Why the chosen day has no slots.
    pub(super) closed: Option<String>,
    pub(super) slots: Vec<SlotChoice>,
    /// Seats that the party takes.
    pub(super) seats: u32,
    /// Slots in a row that the procedure takes.
    pub(super) slots_each: u8,
    /// Whether the place does not offer the procedure.
    pub(super) not_here: bool,
    pub(super) may_over: bool,
}

/// A day of the strip.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DayChoice {
    pub(super) day: Day,
    pub(super) date: i8,
    pub(super) weekday: u8,
    pub(super) chosen: bool,
    /// Why it cannot be chosen.
    pub(super) out: Option<String>,
    pub(super) fill: Fill,
}

/// A time of the chosen day.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SlotChoice {
    pub(super) id: String,
    pub(super) starts: Minute,
    pub(super) ends: Minute,
    pub(super) chosen: bool,
    /// Whether it may be chosen at all.
    pub(super) usable: bool,
    /// Whether the party fits in.
    pub(super) room: bool,
    /// Why it may not be chosen, where that is not its fill.
    pub(super) out: Option<&'static str>,
    pub(super) fill: Fill,
}

impl Picker {
    /// What can be chosen for a procedure, with the cards that must travel for it; an empty party counts as one person.
    pub(super) fn read(
        tx: &ReadTx<'_>,
        wish: &Wish,
        procedure: &Procedure,
        party: &[Card],
    ) -> Result<(Self, Reach), Fault> {
        let travelling = if procedure.is_issuance() { party } else { &[] };
        let reach = booking::reach(tx, travelling, wish.place.id)?;
        let people = u8::try_from(wish.people.max(1)).unwrap_or(u8::MAX);
        let seats = u32::from(wish.place.seats_for(people));
        let today = tx.today();
        let wanted = wish.day.or(wish.slot.map(|slot| slot.day)).or(reach.span.map(|span| span.first));
        let from = wish.from.unwrap_or_else(|| strip_of(wanted.unwrap_or(today), today)).max(today);
        let from = from.min(reach.span.map_or(from, |span| span.last)).max(today);
        let ask = StaffAsk {
            procedure,
            channel: wish.channel,
            place: &wish.place,
            own: wish.own.as_ref().map(|own| own.id),
        };
        let days = booking::offers(tx, &ask, from, from.plus(DAYS - 1))?;
        let looked =
            Look { now: tx.now(), span: reach.span, travel: travels_until(&reach), seats, wish, ask };
        let day = looked.day(tx, &days)?;
        let choices = days.iter().map(|one| looked.day_choice(one, day.as_ref())).collect();
        let picker = Self {
            places: wish.places.iter().map(|one| PlaceName::of(one, Some(wish.place.id))).collect(),
            place: PlaceName::of(&wish.place, Some(wish.place.id)),
            address: wish.place.address.clone(),
            from,
            earlier: (from > today).then(|| from.minus(DAYS).max(today)),
            later: from.plus(DAYS),
            first: reach.span.map(|span| span.first),
            last: reach.span.map(|span| span.last),
            days: choices,
            day: day.as_ref().map(|one| one.count.day),
            closed: day.as_ref().and_then(|one| one.count.closed.as_ref()).map(closed_words),
            slots: day.iter().flat_map(|one| &one.starts).map(|one| looked.slot_choice(one)).collect(),
            seats,
            slots_each: procedure.slots,
            not_here: !procedure.offered_at(wish.place.id),
            may_over: wish.may_over,
        };
        Ok((picker, reach))
    }
}

/// The first day of the strip that a day lies in: from today on while that reaches it.
fn strip_of(wanted: Day, today: Day) -> Day {
    if wanted.days_from(today) < i64::from(DAYS) { today } else { wanted }
}

/// The first day on which the slowest card is there, if any has to travel.
fn travels_until(reach: &Reach) -> Option<Day> {
    reach.ways.iter().filter(|way| way.days > 0).filter_map(|way| way.from).max()
}

struct Look<'w> {
    now: Moment,
    span: Option<Span>,
    travel: Option<Day>,
    seats: u32,
    wish: &'w Wish,
    ask: StaffAsk<'w>,
}

impl Look<'_> {
    /// The chosen day, or the first one of the strip that has room.
    fn day(&self, tx: &ReadTx<'_>, days: &[DayOffer]) -> Result<Option<DayOffer>, Fault> {
        let chosen = self.wish.day.or(self.wish.slot.map(|slot| slot.day));
        let fits = |one: &&DayOffer| match chosen {
            Some(day) => one.count.day == day,
            None => self.out(one.count.day).is_none() && one.starts.iter().any(|start| self.has_room(start)),
        };
        if let Some(found) = days.iter().find(fits) {
            return Ok(Some(found.clone()));
        }
        let Some(day) = chosen else { return Ok(None) };
        Ok(booking::offers(tx, &self.ask, day, day)?.pop())
    }

    fn day_choice(&self, offer: &DayOffer, chosen: Option<&DayOffer>) -> DayChoice {
        let one = &offer.count;
        let out = self.out(one.day).map(str::to_owned).or_else(|| one.closed.as_ref().map(closed_words));
        DayChoice {
            day: one.day,
            date: one.day.day(),
            weekday: one.day.weekday(),
            chosen: chosen.is_some_and(|day| day.count.day == one.day),
            out,
            fill: Fill::of_day(one),
        }
    }

    fn slot_choice(&self, start: &Start) -> SlotChoice {
        let one = &start.count;
        let out = if one.slot.begins_at() <= self.now { Some("終了") } else { self.out(one.slot.day) };
        let out = out.or_else(|| self.is_own(start).then_some("いまの時間"));
        let room = self.has_room(start);
        SlotChoice {
            id: one.slot.id().to_string(),
            starts: one.slot.starts,
            ends: one.slot.ends,
            chosen: out.is_none() && self.wish.slot == Some(one.slot.id()),
            usable: out.is_none() && (room || self.wish.may_over),
            room,
            out,
            fill: Fill::of_slot(one),
        }
    }

    /// Why nothing can be booked on a day.
    fn out(&self, day: Day) -> Option<&'static str> {
        let Some(span) = self.span else { return Some("期間外") };
        if span.contains(day) {
            return None;
        }
        let on_the_way = day < span.first && self.travel.is_some_and(|from| day < from);
        Some(if on_the_way { "回送中" } else { "期間外" })
    }

    fn is_own(&self, one: &Start) -> bool {
        let slot = &one.count.slot;
        self.wish
            .own
            .as_ref()
            .is_some_and(|own| (own.location, own.day, own.starts) == (slot.location, slot.day, slot.starts))
    }

    fn has_room(&self, one: &Start) -> bool {
        self.seats <= one.left
    }
}

/// The place that was chosen: of the slot, else as named, else the one that they work for.
pub(super) fn place_of(
    places: &[Location],
    slot: Option<SlotId>,
    named: Option<LocationId>,
    here: Option<&Location>,
) -> Option<Location> {
    let of = |id: LocationId| places.iter().find(|one| one.id == id);
    named.and_then(of).or_else(|| slot.and_then(|slot| of(slot.location))).or(here).cloned()
}
