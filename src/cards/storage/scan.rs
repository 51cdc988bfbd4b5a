//! What a scan means where cards are moved: the label of a place, a card, several cards, or nothing known.
//!
//! **Invariant:** two cards with one notice ID are never told apart by guessing: a person chooses (7(1)④).

use super::{Place, Target, compared, places};
use crate::base::{CardId, LocationId, NoticeId, NoticePattern};
use crate::cards;
use crate::db::{Fault, ReadTx};

/// The most cards that are offered for choice.
pub const CHOICE_MAX: usize = 20;

/// What was scanned or typed, and where.
#[derive(Clone, Debug)]
pub struct Scan {
    /// As it came in: any width, with or without hyphens.
    pub typed: String,
    /// The location of the person, whose boxes are meant first.
    pub near: Option<LocationId>,
    /// The shape of this city's notice IDs.
    pub pattern: NoticePattern,
}

/// What it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// Nothing was typed.
    Empty,
    /// A storage place or box.
    Place(Target),
    /// Several boxes are called so: the label is to be scanned.
    SeveralPlaces,
    /// A card.
    Card(CardId),
    /// Several cards have this notice ID: one is to be chosen.
    Several(Vec<CardId>),
    /// It has the shape of a notice ID, and no card has it.
    NoCard,
    /// Nothing that this program knows.
    Unknown,
}

/// Finds out what a scan means.
///
/// Spec: 7(2)③, 7(1)④.
pub fn scan(tx: &ReadTx<'_>, wish: &Scan) -> Result<Scanned, Fault> {
    let norm = compared(&wish.typed);
    if norm.is_empty() {
        return Ok(Scanned::Empty);
    }
    let places = places(tx)?;
    let shaped = wish.pattern.matches(&norm);
    match target_of(&places, &norm, wish.near) {
        Ok(Some(target)) => return Ok(Scanned::Place(target)),
        Err(Several) if !shaped => return Ok(Scanned::SeveralPlaces),
        Ok(None) | Err(Several) => {}
    }
    if !shaped {
        return Ok(Scanned::Unknown);
    }
    let found = cards::with_notice(tx, &NoticeId::from_norm(norm))?;
    let ids: Vec<CardId> = found.iter().map(|card| card.id).take(CHOICE_MAX).collect();
    Ok(match ids.as_slice() {
        [] => Scanned::NoCard,
        [only] => Scanned::Card(*only),
        _ => Scanned::Several(ids),
    })
}

/// Several places are called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Several;

/// The place or box in use that a label or typed name means: its barcode, else its code, near ones first.
pub fn target_of(places: &[Place], typed: &str, near: Option<LocationId>) -> Result<Option<Target>, Several> {
    let norm = compared(typed);
    let mut by_code = Vec::new();
    for place in places.iter().filter(|place| place.retired_at.is_none()) {
        if place.barcode == norm {
            return Ok(Some(Target::Storage(place.id)));
        }
        for one in place.boxes.iter().filter(|one| one.retired_at.is_none()) {
            if one.barcode == norm {
                return Ok(Some(Target::Box(one.id)));
            }
            if compared(&one.code) == norm {
                by_code.push((place.location, Target::Box(one.id)));
            }
        }
        if compared(&place.code) == norm {
            by_code.push((place.location, Target::Storage(place.id)));
        }
    }
    let here: Vec<Target> =
        by_code.iter().filter(|(at, _)| at.is_some() && *at == near).map(|(_, to)| *to).collect();
    match (by_code.as_slice(), here.as_slice()) {
        ([], _) => Ok(None),
        ([(_, only)], _) | (_, [only]) => Ok(Some(*only)),
        _ => Err(Several),
    }
}
