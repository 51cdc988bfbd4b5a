//! Storage places and their boxes are added, changed and retired.

use super::{BoxKind, Place, StorageBox, compared, is_own_barcode, places, store};
use crate::base::{BoxId, LocationId, NoticePattern, StorageId, text};
use crate::db::{Fault, OnUnique, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::settings;

/// The longest name or code, in characters.
const WORD_MAX: usize = 40;

/// What a storage place shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceWish {
    /// Short code.
    pub code: String,
    /// Name.
    pub name: String,
    /// The location that it stands in.
    pub location: Option<LocationId>,
    /// Barcode of a label that is there already; empty = the program's own.
    pub barcode: String,
    /// Place in the city's order.
    pub position: i64,
    /// Whether it takes no more cards.
    pub retired: bool,
}

/// What a box shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxWish {
    /// What its label says.
    pub code: String,
    /// Barcode of a label that is there already; empty = the program's own.
    pub barcode: String,
    /// What it is for.
    pub kind: BoxKind,
    /// How many cards go in.
    pub capacity: Option<u16>,
    /// Place in the order of its storage place.
    pub position: i64,
    /// Whether it takes no more cards.
    pub retired: bool,
}

/// Why a storage place or box stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no such place or box.
    #[error("no such storage place")]
    NotFound,
    /// The code is empty, too long, or holds control characters.
    #[error("the code cannot be stored")]
    BadCode,
    /// The name is empty, too long, or holds control characters.
    #[error("the name cannot be stored")]
    BadName,
    /// Another place, or another box of this place, has this code.
    #[error("the code is taken")]
    CodeTaken,
    /// A box that held cards keeps its code, because the cards name it.
    #[error("a box that held cards keeps its code")]
    CodeInUse,
    /// The barcode is too long, or could be taken for a notice ID or for one of the program's own.
    #[error("the barcode cannot be used")]
    BadBarcode,
    /// Another place or box has this barcode.
    #[error("the barcode is taken")]
    BarcodeTaken,
    /// The capacity is not between 1 and 999.
    #[error("the capacity is not between 1 and 999")]
    BadCapacity,
    /// Cards lie there, so that it cannot be retired.
    #[error("cards lie there")]
    HoldsCards,
    /// Somebody else changed it since the person opened it.
    #[error("it was changed in the meantime")]
    Conflict,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Adds a storage place.
///
/// Spec: 7(2)③.
pub fn add_place(tx: &WriteTx<'_>, wish: &PlaceWish) -> Result<StorageId, PlaceError> {
    check_place(wish)?;
    let barcode = checked_barcode(tx, &wish.barcode, None)?;
    let id = store::insert_place(tx, wish, barcode.as_deref())
        .on_unique("storage.code", || PlaceError::CodeTaken)?;
    history::record(tx, &Event::of("storage.added", Record::Storage(id)))?;
    Ok(id)
}

/// Changes a storage place, or retires it once it is empty.
pub fn edit_place(
    tx: &WriteTx<'_>,
    id: StorageId,
    wish: &PlaceWish,
    expect_version: i64,
) -> Result<(), PlaceError> {
    check_place(wish)?;
    let place = places(tx)?.into_iter().find(|place| place.id == id).ok_or(PlaceError::NotFound)?;
    if place.version != expect_version {
        return Err(PlaceError::Conflict);
    }
    if wish.retired && place.retired_at.is_none() && store::holds(tx, id, None)? {
        return Err(PlaceError::HoldsCards);
    }
    let barcode = checked_barcode(tx, &wish.barcode, Some(&place.barcode))?;
    let retired = wish.retired.then(|| place.retired_at.unwrap_or(tx.now()));
    store::update_place(tx, id, wish, barcode.as_deref(), retired)
        .on_unique("storage.code", || PlaceError::CodeTaken)?;
    let changes = place_changes(&place, wish);
    history::record(tx, &Event { changes, ..Event::of("storage.changed", Record::Storage(id)) })?;
    Ok(())
}

/// Adds a box to a storage place.
pub fn add_box(tx: &WriteTx<'_>, storage: StorageId, wish: &BoxWish) -> Result<BoxId, PlaceError> {
    check_box(wish)?;
    places(tx)?.iter().find(|place| place.id == storage).ok_or(PlaceError::NotFound)?;
    let barcode = checked_barcode(tx, &wish.barcode, None)?;
    let id = store::insert_box(tx, storage, wish, barcode.as_deref())
        .on_unique("storage_box.storage_id", || PlaceError::CodeTaken)?;
    let changes = vec![Change::new("box", None, Some(wish.code.trim().to_owned()))];
    history::record(tx, &Event { changes, ..Event::of("storage.box_added", Record::Storage(storage)) })?;
    Ok(id)
}

