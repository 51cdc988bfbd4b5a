//! Where a card goes that comes in without a spot: the first rule that fits, the next free number of its box.
//!
//! **Invariant:** a number is given to one card only: those of cards that lie there, that are kept a spot there, and that an
//! unfinished import has staged are all taken.

use std::collections::{BTreeMap, BTreeSet};

use super::moves::MoveError;
use super::{BoxKind, Place, Spot, StorageBox, compared, places, store};
use crate::base::{BoxId, LocationId, NoticeId, StorageId, StorageRuleId};
use crate::cards::Card;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// What a file says of a card, as far as rules ask for it.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its notice ID.
    pub notice: &'a NoticeId,
    /// The location of hand-over that the file names.
    pub location: Option<LocationId>,
    /// Name of the profile that the file is read with; empty = none.
    pub profile: &'a str,
}

/// A rule: when it fits, and where the card then goes. Empty conditions fit everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRule {
    /// Location of hand-over.
    pub location: Option<LocationId>,
    /// How the notice ID begins, in the compared form.
    pub prefix: String,
    /// First notice ID of a range, in the compared form.
    pub from: String,
    /// Last notice ID of a range, in the compared form.
    pub to: String,
    /// Name of the import profile.
    pub profile: String,
    /// The storage place; `None` = the one that stands in the card's location of hand-over.
    pub storage: Option<StorageId>,
    /// The one box; `None` = the ordinary boxes of the place in their order.
    pub only: Option<BoxId>,
}

/// A rule in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its row.
    pub id: StorageRuleId,
    /// What it says.
    pub when: NewRule,
}

/// Why the rules stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// There is no such rule.
    #[error("no such rule")]
    NotFound,
    /// There is no such storage place or box, or the box stands elsewhere.
    #[error("no such storage place")]
    NoPlace,
    /// The range ends before it begins, or has one end only.
    #[error("the range ends before it begins")]
    Backwards,
    /// The same rule is there already.
    #[error("the same rule is there already")]
    Twice,
    /// A range or prefix is too long.
    #[error("the range or prefix is too long")]
    TooLong,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl NewRule {
    /// Whether the rule is for this card.
    pub fn fits(&self, facts: &Facts<'_>) -> bool {
        let norm = facts.notice.norm();
        let in_range = self.from.is_empty() || (self.from.as_str() <= norm && norm <= self.to.as_str());
        self.location.is_none_or(|location| facts.location == Some(location))
            && norm.starts_with(&self.prefix)
            && in_range
            && (self.profile.is_empty() || self.profile == facts.profile)
    }
}

/// The rules in the order in which they are asked.
pub fn rules(tx: &ReadTx<'_>) -> Result<Vec<Rule>, Fault> {
    store::rules(tx)
}

/// Adds a rule at the end.
pub fn add_rule(tx: &WriteTx<'_>, rule: &NewRule) -> Result<StorageRuleId, RuleError> {
    let rule = checked(tx, rule)?;
    if store::rules(tx)?.iter().any(|other| other.when == rule) {
        return Err(RuleError::Twice);
    }
    let id = store::insert_rule(tx, &rule)?;
    record(tx, "storage.rule_added", id)?;
    Ok(id)
}

/// Takes a rule away. Cards that it has placed stay where they are.
pub fn drop_rule(tx: &WriteTx<'_>, id: StorageRuleId) -> Result<(), RuleError> {
    if !store::delete_rule(tx, id)? {
        return Err(RuleError::NotFound);
    }
    Ok(record(tx, "storage.rule_dropped", id)?)
}

/// Asks a rule one place earlier.
pub fn lift_rule(tx: &WriteTx<'_>, id: StorageRuleId) -> Result<(), RuleError> {
    let mut ids: Vec<StorageRuleId> = store::rules(tx)?.iter().map(|rule| rule.id).collect();
    let at = ids.iter().position(|one| *one == id).ok_or(RuleError::NotFound)?;
    if at > 0 {
        ids.swap(at - 1, at);
        store::order_rules(tx, &ids)?;
        record(tx, "storage.rule_moved", id)?;
    }
    Ok(())
}

