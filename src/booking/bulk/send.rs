//! The letters of a letter to many are queued, a slice at a time; it is stopped and taken up again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::collect::address;
use super::decide::{DecideError, at};
use super::look::letter_for;
use super::{Audience, BulkMail, BulkState, Fate, Purpose, store};
use crate::base::{BulkMailId, CardId, Email, Moment, Personal};
use crate::booking::store as bookings;
use crate::cards::{self, CardStatus, LookIn, Paging, Terms, Transition, watch};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Event, Record};
use crate::mail::{self, Letter, Post};
use crate::settings;

/// The most letters of one transaction, so that none holds the writer long.
pub const SLICE_MAX: u32 = 20;

/// The next of its people, and who of them still fits.
#[derive(Clone, Debug)]
pub struct Slice {
    rows: Vec<store::Stored>,
    fits: BTreeSet<i64>,
}

impl Slice {
    /// How many people it has.
    pub fn people(&self) -> usize {
        self.rows.len()
    }
}

/// Looks at the next people of a letter that is being sent, at most so many; `None` when it is not being sent.
pub fn next_slice(tx: &ReadTx<'_>, id: BulkMailId, most: u32) -> Result<Option<Slice>, Fault> {
    let Some(bulk) = store::get(tx, id)?.filter(|bulk| bulk.state == BulkState::Sending) else {
        return Ok(None);
    };
    let rows = store::rows(tx, id, most.min(SLICE_MAX))?;
    let fits = match &bulk.audience {
        Audience::Cards { any, look } => still_found(tx, any, *look, &rows)?,
        Audience::Watched { list } => still_watched(tx, list, &rows)?,
        Audience::Bookings { .. } => still_booked(tx, &bulk.audience, &rows)?,
    };
    Ok(Some(Slice { rows, fits }))
}

fn of_cards(rows: &[store::Stored], cards: &BTreeSet<CardId>) -> BTreeSet<i64> {
    let fits = rows.iter().filter(|row| row.card.is_some_and(|card| cards.contains(&card)));
    fits.map(|row| row.position).collect()
}

fn still_found(
    tx: &ReadTx<'_>,
    any: &[Terms],
    look: LookIn,
    rows: &[store::Stored],
) -> Result<BTreeSet<i64>, Fault> {
    let ids: Vec<CardId> = rows.iter().filter_map(|row| row.card).collect();
    let mut found = BTreeSet::new();
    for terms in any {
        let among = match &terms.cards {
            Some(cards) => ids.iter().copied().filter(|id| cards.contains(id)).collect(),
            None => ids.clone(),
        };
        let terms = Terms { cards: Some(among), ..terms.clone() };
        let paging = Paging { most: SLICE_MAX as usize, ..Paging::default() };
        found.extend(cards::list(tx, &terms, look, paging)?.hits.iter().map(|card| card.id));
    }
    Ok(of_cards(rows, &found))
}

fn still_watched(tx: &ReadTx<'_>, list: &str, rows: &[store::Stored]) -> Result<BTreeSet<i64>, Fault> {
    let Some(list) = Audience::list(list) else { return Ok(BTreeSet::new()) };
    let mut found = BTreeSet::new();
    for card in rows.iter().filter_map(|row| row.card) {
        if watch::of_card(tx, card)?.iter().any(|(one, _)| *one == list) {
            found.insert(card);
        }
    }
    Ok(of_cards(rows, &found))
}

fn still_booked(
    tx: &ReadTx<'_>,
    audience: &Audience,
    rows: &[store::Stored],
) -> Result<BTreeSet<i64>, Fault> {
    let Audience::Bookings { from, to, locations, status } = audience else { return Ok(BTreeSet::new()) };
    let mut fits = BTreeSet::new();
    for row in rows {
        let booking = row.booking.map(|id| bookings::get(tx, id)).transpose()?.flatten();
        let fit = booking.is_some_and(|one| {
            one.status.code() == *status
                && (*from..=*to).contains(&one.day)
                && (locations.is_empty() || locations.contains(&one.location))
        });
        if fit {
            fits.insert(row.position);
        }
    }
    Ok(fits)
}

/// Queues the letters of a slice, each paced after the one before, and says whether more are left.
pub fn add_slice(tx: &WriteTx<'_>, id: BulkMailId, slice: &Slice) -> Result<bool, Fault> {
    let Some(bulk) = store::get(tx, id)?.filter(|bulk| bulk.state == BulkState::Sending) else {
        return Ok(false);
    };
    let gap = Duration::from_mins(1) / u32::from(settings::read(tx)?.bulk_per_minute.max(1));
    let mut next = bulk.paced_until.max(tx.now());
    for row in &slice.rows {
        if !store::is_waiting(tx, id, row.position)? {
            continue;
        }
        match queue(tx, &bulk, row, (slice.fits.contains(&row.position), next))? {
            Ok(letter) => {
                store::set_queued(tx, (id, row.position), letter)?;
                next = next.plus(gap);
            }
            Err(fate) => store::set_fate(tx, (id, row.position), fate)?,
        }
    }
    store::set_paced(tx, id, next)?;
    let more = store::has_waiting(tx, id)?;
    if !more {
        store::finish(tx, id)?;
        let event = Event { batch: bulk.event, ..Event::of("bulk.queued", Record::BulkMail(id)) };
        history::record(tx, &event)?;
    }
    Ok(more)
}

