//! Cities on the leader of a pair: what they commit counts once the other node holds it, or must not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Registry;
use crate::base::{Chance, Clock};
use crate::config::Config;
use crate::db::{Acknowledge, Db, DbOptions, Fold, Frames, NotAcknowledged, Upgrades};
use crate::standby::{Board, Changed, Pipe};

/// What the leader of a pair opens its cities with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Partner {
    /// Where commits go.
    pub pipe: Pipe,
    /// Knows which cities are held by the other node.
    pub board: Board,
}

impl Registry {
    /// The cities of a build with these upgrades; on the leader of a pair, what is committed goes to its partner, and counts when
    /// that is said.
    pub fn in_pair(
        config: &Config,
        citizen: &str,
        (clock, chance): (Clock, Chance),
        partner: Option<Partner>,
        upgrades: Upgrades,
    ) -> Self {
        let options = DbOptions { upgrades, ..DbOptions::default() };
        let mut registry = Self::with(config, citizen, clock, chance, options);
        // Nobody else has it yet.
        if let Some(inner) = Arc::get_mut(&mut registry.0) {
            inner.partner = partner;
        }
        registry
    }
}

/// What a city commits on its way to the other node.
pub(super) struct Followed {
    frames: Frames,
    begun: Arc<AtomicBool>,
}

/// Has what a city commits go into the pipe, and count when the pipe says so.
pub(super) fn follow(options: &mut DbOptions, partner: &Partner, code: &str) -> Followed {
    let frames = Frames::after(None);
    options.follow = Some(frames.clone());
    let (picked_up, pipe, code) = (frames.clone(), partner.pipe.clone(), code.to_owned());
    let given = partner.pipe.clone();
    options.fold = Some(Fold::from_fn(move || given.is_given_away()));
    let begun = Arc::new(AtomicBool::new(false));
    let so_far = Arc::clone(&begun);
    options.acknowledge = Acknowledge::from_fn(move |commit_no| {
        if !so_far.load(Ordering::Acquire) {
            // Nothing is written before the city has begun; what is in the file is what the other node is compared with.
            return Ok(());
        }
        let batch = picked_up.take().filter(|batch| batch.lost || !batch.pages.is_empty());
        // What was lost on its way here leaves a commit without pages: nobody can follow on it.
        let changed = batch.map(|batch| {
            let pages = if batch.lost { BTreeMap::new() } else { batch.pages };
            Changed { pages, size: batch.place.pages }
        });
        pipe.commit(&code, commit_no, changed).map_err(|_| NotAcknowledged)
    });
    Followed { frames, begun }
}

/// The file is open: what was committed before is in the file that the other node is compared with.
pub(super) fn begin(partner: Option<&Partner>, followed: Option<&Followed>, code: &str, db: &Db) {
    if let (Some(partner), Some(followed)) = (partner, followed) {
        followed.frames.take();
        partner.pipe.begin(code, db.file_id(), db.acknowledged());
        followed.begun.store(true, Ordering::Release);
    }
}
