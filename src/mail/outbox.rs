//! Taking letters out of the queue, and noting what became of them.

use std::time::Duration;

use super::{Letter, State, store};
use crate::base::{BookingId, Email, Moment, OutboxId};
use crate::db::{Fault, ReadTx, WriteTx};

/// How long to wait after the first, second … attempt that failed for now.
const WAITS: [Duration; 5] = [
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
];

/// After so long a letter is given up.
const PATIENCE: Duration = Duration::from_hours(24);

/// A letter whose time has come.
#[derive(Clone, Debug)]
pub struct Due {
    /// Its row.
    pub id: OutboxId,
    /// To whom.
    pub to: Email,
    /// In which language.
    pub language: String,
    /// What it says.
    pub letter: Letter,
    /// The booking that it tells of.
    pub booking: Option<BookingId>,
    /// The part of its Message-ID before the `@`; the same for every attempt.
    pub message_id: String,
    /// When it was queued.
    pub created_at: Moment,
    /// How often it was tried before.
    pub attempts: u32,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The mail server took it.
    Taken {
        /// What it said.
        answer: String,
    },
    /// It did not work this time.
    Later {
        /// What was said.
        answer: String,
    },
    /// It will never work.
    Never {
        /// What was said.
        answer: String,
    },
}

/// Marks up to `most` letters whose time has come as being sent, and gives them out.
pub fn claim(tx: &WriteTx<'_>, most: usize) -> Result<Vec<Due>, Fault> {
    let due = store::due(tx, most)?;
    for letter in &due {
        store::set_state(tx, letter.id, State::Sending)?;
    }
    Ok(due)
}

/// Notes what became of an attempt.
pub fn settle(tx: &WriteTx<'_>, letter: &Due, sent: &Sent) -> Result<(), Fault> {
    match sent {
        Sent::Taken { answer } => store::finish(tx, letter.id, State::Sent, &stripped(letter)?, answer),
        Sent::Never { answer } => store::finish(tx, letter.id, State::Dead, &stripped(letter)?, answer),
        Sent::Later { answer } => match next_try(letter, tx.now()) {
            Some(next) => store::try_again(tx, letter.id, next, answer),
            None => store::finish(tx, letter.id, State::Dead, &stripped(letter)?, answer),
        },
    }
}

/// Takes back a letter that was claimed, because what it says is no longer so; `why` stands where the server's answer would.
pub fn withdraw(tx: &WriteTx<'_>, letter: &Due, why: &str) -> Result<(), Fault> {
    store::finish(tx, letter.id, State::Cancelled, &stripped(letter)?, why)
}

/// After a start: what was being sent when the program stopped is sent again. At most that letter can arrive twice.
pub fn requeue_unfinished(tx: &WriteTx<'_>) -> Result<usize, Fault> {
    store::requeue_sending(tx)
}

/// When the next letter is to be sent; `None` when nothing waits.
pub fn next_due(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::next_due(tx)
}

/// Whether something was being sent when the program stopped.
pub fn has_unfinished(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    store::has_sending(tx)
}

fn next_try(letter: &Due, now: Moment) -> Option<Moment> {
    let last = WAITS.last().copied().unwrap_or(PATIENCE);
    let wait =
        usize::try_from(letter.attempts).ok().and_then(|tried| WAITS.get(tried)).copied().unwrap_or(last);
    let next = now.plus(wait);
    (next.since(letter.created_at) < PATIENCE).then_some(next)
}

fn stripped(letter: &Due) -> Result<String, Fault> {
    serde_json::to_string(&letter.letter.clone().without_secrets())
        .map_err(|error| Fault::Stored(error.to_string()))
}
