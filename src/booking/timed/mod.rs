//! Letters that the clock sends about a booking, and what is done for those who did not come.
//!
//! **Invariant:** a booking is reminded of once for each of its times; a change makes it due again, unless the letter of the
//! change came after the moment of the reminder and said the same.
//! **Invariant:** nobody is invited again who has booked again, has the card, or whose case staff have closed.
//! **Invariant:** a letter of the clock says what is so when it leaves: [`still_so`] is asked right before it is sent.
//!
//! Spec: 7(2)⑫, 7(3)⑪.

mod close;
mod invite;
mod list;
mod remind;
mod store;

pub use close::{CloseCases, close_cases};
pub use invite::{InviteNow, Invited, invite_again, invite_now, next_invitation};
pub use list::{Case, cases};
pub use remind::{next_reminder, queue_reminders};

use super::{Booking, BookingStatus, store as rows};
use crate::base::BookingId;
use crate::cards::{self, Label};
use crate::db::{Fault, ReadTx};
use crate::mail::Letter;

/// The most people that staff can ask, or whose cases they can close, in one act: so many are done well within a turn of the
/// writer.
pub const MANY_MAX: usize = 100;

/// Why nothing was done for those who did not come.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Nobody was named.
    #[error("nobody named")]
    Nobody,
    /// More people than one act can be about.
    #[error("more than {MANY_MAX} people")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Refuses an act about nobody, or about too many.
fn bounded(bookings: &[BookingId]) -> Result<(), FollowError> {
    match bookings.len() {
        0 => Err(FollowError::Nobody),
        1..=MANY_MAX => Ok(()),
        _ => Err(FollowError::TooMany),
    }
}

/// How the case of somebody who did not come was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Followed {
    /// Staff have dealt with it (対応済み).
    Done,
    /// No further letter shall go (案内しない).
    Stopped,
    /// They have booked again, or have the card.
    Rebooked,
}

crate::stored_as_code!(Followed);

impl Followed {
    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Rebooked => "rebooked",
        }
    }

    /// The way of closing with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Done, Self::Stopped, Self::Rebooked].into_iter().find(|one| one.code() == code)
    }
}

/// Whether what a waiting letter says of a booking is still so.
///
/// A letter that tells a time is not sent once the booking has another one or is cancelled: a letter of that change follows,
/// and must not be overtaken by the old time. Letters that tell of something that happened always are.
pub fn still_so(tx: &ReadTx<'_>, id: BookingId, letter: &Letter) -> Result<bool, Fault> {
    match letter {
        Letter::Reminder(facts) => {
            let booking = rows::get(tx, id)?.filter(|booking| booking.status == BookingStatus::Confirmed);
            Ok(booking.is_some_and(|one| one.sequence == facts.sequence && one.starts_at() > tx.now()))
        }
        Letter::BookingConfirmed(facts) | Letter::BookingChanged(facts) | Letter::OfficeOpen(facts) => {
            let booking = rows::get(tx, id)?.filter(|booking| booking.status != BookingStatus::Cancelled);
            Ok(booking.is_some_and(|one| one.sequence == facts.sequence))
        }
        Letter::NoShow(_) => match rows::get(tx, id)? {
            Some(booking) => Ok(store::followed(tx, id)?.is_none() && is_still_missed(tx, &booking)?),
            None => Ok(false),
        },
        _ => Ok(true),
    }
}

/// Whether somebody of the booking still has to come, and has not booked again or stayed away a further time.
fn is_still_missed(tx: &ReadTx<'_>, booking: &Booking) -> Result<bool, Fault> {
    if booking.status != BookingStatus::NoShow {
        return Ok(false);
    }
    let cards = cards::of_ids(tx, &booking.cards())?;
    for card in cards.values().filter(|card| card.label == Label::NoShow) {
        if rows::ids_of_card(tx, card.id)?.first() == Some(&booking.id) {
            return Ok(true);
        }
    }
    Ok(false)
}
