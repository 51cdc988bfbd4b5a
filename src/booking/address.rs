//! Staff replace a wrong mail address, after they have checked the person.

use super::{Booking, entry, letters, store};
use crate::base::{CardId, Email, Personal};
use crate::cards::{self, Card, Reasoned, ReasonedError};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::mail::{self, Letter, Post};

/// The wish to send the mails about a card somewhere else from now on.
#[derive(Clone, Debug)]
pub struct ReplaceEmail {
    /// The card.
    pub card: CardId,
    /// The right address; `None` takes the wrong one away.
    pub email: Option<Email>,
    /// How the person was checked, as staff say it.
    pub reason: String,
    /// The version that staff saw.
    pub expect_version: i64,
}

/// Why the address stays.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceEmailError {
    /// There is no such card.
    #[error("no such card")]
    NotFound,
    /// It is the registered address already.
    #[error("the address is registered already")]
    Same,
    /// It must be said how the person was checked.
    #[error("it must be said how the person was checked")]
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

impl From<ReasonedError> for ReplaceEmailError {
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

/// Registers another address for a card and for the booking that it leads.
///
/// Links that went to the old address open nothing any more; its owner is told, and the new one gets the booking's facts.
pub fn replace_email(tx: &WriteTx<'_>, wish: &ReplaceEmail) -> Result<(), ReplaceEmailError> {
    let asked = Reasoned { card: wish.card, expect_version: wish.expect_version, reason: &wish.reason };
    let card = asked.seen(tx)?;
    let new = wish.email.as_ref().map(|email| email.as_str().to_owned());
    if new.as_ref() == card.email.as_ref().map(Personal::uncover) {
        return Err(ReplaceEmailError::Same);
    }
    let reason = asked.why()?;
    let old = card.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok());
    cards::set_email(tx, card.id, wish.email.as_ref())?;
    let change = Change::new("email", card.email.clone().map(Personal::into_uncovered), new);
    let event = Event {
        cards: &[card.id],
        changes: vec![change],
        reason: Some(reason),
        ..Event::of("card.email_replaced", Record::Card(card.id))
    };
    history::record(tx, &event)?;
    if let Some(old) = &old {
        entry::revoke(tx, card.id, old)?;
        tell_old(tx, &card, old)?;
    }
    if let Some(booking) = led_by(tx, card.id)? {
        store::set_email(tx, booking.id, wish.email.as_ref().map(Email::as_str))?;
        if let Some(email) = &wish.email {
            tell_new(tx, &card, &booking, email)?;
        }
    }
    Ok(())
}

/// The live booking whose mails go to this card's address.
fn led_by(tx: &WriteTx<'_>, card: CardId) -> Result<Option<Booking>, Fault> {
    let live = super::live_of_card(tx, card)?;
    Ok(live.filter(|booking| booking.cards().first() == Some(&card)))
}

fn tell_old(tx: &WriteTx<'_>, card: &Card, old: &Email) -> Result<(), Fault> {
    let post = Post {
        to: old,
        language: "ja",
        letter: &Letter::AddressReplaced,
        booking: None,
        card: Some(card.id),
        dedup: format!("address_replaced:{}:{}", card.id, card.version),
    };
    mail::enqueue(tx, &post)?;
    Ok(())
}

fn tell_new(tx: &WriteTx<'_>, card: &Card, booking: &Booking, new: &Email) -> Result<(), Fault> {
    let letter = Letter::BookingConfirmed(letters::facts(tx, booking)?);
    let post = Post {
        to: new,
        language: &booking.language,
        letter: &letter,
        booking: Some(booking.id),
        card: Some(card.id),
        dedup: format!("booking_confirmed:{}:{}:{}", booking.id, booking.sequence, card.version),
    };
    mail::enqueue(tx, &post)?;
    Ok(())
}
