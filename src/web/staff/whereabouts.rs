//! "Where is this card?" in words: one line from one function, on every page that shows a card.
//!
//! Spec: 7(2)③.

use std::collections::BTreeMap;

use serde::Serialize;

use super::wording;
use crate::accounts;
use crate::base::{LocationId, Moment, StaffId, StorageId};
use crate::calendar::{self, Location, Storage};
use crate::cards::Card;
use crate::cards::storage::{Away, Heading, Spot, Whereabouts, where_is};
use crate::db::{Fault, ReadTx};

/// The storage places, offices and people of the city, and the office that is looked from.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    here: Option<LocationId>,
    storages: BTreeMap<StorageId, Storage>,
    locations: BTreeMap<LocationId, String>,
    staff: BTreeMap<StaffId, String>,
}

/// Where a card is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Stored {
    /// The whole answer in one line.
    pub(super) text: String,
    /// Shelf and position alone.
    pub(super) shelf: String,
    /// The storage place; empty where it is not known.
    pub(super) storage: String,
    /// Whether it lies at another office.
    pub(super) elsewhere: bool,
    /// One word where it does not lie at its place, such as 回送中; else empty.
    pub(super) word: &'static str,
    /// Whether it cannot be taken from its shelf in this office.
    pub(super) absent: bool,
}

impl Stored {
    /// One that a page shows in its samples; `word` as in [`Stored::word`].
    pub(super) fn sample(word: &'static str) -> Self {
        Self {
            text: "本庁舎 保管庫 B-04-103".to_owned(),
            shelf: "B-04-103".to_owned(),
            storage: "本庁舎 保管庫".to_owned(),
            elsewhere: false,
            word,
            absent: !word.is_empty(),
        }
    }
}

impl Places {
    /// Reads the names; `here` is the office that is looked from, `None` where none is meant.
    pub(super) fn read(tx: &ReadTx<'_>, here: Option<LocationId>) -> Result<Self, Fault> {
        let (storages, locations) = (calendar::storages(tx)?, calendar::all_locations(tx)?);
        Ok(Self { staff: accounts::names(tx)?, ..Self::of_lists(here, storages, locations) })
    }

    /// The same from lists that are known, without the names of people.
    pub(super) fn of_lists(
        here: Option<LocationId>,
        storages: Vec<Storage>,
        locations: Vec<Location>,
    ) -> Self {
        Self {
            here,
            storages: storages.into_iter().map(|storage| (storage.id, storage)).collect(),
            locations: locations.into_iter().map(|place| (place.id, place.name)).collect(),
            staff: BTreeMap::new(),
        }
    }

    /// The name of an office.
    pub(super) fn name(&self, location: LocationId) -> String {
        self.locations.get(&location).cloned().unwrap_or_default()
    }

    /// The name of a storage place; empty where it is not known.
    pub(super) fn storage(&self, storage: Option<StorageId>) -> String {
        storage.and_then(|id| self.storages.get(&id)).map(|one| one.name.clone()).unwrap_or_default()
    }

    /// The name of somebody on the staff.
    pub(super) fn person(&self, staff: StaffId) -> String {
        self.staff.get(&staff).cloned().unwrap_or_else(|| format!("職員{staff}"))
    }

    /// Storage place, shelf and position of a spot, such as `本庁舎 保管庫 B-04-103`.
    pub(super) fn spot(&self, spot: &Spot) -> String {
        format!("{} {}", self.storage(spot.storage), spot.label()).trim().to_owned()
    }

    /// Where this card is.
    pub(super) fn of(&self, card: &Card) -> Stored {
        let absent = |word: &'static str, text: String, spot: &Spot| Stored {
            text,
            shelf: spot.label(),
            storage: self.storage(spot.storage),
            elsewhere: false,
            word,
            absent: true,
        };
        match where_is(card) {
            Whereabouts::AtPlace(spot) => self.at_place(&spot),
            Whereabouts::NotHereYet(spot) => {
                absent("未着", format!("未着（置き場所の予定 {}）", self.spot(&spot)), &spot)
            }
            Whereabouts::Away(away, spot) => {
                let (word, text) = self.way(away);
                absent(word, text, &spot)
            }
            Whereabouts::Gone(status, spot) => {
                let word = wording::card_status(status);
                absent(word, format!("手元にない（{word}）"), &spot)
            }
            Whereabouts::Missing(spot) => {
                absent("所在不明", format!("所在不明（最後の登録 {}）", self.spot(&spot)), &spot)
            }
            Whereabouts::NotRegistered => {
                Stored { text: "保管場所の登録なし".to_owned(), ..Stored::default() }
            }
        }
    }

    fn at_place(&self, spot: &Spot) -> Stored {
        let stands = spot.storage.and_then(|id| self.storages.get(&id)).and_then(|place| place.location);
        let elsewhere = self.here.is_some() && stands.is_some() && stands != self.here;
        let (place, label) = (self.storage(spot.storage), spot.label());
        let text = match (elsewhere || self.here.is_none(), label.is_empty()) {
            (true, _) => self.spot(spot),
            (false, true) => place.clone(),
            (false, false) => label.clone(),
        };
        Stored { text, shelf: label, storage: place, elsewhere, word: "", absent: elsewhere }
    }

    /// `回送中 東支所へ（4/2 16:40から）`.
    fn way(&self, away: Away) -> (&'static str, String) {
        let since = short(away.since);
        match away.to {
            Heading::Location(to) => {
                let from = away.by.map(|by| format!(" {}", self.person(by))).unwrap_or_default();
                ("回送中", format!("回送中 {}へ（{since}{from}が発送）", self.name(to)))
            }
            Heading::Person(to) => ("手渡し中", format!("手渡し中 {}さんへ（{since}から）", self.person(to))),
        }
    }
}

/// `4/2 16:40`.
pub(super) fn short(at: Moment) -> String {
    let (day, minute) = (at.day(), at.minute().get());
    format!("{}/{} {}:{:02}", day.month(), day.day(), minute / 60, minute % 60)
}
