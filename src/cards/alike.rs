//! People who are easily taken for one another when a card is handed over or booked.
//!
//! Only cards that are still to be handed over count: a namesake who has the card already is nobody's to confuse.
//!
//! Spec: 7(1)④, 7(2)③.

use std::collections::BTreeMap;

use super::{Card, store};
use crate::base::CardId;
use crate::db::{Fault, ReadTx};

/// What two different people have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Likeness {
    /// Name and birth date: namesakes whom somebody has told apart.
    ToldApart,
    /// The name, however it is written.
    Name,
    /// Reading and birth date under another name: twins, or a name that was typed wrongly.
    Reading,
}

impl Likeness {
    pub(super) fn of(one: &Card, other: &Card) -> Self {
        match (one.name_key() == other.name_key(), one.birth == other.birth) {
            (true, true) => Self::ToldApart,
            (true, false) => Self::Name,
            (false, _) => Self::Reading,
        }
    }
}

/// Somebody who can be taken for the holder of a card.
#[derive(Clone, Debug)]
pub struct Alike {
    /// What they have in common.
    pub likeness: Likeness,
    /// The other person's card.
    pub card: Card,
}

/// The most other people that are found for all cards of one page; far more than a page of a city with many namesakes has.
const MOST: usize = 20_000;

/// For each of these cards the other people who can be taken for its holder, the likest first; cards without any are left
/// out.
pub fn alike(tx: &ReadTx<'_>, cards: &[CardId]) -> Result<BTreeMap<CardId, Vec<Alike>>, Fault> {
    let mut found: BTreeMap<CardId, Vec<Alike>> = BTreeMap::new();
    let mut of = cards.to_vec();
    of.sort_unstable();
    of.dedup();
    let pairs = store::alike(tx, &of, MOST)?;
    if pairs.is_empty() {
        return Ok(found);
    }
    let mut ids: Vec<CardId> = pairs.iter().flat_map(|(one, other)| [*one, *other]).collect();
    ids.sort_unstable();
    ids.dedup();
    let known = super::of_ids(tx, &ids)?;
    for (one, other) in pairs {
        if let (Some(mine), Some(card)) = (known.get(&one), known.get(&other)) {
            let likeness = Likeness::of(mine, card);
            found.entry(one).or_default().push(Alike { likeness, card: card.clone() });
        }
    }
    for others in found.values_mut() {
        others.sort_by_key(|other| (other.likeness, other.card.id));
    }
    Ok(found)
}