fn checked(tx: &WriteTx<'_>, rule: &NewRule) -> Result<NewRule, RuleError> {
    let rule = NewRule {
        prefix: compared(&rule.prefix),
        from: compared(&rule.from),
        to: compared(&rule.to),
        profile: rule.profile.trim().to_owned(),
        ..rule.clone()
    };
    if [&rule.prefix, &rule.from, &rule.to, &rule.profile].iter().any(|word| word.chars().count() > 60) {
        return Err(RuleError::TooLong);
    }
    if rule.from.is_empty() != rule.to.is_empty() || rule.from > rule.to {
        return Err(RuleError::Backwards);
    }
    let places = places(tx)?;
    let place = rule.storage.map(|id| places.iter().find(|one| one.id == id).ok_or(RuleError::NoPlace));
    let place = place.transpose()?;
    let stands = |id: BoxId| place.is_some_and(|place| place.boxes.iter().any(|one| one.id == id));
    if rule.only.is_some_and(|id| !stands(id)) {
        return Err(RuleError::NoPlace);
    }
    Ok(rule)
}

fn record(tx: &WriteTx<'_>, operation: &'static str, rule: StorageRuleId) -> Result<(), Fault> {
    let changes = vec![Change::new("rule", None, Some(rule.to_string()))];
    history::record(tx, &Event { changes, ..Event::of(operation, Record::Municipality) })?;
    Ok(())
}

/// Where a card goes by the rules; `None` where no rule fits. For many cards keep one [`Assigner`].
///
/// Spec: 7(2)③.
pub fn assign(tx: &ReadTx<'_>, facts: &Facts<'_>) -> Result<Option<Spot>, Fault> {
    Assigner::read(tx)?.assign(tx, facts)
}

/// Gives spots to many cards of one transaction, and remembers which it has given.
#[derive(Debug)]
pub struct Assigner {
    rules: Vec<Rule>,
    places: Vec<Place>,
    given: Given,
}

/// What is taken in the boxes that were looked into, and which of them are full.
#[derive(Debug, Default)]
struct Given {
    taken: BTreeMap<BoxId, Taken>,
    full: BTreeSet<BoxId>,
}

/// What is taken in a box.
#[derive(Debug)]
struct Taken {
    cards: usize,
    numbers: BTreeSet<u32>,
    next: u32,
}

impl Assigner {
    /// The rules and places as they stand.
    pub fn read(tx: &ReadTx<'_>) -> Result<Self, Fault> {
        let mut places = places(tx)?;
        places.retain(|place| place.retired_at.is_none());
        for place in &mut places {
            place.boxes.retain(|one| one.retired_at.is_none());
        }
        Ok(Self { rules: store::rules(tx)?, places, given: Given::default() })
    }

    /// Leaves out the boxes that an earlier transaction of the same work found full, so that they are not read anew each time.
    #[must_use]
    pub fn without(mut self, full: &BTreeSet<BoxId>) -> Self {
        self.given.full.clone_from(full);
        self
    }

    /// The boxes that are full by now, and those that were left out.
    pub fn full(self) -> BTreeSet<BoxId> {
        self.given.full
    }

    /// The spot by the rules; `None` where no rule fits. Where every box is full the place alone is told.
    pub fn assign(&mut self, tx: &ReadTx<'_>, facts: &Facts<'_>) -> Result<Option<Spot>, Fault> {
        let Some(rule) = self.rules.iter().find(|rule| rule.when.fits(facts)) else { return Ok(None) };
        let only = rule.when.only;
        let here = |place: &&Place| match rule.when.storage {
            Some(storage) => place.id == storage,
            None => facts.location.is_some() && place.location == facts.location,
        };
        let Some(place) = self.places.iter().find(here) else { return Ok(None) };
        let fits = |one: &&StorageBox| only.map_or(one.kind == BoxKind::Normal, |id| one.id == id);
        self.given.fill(tx, place.id, place.boxes.iter().filter(fits)).map(Some)
    }

