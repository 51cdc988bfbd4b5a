//! What staff see of letters to many, and what the program has to do for them next.

use std::collections::BTreeMap;

use super::{BulkMail, BulkState, Fate, Purpose, store, text};
use crate::base::{BookingId, BulkMailId, CardId, LocationId, Moment, Personal};
use crate::booking::store as bookings;
use crate::calendar;
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};
use crate::mail::{Bulk, Letter, Renotice, State};

/// So many of its people are shown on a page.
pub const SHOWN: u32 = 50;

/// Letters are queued so far ahead of their time, in milliseconds, so that stopping takes few of them back.
pub(super) const AHEAD: std::time::Duration = std::time::Duration::from_secs(20);

/// One of its people, with what became of their letter.
#[derive(Clone, Debug)]
pub struct Line {
    /// Place in the list.
    pub position: i64,
    /// Their card as it stands now.
    pub card: Option<Card>,
    /// Their booking.
    pub booking: Option<BookingId>,
    /// The address as it was found.
    pub email: Option<Personal<String>>,
    /// Their language.
    pub language: String,
    /// Whether they get it.
    pub fate: Fate,
    /// Where their letter stands, once it is in the outbox.
    pub letter: Option<State>,
    /// What the mail server said last.
    pub answer: Option<String>,
    /// When it was sent or given up.
    pub finished_at: Option<Moment>,
}

/// How many there are of each fate, and of each state of a letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    fates: BTreeMap<Fate, u32>,
    letters: Vec<(State, u32)>,
}

impl Sum {
    /// Everybody who was found.
    pub fn all(&self) -> u32 {
        self.fates.values().sum()
    }

    /// How many have this fate.
    pub fn of(&self, fate: Fate) -> u32 {
        self.fates.get(&fate).copied().unwrap_or(0)
    }

    /// How many letters stand there.
    pub fn letters(&self, state: State) -> u32 {
        self.letters.iter().filter(|(one, _)| *one == state).map(|(_, count)| count).sum()
    }
}

/// The letter of this row.
pub fn get(tx: &ReadTx<'_>, id: BulkMailId) -> Result<Option<BulkMail>, Fault> {
    store::get(tx, id)
}

/// The letters to many, the newest first, without those that were given up.
pub fn recent(tx: &ReadTx<'_>) -> Result<Vec<BulkMail>, Fault> {
    store::recent(tx, 100)
}

/// The numbers of a letter to many.
pub fn sum(tx: &ReadTx<'_>, id: BulkMailId) -> Result<Sum, Fault> {
    let (mut fates, mut letters) = (BTreeMap::new(), Vec::new());
    for (fate, state, count) in store::counts(tx, id)? {
        *fates.entry(fate).or_default() += count;
        letters.extend(state.filter(|_| fate == Fate::Queued).map(|state| (state, count)));
    }
    Ok(Sum { fates, letters })
}

/// Its people after this place, by place: those of one fate, or of one state of the letter, or all.
pub fn lines(
    tx: &ReadTx<'_>,
    id: BulkMailId,
    wanted: (Option<Fate>, Option<State>),
    after: i64,
) -> Result<Vec<Line>, Fault> {
    let mut lines = store::lines(tx, id, wanted, after, SHOWN)?;
    with_cards(tx, &mut lines)?;
    Ok(lines.into_iter().map(|(line, _)| line).collect())
}

/// Everybody without an address: those for whom a letter by post or a call is left.
pub fn without_address(tx: &ReadTx<'_>, id: BulkMailId, after: i64, most: u32) -> Result<Vec<Line>, Fault> {
    let mut lines = store::lines(tx, id, (Some(Fate::NoAddress), None), after, most)?;
    with_cards(tx, &mut lines)?;
    Ok(lines.into_iter().map(|(line, _)| line).collect())
}

fn with_cards(tx: &ReadTx<'_>, lines: &mut [(Line, Option<CardId>)]) -> Result<(), Fault> {
    let ids: Vec<CardId> = lines.iter().filter_map(|(_, card)| *card).collect();
    let cards = cards::of_ids(tx, &ids)?;
    for (line, card) in lines {
        line.card = card.and_then(|id| cards.get(&id).cloned());
    }
    Ok(())
}

