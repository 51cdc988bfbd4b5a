//! Changing the calendar, and saying what becomes of the bookings that this strands.

use std::sync::Arc;

use super::{Chosen, Foreseen, Why, effect, work};
use crate::calendar::{self, ChangeId, EditError};
use crate::db::{Fault, WriteTx};
use crate::once::{self, OnceKey};

/// The wish to change the calendar, as its effect was shown.
#[derive(Clone, Debug)]
pub struct Reshape {
    /// The change, with what it does as read just before.
    pub foreseen: Arc<Foreseen>,
    /// It in words, for the list of changes, and the reason of every booking that is kept.
    pub what: String,
    /// The seal of the effect that was shown.
    pub seal: String,
    /// What becomes of the stranded bookings, from [`Foreseen::chosen`].
    pub chosen: Chosen,
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
    /// The plan cannot be.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const OPERATION: &str = "calendar.changed";

/// Changes the calendar as it was shown; each stranded booking is kept, told or put on the list to call, where there are many
/// of them in slices by [`super::settle_affected`].
///
/// Spec: 7(2)④ ⑤ ⑥.
pub fn reshape(tx: &WriteTx<'_>, wish: &Reshape) -> Result<ChangeId, ReshapeError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(made);
    }
    let Foreseen { plan, affected, .. } = &*wish.foreseen;
    match wish.undoes {
        Some(undoes) if calendar::last_change_id(tx)? != Some(undoes) => {
            return Err(ReshapeError::Changed);
        }
        Some(_) => calendar::check(tx, plan)?,
        None => calendar::check_new(tx, plan)?,
    }
    if wish.foreseen.seal != wish.seal || !effect::is_still_so(tx, &wish.foreseen)? {
        return Err(ReshapeError::Changed);
    }
    if !wish.lower && affected.iter().any(|one| one.why == Why::Over) {
        return Err(ReshapeError::BelowBooked);
    }
    let applied = calendar::apply_prepared(tx, &wish.foreseen.prepared, &wish.what, wish.undoes)?;
    work::begin(tx, (applied.id, wish.undoes), &wish.chosen)?;
    once::keep(tx, &wish.once, OPERATION, &applied.id.to_string())?;
    Ok(applied.id)
}
