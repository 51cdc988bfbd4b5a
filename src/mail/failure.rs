//! Addresses that letters do not reach (メール不達): what came back, when information stops, and how it begins again.
//!
//! **Invariant:** the same letter speaks once against an address, however many bounces tell of it.
//! **Invariant:** to a suppressed address nothing leaves that the program sends by itself: no letter to many of whatever purpose,
//! no reminder, no news of a closure. A letter that answers what a person does at this moment is tried all the same: old carriers
//! say "no such mailbox" also of a filter, and whoever has opened it asks for the link again.
//!
//! Spec: 7(2)⑪.

use std::collections::BTreeMap;

use super::store;
use crate::base::{CardId, Email, MailFailureId, Moment, OutboxId, Personal};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::settings;

/// So many cards of one address are shown.
const CARDS_SHOWN: usize = 10;

/// Longest reason in characters.
const REASON_MAX: usize = 200;

/// What a failure says of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no such mailbox, or it takes nothing from us.
    Hard,
    /// It may work another time: full, busy for a day, too large.
    Soft,
}

/// An address that letters did not reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its row.
    pub id: MailFailureId,
    /// The address.
    pub email: Personal<String>,
    /// How often it was said that there is no such mailbox.
    pub hard: u32,
    /// How often it failed in a way that may pass.
    pub soft: u32,
    /// When it failed first.
    pub first_at: Moment,
    /// When it failed last.
    pub last_at: Moment,
    /// What was said last, with the address covered.
    pub last_answer: String,
    /// The letter that failed last.
    pub last_letter: Option<OutboxId>,
    /// Since when it gets no information any more.
    pub suppressed_at: Option<Moment>,
    /// The cards that have it.
    pub cards: Vec<CardId>,
}

/// The wish to write to an address again.
#[derive(Clone, Debug)]
pub struct Lift {
    /// The address's row.
    pub failure: MailFailureId,
    /// Why it works again, as staff say it.
    pub reason: String,
}

/// Why it stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum LiftError {
    /// There is no such address, or it is lifted already.
    #[error("no such failure")]
    NotFound,
    /// It must be said why.
    #[error("it must be said why")]
    ReasonNeeded,
    /// The reason is too long or holds control characters.
    #[error("the reason cannot be stored")]
    BadReason,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Notes a failure against an address; information stops after so many hard ones as the city has set.
pub(super) fn note(
    tx: &WriteTx<'_>,
    to: &Email,
    letter: OutboxId,
    (kind, said): (Kind, &str),
) -> Result<(), Fault> {
    let most = settings::read(tx)?.mail_suppress_after;
    let was = store::failure_of(tx, to.as_str())?.is_some_and(|one| one.suppressed_at.is_some());
    store::note_failure(tx, to.as_str(), letter, kind == Kind::Hard, said)?;
    if kind == Kind::Hard && most > 0 && !was && store::suppress(tx, to.as_str(), most)? {
        let mut cards = store::cards_with(tx, to.as_str())?;
        cards.extend(store::by_id(tx, letter)?.and_then(|row| row.card).filter(|card| !cards.contains(card)));
        history::record(tx, &Event { cards: &cards, ..Event::of("mail.suppressed", Record::Mail(letter)) })?;
    }
    Ok(())
}

/// Whether an address gets no information any more.
pub fn is_suppressed(tx: &ReadTx<'_>, to: &Email) -> Result<bool, Fault> {
    Ok(store::failure_of(tx, to.as_str())?.is_some_and(|one| one.suppressed_at.is_some()))
}

/// What is known against an address, if anything.
pub fn failure_of(tx: &ReadTx<'_>, email: &str) -> Result<Option<Failure>, Fault> {
    store::failure_of(tx, email)
}

/// What is known against the address of a record, if it has one.
pub fn failure_against(tx: &ReadTx<'_>, email: Option<&Personal<String>>) -> Result<Option<Failure>, Fault> {
    email.map_or(Ok(None), |email| store::failure_of(tx, email.uncover()))
}

/// The cards of a page of addresses, read together: those of each address, in its order, a few of them.
pub fn cards_of_each(tx: &ReadTx<'_>, emails: &[&Personal<String>]) -> Result<Vec<Vec<CardId>>, Fault> {
    let wanted: Vec<&str> = emails.iter().map(|email| email.uncover().as_str()).collect();
    let mut found: BTreeMap<String, Vec<CardId>> = BTreeMap::new();
    for (email, card) in store::cards_with_any(tx, &wanted)? {
        found.entry(email).or_default().push(card);
    }
    let few = |email: &&str| found.get(*email).into_iter().flatten().copied().take(CARDS_SHOWN).collect();
    Ok(wanted.iter().map(few).collect())
}

/// The address in this row, as long as something is known against it.
pub fn failure(tx: &ReadTx<'_>, id: MailFailureId) -> Result<Option<Failure>, Fault> {
    store::failure(tx, id)
}

/// Addresses that letters do not reach, the last first, `most` of them after `after`.
pub fn failures(
    tx: &ReadTx<'_>,
    after: Option<(Moment, MailFailureId)>,
    most: usize,
) -> Result<Vec<Failure>, Fault> {
    store::failures(tx, after, most)
}

/// Staff know that an address works again: its count begins anew, and information goes to it.
pub fn lift(tx: &WriteTx<'_>, wish: &Lift) -> Result<(), LiftError> {
    let reason = wish.reason.trim();
    if reason.is_empty() {
        return Err(LiftError::ReasonNeeded);
    }
    if reason.chars().count() > REASON_MAX || reason.chars().any(char::is_control) {
        return Err(LiftError::BadReason);
    }
    let found = store::failure(tx, wish.failure)?.ok_or(LiftError::NotFound)?;
    store::lift(tx, found.id)?;
    let letter = found.last_letter.ok_or_else(|| Fault::Stored("mail_failure.last_outbox".to_owned()))?;
    let counts = |hard: u32, soft: u32| Some(format!("{hard}/{soft}"));
    let event = Event {
        cards: &found.cards,
        changes: vec![Change::new("failures", counts(found.hard, found.soft), counts(0, 0))],
        reason: Some(reason.to_owned()),
        ..Event::of("mail.suppression_lifted", Record::Mail(letter))
    };
    history::record(tx, &event)?;
    Ok(())
}

/// Somebody opened a link that was sent to this address, so it works: nothing is held against it any more.
pub fn proven(tx: &WriteTx<'_>, email: &str) -> Result<(), Fault> {
    let Some(found) = store::failure_of(tx, email)? else { return Ok(()) };
    store::lift(tx, found.id)?;
    if let Some(letter) = found.last_letter {
        let event = Event { cards: &found.cards, ..Event::of("mail.address_works", Record::Mail(letter)) };
        history::record(tx, &event)?;
    }
    Ok(())
}
