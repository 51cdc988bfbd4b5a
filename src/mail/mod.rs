//! Letters to citizens: which exist, the queue they wait in, how they leave.
//!
//! **Invariant:** a letter is queued in the transaction of what it tells; it is sent after that, by a job, never in a request.
//! **Invariant:** no letter carries a name, a notice ID or a birthday; a link's token leaves the file once it is sent.
//!
//! Spec: 7(3)③ ④ ⑪.

mod again;
mod bounce;
mod browse;
mod code;
mod failure;
mod files;
mod held;
mod ics;
mod letter;
pub mod mailbox;
mod outbox;
mod pace;
mod queue;
mod refusal;
mod render;
mod shown;
mod silence;
mod smtp;
mod standing;
mod store;
mod verdict;
pub mod wording;

pub use again::{AgainError, call_off, send_again};
pub use bounce::{BadBounce, Bounce, BounceError, Bounced, Fate, read_bounce, take_bounce};
pub use browse::{Counts, Filter, counts, of_address, page};
pub use failure::{
    Failure, Lift, LiftError, cards_of_each, failure, failure_against, failure_of, failures, is_suppressed,
    lift, proven,
};
pub use files::{Carried, Filed, carried, filed};
pub use held::{held, hold_unsent, release_held, withdraw_held};
pub use ics::{Invite as CalendarFile, Method, calendar_file};
pub use letter::{BookingFacts, Bulk, Letter, Offer, Renotice};
pub use outbox::{
    Due, Sent, claim, claim_these, claim_within, has_unfinished, look_within, next_due, next_due_by_domain,
    requeue_unfinished, settle, withdraw,
};
pub use pace::{Allowance, Pace, Rules};
pub use queue::{Post, enqueue, enqueue_at};
pub use refusal::{
    Accept, Refusal, Refuse, RefuseError, accept, accept_by_letter, refusal, refusal_of, refusals, refuse,
    refuse_by_letter, refused_by_letter, refuses,
};
pub use render::{City, Rendered, draw_samples, number_of, render};
pub use shown::{Kept, kept};
pub use silence::{Silence, silence};
pub use smtp::{Parcel, Transport, TransportError};
pub use standing::{Standing, standing};
pub use verdict::{Answer, Busy};

use std::collections::BTreeMap;

use crate::base::{BookingId, CardId, Email, Moment, OutboxId, Personal};
use crate::db::{Fault, ReadTx, WriteTx};

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
    /// In which language.
    pub language: String,
    /// The booking that it tells of.
    pub booking: Option<BookingId>,
    /// The card in whose list it appears.
    pub card: Option<CardId>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub next_at: Moment,
    /// When it was queued.
    pub created_at: Moment,
    /// When it was sent or given up.
    pub finished_at: Option<Moment>,
    /// When it came back although the mail server had taken it; its state is [`State::Dead`] then.
    pub bounced_at: Option<Moment>,
    /// What the mail server said last, with the address covered.
    pub last_answer: Option<String>,
    /// The letter of which this is a second copy.
    pub copy_of: Option<OutboxId>,
}

impl Listed {
    /// When the mail server took it, if it did: also of a letter that came back later.
    pub fn sent_at(&self) -> Option<Moment> {
        self.finished_at.filter(|_| self.state == State::Sent || self.bounced_at.is_some())
    }
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

/// The form of an address under which it is compared.
pub fn email_key(email: &Email) -> String {
    email.as_str().to_ascii_lowercase()
}

/// Takes back those of these letters that wait still, says why in the place of the server's answer, and how many there were.
pub fn cancel_queued(tx: &WriteTx<'_>, letters: &[OutboxId], why: &str) -> Result<usize, Fault> {
    store::cancel_queued(tx, letters, why)
}
