//! An act of the counter as a form asks for it: once, for one booking or for many.

use std::collections::BTreeSet;

use super::{
    CounterError, HandOver, Incomplete, Served, UndoHandOver, check_in, hand_over, incomplete, mark_no_show,
    resume, undo_check_in, undo_hand_over, undo_no_show,
};
use crate::base::BookingId;
use crate::booking::Who;
use crate::cards::ReasonCode;
use crate::db::WriteTx;
use crate::once::{self, OnceKey};

/// So many rows are done well within a turn of the writer; a form that asks for more is done in several.
pub const SERVED_AT_ONCE: usize = 15;

/// What shall be done with a booking.
#[derive(Clone, Debug)]
pub enum Act {
    /// Its people have come (受付).
    CheckIn,
    /// They have not, after all.
    UndoCheckIn,
    /// They get their cards (交付), or what they came for is done (完了); no names mean everybody.
    HandOver(Vec<Who>),
    /// They did not, after all; no names mean everybody.
    UndoHandOver {
        /// For whom.
        people: Vec<Who>,
        /// Why.
        reason: Option<String>,
        /// Whether the person may take back what others or other days recorded.
        may_undo_later: bool,
    },
    /// Somebody's papers are missing (不備).
    Incomplete {
        /// Whose.
        who: Who,
        /// What is missing.
        reason: String,
        /// The same in a word that is counted.
        code: Option<ReasonCode>,
    },
    /// The papers are there (再開).
    Resume,
    /// Nobody came (未来庁).
    NoShow,
    /// That is not settled yet.
    UndoNoShow,
}

/// The wish to do something with one booking.
#[derive(Clone, Debug)]
pub struct Serve {
    /// The booking.
    pub booking: BookingId,
    /// What.
    pub act: Act,
    /// Makes the same form take effect once.
    pub once: OnceKey,
}

/// The wish to do the same with several bookings.
#[derive(Clone, Debug)]
pub struct ServeMany {
    /// The bookings; at most [`SERVED_AT_ONCE`].
    pub bookings: Vec<BookingId>,
    /// What.
    pub act: Act,
    /// Makes the same part of a form take effect once.
    pub once: OnceKey,
}

/// How it went with one of several bookings.
pub type Answer = (BookingId, Result<Served, CounterError>);

/// Does it, unless this form has done it before.
///
/// Spec: 7(2)⑦.
pub fn serve(tx: &WriteTx<'_>, wish: &Serve) -> Result<Served, CounterError> {
    if once::seen(tx, &wish.once)?.is_some() {
        return Ok(super::unchanged(&super::get(tx, wish.booking)?));
    }
    let served = act_on(tx, wish.booking, &wish.act)?;
    once::keep(tx, &wish.once, "booking.served", &served.booking.to_string())?;
    Ok(served)
}

/// Does it for each booking that allows it, in one transaction; the answer says for each how it went.
///
/// A booking that refuses stays as it was. Only a fault undoes everything. Spec: 7(2)⑦.
pub fn serve_many(tx: &WriteTx<'_>, wish: &ServeMany) -> Result<Vec<Answer>, CounterError> {
    let (keys, operation) = (&wish.bookings, "booking.served_many");
    each(tx, (&wish.once, operation), keys, |tx, id, before| {
        if before {
            super::get(tx, id).map(|booking| super::unchanged(&booking))
        } else {
            act_on(tx, id, &wish.act)
        }
    })
}

/// How it went with each of several rows.
type Answers<K, T> = Vec<(K, Result<T, CounterError>)>;

/// Does something for each row on its own: a refusal leaves that row as it was, a fault undoes everything.
///
/// A form that comes again learns from `true` that its row was done before.
pub(super) fn each<K: Copy + ToString, T>(
    tx: &WriteTx<'_>,
    (once, operation): (&OnceKey, &'static str),
    keys: &[K],
    act: impl Fn(&WriteTx<'_>, K, bool) -> Result<T, CounterError>,
) -> Result<Answers<K, T>, CounterError> {
    let before = once::seen(tx, once)?;
    let done: BTreeSet<String> = before.iter().flat_map(|rows| rows.split(',').map(str::to_owned)).collect();
    let mut answers = Vec::new();
    for key in keys.iter().take(SERVED_AT_ONCE) {
        match tx.part(|tx| act(tx, *key, done.contains(&key.to_string()))) {
            Err(CounterError::Fault(fault)) => return Err(fault.into()),
            answer => answers.push((*key, answer)),
        }
    }
    if before.is_none() {
        let rows = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(key, _)| key.to_string());
        once::keep(tx, once, operation, &rows.collect::<Vec<_>>().join(","))?;
    }
    Ok(answers)
}

fn act_on(tx: &WriteTx<'_>, booking: BookingId, act: &Act) -> Result<Served, CounterError> {
    match act {
        Act::CheckIn => check_in(tx, booking),
        Act::UndoCheckIn => undo_check_in(tx, booking),
        Act::HandOver(people) => hand_over(tx, &HandOver { booking, people: people.clone() }),
        Act::UndoHandOver { people, reason, may_undo_later } => undo_hand_over(
            tx,
            &UndoHandOver {
                booking,
                people: people.clone(),
                reason: reason.clone(),
                may_undo_later: *may_undo_later,
            },
        ),
        Act::Incomplete { who, reason, code } => {
            incomplete(tx, &Incomplete { booking, who: *who, reason: reason.clone(), code: *code })
        }
        Act::Resume => resume(tx, booking),
        Act::NoShow => mark_no_show(tx, booking),
        Act::UndoNoShow => undo_no_show(tx, booking),
    }
}
