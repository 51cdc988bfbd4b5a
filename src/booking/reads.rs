//! What staff look at: the board of a day, and how full days and slots are.

use std::collections::BTreeMap;

use super::{Booking, seats, store};
use crate::base::{CardId, Day, LocationId};
use crate::calendar::{self, Slot};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};

/// A booking with the cards of its people.
#[derive(Clone, Debug)]
pub struct BoardRow {
    /// The booking.
    pub booking: Booking,
    /// The cards of its members.
    pub cards: BTreeMap<CardId, Card>,
}

impl BoardRow {
    /// The first person's card.
    pub fn lead(&self) -> Option<&Card> {
        self.booking.cards().first().and_then(|id| self.cards.get(id))
    }
}

/// How full a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The slot.
    pub slot: Slot,
    /// Seats that bookings and holds take of it.
    pub taken: u32,
}

/// The bookings of a day at a location, cancelled ones left out, by time.
///
/// Spec: 7(2)⑦.
pub fn day_board(tx: &ReadTx<'_>, location: LocationId, day: Day) -> Result<Vec<BoardRow>, Fault> {
    let bookings = store::of_day(tx, location, day)?;
    bookings.into_iter().map(|id| board_row(tx, id)).filter_map(Result::transpose).collect()
}

fn board_row(tx: &ReadTx<'_>, id: crate::base::BookingId) -> Result<Option<BoardRow>, Fault> {
    let Some(booking) = store::get(tx, id)? else { return Ok(None) };
    let mut people = BTreeMap::new();
    for id in booking.cards() {
        if let Some(card) = cards::get(tx, id)? {
            people.insert(id, card);
        }
    }
    Ok(Some(BoardRow { booking, cards: people }))
}

/// The slots of a day with what is taken of them.
///
/// Spec: 7(2)④.
pub fn day_load(tx: &ReadTx<'_>, location: LocationId, day: Day) -> Result<Vec<Load>, Fault> {
    Ok(month_load(tx, location, day, day)?.remove(&day).unwrap_or_default())
}

/// The same for every day from `from` to `to`; closed days have no slots.
///
/// Spec: 7(2)④.
pub fn month_load(
    tx: &ReadTx<'_>,
    location: LocationId,
    from: Day,
    to: Day,
) -> Result<BTreeMap<Day, Vec<Load>>, Fault> {
    let rules = calendar::rules(tx, location, from, to)?;
    let taken = seats::seats_taken_between(tx, location, from, to)?;
    let mut days = BTreeMap::new();
    let mut day = from;
    while day <= to {
        let loads = rules.slots(day).into_iter().map(|slot| {
            let of_slot = taken.iter().filter(|one| one.day == day && one.overlaps(slot.starts, slot.ends));
            Load { slot, taken: of_slot.map(|one| u32::from(one.seats)).sum() }
        });
        days.insert(day, loads.collect());
        day = day.plus(1);
    }
    Ok(days)
}