    /// Completes the spot of a new card: one without a place gets it by the rules, one without a shelf the next free number
    /// of the place, one with a box and no number the next free one of the box, and `B-04-103` is read as number 103 of the box
    /// `B-04` where there is such a box.
    pub fn settle(&mut self, tx: &ReadTx<'_>, facts: &Facts<'_>, told: Spot) -> Result<Spot, Fault> {
        let Some(storage) = told.storage else {
            return if told.shelf.is_empty() {
                Ok(self.assign(tx, facts)?.unwrap_or(told))
            } else {
                Ok(told)
            };
        };
        let Some(place) = self.places.iter().find(|place| place.id == storage) else { return Ok(told) };
        let told = as_named(&place.boxes, told);
        if let Some(one) = place.boxes.iter().find(|one| one.code == told.shelf)
            && told.position.is_empty()
        {
            let spot = self.given.fill(tx, storage, std::iter::once(one))?;
            return Ok(if spot.shelf.is_empty() { told } else { spot });
        }
        if !told.position.is_empty() {
            return Ok(told);
        }
        if told.shelf.is_empty() { self.next_in(tx, storage) } else { Ok(split(&place.boxes, told)) }
    }

    /// The next free number of the ordinary boxes of a place; the place alone where it has none, or all are full.
    pub(super) fn next_in(&mut self, tx: &ReadTx<'_>, storage: StorageId) -> Result<Spot, Fault> {
        let place = self.places.iter().find(|place| place.id == storage);
        let boxes = place.map(|place| place.boxes.as_slice()).unwrap_or_default();
        self.given.fill(tx, storage, boxes.iter().filter(|one| one.kind == BoxKind::Normal))
    }
}

impl Given {
    /// The next free number of the first of these boxes that is not full.
    fn fill<'b>(
        &mut self,
        tx: &ReadTx<'_>,
        storage: StorageId,
        boxes: impl Iterator<Item = &'b StorageBox>,
    ) -> Result<Spot, Fault> {
        for one in boxes {
            if self.full.contains(&one.id) {
                continue;
            }
            let taken = match self.taken.entry(one.id) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(new) => {
                    new.insert(Taken::of(&store::taken(tx, one.storage, &one.code)?))
                }
            };
            if let Some(position) = taken.take(one.capacity) {
                return Ok(Spot { storage: Some(storage), shelf: one.code.clone(), position });
            }
            self.full.insert(one.id);
        }
        Ok(Spot { storage: Some(storage), ..Spot::default() })
    }
}

impl Taken {
    fn of(positions: &[String]) -> Self {
        let numbers = positions.iter().filter_map(|position| position.parse().ok()).collect();
        Self { cards: positions.len(), numbers, next: 1 }
    }

    fn take(&mut self, capacity: Option<u16>) -> Option<String> {
        if capacity.is_some_and(|capacity| self.cards >= usize::from(capacity)) {
            return None;
        }
        while self.numbers.contains(&self.next) {
            self.next += 1;
        }
        self.numbers.insert(self.next);
        self.cards += 1;
        Some(format!("{:03}", self.next))
    }
}

/// A spot as a file names it: what looks like shelf and number is the box of that whole name where there is one.
pub fn as_named(boxes: &[StorageBox], told: Spot) -> Spot {
    let whole = compared(&told.label());
    match boxes.iter().find(|one| compared(&one.code) == whole) {
        Some(one) => Spot { storage: told.storage, shelf: one.code.clone(), position: String::new() },
        None => told,
    }
}

/// Reads box and number out of one word, by the longest code of a box that it begins with.
fn split(boxes: &[StorageBox], told: Spot) -> Spot {
    let begins = boxes.iter().filter_map(|one| {
        let rest = told.shelf.strip_prefix(one.code.as_str())?;
        let number = rest.strip_prefix(['-', '－', ' ', '　', '/'])?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| (one.code.len(), one.code.clone(), number.to_owned()))
    });
    match begins.max_by_key(|(length, ..)| *length) {
        Some((_, shelf, position)) => Spot { storage: told.storage, shelf, position },
        None => told,
    }
}

