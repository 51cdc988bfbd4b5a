//! How the shipping of a city to the archive goes, for the status page.

use std::sync::{Arc, Mutex, PoisonError};

use crate::base::Moment;

/// How it goes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Archived(Arc<Mutex<Standing>>);

/// The last word about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Moment of the last commit that was shipped in this process.
    pub shipped: Option<Moment>,
    /// When it last worked.
    pub worked_at: Option<Moment>,
    /// Since when it does not, and why.
    pub failing: Option<(Moment, String)>,
}

impl Archived {
    /// The last word.
    pub fn standing(&self) -> Standing {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A round worked; `shipped` is the moment of the last commit in it, if anything was shipped.
    pub fn succeeded(&self, shipped: Option<Moment>, now: Moment) {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        standing.worked_at = Some(now);
        standing.failing = None;
        standing.shipped = shipped.or(standing.shipped);
    }

    /// A round did not work. Says whether the one before did.
    pub fn failed(&self, why: &str, now: Moment) -> bool {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = standing.failing.is_none();
        let since = standing.failing.as_ref().map_or(now, |(since, _)| *since);
        standing.failing = Some((since, why.to_owned()));
        first
    }
}
