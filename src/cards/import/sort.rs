//! Rows against what is registered: new, changed, unchanged, or not to be taken.

use super::fields::Turns;
use super::profile::Profile;
use super::row::Row;
use super::store::{self, Known};
use super::why::Why;
use crate::base::CardId;
use crate::db::{Fault, ReadTx};

/// What a row means for the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A card that is not registered; `conflict` when another person has the same notice ID, `former` when the same
    /// citizen has a card already: a re-made one, or one that returns under another ID.
    New {
        conflict: bool,
        former: Option<Former>,
    },
    /// A registered card of which the file says something else.
    Changed(CardId, Turns),
    Unchanged(CardId),
    Wrong(Why),
}

/// The card that a citizen had before the one of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Former {
    pub(super) card: CardId,
    /// The number that tells this citizen from namesakes; 0 where there is none.
    pub(super) namesake: i64,
    pub(super) person_key: String,
}

/// A row that is to be sorted, and whether another person of the same file has its notice ID.
pub(super) type Asked<'f> = (&'f Row, bool);

/// Sorts rows. They do not see each other: what one of them brings is seen by nobody before the whole file stands.
///
/// Spec: 7(1)④, 7(2)①.
pub(super) fn sort(tx: &ReadTx<'_>, rows: &[Asked<'_>], profile: &Profile) -> Result<Vec<Outcome>, Fault> {
    let inquiries: Vec<&str> = rows.iter().map(|(row, _)| row.card.inquiry_no.as_str()).collect();
    let by_inquiry = store::with_inquiries(tx, &inquiries)?;
    let found = rows.iter().zip(by_inquiry).map(|((row, _), cards)| {
        let card = cards.into_iter().next()?;
        Some(if is_same(&card, row) {
            compare(&card, row, profile)
        } else {
            Outcome::Wrong(Why::OtherPerson)
        })
    });
    let mut outcomes: Vec<Option<Outcome>> = found.collect();
    let open = open(rows, &outcomes);
    let notices: Vec<&str> = open.iter().map(|(row, _)| row.card.notice_id.norm()).collect();
    let mut by_notice = open.iter().zip(store::with_notices(tx, &notices)?);
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_none()) {
        *outcome = by_notice.next().map(|(asked, cards)| of_notice(*asked, &cards, profile));
    }
    link(tx, rows, &mut outcomes)?;
    Ok(outcomes.into_iter().flatten().collect())
}

/// The rows that no card was found for by now.
fn open<'f>(rows: &[Asked<'f>], outcomes: &[Option<Outcome>]) -> Vec<Asked<'f>> {
    rows.iter().zip(outcomes).filter(|(_, outcome)| outcome.is_none()).map(|(asked, _)| *asked).collect()
}

fn of_notice((row, shared): Asked<'_>, cards: &[Known], profile: &Profile) -> Outcome {
    let free = |card: &&Known| card.inquiry_no.is_empty() || row.card.inquiry_no.is_empty();
    if let Some(card) = cards.iter().filter(free).find(|card| is_same(card, row)) {
        return compare(card, row, profile);
    }
    let conflict = shared || cards.iter().any(|card| !is_same(card, row));
    Outcome::New { conflict, former: None }
}

/// Whether the card is this person's.
fn is_same(card: &Known, row: &Row) -> bool {
    *card.name_key == *row.keys.name && card.birth == row.card.birth.to_string()
}

fn compare(card: &Known, row: &Row, profile: &Profile) -> Outcome {
    let turns = Turns::between(card, &row.card, profile);
    if turns.is_empty() { Outcome::Unchanged(card.id) } else { Outcome::Changed(card.id, turns) }
}

/// Links new cards to the newest of the same citizen. Where staff have told namesakes apart, nobody is chosen among them.
fn link(tx: &ReadTx<'_>, rows: &[Asked<'_>], outcomes: &mut [Option<Outcome>]) -> Result<(), Fault> {
    let new = rows.iter().zip(outcomes).filter_map(|((row, _), outcome)| match outcome {
        Some(Outcome::New { former, .. }) => Some((*row, former)),
        _ => None,
    });
    let new: Vec<(&Row, &mut Option<Former>)> = new.collect();
    let persons: Vec<_> = new.iter().map(|(row, _)| (&*row.keys.name, row.card.birth)).collect();
    for ((_, place), mut cards) in new.into_iter().zip(store::of_persons(tx, &persons)?) {
        let newest = cards.pop();
        let is_one = |newest: &Former| cards.iter().all(|other| other.namesake == newest.namesake);
        *place = newest.filter(is_one);
    }
    Ok(())
}
