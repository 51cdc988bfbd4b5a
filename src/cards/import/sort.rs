//! A row against what is registered: new, changed, unchanged, or not to be taken.

use super::fields::Turns;
use super::profile::Profile;
use super::row::Row;
use super::store;
use super::why::Why;
use crate::base::CardId;
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};

/// What a row means for the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A card that is not registered; `conflict` when another person has the same notice ID, `former` when the same
    /// citizen has a card already: a re-made one, or one that returns under another ID.
    New {
        conflict: bool,
        former: Option<Box<Former>>,
    },
    /// A registered card of which the file says something else.
    Changed(Box<Card>, Turns),
    Unchanged(CardId),
    Wrong(Why),
}

/// The card that a citizen had before the one of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// That card.
    pub card: Card,
    /// The number that tells this citizen from namesakes; 0 where there is none.
    pub(super) namesake: i64,
}

/// Sorts one row. `shared` says whether another person of the same file has its notice ID.
///
/// Spec: 7(1)④, 7(2)①.
pub(super) fn sort(tx: &ReadTx<'_>, row: &Row, shared: bool, profile: &Profile) -> Result<Outcome, Fault> {
    let new = &row.card;
    let key = cards::person_key(&new.name, new.birth, 0);
    let is_same = |card: &Card| {
        *card.birth.uncover() == new.birth && cards::person_key(card.name.uncover(), new.birth, 0) == key
    };
    if !new.inquiry_no.is_empty()
        && let Some(card) = store::with_inquiry(tx, &new.inquiry_no)?
    {
        return Ok(if is_same(&card) {
            compare(card, row, profile)
        } else {
            Outcome::Wrong(Why::OtherPerson)
        });
    }
    let with_notice = cards::with_notice(tx, &new.notice_id)?;
    let free = |card: &&Card| card.inquiry_no.is_empty() || new.inquiry_no.is_empty();
    if let Some(card) = with_notice.iter().filter(free).find(|card| is_same(card)) {
        return Ok(compare(card.clone(), row, profile));
    }
    let conflict = shared || with_notice.iter().any(|card| !is_same(card));
    Ok(Outcome::New { conflict, former: former(tx, row)?.map(Box::new) })
}

fn compare(card: Card, row: &Row, profile: &Profile) -> Outcome {
    let turns = Turns::between(&card, &row.card, profile);
    if turns.is_empty() { Outcome::Unchanged(card.id) } else { Outcome::Changed(Box::new(card), turns) }
}

/// The newest card of the same citizen. Where staff have told namesakes apart, nobody is chosen among them.
fn former(tx: &ReadTx<'_>, row: &Row) -> Result<Option<Former>, Fault> {
    let found = store::of_person(tx, &row.card.name, row.card.birth)?;
    Ok(found.and_then(|(newest, citizens)| (citizens == 1).then_some(newest)))
}
