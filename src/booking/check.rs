//! Whether a slot can be booked: it exists, is offered, lies in the window, and has seats left.
//!
//! **Invariant:** this runs in the transaction that takes the seats.

use super::Booking;
use super::reshape;
use super::seats::{Except, seats_taken_in};
use crate::base::{Moment, text};
use crate::calendar::{self, Audience, Location, Slot, SlotId};
use crate::db::{Fault, ReadTx};

/// Why a slot cannot be booked.
#[derive(Debug, thiserror::Error)]
pub enum SlotRefusal {
    /// There is no such slot, or this audience is not offered it.
    #[error("no such slot")]
    Closed,
    /// It has begun, or lies before the first or after the last day.
    #[error("outside of the window")]
    Outside,
    /// Fewer seats are left than the party needs.
    #[error("not enough seats")]
    Full,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What is asked of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) slot: SlotId,
    pub(super) people: u8,
    pub(super) audience: Audience,
    pub(super) travel: u16,
    pub(super) except: Except,
    pub(super) guard: Guard,
}

/// Whether the seats are counted. Off only in the control experiment that shows what the guard is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    On,
    Off,
}

/// Going over capacity: by permission, with a reason. Spec: 7(2)④.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overbook {
    /// Capacity holds.
    No,
    /// More than capacity may be booked, for this reason.
    Because(String),
}

/// A reason that cannot be kept: too long, with control characters, or with an individual number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reason cannot be kept")]
pub struct BadReason;

/// The longest reason, in characters.
const REASON_MAX: usize = 500;

/// The reason without the spaces around it.
pub(super) fn fit_reason(reason: &str) -> Result<&str, BadReason> {
    let reason = reason.trim();
    let unfit =
        reason.chars().count() > REASON_MAX || text::has_control(reason) || text::contains_my_number(reason);
    if unfit { Err(BadReason) } else { Ok(reason) }
}

impl Overbook {
    /// Refuses a reason that cannot be kept.
    pub(super) fn fit(&self) -> Result<(), BadReason> {
        match self {
            Self::No => Ok(()),
            Self::Because(reason) => fit_reason(reason).map(|_| ()),
        }
    }
}

/// A slot that passed.
pub(super) struct Passed {
    pub(super) slot: Slot,
    pub(super) location: Location,
    pub(super) seats: u8,
}

pub(super) fn check_slot(tx: &ReadTx<'_>, asked: &Asked) -> Result<Passed, SlotRefusal> {
    let passed = open_slot(tx, asked)?;
    if asked.guard == Guard::On && seats_left(tx, &passed.slot, asked.except)? < u32::from(passed.seats) {
        return Err(SlotRefusal::Full);
    }
    Ok(passed)
}

/// The same for staff, who may go over capacity where their wish says why; gives the reason when it was needed.
pub(super) fn take_slot(
    tx: &ReadTx<'_>,
    asked: &Asked,
    overbook: &Overbook,
) -> Result<(Passed, Option<String>), SlotRefusal> {
    match (check_slot(tx, asked), overbook) {
        (Err(SlotRefusal::Full), Overbook::Because(reason)) if !reason.trim().is_empty() => {
            Ok((open_slot(tx, asked)?, Some(reason.trim().to_owned())))
        }
        (checked, _) => Ok((checked?, None)),
    }
}

/// The slot, if it is offered and inside the window; whether seats are left is not asked.
pub(super) fn open_slot(tx: &ReadTx<'_>, asked: &Asked) -> Result<Passed, SlotRefusal> {
    let slot = calendar::slot(tx, &asked.slot)?.ok_or(SlotRefusal::Closed)?;
    let location = calendar::location(tx, slot.location)?.ok_or(SlotRefusal::Closed)?;
    let hidden = !slot.citizen_open || !location.citizen_visible;
    if asked.audience == Audience::Citizen && hidden {
        return Err(SlotRefusal::Closed);
    }
    if !in_window(tx, &slot, asked)? {
        return Err(SlotRefusal::Outside);
    }
    let seats = location.seats_for(asked.people);
    Ok(Passed { slot, location, seats })
}

fn in_window(tx: &ReadTx<'_>, slot: &Slot, asked: &Asked) -> Result<bool, Fault> {
    let today = tx.today();
    let reach = today.plus(calendar::COUNTING_REACH).max(slot.day);
    let rules = calendar::rules(tx, slot.location, today, reach)?;
    let window = calendar::window(tx, slot.location, asked.audience)?;
    Ok(window.may_book(tx.now(), slot, &rules, asked.travel))
}

/// Seats of the slot that neither a booking nor a hold takes.
pub(super) fn seats_left(tx: &ReadTx<'_>, slot: &Slot, except: Except) -> Result<u32, Fault> {
    let span = (slot.day, slot.starts, slot.ends);
    let taken = seats_taken_in(tx, slot.location, span, except)?;
    Ok(u32::from(slot.capacity).saturating_sub(taken))
}

/// Until when citizens may change and cancel a booking on the web.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From this moment on it can no longer be changed.
    pub change: Moment,
    /// From this moment on it can no longer be cancelled.
    pub cancel: Moment,
}

/// The deadlines of a booking: those of its location, or, where the office took its time away and asked for another one, the
/// moment at which it begins.
///
/// Spec: 7(2)⑥, 7(3)⑩.
pub fn deadlines(tx: &ReadTx<'_>, booking: &Booking) -> Result<Deadlines, Fault> {
    let window = calendar::window(tx, booking.location, Audience::Citizen)?;
    let (change, cancel) = (window.change_deadline(booking.day), window.cancel_deadline(booking.day));
    if reshape::is_asked(tx, booking.id)? {
        let begins = booking.starts_at();
        return Ok(Deadlines { change: change.max(begins), cancel: cancel.max(begins) });
    }
    Ok(Deadlines { change, cancel })
}

/// Whether citizens may still change a booking on the web.
pub(super) fn may_change(tx: &ReadTx<'_>, booking: &Booking) -> Result<bool, Fault> {
    Ok(tx.now() < deadlines(tx, booking)?.change)
}

/// Whether citizens may still cancel a booking on the web.
pub(super) fn may_cancel(tx: &ReadTx<'_>, booking: &Booking) -> Result<bool, Fault> {
    Ok(tx.now() < deadlines(tx, booking)?.cancel)
}
