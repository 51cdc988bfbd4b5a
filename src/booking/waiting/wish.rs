//! Somebody asks to be told when a seat becomes free, or leaves the list.

use super::{DayPart, Waiting, store};
use crate::base::{Day, WaitingId};
use crate::booking::Who;
use crate::booking::entry::{self, SessionKey};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::once::{self, OnceKey};
use crate::settings;

/// The longest stretch of days that somebody can wait for.
const DAYS_MAX: i64 = 366;

/// The wish to be told.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The session, which says who, where and how many.
    pub key: SessionKey,
    /// From this day.
    pub from: Day,
    /// To this day.
    pub to: Day,
    /// Which part of the day.
    pub part: DayPart,
    /// The form's key.
    pub once: OnceKey,
}

/// Why somebody does not wait.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// The city lets nobody wait.
    #[error("nobody can wait")]
    NotOffered,
    /// They have a booking.
    #[error("they have a booking")]
    HasBooking,
    /// No location was chosen.
    #[error("no location")]
    NoLocation,
    /// The days are not in order, past, or too many.
    #[error("the days do not fit")]
    BadDays,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Puts the session's party on the list, or changes their wish. Whoever changes only the days keeps their place.
pub fn wait(tx: &WriteTx<'_>, wish: &Wait) -> Result<WaitingId, WaitError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(WaitingId::of(made));
    }
    let session = entry::session(tx, &wish.key)?.ok_or(WaitError::SessionOver)?;
    if !settings::read(tx)?.waiting {
        return Err(WaitError::NotOffered);
    }
    if session.booking.is_some() {
        return Err(WaitError::HasBooking);
    }
    let location = session.location.ok_or(WaitError::NoLocation)?;
    let days = wish.to.days_from(wish.from);
    if !(0..DAYS_MAX).contains(&days) || wish.to < tx.today() {
        return Err(WaitError::BadDays);
    }
    let before = store::live(tx, session.who, &session.procedure)?;
    let (id, operation) = match before {
        Some(before) => {
            let keeps = before.location == location && before.offered.is_none();
            store::change(tx, before.id, &session, wish, keeps.then_some(before.queued_at))?;
            (before.id, "waiting.changed")
        }
        None => (store::insert(tx, &session, location, wish)?, "waiting.began"),
    };
    let days = format!("{} {} {}", wish.from, wish.to, wish.part.code());
    let event = Event {
        cards: &session.party(),
        changes: vec![
            Change::new("location", None, Some(location.to_string())),
            Change::new("days", None, Some(days)),
        ],
        ..Event::of(operation, Record::Waiting(id))
    };
    history::record(tx, &event)?;
    once::keep(tx, &wish.once, operation, &id.to_string())?;
    Ok(id)
}

/// Why somebody did not leave the list.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Takes the session's citizen off the list; whoever is not on it is not on it.
pub fn leave(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), LeaveError> {
    let session = entry::session(tx, key)?.ok_or(LeaveError::SessionOver)?;
    if let Some(waiting) = store::live(tx, session.who, &session.procedure)? {
        super::list::end(tx, &waiting, "waiting.left", None)?;
    }
    Ok(())
}

/// What somebody waits for in a procedure, if they do.
pub fn waiting_of(tx: &ReadTx<'_>, who: Who, procedure: &str) -> Result<Option<Waiting>, Fault> {
    store::live(tx, who, procedure)
}
