//! A letter to many begins with whom it goes to.

use super::{Audience, Purpose, store};
use crate::base::{BulkMailId, Personal};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::once::{self, OnceKey};

/// The longest stretch of days of bookings.
const DAYS_MAX: i64 = 366;

/// The most days for which whoever got a letter is left alone.
const QUIET_MAX: u16 = 365;

/// The wish to write to many.
#[derive(Clone, Debug)]
pub struct Begin {
    /// To whom.
    pub audience: Audience,
    /// The same in words, as the page says it.
    pub words: Personal<String>,
    /// What for.
    pub purpose: Purpose,
    /// Whoever got a letter to many in so many days gets none.
    pub quiet_days: u16,
    /// The form's key.
    pub once: OnceKey,
}

/// Why it was not begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// Nothing says whom it goes to.
    #[error("no audience")]
    Nobody,
    /// The days are not in order, or too many.
    #[error("the days do not fit")]
    BadDays,
    /// It is for cards, and its audience is bookings.
    #[error("a second notice goes to cards")]
    NotForBookings,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Begins a letter to many; its people are then collected by `next_part` and `add_part`.
///
/// Spec: 7(2)⑪.
pub fn begin(tx: &WriteTx<'_>, wish: &Begin) -> Result<BulkMailId, BeginError> {
    if let Some(made) = once::seen(tx, &wish.once)?.and_then(|result| result.parse().ok()) {
        return Ok(BulkMailId::of(made));
    }
    check(&wish.audience, wish.purpose)?;
    let id = store::insert(tx, wish, wish.quiet_days.min(QUIET_MAX))?;
    let changes = vec![Change::new("conditions", None, Some(wish.words.uncover().clone()))];
    history::record(tx, &Event { changes, ..Event::of("bulk.begun", Record::BulkMail(id)) })?;
    once::keep(tx, &wish.once, "bulk.begun", &id.to_string())?;
    Ok(id)
}

fn check(audience: &Audience, purpose: Purpose) -> Result<(), BeginError> {
    match audience {
        Audience::Cards { any, .. } if any.is_empty() => Err(BeginError::Nobody),
        Audience::Watched { list } if Audience::list(list).is_none() => Err(BeginError::Nobody),
        Audience::Bookings { .. } if purpose == Purpose::Renotice => Err(BeginError::NotForBookings),
        Audience::Bookings { status, .. } if Audience::status(status).is_none() => Err(BeginError::Nobody),
        Audience::Bookings { from, to, .. } if !(0..DAYS_MAX).contains(&to.days_from(*from)) => {
            Err(BeginError::BadDays)
        }
        _ => Ok(()),
    }
}
