//! Holding seats while a citizen reads the precautions.

use super::check::{Asked, Guard, SlotRefusal, check_slot};
use super::entry::{self, Session, SessionKey};
use super::seats::Except;
use super::{person, store};
use crate::base::{BookingId, CardId, Moment};
use crate::calendar::{Audience, SlotId};
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
    let Some(span) = settings::read(tx)?.hold() else { return Ok(Held { until: None, extended: 0 }) };
    let until = tx.now().plus(span);
    store::put_hold(tx, session.card, &passed.slot, passed.seats, until)?;
    Ok(Held { until: Some(until), extended: 0 })
}

/// Begins the ten minutes anew, as often as the city allows.
pub fn extend_hold(tx: &WriteTx<'_>, key: &SessionKey) -> Result<Held, HoldError> {
    let session = entry::session(tx, key)?.ok_or(HoldError::SessionOver)?;
    let slot = session.slot.ok_or(HoldError::SessionOver)?;
    let settings = settings::read(tx)?;
    let extended = held(tx, session.card)?.map_or(0, |held| held.extended);
    if extended >= settings.hold_extensions {
        return Err(HoldError::NoMore);
    }
    let passed = check_slot(tx, &asked(tx, &session, slot, Guard::On)?)?;
    let Some(span) = settings.hold() else { return Ok(Held { until: None, extended: 0 }) };
    let until = tx.now().plus(span);
    store::put_hold(tx, session.card, &passed.slot, passed.seats, until)?;
    store::set_extended(tx, session.card, extended + 1)?;
    Ok(Held { until: Some(until), extended: extended + 1 })
}

/// What this card holds at this moment.
pub fn held(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Held>, Fault> {
    store::hold_of(tx, card)
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
    let changed = changing(tx, session)?;
    let party = match &changed {
        Some((_, cards)) => cards.clone(),
        None => session.party(),
    };
    let cards = person::cards_of(tx, &party)?;
    Ok(Asked {
        slot,
        people: u8::try_from(party.len()).unwrap_or(u8::MAX),
        audience: Audience::Citizen,
        travel: person::travel(tx, &cards, slot.location)?,
        except: Except { hold_of: Some(session.card), booking: changed.map(|(booking, _)| booking) },
        guard,
    })
}

fn changing(tx: &ReadTx<'_>, session: &Session) -> Result<Option<(BookingId, Vec<CardId>)>, Fault> {
    let Some(id) = session.booking.filter(|_| session.changing) else { return Ok(None) };
    Ok(super::get(tx, id)?.map(|booking| (id, booking.cards())))
}
