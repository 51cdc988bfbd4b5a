//! Where cards lie, in words, as seen from one office.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{LocationId, StorageId};
use crate::calendar::{Location, Storage};
use crate::cards::Card;

/// The storage places and offices of the city, and the office that is looked from.
#[derive(Clone, Debug)]
pub(super) struct Places {
    here: LocationId,
    storages: BTreeMap<StorageId, Storage>,
    locations: BTreeMap<LocationId, String>,
}

/// Where a card lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Stored {
    /// Shelf and position, with the storage place before it where that is another office's.
    pub(super) text: String,
    /// Shelf and position alone.
    pub(super) shelf: String,
    /// The storage place; empty where it is not known.
    pub(super) storage: String,
    /// Whether it lies at another office.
    pub(super) elsewhere: bool,
}

impl Places {
    pub(super) fn new(here: LocationId, storages: Vec<Storage>, locations: Vec<Location>) -> Self {
        Self {
            here,
            storages: storages.into_iter().map(|storage| (storage.id, storage)).collect(),
            locations: locations.into_iter().map(|place| (place.id, place.name)).collect(),
        }
    }

    /// The name of an office.
    pub(super) fn name(&self, location: LocationId) -> String {
        self.locations.get(&location).cloned().unwrap_or_default()
    }

    /// Where this card lies.
    pub(super) fn of(&self, card: &Card) -> Stored {
        let parts = [card.shelf.as_str(), card.position.as_str()];
        let spot = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
        let kept = card.storage.and_then(|id| self.storages.get(&id));
        let elsewhere = kept.and_then(|place| place.location).is_some_and(|office| office != self.here);
        let name = kept.map(|place| place.name.clone()).unwrap_or_default();
        let text = match (elsewhere, spot.is_empty()) {
            (true, _) => format!("{name} {spot}").trim().to_owned(),
            (false, true) => name.clone(),
            (false, false) => spot.clone(),
        };
        Stored { text, shelf: spot, storage: name, elsewhere }
    }
}
