//! How the shipping of a city to the archive goes, for whoever ships and for the status page.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::archive::Shipper;
use crate::base::Moment;
use crate::db::Frames;

/// A city's archive and how it goes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Archived {
    shipper: Shipper,
    frames: Frames,
    standing: Arc<Mutex<Standing>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// The last word about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Moment of the last commit in the archive.
    pub shipped: Option<Moment>,
    /// Since when commits wait; `None` when all are in the archive.
    pub waiting_since: Option<Moment>,
    /// Since when it does not work, and why.
    pub failing: Option<(Moment, String)>,
}

impl Standing {
    /// How long the oldest commit that is not in the archive has waited, in whole seconds.
    pub fn lag(&self, now: Moment) -> u64 {
        self.waiting_since.map_or(0, |since| now.since(since).as_secs())
    }
}

impl Archived {
    pub(super) fn new(shipper: Shipper, frames: Frames, file_id: &str) -> Self {
        let standing = Standing { shipped: shipper.newest(file_id), ..Standing::default() };
        Self { shipper, frames, standing: Arc::new(Mutex::new(standing)), turn: Arc::default() }
    }

    /// The archive of the city.
    pub fn shipper(&self) -> &Shipper {
        &self.shipper
    }

    /// What was committed and waits.
    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    /// The turn to ship; `None` while somebody ships.
    pub fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        Arc::clone(&self.turn).try_lock_owned().ok()
    }

    /// The last word.
    pub fn standing(&self) -> Standing {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        standing.waiting_since = self.frames.backlog().map(|(since, _)| since);
        standing
    }

    /// A round worked; `shipped` is the moment of the last commit in it, if anything was shipped. Says whether the one before
    /// did not.
    pub fn succeeded(&self, shipped: Option<Moment>) -> bool {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.shipped = shipped.or(standing.shipped);
        standing.failing.take().is_some()
    }

    /// A round did not work. Says whether the one before did.
    pub fn failed(&self, why: &str, now: Moment) -> bool {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let first = standing.failing.is_none();
        let since = standing.failing.as_ref().map_or(now, |(since, _)| *since);
        standing.failing = Some((since, why.to_owned()));
        first
    }
}
