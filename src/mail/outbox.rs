//! Taking letters out of the queue, and noting what became of them.

use std::time::Duration;

use super::failure::{self, Kind};
use super::pace::Allowance;
use super::verdict::without_address;
use super::{Letter, State, refusal, silence, store};
use crate::base::{BookingId, Email, Moment, OutboxId};
use crate::db::{Fault, ReadTx, WriteTx};

/// Rows that are looked at for each one that is taken: many may be of a domain whose turn is over.
const LOOKED_AT: usize = 8;

/// Stands where the server's answer would, for information to an address that gets none any more.
const SUPPRESSED: &str = "メール不達のアドレスのため、案内は送りませんでした";

/// The same for a letter of a procedure that the program would send by itself: somebody has to tell them another way.
const UNREACHED: &str = "メール不達のアドレスのため、送りませんでした。電話などで知らせてください";

/// The same for news to whoever refused them.
const REFUSED: &str = "本人がお知らせのメールを断ったため、送りませんでした";

/// The same for a row that nobody can read.
const UNREADABLE: &str = "送る内容を読めないため、送れませんでした";

/// How long to wait after the first, second … attempt that failed for now.
const WAITS: [Duration; 5] = [
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
];

/// A mail server that does not answer is no fault of the letter: once it is back, nobody waits longer than this.
const SILENT_WAIT: Duration = Duration::from_mins(5);

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
    /// When it was queued, or when staff sent it again.
    pub since: Moment,
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
    /// There was no conversation with the mail server, or it refuses us.
    Silent {
        /// What was found instead.
        answer: String,
    },
    /// It will never work.
    Never {
        /// What was said.
        answer: String,
        /// Whether it was said that there is no such mailbox.
        no_mailbox: bool,
    },
}

/// Marks up to `most` letters whose time has come as being sent, and gives them out.
pub fn claim(tx: &WriteTx<'_>, most: usize) -> Result<Vec<Due>, Fault> {
    claim_within(tx, &Allowance::anywhere(most))
}

/// The same, as many as the pace allows.
pub fn claim_within(tx: &WriteTx<'_>, allowance: &Allowance) -> Result<Vec<Due>, Fault> {
    claim_these(tx, allowance, &look_within(tx, allowance)?)
}

/// The letters that may be claimed now, in their order; a few more than the pace allows, as some may not leave. However many
/// wait for a domain whose turn is over, it is a reader that passes them.
pub fn look_within(tx: &ReadTx<'_>, allowance: &Allowance) -> Result<Vec<OutboxId>, Fault> {
    store::due(tx, &allowance.closed(), allowance.most.saturating_mul(LOOKED_AT))
}

/// Claims those of these letters that still wait.
///
/// Information for an address that gets none any more is taken back here, and a row that cannot be read is given up: neither
/// may hold up those behind it.
pub fn claim_these(tx: &WriteTx<'_>, allowance: &Allowance, ids: &[OutboxId]) -> Result<Vec<Due>, Fault> {
    let mut left = allowance.left.clone();
    let mut claimed = Vec::new();
    for row in store::still_due(tx, ids)? {
        if claimed.len() >= allowance.most {
            break;
        }
        let room = left.entry(row.domain.clone()).or_insert(allowance.usual);
        if *room == 0 {
            continue;
        }
        let (id, information, params) = (row.id, row.information, row.params());
        let Ok(letter) = row.read() else {
            store::finish(tx, id, State::Dead, &params, UNREADABLE)?;
            continue;
        };
        if is_held_back(tx, &letter, information)? {
            continue;
        }
        *room -= 1;
        store::set_state(tx, id, State::Sending)?;
        claimed.push(letter);
    }
    Ok(claimed)
}

