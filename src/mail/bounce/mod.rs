//! Letters that came back (不達の知らせ、バウンス): which letter it was, and what that says of its address.
//!
//! **Invariant:** a bounce is believed by the number that only the letter carried; one that names nothing but an address is
//! noted and stops no information, because anybody could have written it.
//! **Invariant:** the same bounce read twice changes nothing the second time.
//!
//! Spec: 7(2)⑪.

mod read;

use std::time::Duration;

use super::failure::{self, Kind};
use super::store;
use super::verdict::without_address;
use crate::base::{Email, OutboxId};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Event, Record};

pub use read::{BadBounce, read_bounce};

/// How long after it left a letter that is told by its address only can come back.
const LATEST: Duration = Duration::from_hours(24 * 7);

/// What a bounce says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Numbers that could be a letter's, the most trustworthy first.
    pub(super) ids: Vec<String>,
    /// Addresses that it names as those that were not reached.
    pub(super) to: Vec<Email>,
    /// What became of the letter.
    pub fate: Fate,
    /// The words of the server that had the letter last.
    pub said: String,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It came back, and so would the next one.
    Hard,
    /// It came back, and the next one may arrive: the mailbox is full, a server was away.
    Soft,
    /// It is still tried.
    Delayed,
    /// It arrived.
    Arrived,
}

/// What was done with a bounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounced {
    /// The letter is marked as one that came back.
    Marked {
        /// The letter.
        letter: OutboxId,
        /// Whether its address gets no information any more.
        suppressed: bool,
    },
    /// It was marked before.
    Again(OutboxId),
    /// It told of a delay, or that the letter arrived: nothing was changed.
    Nothing(OutboxId),
}

/// Why a bounce is of no letter of this city.
#[derive(Debug, thiserror::Error)]
pub enum BounceError {
    /// It names no letter and no address of this city.
    #[error("it names no letter that this city has sent")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Marks the letter that came back, and notes it against its address.
pub fn take_bounce(tx: &WriteTx<'_>, bounce: &Bounce) -> Result<Bounced, BounceError> {
    let (id, proven) = find(tx, bounce)?.ok_or(BounceError::Unknown)?;
    let row = store::by_id(tx, id)?.ok_or(BounceError::Unknown)?;
    if row.bounced_at.is_some() {
        return Ok(Bounced::Again(id));
    }
    let kind = match bounce.fate {
        Fate::Hard if proven => Kind::Hard,
        Fate::Hard | Fate::Soft => Kind::Soft,
        Fate::Delayed | Fate::Arrived => return Ok(Bounced::Nothing(id)),
    };
    let to = Email::parse(row.to.uncover()).map_err(|_| Fault::Stored(format!("outbox {id}: to_email")))?;
    let said = without_address(&bounce.said, &to);
    store::mark_bounced(tx, id, &said)?;
    failure::note(tx, &to, id, (kind, &said))?;
    let cards: Vec<_> = row.card.into_iter().collect();
    history::record(tx, &Event { cards: &cards, ..Event::of("mail.bounced", Record::Mail(id)) })?;
    Ok(Bounced::Marked { letter: id, suppressed: failure::is_suppressed(tx, &to)? })
}

/// The letter that is meant, and whether the bounce proves it by the letter's own number.
fn find(tx: &WriteTx<'_>, bounce: &Bounce) -> Result<Option<(OutboxId, bool)>, Fault> {
    for id in &bounce.ids {
        if let Some(found) = store::by_message(tx, id)? {
            return Ok(Some((found, true)));
        }
    }
    for to in &bounce.to {
        if let Some(found) = store::newest_sent_to(tx, to.as_str(), tx.now().minus(LATEST))? {
            return Ok(Some((found, false)));
        }
    }
    Ok(None)
}
