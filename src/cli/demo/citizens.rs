//! A citizen of the invented city books on the web: by the check of the notice, the mail and its link, like anybody.

use crate::base::{CardId, Chance, Day, Email, LocationId};
use crate::booking::entry::{
    self, AddMember, Added, Asker, ChooseError, Identified, Identify, Invite, Limits, OpenLink, Opened,
    SessionKey,
};
use crate::booking::{self, Confirm, ConfirmError, DayPart, Hold, HoldError, Wait, timed};
use crate::calendar::SlotId;
use crate::cards::{self, Card};
use crate::db::{Actor, Db, Fault, WriteTx};
use crate::mail::{self, Letter, Sent};
use crate::once::{self, OnceKey};

/// Who books, where their mail goes, and what time they choose.
#[derive(Clone, Debug)]
pub struct Citizen {
    /// Their cards, the citizen's own first.
    pub party: Vec<CardId>,
    /// Their address.
    pub email: Email,
    /// The time.
    pub slot: SlotId,
}

/// Where a citizen got stuck.
#[derive(Debug, thiserror::Error)]
pub enum Stuck {
    /// The time cannot be booked on the web.
    #[error("the time cannot be booked on the web")]
    Slot,
    /// The notice is another one's too, so more would have to be asked.
    #[error("the notice does not lead to one person")]
    Notice,
    /// No link came, or it led nowhere.
    #[error("no link")]
    Link,
    /// A step was refused.
    #[error("{0}")]
    Refused(String),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The number of precautions does not matter here; each of them is acknowledged.
const PRECAUTIONS: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

/// Books, with all that a browser would do on the way.
pub async fn book(db: &Db, chance: &Chance, citizen: &Citizen) -> Result<(), Stuck> {
    let actor = Actor::Citizen { origin: "198.51.100.7".to_owned() };
    let (wish, chance) = (citizen.clone(), chance.clone());
    db.write(actor, move |tx| walk(tx, &chance, &wish)).await
}

/// All of it is one job, so that a citizen who gets stuck has left nothing behind.
fn walk(tx: &WriteTx<'_>, chance: &Chance, citizen: &Citizen) -> Result<(), Stuck> {
    let mut checks = Vec::new();
    for card in &citizen.party {
        checks.push(check(tx, *card)?);
    }
    let first = checks.first().cloned().ok_or(Stuck::Notice)?;
    let Identified::Known(card) = entry::identify(tx, &first)? else { return Err(Stuck::Notice) };
    let key = open(tx, chance, card, &citizen.email)?;
    for check in checks.into_iter().skip(1) {
        match entry::add_member(tx, &AddMember { key, check })? {
            Added::Done => {}
            _ => return Err(Stuck::Notice),
        }
    }
    entry::choose_location(tx, &key, citizen.slot.location)?;
    booking::hold(tx, &Hold { key, slot: citizen.slot })?;
    entry::acknowledge(tx, &key, &PRECAUTIONS, 8)?;
    let once = OnceKey::from_form(&once::draw(chance)).ok_or(Stuck::Link)?;
    booking::confirm(tx, &Confirm { key, once })?;
    Ok(())
}

fn check(tx: &WriteTx<'_>, card: CardId) -> Result<Identify, Stuck> {
    let card: Card = cards::get(tx, card)?.ok_or(Stuck::Notice)?;
    Ok(Identify {
        birthday: card.birth.uncover().month_day().ok_or(Stuck::Notice)?,
        birth_year: Some(card.birth.uncover().year()),
        kana: Some(card.kana.into_uncovered()),
        notice: card.notice_id.into_uncovered(),
        network: "198.51.100.7".to_owned(),
        mail_only: false,
        limits: Limits::default(),
    })
}

fn open(tx: &WriteTx<'_>, chance: &Chance, card: Option<CardId>, email: &Email) -> Result<SessionKey, Stuck> {
    let browser = hex::encode(chance.bytes::<16>());
    let wish = Invite {
        asker: card.map_or(Asker::Nobody, Asker::Card),
        procedure: booking::ISSUANCE.to_owned(),
        email: email.clone(),
        language: "ja".to_owned(),
        browser: browser.clone(),
        limits: Limits::default(),
    };
    entry::invite(tx, &wish)?;
    let link = OpenLink {
        token: read_link(tx, email)?,
        browser: Some(browser),
        birthday: None,
        limits: Limits::default(),
    };
    match entry::open_link(tx, &link)? {
        Opened::Session { token, .. } => Ok(SessionKey::of(&token)),
        _ => Err(Stuck::Link),
    }
}

/// Somebody who waits for a seat.
#[derive(Clone, Debug)]
pub struct Waits {
    /// Their card.
    pub card: CardId,
    /// Their address.
    pub email: Email,
    /// Where.
    pub location: LocationId,
    /// From this day.
    pub from: Day,
    /// To this day.
    pub to: Day,
}

/// Asks to be told of a free seat, with all that a browser would do on the way.
pub async fn wait(db: &Db, chance: &Chance, waits: &Waits) -> Result<(), Stuck> {
    let actor = Actor::Citizen { origin: "198.51.100.7".to_owned() };
    let (wish, chance) = (waits.clone(), chance.clone());
    let ask = move |tx: &WriteTx<'_>| -> Result<(), Stuck> {
        let first = check(tx, wish.card)?;
        let Identified::Known(card) = entry::identify(tx, &first)? else { return Err(Stuck::Notice) };
        let key = open(tx, &chance, card, &wish.email)?;
        entry::choose_location(tx, &key, wish.location)?;
        let once = OnceKey::from_form(&once::draw(&chance)).ok_or(Stuck::Link)?;
        let ask = Wait { key, from: wish.from, to: wish.to, part: DayPart::Any, once };
        booking::wait(tx, &ask).map_err(|error| Stuck::Refused(error.to_string()))?;
        Ok(())
    };
    db.write(actor, ask).await
}

/// Every letter that waits has come and was read, those of the clock too, so that the mailbox begins empty.
pub fn read_all(tx: &WriteTx<'_>) -> Result<(), Fault> {
    timed::queue_reminders(tx, 10_000)?;
    timed::invite_again(tx, 10_000)?;
    for due in mail::claim(tx, 10_000)? {
        mail::settle(tx, &due, &Sent::Taken { answer: "250 OK".to_owned() })?;
    }
    Ok(())
}

/// The citizen has read the mail with the link; the other letters go on waiting.
fn read_link(tx: &WriteTx<'_>, email: &Email) -> Result<String, Stuck> {
    let mut found = None;
    for due in mail::claim(tx, 10_000)? {
        if let Letter::Link { token, .. } = &due.letter
            && due.to == *email
        {
            found = Some(token.clone());
            mail::settle(tx, &due, &Sent::Taken { answer: "250 OK".to_owned() })?;
        }
    }
    mail::requeue_unfinished(tx)?;
    found.ok_or(Stuck::Link)
}

impl From<ChooseError> for Stuck {
    fn from(error: ChooseError) -> Self {
        match error {
            ChooseError::Fault(fault) => Self::Fault(fault),
            refused => Self::Refused(refused.to_string()),
        }
    }
}

impl From<HoldError> for Stuck {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::Slot(booking::SlotRefusal::Fault(fault)) | HoldError::Fault(fault) => {
                Self::Fault(fault)
            }
            HoldError::Slot(_) => Self::Slot,
            refused => Self::Refused(refused.to_string()),
        }
    }
}

impl From<ConfirmError> for Stuck {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::Fault(fault) => Self::Fault(fault),
            refused => Self::Refused(refused.to_string()),
        }
    }
}
