//! Transfers (回送): cards whose storage place is not where they are booked, on their way there and back.
//!
//! What must move follows from the bookings: whoever makes, changes or ends one calls [`follow()`] in the same transaction.
//!
//! **Invariant:** a card has at most one open transfer, and one that is in transit lies in no storage place.
//! **Invariant:** an open transfer that a booking wants ends at the booked place, or is in transit elsewhere and goes on from there.
//! **Invariant:** each step follows [`TransferStatus::may_become`] and leaves one event; what was done already is not done twice.
//!
//! It knows cards and the calendar; it does not know bookings beyond their number, and it speaks no Japanese.
//!
//! Spec: 7(2)⑩.

mod act;
mod due;
mod event;
mod follow;
mod list;
mod pulls;
mod routes;
mod scan;
mod steps;
mod store;
mod types;

use crate::base::{CardId, TransferId};
use crate::db::{Fault, ReadTx};

pub use act::{Act, Answer, MANY_MAX, StepError, StepMany, Stepped, step_many};
pub use due::{Due, due, travel_days};
pub use follow::{Want, follow};
pub use list::{Filter, LIST_MAX, Listed, Stage, count, list};
pub use pulls::{Mark, MarkError, Pull, PullState, mark, pulls_of};
pub use routes::{LEAD_MAX, RouteError, SetRoute, earliest, set_route};
pub use scan::{Reading, Scan, Scanned, scan};
pub use types::{Stamp, Transfer, TransferStatus};

/// The transfer of this row.
pub fn get(tx: &ReadTx<'_>, id: TransferId) -> Result<Option<Transfer>, Fault> {
    store::get(tx, id)
}

/// The open transfer of a card, if it has one.
pub fn open_of(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Transfer>, Fault> {
    store::open_of(tx, card)
}

/// Every transfer of a card, the newest first.
pub fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Transfer>, Fault> {
    store::of_card(tx, card)
}