/// The letter as the first of its people would get it in this language; invented facts where nobody is left.
pub fn sample_letter(tx: &ReadTx<'_>, bulk: &BulkMail, language: &str) -> Result<Option<Letter>, Fault> {
    let (card, booking) = store::first(tx, bulk.id)?.unwrap_or((None, None));
    letter_for(tx, bulk, (card, booking), language)
}

/// The letter for one of its people; `None` when something that its words want is not known of them.
pub(super) fn letter_for(
    tx: &ReadTx<'_>,
    bulk: &BulkMail,
    (card, booking): (Option<CardId>, Option<BookingId>),
    language: &str,
) -> Result<Option<Letter>, Fault> {
    let card = card.map(|id| cards::get(tx, id)).transpose()?.flatten();
    let booking = booking.map(|id| bookings::get(tx, id)).transpose()?.flatten();
    let place = booking.as_ref().map(|one| one.location).or(card.as_ref().and_then(|card| card.location));
    let location_name = name_of(tx, place, language)?;
    let due = card.as_ref().and_then(|card| card.pickup_due_on);
    if bulk.purpose == Purpose::Renotice {
        return Ok(Some(Letter::Renotice(Renotice { due, location_name })));
    }
    let words = bulk.texts.get(bulk.language_for(language)).cloned().unwrap_or_default();
    let missing = |name: &str| match name {
        "due" => due.is_none(),
        "location" => location_name.is_empty(),
        _ => name.starts_with("booking_") && booking.is_none(),
    };
    if text::wants(&bulk.texts, missing) {
        return Ok(None);
    }
    Ok(Some(Letter::Bulk(Bulk {
        bulk: bulk.id.get(),
        subject: words.subject,
        body: words.body,
        information: bulk.purpose == Purpose::Information,
        due,
        location_name,
        booking_no: booking.as_ref().map(|one| one.no.clone()).unwrap_or_default(),
        day: booking.as_ref().map(|one| one.day),
        starts: booking.as_ref().map(|one| one.starts),
        ends: booking.as_ref().map(|one| one.ends),
        stop: String::new(),
    })))
}

fn name_of(tx: &ReadTx<'_>, place: Option<LocationId>, language: &str) -> Result<String, Fault> {
    let Some(place) = place else { return Ok(String::new()) };
    let found = calendar::locations_in(tx, language)?.into_iter().find(|one| one.id == place);
    let found = found.map_or_else(|| calendar::location(tx, place), |place| Ok(Some(place)))?;
    Ok(found.map(|place| place.name).unwrap_or_default())
}

/// What is to be done for a letter to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Its people are to be collected.
    Collect,
    /// Its next letters are to be queued.
    Send,
    /// Letters that wait in the outbox are to be taken back, as it was stopped.
    TakeBack,
    /// Its list of people is to be forgotten, as it was given up.
    Forget,
}

/// What is to be done now, and when there is something again.
pub type Next = (Option<(BulkMail, Work)>, Option<Moment>);

/// What is to be done now, and when there is something again.
pub fn next_work(tx: &ReadTx<'_>) -> Result<Next, Fault> {
    let mut later: Option<Moment> = None;
    for bulk in store::at_work(tx)? {
        let work = match bulk.state {
            BulkState::Collecting => Some(Work::Collect),
            BulkState::Sending => {
                let due = bulk.paced_until.minus(AHEAD);
                if due <= tx.now() {
                    Some(Work::Send)
                } else {
                    later = Some(later.map_or(due, |later| later.min(due)));
                    None
                }
            }
            BulkState::Stopped => store::has_to_take_back(tx, bulk.id)?.then_some(Work::TakeBack),
            BulkState::Dropped => store::has_rows(tx, bulk.id)?.then_some(Work::Forget),
            _ => None,
        };
        if let Some(work) = work {
            return Ok((Some((bulk, work)), later));
        }
    }
    Ok((None, later))
}
