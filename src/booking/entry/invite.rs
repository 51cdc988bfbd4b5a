//! Sending the way to the booking pages to an address.

use std::time::Duration;

use super::link::code_hash;
use super::{Limits, hash_of, store};
use crate::attempts::Counter;
use crate::base::{CardId, Email, Moment};
use crate::booking::{self, letters};
use crate::cards::{self, Card, CardStatus};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Event, Record};
use crate::mail::{self, Letter, Post};
use crate::settings;

/// An address, for the card of a right check.
#[derive(Clone, Debug)]
pub struct Invite {
    /// The card; `None` when the check was answered by mail only.
    pub card: Option<CardId>,
    /// Where the mail shall go.
    pub email: Email,
    /// In which language.
    pub language: String,
    /// The secret of the browser, kept in its cookie.
    pub browser: String,
    /// The limits that hold.
    pub limits: Limits,
}

/// What the citizen is told, whatever the card's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    /// A mail is on its way.
    Sent,
    /// Too many mails to this address: wait.
    TooMany {
        /// Until when.
        until: Moment,
    },
}

/// Queues the letter that fits the card's state: a link, or why there is none.
///
/// The page says the same in each case; a card that is booked is told of to its registered address only.
/// Spec: 7(3)③, 7(3)⑭.
pub fn invite(tx: &WriteTx<'_>, wish: &Invite) -> Result<Invited, Fault> {
    let hour = Counter::of(tx, "mail_hour", &[wish.email.as_str()], HOUR)?;
    let day = Counter::of(tx, "mail_day", &[wish.email.as_str()], DAY)?;
    if hour.count(tx)? >= wish.limits.mails_an_hour {
        return Ok(Invited::TooMany { until: tx.now().plus(HOUR) });
    }
    if day.count(tx)? >= wish.limits.mails_a_day {
        return Ok(Invited::TooMany { until: tx.now().plus(DAY) });
    }
    hour.add(tx)?;
    day.add(tx)?;
    let card = wish.card.map(|id| cards::get(tx, id)).transpose()?.flatten();
    if let Some(card) = card {
        answer(tx, wish, &card)?;
    }
    Ok(Invited::Sent)
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn answer(tx: &WriteTx<'_>, wish: &Invite, card: &Card) -> Result<(), Fault> {
    if let Some(booking) = booking::live_of_card(tx, card.id)? {
        let registered = booking.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok());
        return match registered {
            Some(email) if email == wish.email => send_link(tx, wish, card),
            Some(email) => {
                let letter = Letter::AlreadyBooked(letters::facts(tx, &booking)?);
                post(tx, wish, card, &email, &letter)
            }
            None => Ok(()),
        };
    }
    if card.status == CardStatus::Issued {
        return post(tx, wish, card, &wish.email, &Letter::AlreadyIssued);
    }
    if card.may_be_booked() {
        return send_link(tx, wish, card);
    }
    post(tx, wish, card, &wish.email, &Letter::NotReady)
}

fn send_link(tx: &WriteTx<'_>, wish: &Invite, card: &Card) -> Result<(), Fault> {
    let settings = settings::read(tx)?;
    let token = hex::encode(tx.chance().bytes::<32>());
    let code = format!("{:06}", tx.chance().below(1_000_000));
    let token_hash = hash_of(&token);
    let new = store::NewInvitation {
        token_hash: &token_hash,
        code_hash: &code_hash(tx, &token_hash, &code)?,
        browser_hash: &hash_of(&wish.browser),
        card: card.id,
        email: &wish.email,
        language: &wish.language,
        expires_at: tx.now().plus(settings.link()),
    };
    let id = store::insert_invitation(tx, &new)?;
    let event = Event { cards: &[card.id], ..Event::of("invitation.sent", Record::Invitation(id)) };
    history::record(tx, &event)?;
    let letter =
        Letter::Link { token, code, hours: settings.link_hours, code_minutes: settings.code_minutes };
    post(tx, wish, card, &wish.email, &letter)
}

fn post(tx: &WriteTx<'_>, wish: &Invite, card: &Card, to: &Email, letter: &Letter) -> Result<(), Fault> {
    let once = hex::encode(tx.chance().bytes::<8>());
    let post = Post {
        to,
        language: &wish.language,
        letter,
        booking: None,
        card: Some(card.id),
        dedup: format!("{}:{}:{once}", letter.kind(), card.id),
    };
    mail::enqueue(tx, &post)?;
    Ok(())
}