/// Changes a box, or retires it once it is empty.
pub fn edit_box(tx: &WriteTx<'_>, id: BoxId, wish: &BoxWish, expect_version: i64) -> Result<(), PlaceError> {
    check_box(wish)?;
    let old = store::one_box(tx, id)?.ok_or(PlaceError::NotFound)?;
    if old.version != expect_version {
        return Err(PlaceError::Conflict);
    }
    if wish.code.trim() != old.code && store::held(tx, old.storage, &old.code)? {
        return Err(PlaceError::CodeInUse);
    }
    if wish.retired && old.retired_at.is_none() && store::holds(tx, old.storage, Some(&old.code))? {
        return Err(PlaceError::HoldsCards);
    }
    let barcode = checked_barcode(tx, &wish.barcode, Some(&old.barcode))?;
    let retired = wish.retired.then(|| old.retired_at.unwrap_or(tx.now()));
    store::update_box(tx, id, wish, barcode.as_deref(), retired)
        .on_unique("storage_box.storage_id", || PlaceError::CodeTaken)?;
    let changes = box_changes(&old, wish);
    history::record(
        tx,
        &Event { changes, ..Event::of("storage.box_changed", Record::Storage(old.storage)) },
    )?;
    Ok(())
}

fn check_place(wish: &PlaceWish) -> Result<(), PlaceError> {
    if !is_word(&wish.code) {
        return Err(PlaceError::BadCode);
    }
    if is_word(&wish.name) { Ok(()) } else { Err(PlaceError::BadName) }
}

fn check_box(wish: &BoxWish) -> Result<(), PlaceError> {
    if !is_word(&wish.code) {
        return Err(PlaceError::BadCode);
    }
    let fits = wish.capacity.is_none_or(|capacity| (1..=999).contains(&capacity));
    if fits { Ok(()) } else { Err(PlaceError::BadCapacity) }
}

fn is_word(word: &str) -> bool {
    let word = word.trim();
    !word.is_empty() && word.chars().count() <= WORD_MAX && !text::has_control(word)
}

/// The barcode to store; `None` = the program's own. `now` is what the place or box has at present.
fn checked_barcode(tx: &WriteTx<'_>, typed: &str, now: Option<&str>) -> Result<Option<String>, PlaceError> {
    let barcode = compared(typed);
    if barcode.is_empty() || (is_own_barcode(&barcode) && now == Some(barcode.as_str())) {
        return Ok(None);
    }
    let pattern = NoticePattern::parse(&settings::read(tx)?.notice_pattern).unwrap_or_default();
    let shaped = barcode.len() <= WORD_MAX && barcode.bytes().all(|byte| byte.is_ascii_graphic());
    if !shaped || is_own_barcode(&barcode) || pattern.matches(&barcode) {
        return Err(PlaceError::BadBarcode);
    }
    let places = places(tx)?;
    let all = places.iter().flat_map(|place| {
        std::iter::once(place.barcode.as_str()).chain(place.boxes.iter().map(|one| one.barcode.as_str()))
    });
    if now != Some(barcode.as_str()) && all.into_iter().any(|other| other == barcode) {
        return Err(PlaceError::BarcodeTaken);
    }
    Ok(Some(barcode))
}

fn place_changes(old: &Place, wish: &PlaceWish) -> Vec<Change> {
    let word = |retired: bool| if retired { "retired" } else { "in_use" };
    let location = |id: Option<LocationId>| id.map(|id| id.to_string());
    kept([
        pair("code", &old.code, wish.code.trim()),
        pair("place_name", &old.name, wish.name.trim()),
        Change::new("location", location(old.location), location(wish.location)),
        pair("use", word(old.retired_at.is_some()), word(wish.retired)),
    ])
}

fn box_changes(old: &StorageBox, wish: &BoxWish) -> Vec<Change> {
    let word = |retired: bool| if retired { "retired" } else { "in_use" };
    let number = |capacity: Option<u16>| capacity.map(|capacity| capacity.to_string());
    kept([
        pair("box", &old.code, wish.code.trim()),
        pair("kind", old.kind.code(), wish.kind.code()),
        Change::new("capacity", number(old.capacity), number(wish.capacity)),
        pair("use", word(old.retired_at.is_some()), word(wish.retired)),
    ])
}

fn pair(field: &'static str, before: &str, after: &str) -> Change {
    Change::new(field, Some(before.to_owned()), Some(after.to_owned()))
}

fn kept(all: [Change; 4]) -> Vec<Change> {
    all.into_iter().filter(|change| change.before != change.after).collect()
}
