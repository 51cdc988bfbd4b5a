//! Sending the way to the booking pages to an address.

use std::time::Duration;

use super::link::code_hash;
use super::{Limits, hash_of, store};
use crate::attempts::Counter;
use crate::base::{CardId, Email, Moment};
use crate::booking::{
    self, Booking, CheckBy, Member, NewApplicant, Procedure, Who, letters, person, procedures, store as rows,
};
use crate::cards::{self, Card, CardStatus};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Event, Record};
use crate::mail::{self, Letter, Post};
use crate::settings;

/// Who asks for a link.
#[derive(Clone, Debug)]
pub enum Asker {
    /// Nobody: the check was answered by mail only.
    Nobody,
    /// The citizen of a card, by a right check of its notice.
    Card(CardId),
    /// Somebody for a procedure that needs no notice.
    Person(NewApplicant),
}

/// An address, for whoever was checked.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Who.
    pub asker: Asker,
    /// What for.
    pub procedure: String,
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
    if let Some(procedure) = procedures::procedure(tx, &wish.procedure)?.filter(|one| one.open) {
        match &wish.asker {
            Asker::Card(id) if procedure.is_issuance() => {
                if let Some(card) = cards::get(tx, *id)? {
                    answer(tx, wish, &card)?;
                }
            }
            Asker::Card(id) if procedure.check == CheckBy::Notice => {
                answer_other(tx, wish, &procedure, &Known::Card(*id))?;
            }
            Asker::Person(person) if procedure.check == CheckBy::Person => {
                answer_other(tx, wish, &procedure, &Known::Person(person))?;
            }
            Asker::Nobody | Asker::Card(_) | Asker::Person(_) => {}
        }
    }
    Ok(Invited::Sent)
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn answer(tx: &WriteTx<'_>, wish: &Invite, card: &Card) -> Result<(), Fault> {
    let who = Who::Card(card.id);
    if let Some(booking) = booking::live_of_card(tx, card.id)? {
        return answer_booked(tx, wish, who, &booking);
    }
    if card.status == CardStatus::Issued {
        return post(tx, wish, who, &wish.email, &Letter::AlreadyIssued);
    }
    if card.may_be_booked() {
        return send_link(tx, wish, who);
    }
    post(tx, wish, who, &wish.email, &Letter::NotReady)
}

/// Somebody as they asked for a procedure other than the hand-over.
enum Known<'a> {
    Card(CardId),
    Person(&'a NewApplicant),
}

fn answer_other(
    tx: &WriteTx<'_>,
    wish: &Invite,
    procedure: &Procedure,
    known: &Known<'_>,
) -> Result<(), Fault> {
    let key = match known {
        Known::Card(id) => person::of(tx, procedure, Who::Card(*id))?.map(|person| person.key),
        Known::Person(person) => Some(person.person_key()),
    };
    let Some(key) = key else { return Ok(()) };
    let live = rows::live_id_of_person(tx, &key, &procedure.code)?;
    if let Some(booking) = live.map(|id| booking::get(tx, id)).transpose()?.flatten() {
        let member = booking.members.iter().find(|member| *member.person_key.uncover() == key);
        return match member.and_then(Member::who) {
            Some(who) => answer_booked(tx, wish, who, &booking),
            None => Ok(()),
        };
    }
    let who = match known {
        Known::Card(id) => Who::Card(*id),
        Known::Person(person) => Who::Applicant(rows::insert_applicant(tx, person)?),
    };
    send_link(tx, wish, who)
}

/// A booking stands: only its registered address learns of it.
fn answer_booked(tx: &WriteTx<'_>, wish: &Invite, who: Who, booking: &Booking) -> Result<(), Fault> {
    let registered = booking.email.as_ref().and_then(|email| Email::parse(email.uncover()).ok());
    match registered {
        Some(email) if email == wish.email => send_link(tx, wish, who),
        Some(email) => {
            let letter = Letter::AlreadyBooked(letters::facts(tx, booking)?);
            post(tx, wish, who, &email, &letter)
        }
        None => Ok(()),
    }
}

fn send_link(tx: &WriteTx<'_>, wish: &Invite, who: Who) -> Result<(), Fault> {
    let settings = settings::read(tx)?;
    let token = hex::encode(tx.chance().bytes::<32>());
    let code = format!("{:06}", tx.chance().below(1_000_000));
    let token_hash = hash_of(&token);
    let new = store::NewInvitation {
        token_hash: &token_hash,
        code_hash: &code_hash(tx, &token_hash, &code)?,
        browser_hash: &hash_of(&wish.browser),
        who,
        procedure: &wish.procedure,
        email: &wish.email,
        language: &wish.language,
        expires_at: tx.now().plus(settings.link()),
    };
    let id = store::insert_invitation(tx, &new)?;
    let cards: Vec<CardId> = who.card().into_iter().collect();
    let event = Event { cards: &cards, ..Event::of("invitation.sent", Record::Invitation(id)) };
    history::record(tx, &event)?;
    let letter =
        Letter::Link { token, code, hours: settings.link_hours, code_minutes: settings.code_minutes };
    post(tx, wish, who, &wish.email, &letter)
}

fn post(tx: &WriteTx<'_>, wish: &Invite, who: Who, to: &Email, letter: &Letter) -> Result<(), Fault> {
    let once = hex::encode(tx.chance().bytes::<8>());
    let post = Post {
        to,
        language: &wish.language,
        letter,
        booking: None,
        card: who.card(),
        dedup: format!("{}:{once}", letter.kind()),
    };
    mail::enqueue(tx, &post)?;
    Ok(())
}
