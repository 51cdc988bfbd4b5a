//! Addresses whose owners want no news by mail (お知らせを断ったアドレス).
//!
//! **Invariant:** it stops news (お知らせ) alone: whatever belongs to a procedure is sent all the same.
//! **Invariant:** reading the page of a letter changes nothing, and its number is told to the receiver alone.
//!
//! Spec: 7(2)⑪.

mod store;

use super::{Letter, store as letters};
use crate::base::{Email, MailRefusalId, Moment, OutboxId, Personal};
use crate::db::{Actor, Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Longest reason in characters.
const REASON_MAX: usize = 200;

/// An address that gets no news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its row.
    pub id: MailRefusalId,
    /// The address.
    pub email: Personal<String>,
    /// Since when.
    pub refused_at: Moment,
    /// Who was told of it; `None` when its owner followed the link in a letter.
    pub told: Option<String>,
}

/// The wish of somebody who told staff that they want no news.
#[derive(Clone, Debug)]
pub struct Refuse {
    /// The address.
    pub email: Email,
    /// How it was learnt, as staff say it.
    pub reason: String,
}

/// The wish that an address gets news again.
#[derive(Clone, Debug)]
pub struct Accept {
    /// The address's row.
    pub refusal: MailRefusalId,
    /// How it was learnt, as staff say it.
    pub reason: String,
}

/// Why it stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum RefuseError {
    /// It is so already.
    #[error("it is so already")]
    Already,
    /// It must be said how it was learnt.
    #[error("it must be said how it was learnt")]
    ReasonNeeded,
    /// The reason is too long or holds control characters.
    #[error("the reason cannot be stored")]
    BadReason,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn reason(typed: &str) -> Result<String, RefuseError> {
    let reason = typed.trim();
    if reason.is_empty() {
        return Err(RefuseError::ReasonNeeded);
    }
    if reason.chars().count() > REASON_MAX || reason.chars().any(char::is_control) {
        return Err(RefuseError::BadReason);
    }
    Ok(reason.to_owned())
}

/// Whether the owner of this address wants no news.
pub fn refuses(tx: &ReadTx<'_>, email: &Email) -> Result<bool, Fault> {
    Ok(store::of(tx, email.as_str())?.is_some())
}

/// What is known of the address of a record, if its owner wants no news.
pub fn refusal_of(tx: &ReadTx<'_>, email: Option<&Personal<String>>) -> Result<Option<Refusal>, Fault> {
    email.map_or(Ok(None), |email| store::of(tx, email.uncover()))
}

/// The address in this row.
pub fn refusal(tx: &ReadTx<'_>, id: MailRefusalId) -> Result<Option<Refusal>, Fault> {
    store::get(tx, id)
}

/// The addresses that get no news, the last first, `most` of them after `after`.
pub fn refusals(tx: &ReadTx<'_>, after: Option<MailRefusalId>, most: usize) -> Result<Vec<Refusal>, Fault> {
    store::page(tx, after, most)
}

/// Staff were told that somebody wants no news.
pub fn refuse(tx: &WriteTx<'_>, wish: &Refuse) -> Result<MailRefusalId, RefuseError> {
    let reason = reason(&wish.reason)?;
    if refuses(tx, &wish.email)? {
        return Err(RefuseError::Already);
    }
    Ok(put(tx, &wish.email, Some(reason))?)
}

/// Staff were told that somebody wants news again.
pub fn accept(tx: &WriteTx<'_>, wish: &Accept) -> Result<(), RefuseError> {
    let reason = reason(&wish.reason)?;
    let found = store::get(tx, wish.refusal)?.ok_or(RefuseError::Already)?;
    Ok(take(tx, &found, Some(reason))?)
}

/// Whom a letter with news went to, by its number, and whether they have refused further ones.
pub fn refused_by_letter(tx: &ReadTx<'_>, number: &str) -> Result<Option<(Email, bool)>, Fault> {
    let Some((_, email)) = news(tx, number)? else { return Ok(None) };
    let refused = refuses(tx, &email)?;
    Ok(Some((email, refused)))
}

/// Whoever got this letter wants no news any more; `false` when there is no such letter.
pub fn refuse_by_letter(tx: &WriteTx<'_>, number: &str) -> Result<bool, Fault> {
    let Some((_, email)) = news(tx, number)? else { return Ok(false) };
    if !refuses(tx, &email)? {
        put(tx, &email, None)?;
    }
    Ok(true)
}

/// Whoever got this letter wants news again; `false` when there is no such letter.
pub fn accept_by_letter(tx: &WriteTx<'_>, number: &str) -> Result<bool, Fault> {
    let Some((_, email)) = news(tx, number)? else { return Ok(false) };
    if let Some(found) = store::of(tx, email.as_str())? {
        take(tx, &found, None)?;
    }
    Ok(true)
}

/// The letter with news of this number, and its receiver.
fn news(tx: &ReadTx<'_>, number: &str) -> Result<Option<(OutboxId, Email)>, Fault> {
    let Some(id) = letters::by_message(tx, number)? else { return Ok(None) };
    let letter: Option<Letter> = serde_json::from_str(&letters::params(tx, id)?).ok();
    let row = letters::by_id(tx, id)?.filter(|_| letter.is_some_and(|letter| letter.way_out().is_some()));
    Ok(row.and_then(|row| Some((id, Email::parse(row.to.uncover()).ok()?))))
}

fn put(tx: &WriteTx<'_>, email: &Email, reason: Option<String>) -> Result<MailRefusalId, Fault> {
    let told = match tx.actor() {
        Actor::Staff { name, .. } => Some(name.clone()),
        _ => None,
    };
    let id = store::insert(tx, email.as_str(), told.as_deref())?;
    let cards = letters::cards_with(tx, email.as_str())?;
    let changes = vec![Change::new("email", None, Some(email.as_str().to_owned()))];
    let event =
        Event { cards: &cards, changes, reason, ..Event::of("mail.refused", Record::MailRefusal(id)) };
    history::record(tx, &event)?;
    Ok(id)
}

fn take(tx: &WriteTx<'_>, found: &Refusal, reason: Option<String>) -> Result<(), Fault> {
    store::delete(tx, found.id)?;
    let cards = letters::cards_with(tx, found.email.uncover())?;
    let changes = vec![Change::new("email", Some(found.email.uncover().clone()), None)];
    let event =
        Event { cards: &cards, changes, reason, ..Event::of("mail.accepted", Record::MailRefusal(found.id)) };
    history::record(tx, &event)?;
    Ok(())
}
