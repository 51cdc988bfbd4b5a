//! The board of a day: who waits, who is to come, who is done.
//!
//! **Invariant:** a day costs the same few statements however many bookings it has.

mod store;

use std::collections::BTreeMap;

use super::{Applicant, Booking, BookingStatus, applicant, procedures};
use crate::base::{BookingId, CardId, Day, LocationId, Moment, StaffId};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};
use crate::history;

/// Minutes after the beginning of its slot from which a booking is late.
pub const LATE_FROM: u64 = 15;

/// A booking with the cards of its people.
#[derive(Clone, Debug)]
pub struct BoardRow {
    /// The booking.
    pub booking: Booking,
    /// The cards of its members.
    pub cards: BTreeMap<CardId, Card>,
    /// Who comes when they are known by no card, in the order of the people.
    pub applicants: Vec<Applicant>,
    /// What for, where it is not the hand-over of a card.
    pub procedure: Option<String>,
    /// Who handed cards of it over last.
    pub handed_over: Option<HandedOver>,
}

/// A hand-over as history tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// When.
    pub at: Moment,
    /// The member of staff, if it was one.
    pub staff: Option<StaffId>,
    /// Their name then.
    pub by: String,
}

/// How many bookings of a day stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// All of them.
    pub all: usize,
    /// Expected (予約).
    pub to_come: usize,
    /// Of those, late.
    pub late: usize,
    /// Here and waiting (受付中).
    pub waiting: usize,
    /// Done, everybody has the card (交付済).
    pub issued: usize,
    /// Somebody's papers were not in order (不備).
    pub incomplete: usize,
    /// Nobody came (未来庁).
    pub no_show: usize,
}

impl BoardRow {
    /// The first person's card.
    pub fn lead(&self) -> Option<&Card> {
        self.booking.cards().first().and_then(|id| self.cards.get(id))
    }

    /// The first person who is known by no card.
    pub fn applicant(&self) -> Option<&Applicant> {
        self.applicants.first()
    }

    /// The cards in the order of the people.
    pub fn people(&self) -> impl Iterator<Item = &Card> {
        self.booking.members.iter().filter_map(|member| self.cards.get(&member.card?))
    }
}

impl Booking {
    /// For how many minutes it is late; `None` while it is not, or when somebody has come.
    pub fn late_minutes(&self, now: Moment) -> Option<u64> {
        let late = now.since(self.starts_at()).as_secs() / 60;
        (self.status == BookingStatus::Confirmed && late >= LATE_FROM).then_some(late)
    }

    /// For how many whole minutes its people have been waiting.
    pub fn waiting_minutes(&self, now: Moment) -> Option<u64> {
        let since = self.checked_in_at.filter(|_| self.status == BookingStatus::CheckedIn)?;
        Some(now.since(since).as_secs() / 60)
    }
}

impl Tally {
    /// Counts the bookings of a board.
    pub fn of(rows: &[BoardRow], now: Moment) -> Self {
        let mut tally = Self { all: rows.len(), ..Self::default() };
        for row in rows {
            match row.booking.status {
                BookingStatus::Confirmed => tally.to_come += 1,
                BookingStatus::CheckedIn => tally.waiting += 1,
                BookingStatus::Completed => tally.issued += 1,
                BookingStatus::Incomplete => tally.incomplete += 1,
                BookingStatus::NoShow => tally.no_show += 1,
                BookingStatus::Cancelled => {}
            }
            tally.late += usize::from(row.booking.late_minutes(now).is_some());
        }
        tally
    }
}

/// The bookings of a day at a location, cancelled ones left out, by time.
///
/// Spec: 7(2)⑦.
pub fn day_board(tx: &ReadTx<'_>, location: LocationId, day: Day) -> Result<Vec<BoardRow>, Fault> {
    let mut people = store::people_of_day(tx, location, day)?;
    let mut bookings = store::bookings_of_day(tx, location, day)?;
    for booking in &mut bookings {
        booking.members = people.remove(&booking.id).unwrap_or_default();
    }
    rows(tx, bookings)
}

/// One booking as the board shows it, whatever its day, place and status.
pub fn board_row(tx: &ReadTx<'_>, id: BookingId) -> Result<Option<BoardRow>, Fault> {
    let Some(booking) = super::get(tx, id)? else { return Ok(None) };
    Ok(rows(tx, vec![booking])?.pop())
}

/// Bookings as the board shows them, in the order in which they are named; those that are not there are left out.
pub fn board_rows(tx: &ReadTx<'_>, ids: &[BookingId]) -> Result<Vec<BoardRow>, Fault> {
    let mut found = of_ids(tx, ids)?;
    rows(tx, ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The bookings with these numbers, with their people, in as many statements as one needs; unknown ones are left out.
pub fn of_ids(tx: &ReadTx<'_>, ids: &[BookingId]) -> Result<BTreeMap<BookingId, Booking>, Fault> {
    let mut people = store::people_of(tx, ids)?;
    let mut found: BTreeMap<BookingId, Booking> =
        store::bookings_of(tx, ids)?.into_iter().map(|booking| (booking.id, booking)).collect();
    for booking in found.values_mut() {
        booking.members = people.remove(&booking.id).unwrap_or_default();
    }
    Ok(found)
}

pub(super) fn rows(tx: &ReadTx<'_>, bookings: Vec<Booking>) -> Result<Vec<BoardRow>, Fault> {
    let ids: Vec<CardId> = bookings.iter().flat_map(Booking::cards).collect();
    let cards = cards::of_ids(tx, &ids)?;
    let mut handed = handed_over(tx, &bookings)?;
    let mut rows = Vec::new();
    for booking in bookings {
        let (applicants, procedure) = besides(tx, &booking)?;
        rows.push((booking, applicants, procedure));
    }
    let row = |(booking, applicants, procedure): (Booking, _, _)| BoardRow {
        applicants,
        procedure,
        cards: booking.cards().into_iter().filter_map(|id| Some((id, cards.get(&id)?.clone()))).collect(),
        handed_over: handed.remove(&booking.id),
        booking,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// What a booking besides the hand-over of cards needs to be shown: who said that they come, and what for.
fn besides(tx: &ReadTx<'_>, booking: &Booking) -> Result<(Vec<Applicant>, Option<String>), Fault> {
    if booking.is_issuance() {
        return Ok((Vec::new(), None));
    }
    let mut applicants = Vec::new();
    for id in booking.members.iter().filter_map(|member| member.applicant) {
        applicants.extend(applicant::applicant(tx, id)?);
    }
    Ok((applicants, Some(procedures::known(tx, &booking.procedure)?.name)))
}

fn handed_over(tx: &ReadTx<'_>, bookings: &[Booking]) -> Result<BTreeMap<BookingId, HandedOver>, Fault> {
    let rows: Vec<i64> = bookings.iter().map(|booking| booking.id.get()).collect();
    let events = history::newest(tx, super::counter::HANDED_OVER, "booking", &rows)?;
    let told = events.into_iter().filter_map(|event| {
        let booking = BookingId::of(event.record_id?);
        Some((booking, HandedOver { at: event.at, staff: event.staff, by: event.actor }))
    });
    Ok(told.collect())
}
