//! The people of a letter to many are collected, a part at a time: looked for beside the writer, written down in it.

use super::{Audience, BulkMail, BulkState, Fate, Found, Purpose, store};
use crate::base::{BulkMailId, CardId, Email, Personal};
use crate::cards::search::From;
use crate::cards::{self, Card, Paging, Sort, watch};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::mail;

/// People of one part, so that none holds the writer long.
const PART: usize = 100;

/// Some of the people, and where the next part begins.
#[derive(Clone, Debug)]
pub struct Part {
    found: Vec<Found>,
    /// Where it was read from: what is written down twice is written once.
    from: (usize, i64),
    next: Option<(usize, i64)>,
}

/// Looks for the next people; `None` when it is not being collected.
pub fn next_part(tx: &ReadTx<'_>, id: BulkMailId) -> Result<Option<Part>, Fault> {
    let Some(bulk) = store::get(tx, id)?.filter(|bulk| bulk.state == BulkState::Collecting) else {
        return Ok(None);
    };
    let (part, after) = bulk.cursor;
    let (found, more, last) = match &bulk.audience {
        Audience::Cards { any, look } => {
            let terms = any.get(part).cloned().unwrap_or_default();
            let from = if after == 0 { From::Start } else { From::After(CardId::of(after)) };
            let paging = Paging { sort: Sort::Registered, backwards: false, from, most: PART };
            let page = cards::list(tx, &terms, *look, paging)?;
            let next = page.hits.last().map(|card| card.id.get());
            (people(tx, &page.hits)?, page.after, next)
        }
        Audience::Watched { list } => watched(tx, list, after)?,
        Audience::Bookings { .. } => {
            let rows = store::bookings_after(tx, &bulk.audience, after, PART)?;
            let next = rows.last().and_then(|row| row.booking).map(crate::base::BookingId::get);
            let more = rows.len() == PART;
            (rows, more, next)
        }
    };
    let parts = if let Audience::Cards { any, .. } = &bulk.audience { any.len() } else { 1 };
    let next = match (more, last) {
        (true, Some(last)) => Some((part, last)),
        _ if part + 1 < parts => Some((part + 1, 0)),
        _ => None,
    };
    Ok(Some(Part { found, from: bulk.cursor, next }))
}

type Page = (Vec<Found>, bool, Option<i64>);

/// The cards of a list of what is due, by their rows.
fn watched(tx: &ReadTx<'_>, list: &str, after: i64) -> Result<Page, Fault> {
    let Some(list) = Audience::list(list) else { return Ok((Vec::new(), false, None)) };
    let ids = watch::ids_after(tx, list, CardId::of(after), PART)?;
    let found = cards::of_ids(tx, &ids)?;
    let cards: Vec<Card> = ids.iter().filter_map(|id| found.get(id).cloned()).collect();
    Ok((people(tx, &cards)?, ids.len() == PART, ids.last().map(|id| id.get())))
}

fn people(tx: &ReadTx<'_>, cards: &[Card]) -> Result<Vec<Found>, Fault> {
    let one = |card: &Card| {
        let language = store::language_of(tx, card.id)?.unwrap_or_else(|| "ja".to_owned());
        Ok(Found { card: Some(card.id), booking: None, email: card.email.clone(), language })
    };
    cards.iter().map(one).collect()
}

/// Writes a part down, each with whether they will get the letter, and says whether there is more to collect.
pub fn add_part(tx: &WriteTx<'_>, id: BulkMailId, part: &Part) -> Result<bool, Fault> {
    let Some(bulk) = store::get(tx, id)?.filter(|bulk| bulk.state == BulkState::Collecting) else {
        return Ok(false);
    };
    if bulk.cursor != part.from {
        return Ok(true);
    }
    let first = store::next_position(tx, id)?;
    for (position, one) in (first..).zip(&part.found) {
        if store::is_listed(tx, id, one)? {
            continue;
        }
        let email = one.email.as_ref().and_then(address);
        let fate = fate(tx, &bulk, email.as_ref())?;
        store::insert_row(tx, (id, position), one, email.as_ref().map(mail::email_key).as_deref(), fate)?;
    }
    match part.next {
        Some(next) => store::set_cursor(tx, id, next)?,
        None => store::set_state(tx, id, BulkState::Draft)?,
    }
    Ok(part.next.is_some())
}

/// The address, if letters can be sent to it.
pub(super) fn address(stored: &Personal<String>) -> Option<Email> {
    Email::parse(stored.uncover()).ok()
}

/// Whether somebody with this address will get the letter.
fn fate(tx: &WriteTx<'_>, bulk: &BulkMail, email: Option<&Email>) -> Result<Fate, Fault> {
    let Some(email) = email else { return Ok(Fate::NoAddress) };
    let key = mail::email_key(email);
    if mail::is_suppressed(tx, email)? {
        return Ok(Fate::Suppressed);
    }
    if bulk.purpose == Purpose::Information && mail::refuses(tx, email)? {
        return Ok(Fate::Refused);
    }
    if store::has_address(tx, bulk.id, &key)? {
        return Ok(Fate::SameAddress);
    }
    let since = tx.now().minus(std::time::Duration::from_hours(24 * u64::from(bulk.quiet_days)));
    if bulk.quiet_days > 0 && store::told_since(tx, &key, since)? {
        return Ok(Fate::Told);
    }
    Ok(Fate::Waiting)
}