/// Queues the letter of one of its people, or says why they get none.
fn queue(
    tx: &WriteTx<'_>,
    bulk: &BulkMail,
    row: &store::Stored,
    (fits, at): (bool, Moment),
) -> Result<Result<crate::base::OutboxId, Fate>, Fault> {
    if !fits {
        return Ok(Err(Fate::Gone));
    }
    let Some(email) = address_now(tx, row)? else { return Ok(Err(Fate::Gone)) };
    if mail::is_suppressed(tx, &email)? {
        return Ok(Err(Fate::Suppressed));
    }
    if bulk.purpose == Purpose::Information && mail::refuses(tx, &email)? {
        return Ok(Err(Fate::Refused));
    }
    if bulk.purpose == Purpose::Renotice {
        renotify(tx, bulk, row.card)?;
    }
    let language = bulk.language_for(&row.language);
    let Some(letter) = letter_for(tx, bulk, (row.card, row.booking), language)? else {
        return Ok(Err(Fate::NoValue));
    };
    let post = Post {
        to: &email,
        language,
        letter: &letter,
        booking: row.booking,
        card: row.card,
        dedup: format!("bulk:{}:{}:{}", bulk.id, row.position, row.tries),
    };
    Ok(Ok(mail::enqueue_at(tx, &post, at)?))
}

/// The address as it stands now, if it is the one that was found.
fn address_now(tx: &ReadTx<'_>, row: &store::Stored) -> Result<Option<Email>, Fault> {
    let stored: Option<Personal<String>> = match (row.booking, row.card) {
        (Some(id), _) => bookings::get(tx, id)?.and_then(|booking| booking.email),
        (None, Some(id)) => cards::get(tx, id)?.and_then(|card| card.email),
        (None, None) => None,
    };
    let now = stored.as_ref().and_then(address);
    Ok(now.filter(|email| row.email.as_deref() == Some(mail::email_key(email).as_str())))
}

/// A card whose second notice goes out by mail takes the status, where the table of statuses has the step.
fn renotify(tx: &WriteTx<'_>, bulk: &BulkMail, card: Option<CardId>) -> Result<(), Fault> {
    let Some(card) = card.map(|id| cards::get(tx, id)).transpose()?.flatten() else { return Ok(()) };
    let step = Transition::of(card.id, CardStatus::Renotified);
    if cards::check(&card, &step, tx.today()).is_err() {
        return Ok(());
    }
    match tx.part(|tx| cards::transition_in(tx, &step, bulk.event)) {
        Err(cards::TransitionError::Fault(fault)) => Err(fault),
        // Where the step stopped being one between the look and the act, the letter is right all the same.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What shall become of a letter that is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// No further letter leaves.
    Stop,
    /// It goes on where it stood.
    Resume,
}

/// Stops a letter to many, or takes it up again. What was handed to the mail server before stays sent.
pub fn steer(tx: &WriteTx<'_>, id: BulkMailId, version: i64, steer: Steer) -> Result<(), DecideError> {
    let (from, to, operation) = match steer {
        Steer::Stop => ([BulkState::Sending, BulkState::Done], BulkState::Stopped, "bulk.stopped"),
        Steer::Resume => ([BulkState::Stopped; 2], BulkState::Sending, "bulk.resumed"),
    };
    let bulk = at(tx, id, version, |state| from.contains(&state))?;
    if steer == Steer::Resume && store::has_to_take_back(tx, id)? {
        return Err(DecideError::NotYet);
    }
    store::set_state(tx, id, to)?;
    store::set_paced(tx, id, tx.now())?;
    history::record(tx, &Event { batch: bulk.event, ..Event::of(operation, Record::BulkMail(id)) })?;
    Ok(())
}

/// People of a stopped letter whose letters did not leave.
pub fn next_taken_back(tx: &ReadTx<'_>, id: BulkMailId) -> Result<Vec<i64>, Fault> {
    store::to_take_back(tx, id, 100)
}

/// Takes these letters out of the outbox, so that they are queued anew when it goes on.
pub fn take_back(tx: &WriteTx<'_>, id: BulkMailId, positions: &[i64]) -> Result<(), Fault> {
    if store::get(tx, id)?.is_some_and(|bulk| bulk.state == BulkState::Stopped) {
        let letters = store::letters_of(tx, id, positions)?;
        mail::cancel_queued(tx, &letters, "一斉メールを停止しました")?;
        store::set_waiting(tx, id, positions)?;
    }
    Ok(())
}

/// Forgets some of the people of a letter that was given up, and says how many.
pub fn forget(tx: &WriteTx<'_>, id: BulkMailId) -> Result<usize, Fault> {
    store::delete_rows(tx, id, 500)
}

/// Whether a letter of a letter to many may leave now: it does not once that was stopped.
pub fn still_so(tx: &ReadTx<'_>, letter: &Letter) -> Result<bool, Fault> {
    let Letter::Bulk(one) = letter else { return Ok(true) };
    let bulk = store::get(tx, BulkMailId::of(one.bulk))?;
    Ok(bulk.is_some_and(|bulk| bulk.state != BulkState::Stopped))
}