/// Whether a letter must not leave: its address is known not to exist and nobody asked for it just now, or its owner refused
/// news. It is taken back then, or given up where staff have to tell them in another way.
fn is_held_back(tx: &WriteTx<'_>, letter: &Due, information: bool) -> Result<bool, Fault> {
    if letter.letter.is_asked_for() {
        return Ok(false);
    }
    if letter.letter.way_out().is_some() && refusal::refuses(tx, &letter.to)? {
        withdraw(tx, letter, REFUSED)?;
        return Ok(true);
    }
    if !failure::is_suppressed(tx, &letter.to)? {
        return Ok(false);
    }
    if information {
        withdraw(tx, letter, SUPPRESSED)?;
    } else {
        store::finish(tx, letter.id, State::Dead, &stripped(letter)?, UNREACHED)?;
    }
    Ok(true)
}

/// Notes what became of an attempt, and against an address that there is no mailbox, or that a day was not enough.
pub fn settle(tx: &WriteTx<'_>, letter: &Due, sent: &Sent) -> Result<(), Fault> {
    let said = |answer: &str| without_address(answer, &letter.to);
    match sent {
        Sent::Silent { answer } => silence::note(tx, &said(answer))?,
        Sent::Taken { .. } | Sent::Later { .. } | Sent::Never { .. } => silence::end(tx)?,
    }
    match sent {
        Sent::Taken { answer } => {
            store::finish(tx, letter.id, State::Sent, &stripped(letter)?, &said(answer))
        }
        Sent::Never { answer, no_mailbox } => {
            let kind = if *no_mailbox { Kind::Hard } else { Kind::Soft };
            give_up(tx, letter, &said(answer), kind)
        }
        Sent::Later { answer } => match next_try(letter, tx.now(), PATIENCE) {
            Some(next) => store::try_again(tx, letter.id, next, &said(answer)),
            None => give_up(tx, letter, &said(answer), Kind::Soft),
        },
        // It says nothing about the address.
        Sent::Silent { answer } => match next_try(letter, tx.now(), SILENT_WAIT) {
            Some(next) => store::try_again(tx, letter.id, next, &said(answer)),
            None => store::finish(tx, letter.id, State::Dead, &stripped(letter)?, &said(answer)),
        },
    }
}

fn give_up(tx: &WriteTx<'_>, letter: &Due, answer: &str, kind: Kind) -> Result<(), Fault> {
    store::finish(tx, letter.id, State::Dead, &stripped(letter)?, answer)?;
    failure::note(tx, &letter.to, letter.id, (kind, answer))?;
    Ok(())
}

/// Takes back a letter that was claimed, because what it says is no longer so; `why` stands where the server's answer would.
pub fn withdraw(tx: &WriteTx<'_>, letter: &Due, why: &str) -> Result<(), Fault> {
    store::finish(tx, letter.id, State::Cancelled, &stripped(letter)?, why)
}

/// After a start: what was being sent when the program stopped is sent again. At most what was under way at that moment, as
/// many letters as there are connections, can arrive twice; their Message-ID is the same, so that a mailbox can tell.
pub fn requeue_unfinished(tx: &WriteTx<'_>) -> Result<usize, Fault> {
    store::requeue_sending(tx)
}

/// When the next letter is to be sent; `None` when nothing waits.
pub fn next_due(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::next_due(tx)
}

/// When the next letter is to be sent where some domains have to wait: of each of those, and of all others (`None`).
pub fn next_due_by_domain(
    tx: &ReadTx<'_>,
    closed: &[String],
) -> Result<Vec<(Option<String>, Moment)>, Fault> {
    store::next_due_by_domain(tx, closed)
}

/// Whether something was being sent when the program stopped.
pub fn has_unfinished(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    store::has_sending(tx)
}

/// When it is tried next, after at most this long; `None` when it has waited long enough.
fn next_try(letter: &Due, now: Moment, longest: Duration) -> Option<Moment> {
    let last = WAITS.last().copied().unwrap_or(PATIENCE);
    let wait =
        usize::try_from(letter.attempts).ok().and_then(|tried| WAITS.get(tried)).copied().unwrap_or(last);
    let next = now.plus(wait.min(longest));
    (next.since(letter.since) < PATIENCE).then_some(next)
}

fn stripped(letter: &Due) -> Result<String, Fault> {
    serde_json::to_string(&letter.letter.clone().without_secrets())
        .map_err(|error| Fault::Stored(error.to_string()))
}
