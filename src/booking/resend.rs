//! Staff send letters of the outbox once more, or take back those that wait.
//!
//! It stands here because a letter about a booking may go again only while it is true.
//!
//! Spec: 7(3)⑪.

use super::timed;
use crate::base::OutboxId;
use crate::db::{Fault, WriteTx};
use crate::mail::{self, AgainError};
use crate::once::{self, OnceKey};

/// The wish to deal with letters of the outbox.
#[derive(Clone, Debug)]
pub struct Again {
    /// The letters, 100 at most.
    pub letters: Vec<OutboxId>,
    /// The form's key.
    pub once: OnceKey,
}

/// What became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dealt {
    /// Letters that were dealt with.
    pub done: usize,
    /// Letters that wait or are being sent already.
    pub on_its_way: usize,
    /// Letters whose link was forgotten.
    pub link_gone: usize,
    /// Letters whose booking has another time, is cancelled or over.
    pub no_longer: usize,
    /// Letters that do not wait any more, or are not there.
    pub not_waiting: usize,
}

/// Sends letters again, each that can be. The same form sent again sends nothing.
pub fn send_again(tx: &WriteTx<'_>, wish: &Again) -> Result<Dealt, Fault> {
    deal(tx, wish, "mail.sent_again", |tx, id| {
        let kept = mail::kept(tx, id)?.ok_or(AgainError::NotFound)?;
        if let (Some(booking), Some(letter)) = (kept.row.booking, &kept.letter)
            && !timed::still_so(tx, booking, letter)?
        {
            return Err(AgainError::NoLonger);
        }
        mail::send_again(tx, id).map(|_| ())
    })
}

/// Takes back letters that wait, each that still does.
pub fn call_off(tx: &WriteTx<'_>, wish: &Again) -> Result<Dealt, Fault> {
    deal(tx, wish, "mail.called_off", mail::call_off)
}

fn deal(
    tx: &WriteTx<'_>,
    wish: &Again,
    operation: &'static str,
    act: impl Fn(&WriteTx<'_>, OutboxId) -> Result<(), AgainError>,
) -> Result<Dealt, Fault> {
    if let Some(before) = once::seen(tx, &wish.once)? {
        return Ok(Dealt::read_back(&before));
    }
    let mut dealt = Dealt::default();
    for id in &wish.letters {
        let count = match act(tx, *id) {
            Ok(()) => &mut dealt.done,
            Err(AgainError::OnItsWay) => &mut dealt.on_its_way,
            Err(AgainError::LinkGone) => &mut dealt.link_gone,
            Err(AgainError::NoLonger) => &mut dealt.no_longer,
            Err(AgainError::NotWaiting | AgainError::NotFound) => &mut dealt.not_waiting,
            Err(AgainError::Fault(fault)) => return Err(fault),
        };
        *count += 1;
    }
    once::keep(tx, &wish.once, operation, &dealt.written())?;
    Ok(dealt)
}

impl Dealt {
    fn written(self) -> String {
        let counts = [self.done, self.on_its_way, self.link_gone, self.no_longer, self.not_waiting];
        counts.map(|count| count.to_string()).join(",")
    }

    fn read_back(kept: &str) -> Self {
        let mut counts = kept.split(',').map(|count| count.parse().unwrap_or(0));
        let mut next = || counts.next().unwrap_or(0);
        Self { done: next(), on_its_way: next(), link_gone: next(), no_longer: next(), not_waiting: next() }
    }
}
