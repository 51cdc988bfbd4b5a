//! The schedules of a city's locations, kept in memory while they hold.
//!
//! **Invariant:** a kept schedule is given out only to a view of the file with the same calendar version and the same day, so a
//! changed rule shows at once. Seats are never kept here: what is taken is counted in each view, and again in the write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::rules::Rules;
use crate::base::{Day, LocationId};
use crate::db::{Fault, ReadTx};

/// How far ahead a schedule is exact, in days: beyond the furthest last day that a window can name.
const REACH: i32 = 800;

/// The schedules of one city. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Schedules(Arc<Mutex<BTreeMap<LocationId, Kept>>>);

#[derive(Debug)]
struct Kept {
    version: i64,
    today: Day,
    rules: Arc<Rules>,
}

impl Schedules {
    /// The schedule of a location from today on, read anew when a rule has changed or the day has.
    pub fn of(&self, tx: &ReadTx<'_>, location: LocationId) -> Result<Arc<Rules>, Fault> {
        let (version, today) = (super::version(tx, location)?, tx.today());
        if let Some(rules) = self.kept(location, version, today) {
            return Ok(rules);
        }
        let rules = Arc::new(super::rules(tx, location, today, today.plus(REACH))?);
        let kept = Kept { version, today, rules: Arc::clone(&rules) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(location, kept);
        Ok(rules)
    }

    fn kept(&self, location: LocationId, version: i64, today: Day) -> Option<Arc<Rules>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = all.get(&location).filter(|kept| kept.version == version && kept.today == today);
        fits.map(|kept| Arc::clone(&kept.rules))
    }
}
