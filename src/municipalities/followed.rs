//! Cities on the leader of a pair: what they commit counts once the other node holds it, or must not.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Registry;
use crate::base::{Chance, Clock};
use crate::config::Config;
use crate::db::{Acknowledge, DbOptions, Frames, NotAcknowledged};
use crate::standby::{Changed, Pipe};

impl Registry {
    /// The cities on the leader of a pair: what is committed goes into the pipe, and counts when the pipe says so.
    pub fn in_pair(config: &Config, citizen: &str, clock: Clock, chance: Chance, pipe: Option<Pipe>) -> Self {
        let mut registry = Self::new(config, citizen, clock, chance);
        // Nobody else has it yet.
        if let Some(inner) = Arc::get_mut(&mut registry.0) {
            inner.pipe = pipe;
        }
        registry
    }
}

/// Has what a city commits go into the pipe, and count when the pipe says so.
pub(super) fn follow(options: &mut DbOptions, pipe: &Pipe, code: &str) -> Frames {
    let frames = Frames::after(None);
    options.follow = Some(frames.clone());
    let (picked_up, pipe, code) = (frames.clone(), pipe.clone(), code.to_owned());
    options.acknowledge = Acknowledge::from_fn(move |commit_no| {
        let batch = picked_up.take().filter(|batch| batch.lost || !batch.pages.is_empty());
        // What was lost on its way here leaves a commit without pages: nobody can follow on it.
        let changed = batch.map(|batch| {
            let pages = if batch.lost { BTreeMap::new() } else { batch.pages };
            Changed { pages, size: batch.place.pages }
        });
        pipe.commit(&code, commit_no, changed).map_err(|_| NotAcknowledged)
    });
    frames
}

/// The file is open: what was committed before is in the file that the other node is compared with.
pub(super) fn begin(pipe: Option<&Pipe>, frames: Option<&Frames>, code: &str) {
    if let (Some(pipe), Some(frames)) = (pipe, frames) {
        frames.take();
        pipe.forget(code);
    }
}
