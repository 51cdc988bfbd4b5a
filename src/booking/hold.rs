//! Holding seats while a citizen reads the precautions.

use super::applicant::Who;
use super::check::{Asked, Guard, Passed, SlotRefusal, check_slot};
use super::entry::{self, Session, SessionKey};
use super::seats::Except;
use super::{Booking, Channel, Procedure, person, procedures, store, waiting};
use crate::base::{CardId, LocationId, Moment};
use crate::calendar::SlotId;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::settings;

/// The wish to hold a slot for a session's party.
#[derive(Clone, Debug)]
pub struct Hold {
    /// The session.
    pub key: SessionKey,
    /// The slot.
    pub slot: SlotId,
}

/// Seats that are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Until when; `None` where the city holds nothing.
    pub until: Option<Moment>,
    /// How often it was extended.
    pub extended: u16,
}

/// Why nothing is held.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// The slot cannot be booked.
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    /// It was extended as often as it may be.
    #[error("extended too often")]
    NoMore,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Holds the seats for ten minutes (a setting). What the card held before is given up.
pub fn hold(tx: &WriteTx<'_>, wish: &Hold) -> Result<Held, HoldError> {
    take(tx, wish, Guard::On)
}

pub(super) fn take(tx: &WriteTx<'_>, wish: &Hold, guard: Guard) -> Result<Held, HoldError> {
    let session = entry::session(tx, &wish.key)?.ok_or(HoldError::SessionOver)?;
    let passed = check_slot(tx, &asked(tx, &session, wish.slot, guard)?)?;
    entry::choose_slot(tx, &wish.key, &wish.slot, passed.slot.location)?;
    keep(tx, &session, &passed, 0)
}

fn keep(tx: &WriteTx<'_>, session: &Session, passed: &Passed, extended: u16) -> Result<Held, HoldError> {
    let Some(span) = settings::read(tx)?.hold() else { return Ok(Held { until: None, extended: 0 }) };
    let until = tx.now().plus(span);
    // Whoever was told of this very time and had it kept does not lose it by coming for it.
    let kept = waiting::kept_until(tx, (session.who, &session.procedure), &passed.slot)?;
    let until = kept.map_or(until, |kept| kept.max(until));
    let new = store::NewHold {
        who: session.who,
        procedure: &session.procedure,
        slot: &passed.slot,
        seats: passed.seats,
        until,
        extended,
    };
    store::put_hold(tx, &new)?;
    Ok(Held { until: Some(until), extended })
}

/// Begins the ten minutes anew, as often as the city allows.
pub fn extend_hold(tx: &WriteTx<'_>, key: &SessionKey) -> Result<Held, HoldError> {
    let session = entry::session(tx, key)?.ok_or(HoldError::SessionOver)?;
    let slot = session.slot.ok_or(HoldError::SessionOver)?;
    let extended = held(tx, session.who)?.map_or(0, |held| held.extended);
    if extended >= settings::read(tx)?.hold_extensions {
        return Err(HoldError::NoMore);
    }
    let passed = check_slot(tx, &asked(tx, &session, slot, Guard::On)?)?;
    keep(tx, &session, &passed, extended + 1)
}

/// What somebody holds at this moment.
pub fn held(tx: &ReadTx<'_>, who: Who) -> Result<Option<Held>, Fault> {
    store::hold_of(tx, who)
}

/// When the first hold that is kept ends.
pub fn first_hold_end(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::first_hold_end(tx)
}

/// Forgets at most `limit` holds that ended before `before`, and says how many.
pub fn forget_holds(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    store::delete_holds(tx, before, limit)
}

/// What the session asks of a slot. Its own hold, and the booking that it changes, do not count against it.
pub(super) fn asked(tx: &ReadTx<'_>, session: &Session, slot: SlotId, guard: Guard) -> Result<Asked, Fault> {
    let (people, cards, booking) = match changing(tx, session)? {
        Some(booking) => (booking.people, booking.cards(), Some(booking.id)),
        None => (session.people(), session.party(), None),
    };
    let procedure = procedures::known(tx, &session.procedure)?;
    Ok(Asked {
        slot,
        people,
        travel: travel_for(tx, &procedure, &cards, slot.location)?,
        procedure,
        channel: Channel::Web,
        except: Except { hold_of: Some(session.who), booking },
        guard,
    })
}

/// Open days that the cards of a party travel; only those that are handed over do.
pub(super) fn travel_for(
    tx: &ReadTx<'_>,
    procedure: &Procedure,
    cards: &[CardId],
    location: LocationId,
) -> Result<u16, Fault> {
    if procedure.is_issuance() { person::travel_days(tx, cards, location) } else { Ok(0) }
}

fn changing(tx: &ReadTx<'_>, session: &Session) -> Result<Option<Booking>, Fault> {
    let Some(id) = session.booking.filter(|_| session.changing) else { return Ok(None) };
    super::get(tx, id)
}
