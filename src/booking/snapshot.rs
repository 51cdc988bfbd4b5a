//! What is taken at a location, kept in memory as long as it holds: the calendar pages of a rush are drawn from it.
//!
//! **Invariant:** a snapshot is given out only to a view of the file with the same calendar and the same count of changes to
//! seats, and not after `good_until`; the file itself counts the changes, so no operation can forget to.
//! **Invariant:** nothing is sold from a snapshot: the write counts the seats again.
//!
//! Spec: 7(3)⑧.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::availability::{self, Availability, Facts, Party};
use super::procedures::{self, Procedure};
use super::seats::{Except, Taken};
use super::store;
use crate::base::{Day, LocationId, Moment};
use crate::calendar::{self, Audience, Latest, Location, Quota, Rules, Schedules, Window};
use crate::db::{Fault, ReadTx};

/// The snapshots of one city, a location each. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Snapshots(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    schedules: Schedules,
    kept: Mutex<BTreeMap<LocationId, Arc<Snapshot>>>,
    built: AtomicU64,
}

/// One location as one view of the file saw it.
#[derive(Debug)]
pub(super) struct Snapshot {
    version: (i64, i64),
    made: Moment,
    good_until: Moment,
    place: Location,
    rules: Arc<Rules>,
    window: Window,
    quota: Quota,
    procedures: Vec<Procedure>,
    taken: BTreeMap<Day, Vec<Taken>>,
    /// The states of all days, by people, by open days that the cards travel and by procedure, as they were first asked for.
    ready: Mutex<BTreeMap<(u8, u16, u8), Arc<Availability>>>,
}

impl Snapshots {
    /// How often a snapshot had to be built since the start.
    pub fn built(&self) -> u64 {
        self.0.built.load(Ordering::Relaxed)
    }

    /// The snapshot of a location that holds in this view, built anew when none does; `None` for an unknown location.
    pub(super) fn of(&self, tx: &ReadTx<'_>, location: LocationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        let version = (calendar::version(tx, location)?, store::seat_version(tx, location)?);
        if let Some(kept) = self.kept(location, version, tx.now()) {
            return Ok(Some(kept));
        }
        let Some(place) = calendar::location(tx, location)? else { return Ok(None) };
        let rules = self.0.schedules.of(tx, location)?;
        let window = calendar::window(tx, location, Audience::Citizen)?;
        let snapshot = Arc::new(Snapshot::build(tx, version, (place, rules, window))?);
        self.0.built.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("madoguchi_availability_snapshots_total").increment(1);
        self.0.all().insert(location, Arc::clone(&snapshot));
        Ok(Some(snapshot))
    }

    fn kept(&self, location: LocationId, version: (i64, i64), now: Moment) -> Option<Arc<Snapshot>> {
        let all = self.0.all();
        let kept = all.get(&location)?;
        let holds = kept.version == version && kept.made <= now && now < kept.good_until;
        holds.then(|| Arc::clone(kept))
    }
}

impl Inner {
    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<LocationId, Arc<Snapshot>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshot {
    fn build(
        tx: &ReadTx<'_>,
        version: (i64, i64),
        (place, rules, window): (Location, Arc<Rules>, Window),
    ) -> Result<Self, Fault> {
        let (now, today) = (tx.now(), tx.today());
        let last = match window.latest {
            Latest::Days(days) => today.plus(i32::from(days)),
            Latest::Date(day) => day,
        };
        let mut taken: BTreeMap<Day, Vec<Taken>> = BTreeMap::new();
        let quota = calendar::quota(tx, place.id)?;
        let mut good_until = window.next_turn(now);
        good_until = quota.next_turn(now).map_or(good_until, |turn| good_until.min(turn));
        for one in store::taken(tx, place.id, today, last, Except::default())? {
            good_until = one.until.map_or(good_until, |until| good_until.min(until));
            taken.entry(one.day).or_default().push(one);
        }
        let begins = rules.slots(today).into_iter().map(|slot| slot.begins_at());
        let next = begins.filter(|begins| now < *begins).min();
        good_until = next.map_or(good_until, |next| good_until.min(next));
        let procedures = procedures::open_procedures(tx)?;
        let ready = Mutex::default();
        Ok(Self { version, made: now, good_until, place, rules, window, quota, procedures, taken, ready })
    }

    /// The same where these seats are in use as well.
    pub(super) fn offer_beside(&self, now: Moment, party: &Party, further: &[Taken]) -> Availability {
        let facts = Facts {
            place: &self.place,
            rules: &self.rules,
            window: &self.window,
            quota: &self.quota,
            procedures: &self.procedures,
        };
        let mut taken = self.taken.clone();
        for one in further {
            taken.entry(one.day).or_default().push(*one);
        }
        availability::days(now, &facts, party, &taken)
    }

    /// The states of all days for a party. Those with seats of their own are counted for them alone.
    pub(super) fn offer(&self, now: Moment, party: &Party) -> Arc<Availability> {
        let facts = Facts {
            place: &self.place,
            rules: &self.rules,
            window: &self.window,
            quota: &self.quota,
            procedures: &self.procedures,
        };
        let own = self.taken.values().flatten().any(|one| party.except.leaves_out(one));
        if own {
            return Arc::new(availability::days(now, &facts, party, &self.taken));
        }
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let states = ready
            .entry((party.people, party.travel, party.procedure))
            .or_insert_with(|| Arc::new(availability::days(now, &facts, party, &self.taken)));
        Arc::clone(states)
    }
}
