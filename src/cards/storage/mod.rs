//! Where cards lie: storage places with their shelves and boxes, every move, what is on its way, who put it there.
//!
//! **Invariant:** a card is in exactly one place: at a spot of a storage place, on its way, or out of the house. The card's
//! own row says which; `at_place` (schema) is derived from it, so no second record can contradict it.
//! **Invariant:** every change of place is one event in the card's history, with where it was and where it is.
//! **Invariant:** a place or box that holds or held cards is retired, never deleted.
//!
//! Spec: 7(2)③.

mod assign;
mod away;
mod edit;
mod moves;
mod scan;
mod store;

use std::fmt;

use serde::Serialize;

use super::{Card, CardStatus};
use crate::base::{BoxId, LocationId, Moment, StaffId, StorageId, notice};
use crate::db::{Fault, ReadTx};

pub use assign::{
    Assigner, Facts, NewRule, Rule, RuleError, add_rule, as_named, assign, drop_rule, lift_rule, rules,
};
pub use away::{Receiving, Sending, away, put_back, receive, send, set_down, set_off};
pub use edit::{BoxWish, PlaceError, PlaceWish, add_box, add_place, edit_box, edit_place};
pub(super) use moves::place_at;
pub use moves::{MOVE_MAX, MoveAnswer, MoveError, Moved, Moving, move_card, move_cards, undo_move};
pub use scan::{CHOICE_MAX, Scan, Scanned, Several, scan, target_of};
pub(super) use store::away_of;

/// A storage place (保管場所) with its shelves and boxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its row.
    pub id: StorageId,
    /// Short code for lists and files.
    pub code: String,
    /// Name.
    pub name: String,
    /// The location that it stands in.
    pub location: Option<LocationId>,
    /// What a scanner reads from its label, in the compared form.
    pub barcode: String,
    /// Place in the city's order.
    pub position: i64,
    /// Since when it takes no more cards.
    pub retired_at: Option<Moment>,
    /// Counts changes; what a form saw must still be so when it is saved.
    pub version: i64,
    /// Its shelves and boxes in their order, retired ones too.
    pub boxes: Vec<StorageBox>,
}

/// A shelf or box (棚・箱) of a storage place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StorageBox {
    /// Its row.
    pub id: BoxId,
    /// The place that it stands in.
    pub storage: StorageId,
    /// What its label says, such as `B-04`; the card's `shelf` is the same word.
    pub code: String,
    /// What a scanner reads from its label, in the compared form.
    pub barcode: String,
    /// What it is for.
    pub kind: BoxKind,
    /// How many cards go in; `None` = nobody counts.
    pub capacity: Option<u16>,
    /// Place in the order of its storage place, in which imports fill it.
    pub position: i64,
    /// Since when it takes no more cards.
    pub retired_at: Option<Moment>,
    /// Counts changes; what a form saw must still be so when it is saved.
    pub version: i64,
}

/// What a box is for (使い方).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxKind {
    /// Cards that wait for their holder (通常). Imports fill these.
    Normal,
    /// Kept back on request (保留・取置).
    Hold,
    /// Their notice came back (通知書返戻).
    Returned,
    /// Due to be destroyed (廃棄候補).
    Disposal,
}

crate::stored_as_code!(BoxKind);

impl BoxKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Hold, Self::Returned, Self::Disposal];

    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Hold => "hold",
            Self::Returned => "returned",
            Self::Disposal => "disposal",
        }
    }

    /// The kind with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where a card can be put: a box, or a storage place without naming one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A box; the card gets the next free number in it.
    Box(BoxId),
    /// The place as a whole.
    Storage(StorageId),
}

impl Target {
    /// The target of an address or form: `b12` or `s3`.
    pub fn from_code(code: &str) -> Option<Self> {
        let (kind, row) = code.split_at_checked(1)?;
        let row = row.parse().ok()?;
        match kind {
            "b" => Some(Self::Box(BoxId::of(row))),
            "s" => Some(Self::Storage(StorageId::of(row))),
            _ => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Box(id) => write!(f, "b{id}"),
            Self::Storage(id) => write!(f, "s{id}"),
        }
    }
}

/// A spot in a storage place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// Storage place; `None` = not known.
    pub storage: Option<StorageId>,
    /// Shelf or box.
    pub shelf: String,
    /// Number in the box.
    pub position: String,
}

impl Spot {
    /// Where this card lies, or lay last.
    pub fn of(card: &Card) -> Self {
        Self { storage: card.storage, shelf: card.shelf.clone(), position: card.position.clone() }
    }

