//! Letters to citizens: which exist, the queue they wait in, how they leave.
//!
//! **Invariant:** a letter is queued in the transaction of what it tells; it is sent after that, by a job, never in a request.
//! **Invariant:** no letter carries a name, a notice ID or a birthday; a link's token leaves the file once it is sent.
//!
//! Spec: 7(3)③ ④ ⑪.

mod files;
mod ics;
mod letter;
mod outbox;
mod queue;
mod render;
mod smtp;
mod store;
pub mod wording;

pub use files::{Carried, Filed, carried, filed};
pub use ics::{Invite as CalendarFile, Method, calendar_file};
pub use letter::{BookingFacts, Letter};
pub use outbox::{Due, Sent, claim, has_unfinished, next_due, requeue_unfinished, settle, withdraw};
pub use queue::{Post, enqueue};
pub use render::{City, Rendered, draw_samples, render};
pub use smtp::{Answer, Parcel, Transport, TransportError};

use std::collections::BTreeMap;

use crate::base::{BookingId, CardId, Moment, OutboxId, Personal};
use crate::db::{Fault, ReadTx};

/// A letter as staff see it in their lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its row.
    pub id: OutboxId,
    /// What it is, see [`Letter::kind`].
    pub kind: String,
    /// Where it stands.
    pub state: State,
    /// To whom.
    pub to: Personal<String>,
    /// When it was queued.
    pub created_at: Moment,
    /// When it was sent or given up.
    pub finished_at: Option<Moment>,
    /// What the mail server said last.
    pub last_answer: Option<String>,
}

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for its time.
    Queued,
    /// It is being handed to the mail server.
    Sending,
    /// The mail server took it.
    Sent,
    /// It was given up (不達).
    Dead,
    /// Staff or a later event took it back.
    Cancelled,
    /// It waits for an administrator after a restore.
    Held,
}

impl State {
    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
            Self::Held => "held",
        }
    }

    /// The state with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Queued, Self::Sending, Self::Sent, Self::Dead, Self::Cancelled, Self::Held]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

crate::stored_as_code!(State);

/// The letters about a card, newest first.
pub fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Listed>, Fault> {
    store::of_card(tx, card)
}

/// The letters about a booking, newest first.
pub fn of_booking(tx: &ReadTx<'_>, booking: BookingId) -> Result<Vec<Listed>, Fault> {
    store::of_booking(tx, booking)
}

/// Whether a letter with all of a booking's facts was queued at or after `since`.
pub fn told_since(tx: &ReadTx<'_>, booking: BookingId, since: Moment) -> Result<bool, Fault> {
    store::told_since(tx, booking, since)
}

/// The last letter of this kind of each booking that has one.
pub fn last_of_bookings(
    tx: &ReadTx<'_>,
    bookings: &[BookingId],
    kind: &str,
) -> Result<BTreeMap<BookingId, Listed>, Fault> {
    Ok(store::last_of_bookings(tx, bookings, kind)?.into_iter().collect())
}
