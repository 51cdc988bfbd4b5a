//! What a citizen may choose: the state of each day and slot for a party, never a count.
//!
//! **Invariant:** what this offers is what `hold` takes a moment later with the same facts; what it does not offer is refused.
//!
//! Spec: 7(3)⑧.

use std::collections::BTreeMap;

use serde::Serialize;

use super::check::Guard;
use super::entry::Session;
use super::hold::asked;
use super::seats::Taken;
use super::store;
use crate::base::{Day, LocationId, Minute};
use crate::calendar::{self, Audience, Location, Schedules, Slot, SlotId};
use crate::db::{Fault, ReadTx};

/// The state of a day or slot for a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// ○
    Open,
    /// △
    Few,
    /// ×
    Full,
    /// －
    Closed,
}

/// A slot for a party.
#[derive(Clone, Copy, Debug)]
pub struct SlotState {
    /// The slot.
    pub slot: Slot,
    /// Its state.
    pub state: State,
}

/// A day for a party.
#[derive(Clone, Debug)]
pub struct DayState {
    /// The day.
    pub day: Day,
    /// The best of its slots.
    pub state: State,
    /// Whether it is a public holiday.
    pub holiday: bool,
    /// Its slots; none where nothing can be booked that day.
    pub slots: Vec<SlotState>,
}

/// Every day of the window.
#[derive(Clone, Debug, Default)]
pub struct Availability {
    /// In order, without gaps.
    pub days: Vec<DayState>,
}

impl Availability {
    /// The day, if it lies in the window.
    pub fn of(&self, day: Day) -> Option<&DayState> {
        let first = self.first()?;
        usize::try_from(day.days_from(first)).ok().and_then(|at| self.days.get(at))
    }

    /// The first day of the window.
    pub fn first(&self) -> Option<Day> {
        self.days.first().map(|one| one.day)
    }

    /// The last day of the window.
    pub fn last(&self) -> Option<Day> {
        self.days.last().map(|one| one.day)
    }
}

/// What the session's party may choose at a location.
pub fn for_session(
    tx: &ReadTx<'_>,
    schedules: &Schedules,
    session: &Session,
    location: LocationId,
) -> Result<Availability, Fault> {
    let probe = SlotId { location, day: tx.today(), starts: Minute::of(0) };
    let asked = asked(tx, session, probe, Guard::On)?;
    let Some(place) = calendar::location(tx, location)? else { return Ok(Availability::default()) };
    let rules = schedules.of(tx, location)?;
    let window = calendar::window(tx, location, Audience::Citizen)?;
    let Some(span) = window.span(tx.now(), &rules, asked.travel) else { return Ok(Availability::default()) };
    let taken = by_day(store::taken(tx, location, span.first, span.last, asked.except)?);
    let mut days = Vec::new();
    let mut day = span.first;
    while day <= span.last {
        let none = Vec::new();
        let taken = taken.get(&day).unwrap_or(&none);
        let slots = if place.citizen_visible && place.is_in_use(day) { rules.slots(day) } else { Vec::new() };
        let begun = |slot: &Slot| slot.begins_at() <= tx.now();
        let states = slots.into_iter().filter(|slot| slot.citizen_open && !begun(slot));
        let slots: Vec<SlotState> =
            states.map(|slot| SlotState { slot, state: state(&slot, taken, &place, asked.people) }).collect();
        days.push(DayState { day, state: best(&slots), holiday: rules.holiday(day).is_some(), slots });
        day = day.plus(1);
    }
    Ok(Availability { days })
}

fn by_day(taken: Vec<Taken>) -> BTreeMap<Day, Vec<Taken>> {
    let mut days: BTreeMap<Day, Vec<Taken>> = BTreeMap::new();
    for one in taken {
        days.entry(one.day).or_default().push(one);
    }
    days
}

fn state(slot: &Slot, taken: &[Taken], place: &Location, people: u8) -> State {
    let overlapping = taken.iter().filter(|one| one.overlaps(slot.starts, slot.ends));
    let left = u32::from(slot.capacity).saturating_sub(overlapping.map(|one| u32::from(one.seats)).sum());
    if left < u32::from(place.seats_for(people)) || left == 0 {
        return State::Full;
    }
    let few = left * 100 <= u32::from(slot.capacity) * u32::from(place.few_percent);
    if few { State::Few } else { State::Open }
}

fn best(slots: &[SlotState]) -> State {
    [State::Open, State::Few, State::Full]
        .into_iter()
        .find(|state| slots.iter().any(|one| one.state == *state))
        .unwrap_or(State::Closed)
}
