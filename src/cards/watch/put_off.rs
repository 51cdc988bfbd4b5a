//! A card on a list is put off to a later day, with a reason; the list forgets it until then.

use super::{WatchList, store};
use crate::base::{CardId, Day};
use crate::cards;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// A card is put off at most so many days.
const MOST_DAYS: i32 = 730;

/// The wish to put cards of a list off.
#[derive(Clone, Debug)]
pub struct PutOff {
    /// The list.
    pub list: WatchList,
    /// The cards.
    pub cards: Vec<CardId>,
    /// The day on which they come again.
    pub until: Day,
    /// Why.
    pub reason: String,
}

/// Why the cards stay on the list.
#[derive(Debug, thiserror::Error)]
pub enum PutOffError {
    /// The day is not a later one, or too far off.
    #[error("the day is not a later one")]
    BadDay,
    /// A reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason cannot be stored.
    #[error("the reason cannot be stored")]
    BadReason,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Puts cards of a list off, and says how many of them were on it.
pub fn put_off(tx: &WriteTx<'_>, wish: &PutOff) -> Result<usize, PutOffError> {
    if wish.until <= tx.today() || wish.until > tx.today().plus(MOST_DAYS) {
        return Err(PutOffError::BadDay);
    }
    let reason = wish.reason.trim();
    if reason.is_empty() {
        return Err(PutOffError::ReasonNeeded);
    }
    if !cards::is_reason(reason) {
        return Err(PutOffError::BadReason);
    }
    let by = tx.actor().display_name();
    let mut done = 0;
    for card in &wish.cards {
        if store::put_off(tx, wish.list, *card, Some((wish.until, reason, &by)))? {
            let until = Some(wish.until.to_string());
            tell(tx, ("card.put_off", *card), wish.list, until, Some(reason.to_owned()))?;
            done += 1;
        }
    }
    Ok(done)
}

/// Takes a card up again that was put off.
pub fn take_up(tx: &WriteTx<'_>, list: WatchList, card: CardId) -> Result<(), Fault> {
    if store::put_off(tx, list, card, None)? {
        tell(tx, ("card.taken_up", card), list, None, None)?;
    }
    Ok(())
}

fn tell(
    tx: &WriteTx<'_>,
    (operation, card): (&'static str, CardId),
    list: WatchList,
    until: Option<String>,
    reason: Option<String>,
) -> Result<(), Fault> {
    let event = Event {
        cards: &[card],
        changes: vec![
            Change::new("watch_list", None, Some(list.code().to_owned())),
            Change::new("put_off_until", None, until),
        ],
        reason,
        ..Event::of(operation, Record::Card(card))
    };
    history::record(tx, &event)?;
    Ok(())
}
