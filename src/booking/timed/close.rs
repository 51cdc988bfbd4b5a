//! Staff close the case of somebody who did not come, or open it again.

use super::{FollowError, Followed, bounded, store};
use crate::base::BookingId;
use crate::booking::{BookingStatus, store as rows};
use crate::db::WriteTx;
use crate::history::{self, Change, Event, Record};

/// The wish to close cases, or to open them again.
#[derive(Clone, Debug)]
pub struct CloseCases {
    /// Their bookings, [`MANY_MAX`](super::MANY_MAX) at most.
    pub bookings: Vec<BookingId>,
    /// How they are closed; `None` opens them again.
    pub how: Option<Followed>,
}

/// Closes or opens the cases, and says how many that changed. Doing it again changes nothing.
///
/// Spec: 7(2)⑫.
pub fn close_cases(tx: &WriteTx<'_>, wish: &CloseCases) -> Result<usize, FollowError> {
    bounded(&wish.bookings)?;
    let mut changed = 0;
    for id in &wish.bookings {
        let Some(booking) = rows::get(tx, *id)?.filter(|one| one.status == BookingStatus::NoShow) else {
            continue;
        };
        let before = store::followed(tx, *id)?;
        if before == wish.how {
            continue;
        }
        store::close(tx, *id, wish.how)?;
        let word = |how: Option<Followed>| how.map(|how| how.code().to_owned());
        let event = Event {
            cards: &booking.cards(),
            changes: vec![Change::new("followed", word(before), word(wish.how))],
            ..Event::of("booking.no_show_followed", Record::Booking(*id))
        };
        history::record(tx, &event)?;
        changed += 1;
    }
    Ok(changed)
}
