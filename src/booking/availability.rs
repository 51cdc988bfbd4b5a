//! What a citizen may choose: the state of each day and slot for a party, never a count.
//!
//! **Invariant:** what this offers is what `hold` takes a moment later with the same facts; what it does not offer is refused.
//!
//! Spec: 7(3)⑧.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::Channel;
use super::check::Guard;
use super::entry::Session;
use super::hold::asked;
use super::procedures::Procedure;
use super::room::{Room, Stretch};
use super::seats::{Except, Taken};
use super::snapshot::Snapshots;
use crate::base::{Day, LocationId, Minute, Moment};
use crate::calendar::{Location, Quota, Rules, Slot, SlotId, Window};
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
    snapshots: &Snapshots,
    session: &Session,
    location: LocationId,
) -> Result<Arc<Availability>, Fault> {
    let probe = SlotId { location, day: tx.today(), starts: Minute::of(0) };
    let asked = asked(tx, session, probe, Guard::On)?;
    let Some(snapshot) = snapshots.of(tx, location)? else { return Ok(Arc::default()) };
    let party = Party {
        people: asked.people,
        travel: asked.travel,
        except: asked.except,
        procedure: asked.procedure.position,
    };
    Ok(snapshot.offer(tx.now(), &party))
}

/// For whom the states are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Party {
    /// How many people.
    pub(super) people: u8,
    /// Open days until the slowest card is there.
    pub(super) travel: u16,
    /// What is their own and does not count against them.
    pub(super) except: Except,
    /// The place of their procedure in the city's order.
    pub(super) procedure: u8,
}

/// The days that a party may choose among, with the seats that are taken on each.
pub(super) fn days(
    now: Moment,
    facts: &Facts<'_>,
    party: &Party,
    taken: &BTreeMap<Day, Vec<Taken>>,
) -> Availability {
    let Some(procedure) = facts.procedures.iter().find(|one| one.position == party.procedure) else {
        return Availability::default();
    };
    let room = Room { procedure, quota: facts.quota, channel: Channel::Web, now };
    let Some(span) = facts.window.span(now, facts.rules, party.travel) else {
        return Availability::default();
    };
    let mut days = Vec::new();
    let mut day = span.first;
    while day <= span.last {
        let theirs = taken.get(&day).map_or(&[][..], Vec::as_slice);
        let taken: Vec<Taken> = theirs.iter().filter(|one| !party.except.leaves_out(one)).copied().collect();
        let offered = facts.place.citizen_visible && facts.place.is_in_use(day);
        let slots = if offered { facts.rules.slots(day) } else { Vec::new() };
        let starts = slots.iter().enumerate().filter(|(_, slot)| now < slot.begins_at());
        let stretches = starts.filter_map(|(at, _)| room.stretch(slots.get(at..)?));
        let whole = stretches.filter_map(|needed| room.measure(needed, &taken, facts.place.few_percent));
        let slots: Vec<SlotState> = whole
            .map(|whole| SlotState { slot: whole.slot, state: state(&whole, facts.place, party.people) })
            .collect();
        days.push(DayState { day, state: best(&slots), holiday: facts.rules.holiday(day).is_some(), slots });
        day = day.plus(1);
    }
    Availability { days }
}

/// The rules of a location that the states follow from.
pub(super) struct Facts<'a> {
    pub(super) place: &'a Location,
    pub(super) rules: &'a Rules,
    pub(super) window: &'a Window,
    pub(super) quota: &'a Quota,
    pub(super) procedures: &'a [Procedure],
}

fn state(whole: &Stretch, place: &Location, people: u8) -> State {
    if whole.left < u32::from(place.seats_for(people)) || whole.left == 0 {
        return State::Full;
    }
    if whole.few { State::Few } else { State::Open }
}

fn best(slots: &[SlotState]) -> State {
    [State::Open, State::Few, State::Full]
        .into_iter()
        .find(|state| slots.iter().any(|one| one.state == *state))
        .unwrap_or(State::Closed)
}
