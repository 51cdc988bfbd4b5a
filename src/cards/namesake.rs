//! Two people with one name and one birth date are told apart.

use super::reasoned::{Reasoned, ReasonedError};
use super::{Card, store};
use crate::base::CardId;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The wish to say that a card belongs to another person than those of the same name and birth date.
#[derive(Clone, Debug)]
pub struct TellApart {
    /// The card.
    pub card: CardId,
    /// How it is known.
    pub reason: String,
    /// The version that the person saw.
    pub expect_version: i64,
}

/// Why nobody was told apart.
#[derive(Debug, thiserror::Error)]
pub enum TellApartError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// Nobody else has this name and birth date.
    #[error("nobody else has this name and birth date")]
    Alone,
    /// The card has a live booking, which holds the person by the old key.
    #[error("the card has a live booking")]
    HasBooking,
    /// A reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The reason cannot be stored.
    #[error("the reason cannot be stored")]
    BadReason,
    /// Somebody else changed the card since the person opened it.
    #[error("the card was changed in the meantime")]
    Conflict {
        /// The card as it stands now.
        now: Box<Card>,
    },
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<ReasonedError> for TellApartError {
    fn from(error: ReasonedError) -> Self {
        match error {
            ReasonedError::NotFound => Self::NotFound,
            ReasonedError::Conflict { now } => Self::Conflict { now },
            ReasonedError::ReasonNeeded => Self::ReasonNeeded,
            ReasonedError::BadReason => Self::BadReason,
            ReasonedError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Gives the holder of a card a key of their own, so that they can book beside their namesake.
///
/// Spec: 7(3)⑫.
pub fn tell_apart(tx: &WriteTx<'_>, wish: &TellApart) -> Result<(), TellApartError> {
    let asked = Reasoned { card: wish.card, expect_version: wish.expect_version, reason: &wish.reason };
    let (card, reason) = (asked.seen(tx)?, asked.why()?);
    if super::same_person(tx, &card)?.is_empty() {
        return Err(TellApartError::Alone);
    }
    if card.booking_state.is_some_and(super::BookingState::is_live) {
        return Err(TellApartError::HasBooking);
    }
    let number = store::free_namesake(tx, &card)?;
    let key = super::person_key(card.name.uncover(), *card.birth.uncover(), number);
    store::set_namesake(tx, card.id, number, &key)?;
    let event = Event {
        cards: &[card.id],
        changes: vec![Change::new("namesake", None, Some(number.to_string()))],
        reason: Some(reason),
        ..Event::of("card.told_apart", Record::Card(card.id))
    };
    history::record(tx, &event)?;
    Ok(())
}
