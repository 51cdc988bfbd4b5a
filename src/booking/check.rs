//! Whether a slot can be booked: it exists, is offered, lies in the window, and has seats left.
//!
//! **Invariant:** this runs in the transaction that takes the seats.

use super::closures;
use super::procedures::Procedure;
use super::reshape;
use super::room::{self, Room};
use super::seats::Except;
use super::store;
use super::types::{Booking, Channel};
use crate::base::{Moment, text};
use crate::calendar::{self, Audience, Deadlines, Slot, SlotId};
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
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The first slot.
    pub(super) slot: SlotId,
    pub(super) people: u8,
    /// What for: it says how many slots in a row, and whose seats.
    pub(super) procedure: Procedure,
    /// Who asks.
    pub(super) channel: Channel,
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

/// A time that passed: the procedure's slots as one.
pub(super) struct Passed {
    pub(super) slot: Slot,
    pub(super) seats: u8,
    left: u32,
}

/// The time, if it is offered, inside the window, and has seats left.
pub(super) fn check_slot(tx: &ReadTx<'_>, asked: &Asked) -> Result<Passed, SlotRefusal> {
    let passed = open_slot(tx, asked)?;
    if asked.guard == Guard::On && passed.left < u32::from(passed.seats) {
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

/// The time, if it is offered and inside the window; whether seats are left is not asked.
fn open_slot(tx: &ReadTx<'_>, asked: &Asked) -> Result<Passed, SlotRefusal> {
    let (today, day) = (tx.today(), asked.slot.day);
    let location = calendar::location(tx, asked.slot.location)?.filter(|place| place.is_in_use(day));
    let location = location.ok_or(SlotRefusal::Closed)?;
    let audience = room::audience(asked.channel);
    if audience == Audience::Citizen && !location.citizen_visible {
        return Err(SlotRefusal::Closed);
    }
    let rules =
        calendar::rules(tx, location.id, today.min(day), today.plus(calendar::COUNTING_REACH).max(day))?;
    let quota = calendar::quota(tx, location.id)?;
    let room = Room { procedure: &asked.procedure, quota: &quota, channel: asked.channel, now: tx.now() };
    let slots = rules.slots(day);
    let at = slots.iter().position(|slot| slot.starts == asked.slot.starts).ok_or(SlotRefusal::Closed)?;
    let needed = room.stretch(slots.get(at..).unwrap_or_default()).ok_or(SlotRefusal::Closed)?;
    let taken = store::taken(tx, location.id, day, day, asked.except)?;
    let whole = room.measure(needed, &taken, location.few_percent).ok_or(SlotRefusal::Closed)?;
    let window = calendar::window(tx, location.id, audience)?;
    if !window.may_book(tx.now(), &whole.slot, &rules, asked.travel) {
        return Err(SlotRefusal::Outside);
    }
    Ok(Passed { slot: whole.slot, seats: location.seats_for(asked.people), left: whole.left })
}

/// How long after their day people can still choose another time when their office was closed out of turn, in days.
const REBOOK_DAYS: i32 = 30;

/// The deadlines of a booking: those of its location, or, where the office took its time away and asked for another one, the
/// moment at which it begins; where the office is closed out of turn, some weeks more.
///
/// Spec: 7(2)⑥, 7(3)⑩.
pub fn deadlines(tx: &ReadTx<'_>, booking: &Booking) -> Result<Deadlines, Fault> {
    let Deadlines { change, cancel } = calendar::deadlines(tx, booking.location, booking.day)?;
    if reshape::is_asked(tx, booking.id)? {
        let begins = booking.starts_at();
        return Ok(Deadlines { change: change.max(begins), cancel: cancel.max(begins) });
    }
    if closures::hits(tx, booking.id)? {
        let later = Moment::at(booking.day.plus(REBOOK_DAYS), booking.ends);
        return Ok(Deadlines { change: change.max(later), cancel: cancel.max(later) });
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