/// The next free number of a box for a card that is not in it.
pub(super) fn free_number(tx: &ReadTx<'_>, one: &StorageBox, card: &Card) -> Result<String, MoveError> {
    let mut positions = store::taken(tx, one.storage, &one.code)?;
    let own = card.away.is_none() && card.storage == Some(one.storage) && card.shelf == one.code;
    if own && let Some(at) = positions.iter().position(|position| *position == card.position) {
        positions.swap_remove(at);
    }
    let full = MoveError::Full { capacity: one.capacity.unwrap_or_default() };
    Taken::of(&positions).take(one.capacity).ok_or(full)
}

/// The same spot where its number is free; else the next number of its box.
pub(super) fn still_free(tx: &ReadTx<'_>, spot: Spot) -> Result<Spot, MoveError> {
    let Some(storage) = spot.storage.filter(|_| !spot.position.is_empty()) else { return Ok(spot) };
    let taken = store::taken(tx, storage, &spot.shelf)?;
    if !taken.contains(&spot.position) {
        return Ok(spot);
    }
    let one = store::boxes(tx)?.into_iter().find(|one| one.storage == storage && one.code == spot.shelf);
    let capacity = one.and_then(|one| one.capacity);
    let full = MoveError::Full { capacity: capacity.unwrap_or_default() };
    let position = Taken::of(&taken).take(capacity).ok_or(full)?;
    Ok(Spot { position, ..spot })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn box_of(code: &str) -> StorageBox {
        StorageBox {
            id: BoxId::of(1),
            storage: StorageId::of(1),
            code: code.to_owned(),
            barcode: String::new(),
            kind: BoxKind::Normal,
            capacity: Some(3),
            position: 1,
            retired_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_box_gives_each_number_once_and_fills_gaps_first() {
        let mut taken = Taken::of(&["001".to_owned(), "3".to_owned(), "奥".to_owned()]);
        assert_eq!(taken.take(Some(5)).as_deref(), Some("002"));
        assert_eq!(taken.take(Some(5)).as_deref(), Some("004"));
        assert_eq!(taken.take(Some(5)), None, "five cards are in, one of them without a number");
        assert_eq!(taken.take(None).as_deref(), Some("005"));
    }

    #[test]
    fn box_and_number_are_read_out_of_one_word() {
        let boxes = [box_of("B-0"), box_of("B-04")];
        let told = |shelf: &str| Spot { shelf: shelf.to_owned(), ..Spot::default() };
        let spot = split(&boxes, told("B-04-103"));
        assert_eq!((spot.shelf.as_str(), spot.position.as_str()), ("B-04", "103"));
        for whole in ["B-04", "B-041", "B-04-A", "C-01-002"] {
            assert_eq!(split(&boxes, told(whole)), told(whole), "{whole}");
        }
    }

    #[test]
    fn a_box_is_known_by_its_whole_name() {
        let boxes = [box_of("B-04")];
        let told = |shelf: &str, position: &str| Spot {
            shelf: shelf.to_owned(),
            position: position.to_owned(),
            storage: None,
        };
        assert_eq!(as_named(&boxes, told("B", "04")), told("B-04", ""));
        assert_eq!(as_named(&boxes, told("Ｂ－０４", "")), told("B-04", ""));
        assert_eq!(as_named(&boxes, told("B-04", "103")), told("B-04", "103"));
    }

    #[test]
    fn a_rule_asks_for_location_prefix_range_and_profile() {
        let notice = NoticeId::from_norm("A13345603");
        let facts = Facts { notice: &notice, location: Some(LocationId::of(2)), profile: "月次" };
        let all = NewRule::default();
        assert!(all.fits(&facts));
        let range = NewRule { from: "A13345603".to_owned(), to: "A13345700".to_owned(), ..all.clone() };
        assert!(range.fits(&facts));
        for other in [
            NewRule { location: Some(LocationId::of(1)), ..all.clone() },
            NewRule { prefix: "B".to_owned(), ..all.clone() },
            NewRule { from: "A13345604".to_owned(), to: "A13345700".to_owned(), ..all.clone() },
            NewRule { profile: "臨時".to_owned(), ..all.clone() },
        ] {
            assert!(!other.fits(&facts), "{other:?}");
        }
    }
}
