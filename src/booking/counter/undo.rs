//! Slips of the hand are taken back.

use super::{CounterError, Served, get, mark, set_member, store, told, told_of, unchanged};
use crate::base::{BookingId, CardId};
use crate::booking::{
    Booking, BookingStatus, CancelledBy, Channel, Member, Outcome, Who, confirm, follow, store as rows,
};
use crate::cards::{self, BookingState, UndoIssue};
use crate::db::WriteTx;

/// The wish to take a hand-over back.
#[derive(Clone, Debug)]
pub struct UndoHandOver {
    /// The booking.
    pub booking: BookingId,
    /// For whom; empty means all that were done.
    pub people: Vec<Who>,
    /// Why; needed unless it is the same person on the same day.
    pub reason: Option<String>,
    /// Whether the person may take back what another person or another day recorded.
    pub may_undo_later: bool,
}

/// Takes a check-in back. Doing it again changes nothing.
pub fn undo_check_in(tx: &WriteTx<'_>, id: BookingId) -> Result<Served, CounterError> {
    back_to_expected(tx, id, BookingStatus::CheckedIn, "booking.check_in_undone")
}

/// Takes a no-show back without anybody having come. Doing it again changes nothing.
///
/// Spec: 7(2)⑫.
pub fn undo_no_show(tx: &WriteTx<'_>, id: BookingId) -> Result<Served, CounterError> {
    back_to_expected(tx, id, BookingStatus::NoShow, "booking.no_show_undone")
}

fn back_to_expected(
    tx: &WriteTx<'_>,
    id: BookingId,
    from: BookingStatus,
    operation: &'static str,
) -> Result<Served, CounterError> {
    let booking = get(tx, id)?;
    if booking.status == BookingStatus::Confirmed {
        return Ok(unchanged(&booking));
    }
    if booking.status != from {
        return Err(CounterError::Status(booking.status));
    }
    rows::set_status(tx, id, BookingStatus::Confirmed, None)?;
    mark(tx, &booking, Some(BookingState::Confirmed), true)?;
    told(tx, id, operation, None)
}

/// Takes the record of a hand-over back: the cards are as before, and their people wait again.
///
/// A visit without a booking is struck out; people of a past day count as not come. The same person may do it on the
/// same day; later it takes the permission and a reason. Spec: 7(2)⑦.
pub fn undo_hand_over(tx: &WriteTx<'_>, wish: &UndoHandOver) -> Result<Served, CounterError> {
    let booking = get(tx, wish.booking)?;
    let wanted = with_outcome(&booking, Outcome::Issued, &wish.people)?;
    if wanted.is_empty() {
        return Ok(unchanged(&booking));
    }
    let cards: Vec<CardId> = wanted.iter().copied().filter_map(Who::card).collect();
    for card in cards.iter().filter(|_| booking.is_issuance()) {
        let undo = UndoIssue {
            card: *card,
            reason: wish.reason.clone(),
            expect_version: None,
            may_undo_later: wish.may_undo_later,
        };
        cards::undo_issue(tx, &undo)?;
    }
    if booking.channel == Channel::WalkIn {
        rows::cancel(tx, booking.id, CancelledBy::Staff, wish.reason.as_deref())?;
        follow::follow_cards(tx, &cards)?;
    } else if booking.day < tx.today() {
        stayed_away(tx, &booking, &wanted)?;
    } else {
        wait_again(tx, &booking, &wanted)?;
    }
    told_of(tx, booking.id, "booking.hand_over_undone", (&cards, None), wish.reason.clone())
}

/// Serves people on whose papers were missing: the paper was found, or noting it was a slip.
pub fn resume(tx: &WriteTx<'_>, id: BookingId) -> Result<Served, CounterError> {
    let booking = get(tx, id)?;
    let wanted = with_outcome(&booking, Outcome::Incomplete, &[])?;
    if wanted.is_empty() {
        return Ok(unchanged(&booking));
    }
    if booking.day != tx.today() {
        return Err(CounterError::NotToday(booking.day));
    }
    wait_again(tx, &booking, &wanted)?;
    let cards: Vec<CardId> = wanted.into_iter().filter_map(Who::card).collect();
    told_of(tx, id, "booking.resumed", (&cards, None), None)
}

fn with_outcome(booking: &Booking, outcome: Outcome, named: &[Who]) -> Result<Vec<Who>, CounterError> {
    for who in named {
        booking.member(*who).ok_or(CounterError::NotInBooking)?;
    }
    let such = booking.members.iter().filter(|member| member.outcome == Some(outcome));
    let meant = |who: &Who| named.is_empty() || named.contains(who);
    Ok(such.filter_map(Member::who).filter(meant).collect())
}

fn stayed_away(tx: &WriteTx<'_>, booking: &Booking, people: &[Who]) -> Result<(), CounterError> {
    for who in people {
        set_member(tx, booking.id, *who, None, false)?;
        confirm::mark_card(tx, &booking.procedure, *who, Some(BookingState::NoShow))?;
    }
    Ok(rows::set_status(tx, booking.id, BookingStatus::NoShow, None)?)
}

fn wait_again(tx: &WriteTx<'_>, booking: &Booking, people: &[Who]) -> Result<(), CounterError> {
    for who in people {
        set_member(tx, booking.id, *who, None, true)?;
        confirm::mark_card(tx, &booking.procedure, *who, Some(BookingState::CheckedIn))?;
    }
    Ok(store::reopen(tx, booking.id)?)
}