    /// Shelf and number as the label has them, such as `B-04-103`.
    pub fn label(&self) -> String {
        let parts = [self.shelf.as_str(), self.position.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
    }
}

/// Where a card that left its place is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Heading {
    /// To another location (回送).
    Location(LocationId),
    /// Into somebody's hands (手渡し).
    Person(StaffId),
}

/// A card that left its place and has not arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Away {
    /// Where to.
    pub to: Heading,
    /// Who sent it; `None` = the program or the command line.
    pub by: Option<StaffId>,
    /// Since when.
    pub since: Moment,
}

/// The one answer to "where is this card?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// It lies here.
    AtPlace(Spot),
    /// It has not arrived from the maker; `Spot` is kept for it.
    NotHereYet(Spot),
    /// It is on its way; `Spot` is where it was.
    Away(Away, Spot),
    /// It left the house with this status; `Spot` is where it was.
    Gone(CardStatus, Spot),
    /// Nobody knows; `Spot` is where it should be.
    Missing(Spot),
    /// No place was ever registered.
    NotRegistered,
}

/// Where this card is.
///
/// Spec: 7(2)③.
pub fn where_is(card: &Card) -> Whereabouts {
    let spot = Spot::of(card);
    match (card.status, card.away) {
        (CardStatus::Missing, _) => Whereabouts::Missing(spot),
        (status, _) if status.is_out_of_house() => Whereabouts::Gone(status, spot),
        (_, Some(away)) => Whereabouts::Away(away, spot),
        (_, None) if spot.storage.is_none() => Whereabouts::NotRegistered,
        (CardStatus::Announced, None) => Whereabouts::NotHereYet(spot),
        (_, None) => Whereabouts::AtPlace(spot),
    }
}

/// Every storage place with its boxes, in the city's order; retired ones too.
pub fn places(tx: &ReadTx<'_>) -> Result<Vec<Place>, Fault> {
    let mut places = store::places(tx)?;
    for one in store::boxes(tx)? {
        if let Some(place) = places.iter_mut().find(|place| place.id == one.storage) {
            place.boxes.push(one);
        }
    }
    Ok(places)
}

/// The storage place of this row.
pub fn place(tx: &ReadTx<'_>, id: StorageId) -> Result<Option<Place>, Fault> {
    Ok(places(tx)?.into_iter().find(|place| place.id == id))
}

/// The cards of one shelf, by the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Storage place.
    pub storage: StorageId,
    /// Shelf or box; empty where none is noted.
    pub shelf: String,
    /// Cards that lie there.
    pub cards: u32,
    /// Cards that are kept a spot there and have not arrived.
    pub expected: u32,
}

/// How many cards lie on each shelf that holds any.
pub fn counts(tx: &ReadTx<'_>) -> Result<Vec<Count>, Fault> {
    store::counts(tx)
}

/// The cards that lie at a place, on one shelf or (`None`) on all, in the order in which one walks; at most `most`.
pub fn contents(
    tx: &ReadTx<'_>,
    storage: StorageId,
    shelf: Option<&str>,
    most: usize,
) -> Result<Vec<Card>, Fault> {
    store::contents(tx, storage, shelf, most)
}

/// What a scanner reads from the label of a place that has no barcode of its own.
fn own_barcode(letters: &str, row: i64) -> String {
    format!("{letters}{row:05}")
}

/// Whether a barcode is one that the program gives by itself, and so is nobody's to choose.
fn is_own_barcode(barcode: &str) -> bool {
    ["ST", "BX"].iter().any(|letters| {
        let rest = barcode.strip_prefix(letters);
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The compared form of a scanned or typed label: width, case, spaces and dashes do not matter.
fn compared(typed: &str) -> String {
    notice::normalise(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_comes_back_from_an_address() {
        for target in [Target::Box(BoxId::of(12)), Target::Storage(StorageId::of(3))] {
            assert_eq!(Target::from_code(&target.to_string()), Some(target));
        }
        for wrong in ["", "b", "x1", "b1'", "あ1"] {
            assert_eq!(Target::from_code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_programs_own_barcodes_are_nobodys_to_choose() {
        assert_eq!(own_barcode("BX", 12), "BX00012");
        assert!(is_own_barcode("BX00012") && is_own_barcode("ST3"));
        assert!(!is_own_barcode("BX") && !is_own_barcode("BXA1") && !is_own_barcode("4901234567894"));
    }
}
