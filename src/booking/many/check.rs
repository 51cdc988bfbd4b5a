//! What would become of each line, before anything is written; and what became of it.

use super::{Batch, BatchState, Outcome, Skip, Stored, Wish, has_moved, store};
use crate::base::{BatchId, BookingId, CardId, Day, Minute};
use crate::booking::{BookingStatus, live_of_card};
use crate::cards::{self, BookingState, Card, CardStatus, TransitionError};
use crate::db::{Fault, ReadTx, WriteTx};

/// One line with its card as it stands now.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place in the list.
    pub position: i64,
    /// What was typed or scanned.
    pub typed: String,
    /// The card, if there is one.
    pub card: Option<Card>,
    /// Whether other cards have the same number, so that it must be chosen.
    pub shared: bool,
    /// The status that it had before the step was taken.
    pub from: Option<CardStatus>,
    /// What would become, or became, of it.
    pub outlook: Outlook,
}

/// What would become, or became, of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Nothing is chosen yet.
    Unasked,
    /// It would take the step.
    Will {
        /// The booking that would end for its holder: row, day, time.
        ends: Option<(BookingId, Day, Minute)>,
        /// Whether the table does not have the step.
        beyond: bool,
    },
    /// It would not, and why.
    Cannot(Skip),
    /// It waits to be written.
    Picked,
    /// It was not chosen.
    Left,
    /// It took the step.
    Updated,
    /// It did not, and why.
    Skipped(Skip),
}

/// Why a list cannot take a wish.
#[derive(Debug, thiserror::Error)]
pub enum SetWishError {
    /// It is not being put together any more, or it is somebody else's.
    #[error("the list is not open")]
    NotOpen,
    /// The reason cannot be stored.
    #[error("the reason cannot be stored")]
    BadReason,
    /// The day lies in the future.
    #[error("the day lies in the future")]
    BadDay,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Says what shall become of the cards of a list that is one's own and open; its cards are looked at anew.
pub fn set_wish(tx: &WriteTx<'_>, id: BatchId, wish: &Wish) -> Result<(), SetWishError> {
    let batch = store::get(tx, id)?.ok_or(SetWishError::NotOpen)?;
    if batch.state != BatchState::Open || tx.actor().staff() != Some(batch.staff) {
        return Err(SetWishError::NotOpen);
    }
    let texts = [wish.reason.as_deref().unwrap_or_default(), wish.evidence.as_str()];
    if texts.iter().any(|text| !text.is_empty() && !cards::is_reason(text)) {
        return Err(SetWishError::BadReason);
    }
    if wish.to.is_by_two() && wish.on.is_some_and(|on| on > tx.today()) {
        return Err(SetWishError::BadDay);
    }
    Ok(store::set_wish(tx, id, wish)?)
}

/// Every line of a list, in its order.
pub fn look(tx: &ReadTx<'_>, batch: &Batch) -> Result<Vec<Row>, Fault> {
    look_after(tx, batch, -1, usize::MAX)
}

/// The lines of a list after this place, at most so many.
pub fn look_after(tx: &ReadTx<'_>, batch: &Batch, after: i64, most: usize) -> Result<Vec<Row>, Fault> {
    let lines = store::lines_after(tx, batch.id, after, most)?;
    let ids: Vec<CardId> = lines.iter().filter_map(|line| line.card).collect();
    let cards = cards::of_ids(tx, &ids)?;
    let mut rows = Vec::new();
    for line in lines {
        let card = line.card.and_then(|id| cards.get(&id).cloned());
        let outlook = outlook(tx, batch, &line, card.as_ref())?;
        let before: Option<cards::Snapshot> =
            line.before.as_deref().and_then(|json| serde_json::from_str(json).ok());
        rows.push(Row {
            position: line.position,
            typed: line.typed,
            card,
            shared: line.shared,
            from: before.map(|before| before.status),
            outlook,
        });
    }
    Ok(rows)
}

fn outlook(tx: &ReadTx<'_>, batch: &Batch, line: &Stored, card: Option<&Card>) -> Result<Outlook, Fault> {
    Ok(match line.result {
        Some(Outcome::Picked) => Outlook::Picked,
        Some(Outcome::Left) => Outlook::Left,
        Some(Outcome::Updated) => Outlook::Updated,
        Some(Outcome::Skipped(why)) => Outlook::Skipped(why),
        None => match (card, &batch.wish) {
            (None, _) => Outlook::Cannot(Skip::Gone),
            (Some(_), _) if line.twice => Outlook::Cannot(Skip::Twice),
            (Some(_), None) => Outlook::Unasked,
            (Some(card), Some(_)) if has_moved(card, line) => Outlook::Cannot(Skip::Changed(card.status)),
            (Some(card), Some(wish)) => foresee(tx, card, wish)?,
        },
    })
}

fn foresee(tx: &ReadTx<'_>, card: &Card, wish: &Wish) -> Result<Outlook, Fault> {
    let legal = card.status.may_become(wish.to, card.status_before);
    let live = card.booking_state == Some(BookingState::Confirmed);
    match cards::check(card, &wish.step(card.id, card.version), tx.today()) {
        Ok(()) if wish.to == CardStatus::Issued && live => {
            Ok(Outlook::Will { ends: booked(tx, card.id, Some(tx.today()))?, beyond: !legal })
        }
        Ok(()) => Ok(Outlook::Will { ends: None, beyond: !legal }),
        Err(TransitionError::HasBooking) if live => {
            Ok(Outlook::Will { ends: booked(tx, card.id, None)?, beyond: !legal })
        }
        Err(refused) => Skip::of_step(refused).map(Outlook::Cannot),
    }
}

/// The live booking of a card, if it is for a later day than this.
fn booked(
    tx: &ReadTx<'_>,
    card: CardId,
    after: Option<Day>,
) -> Result<Option<(BookingId, Day, Minute)>, Fault> {
    let live = live_of_card(tx, card)?.filter(|live| live.status == BookingStatus::Confirmed);
    let live = live.filter(|live| after.is_none_or(|day| live.day > day));
    Ok(live.map(|live| (live.id, live.day, live.starts)))
}
