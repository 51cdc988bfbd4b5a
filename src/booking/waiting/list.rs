//! Who waits, as staff see it; and taking somebody off the list.

use super::{WaitState, Waiting, store};
use crate::base::{LocationId, WaitingId};
use crate::booking::{Applicant, Who, applicant, store as bookings};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Event, Record};

/// Somebody who waits, with who they are.
#[derive(Clone, Debug)]
pub struct WaitingRow {
    /// What they wait for.
    pub waiting: Waiting,
    /// Their card.
    pub card: Option<Card>,
    /// Or what they said of themselves.
    pub applicant: Option<Applicant>,
}

/// Everybody who waits at these locations (none = everywhere), in their order.
pub fn waiting_list(tx: &ReadTx<'_>, locations: &[LocationId]) -> Result<Vec<WaitingRow>, Fault> {
    let found = store::queue(tx, 1000)?;
    let here = found.into_iter().filter(|one| locations.is_empty() || locations.contains(&one.location));
    let row = |waiting: Waiting| {
        let (card, applicant) = match waiting.who {
            Who::Card(id) => (cards::get(tx, id)?, None),
            Who::Applicant(id) => (None, applicant::applicant(tx, id)?),
        };
        Ok(WaitingRow { waiting, card, applicant })
    };
    here.map(row).collect()
}

/// Whether anybody waits or was told of a seat.
pub fn anybody_waits(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    Ok(!store::queue(tx, 1)?.is_empty())
}

/// Staff take somebody off the list; whether they were on it.
pub fn take_off(tx: &WriteTx<'_>, id: WaitingId) -> Result<bool, Fault> {
    let Some(waiting) = store::get(tx, id)?.filter(is_live) else { return Ok(false) };
    end(tx, &waiting, "waiting.taken_off", None)?;
    Ok(true)
}

pub(super) fn is_live(waiting: &Waiting) -> bool {
    matches!(waiting.state, WaitState::Waiting | WaitState::Offered)
}

/// Ends somebody's waiting, and gives up the seat that is kept for them.
pub(super) fn end(
    tx: &WriteTx<'_>,
    waiting: &Waiting,
    operation: &'static str,
    state: Option<WaitState>,
) -> Result<(), Fault> {
    if waiting.offered.is_some() {
        bookings::drop_hold(tx, waiting.who)?;
    }
    store::end(tx, waiting.id, state.unwrap_or(WaitState::Left))?;
    let event = Event { cards: &waiting.cards(), ..Event::of(operation, Record::Waiting(waiting.id)) };
    history::record(tx, &event)?;
    Ok(())
}
