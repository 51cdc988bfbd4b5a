//! Changing the calendar, and saying what becomes of the bookings that this strands.

use super::{Choices, Why, effect, settle, store};
use crate::calendar::{self, ChangeId, EditError, Plan};
use crate::db::{Fault, WriteTx};
use crate::once::{self, OnceKey};

/// So many stranded bookings are settled in the transaction of the change; where there are more, all follow in slices.
const AT_ONCE: usize = 20;

/// The most stranded bookings of one change: their rows must fit into one job of the writer.
const MOST: usize = 5_000;

/// The wish to change the calendar, as its effect was shown.
#[derive(Clone, Debug)]
pub struct Reshape {
    /// The change.
    pub plan: Plan,
    /// It in words, for the list of changes, and the reason of every booking that is kept.
    pub what: String,
    /// The seal of the effect that was shown.
    pub seal: String,
    /// What becomes of the stranded bookings.
    pub choices: Choices,
    /// That it was seen and meant that a slot has fewer seats than are booked.
    pub lower: bool,
    /// The change that it takes back.
    pub undoes: Option<ChangeId>,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// Why the calendar was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ReshapeError {
    /// Rules or bookings are others than when the effect was shown.
    #[error("changed meanwhile")]
    Changed,
    /// Fewer seats than are booked, and nobody said that this is meant.
    #[error("seats go below what is booked")]
    BelowBooked,
    /// More bookings would be stranded than one change may touch.
    #[error("more than {most} bookings would be stranded")]
    TooMany {
        /// The most.
        most: usize,
    },
    /// The plan cannot be.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const OPERATION: &str = "calendar.changed";

/// Changes the calendar as it was shown; each stranded booking is kept, told or put on the list to call.
///
/// Spec: 7(2)④ ⑤ ⑥.
pub fn reshape(tx: &WriteTx<'_>, wish: &Reshape) -> Result<ChangeId, ReshapeError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(made);
    }
    match wish.undoes {
        Some(undoes) if calendar::last_change(tx)?.is_none_or(|last| last.id != undoes) => {
            return Err(ReshapeError::Changed);
        }
        Some(_) => calendar::check(tx, &wish.plan)?,
        None => calendar::check_new(tx, &wish.plan)?,
    }
    let (affected, seal) = effect::affected_by(tx, &wish.plan)?;
    if seal != wish.seal {
        return Err(ReshapeError::Changed);
    }
    if !wish.lower && affected.iter().any(|one| one.why == Why::Over) {
        return Err(ReshapeError::BelowBooked);
    }
    if affected.len() > MOST {
        return Err(ReshapeError::TooMany { most: MOST });
    }
    let applied = calendar::apply(tx, &wish.plan, &wish.what, wish.undoes)?;
    store::insert(tx, applied.id, &affected, |one| wish.choices.of(one))?;
    if let Some(undoes) = wish.undoes {
        settle::release(tx, undoes)?;
    }
    if affected.len() <= AT_ONCE {
        settle::settle_affected(tx, u32::try_from(AT_ONCE).unwrap_or_default())?;
    }
    once::keep(tx, &wish.once, OPERATION, &applied.id.to_string())?;
    Ok(applied.id)
}
