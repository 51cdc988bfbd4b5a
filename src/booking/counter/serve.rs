//! An act of the counter as a form asks for it: once, for one booking or for many.

use std::collections::BTreeSet;

use super::{
    CounterError, HandOver, Incomplete, Served, UndoHandOver, check_in, hand_over, incomplete, mark_no_show,
    resume, undo_check_in, undo_hand_over, undo_no_show,
};
use crate::base::{BookingId, CardId};
use crate::db::WriteTx;
use crate::once::{self, OnceKey};

/// The most bookings that one form can ask for: so many are done well within a turn of the writer.
pub const MANY_MAX: usize = 100;

/// What shall be done with a booking.
#[derive(Clone, Debug)]
pub enum Act {
    /// Its people have come (受付).
    CheckIn,
    /// They have not, after all.
    UndoCheckIn,
    /// They get their cards (交付); no names mean everybody.
    HandOver(Vec<CardId>),
    /// They did not, after all; no names mean everybody.
    UndoHandOver {
        /// Whose cards.
        cards: Vec<CardId>,
        /// Why.
        reason: Option<String>,
        /// Whether the person may take back what others or other days recorded.
        may_undo_later: bool,
    },
    /// Somebody's papers are missing (不備).
    Incomplete {
        /// Whose card.
        card: CardId,
        /// What is missing.
        reason: String,
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
    /// The bookings; at most [`MANY_MAX`].
    pub bookings: Vec<BookingId>,
    /// What.
    pub act: Act,
    /// Makes the same form take effect once.
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
    let before = once::seen(tx, &wish.once)?;
    let done: BTreeSet<String> = before.iter().flat_map(|ids| ids.split(',').map(str::to_owned)).collect();
    let mut answers = Vec::new();
    for id in wish.bookings.iter().take(MANY_MAX) {
        let answer = if done.contains(&id.to_string()) {
            super::get(tx, *id).map(|booking| super::unchanged(&booking))
        } else {
            tx.part(|tx| act_on(tx, *id, &wish.act))
        };
        match answer {
            Err(CounterError::Fault(fault)) => return Err(fault.into()),
            answer => answers.push((*id, answer)),
        }
    }
    if before.is_none() {
        let ids: Vec<String> =
            answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(id, _)| id.to_string()).collect();
        once::keep(tx, &wish.once, "booking.served_many", &ids.join(","))?;
    }
    Ok(answers)
}

fn act_on(tx: &WriteTx<'_>, booking: BookingId, act: &Act) -> Result<Served, CounterError> {
    match act {
        Act::CheckIn => check_in(tx, booking),
        Act::UndoCheckIn => undo_check_in(tx, booking),
        Act::HandOver(cards) => hand_over(tx, &HandOver { booking, cards: cards.clone() }),
        Act::UndoHandOver { cards, reason, may_undo_later } => undo_hand_over(
            tx,
            &UndoHandOver {
                booking,
                cards: cards.clone(),
                reason: reason.clone(),
                may_undo_later: *may_undo_later,
            },
        ),
        Act::Incomplete { card, reason } => {
            incomplete(tx, &Incomplete { booking, card: *card, reason: reason.clone() })
        }
        Act::Resume => resume(tx, booking),
        Act::NoShow => mark_no_show(tx, booking),
        Act::UndoNoShow => undo_no_show(tx, booking),
    }
}
