//! A party of the file against what is registered and booked.

use std::collections::BTreeMap;

use super::read::{Party, When};
use crate::base::{BookingId, CardId, Day, LocationId, Moment};
use crate::booking::seats::seats_taken;
use crate::booking::{ISSUANCE, store};
use crate::calendar::{self, Slot};
use crate::cards::import::{Report, RowError, Target, Why};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx};

/// What a file of bookings means, or meant.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// Rows by outcome, and those that cannot be taken.
    pub report: Report,
    /// The first parties that come in, or stand already.
    pub first: Vec<Wanted>,
    /// Parties that go over capacity.
    pub over: u32,
}

/// A party that can be brought in.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Line of its first row.
    pub line: u64,
    /// Its cards, the representative's first.
    pub cards: Vec<Card>,
    /// The place in time that it gets.
    pub slot: Slot,
    /// Seats that it takes.
    pub seats: u8,
    /// Whether that is more than is left.
    pub over: bool,
    /// The booking as which it stands already.
    pub stands: Option<BookingId>,
}

/// Seats that parties of the same file take.
pub(super) type Earlier = BTreeMap<(LocationId, Day), Vec<(Slot, u8)>>;

/// One party: what it would get, or the errors of its rows.
pub(super) fn look(
    tx: &ReadTx<'_>,
    party: &Party,
    earlier: &Earlier,
    may_go_over: bool,
) -> Result<Result<Wanted, Vec<RowError>>, Fault> {
    let line = party.people.first().map_or(0, |(line, _)| *line);
    let wrong = |target: Target, value: String, why| Err(all(party, line, target, &value, why));
    let mut cards = Vec::new();
    for (line, key) in &party.people {
        match key.find(tx)? {
            Ok(card) if cards.iter().any(|other: &Card| other.id == card.id) => {
                return Ok(Err(all(party, *line, Target::NoticeId, &key.notice.to_string(), Why::Twice)));
            }
            Ok(card) => cards.push(card),
            Err(why) => return Ok(Err(all(party, *line, Target::NoticeId, &key.notice.to_string(), why))),
        }
    }
    let slot = match slot(tx, &party.when)? {
        Ok(slot) => slot,
        Err((target, why)) => return Ok(wrong(target, shown(&party.when, target), why)),
    };
    if let Some(stands) = stands_already(tx, &cards, &party.when)? {
        return Ok(Ok(Wanted { line, cards, slot, seats: 0, over: false, stands: Some(stands) }));
    }
    for (card, (line, key)) in cards.iter().zip(&party.people) {
        if let Some(why) = person(tx, card)? {
            return Ok(Err(all(party, *line, Target::NoticeId, &key.notice.to_string(), why)));
        }
    }
    let people = u8::try_from(cards.len()).unwrap_or(u8::MAX);
    let seats = calendar::location(tx, slot.location)?.map_or(people, |place| place.seats_for(people));
    let over = seats_left(tx, &slot, earlier)? < u32::from(seats);
    if over && !may_go_over {
        return Ok(wrong(Target::Start, shown(&party.when, Target::Start), Why::SlotFull));
    }
    Ok(Ok(Wanted { line, cards, slot, seats, over, stands: None }))
}

/// The error at its own row, and a word to the other rows of the party, which are left out with it.
fn all(party: &Party, line: u64, target: Target, value: &str, why: Why) -> Vec<RowError> {
    let error = |at: u64| {
        if at == line {
            RowError::new(at, target.label(), value, why)
        } else {
            RowError::new(at, Target::Party.label(), "", Why::PartyLeftOut)
        }
    };
    party.people.iter().map(|(at, _)| error(*at)).collect()
}

fn shown(when: &When, target: Target) -> String {
    if target == Target::Day {
        when.day.to_string()
    } else {
        format!("{} {:02}:{:02}", when.day, when.starts.hour(), when.starts.get() % 60)
    }
}

/// The slot of this time; a time between two slots keeps its own beginning, while the location is open.
fn slot(tx: &ReadTx<'_>, when: &When) -> Result<Result<Slot, (Target, Why)>, Fault> {
    let place = calendar::location(tx, when.location)?.filter(|place| place.is_in_use(when.day));
    if place.is_none() {
        return Ok(Err((Target::Location, Why::UnknownPlace)));
    }
    let rules = calendar::rules(tx, when.location, when.day, when.day)?;
    let slots = rules.slots(when.day);
    let found = slots.into_iter().find(|slot| slot.starts <= when.starts && when.starts < slot.ends);
    let Some(slot) = found else { return Ok(Err((Target::Start, Why::ClosedTime))) };
    let slot = if slot.starts == when.starts {
        slot
    } else {
        Slot { starts: when.starts, ends: when.ends.unwrap_or(slot.ends), ..slot }
    };
    if Moment::at(slot.day, slot.ends) <= tx.now() {
        return Ok(Err((Target::Day, Why::PastDay)));
    }
    Ok(Ok(slot))
}

/// The live booking of all of them at this very place in time.
fn stands_already(tx: &ReadTx<'_>, cards: &[Card], when: &When) -> Result<Option<BookingId>, Fault> {
    let Some(first) = cards.first() else { return Ok(None) };
    let Some(id) = store::live_id_of_card(tx, first.id, ISSUANCE)? else { return Ok(None) };
    let Some(booking) = store::get(tx, id)? else { return Ok(None) };
    let is_there = (booking.location, booking.day, booking.starts) == (when.location, when.day, when.starts);
    let ids = booking.cards();
    let all = cards.iter().all(|card| ids.contains(&card.id));
    Ok(Some(id).filter(|_| is_there && all))
}

/// Why this person cannot be booked.
fn person(tx: &ReadTx<'_>, card: &Card) -> Result<Option<Why>, Fault> {
    if store::live_id_of_person(tx, card.person_key.uncover(), ISSUANCE)?.is_some() {
        return Ok(Some(Why::OtherBooking));
    }
    Ok((!card.may_be_booked()).then_some(Why::NotBookable))
}

fn seats_left(tx: &ReadTx<'_>, slot: &Slot, earlier: &Earlier) -> Result<u32, Fault> {
    let all = seats_taken(tx, slot.location, slot.day)?;
    let taken = all.iter().filter(|one| one.overlaps(slot.starts, slot.ends));
    let taken: u32 = taken.map(|one| u32::from(one.seats)).sum();
    let shares = |other: &Slot| other.starts < slot.ends && slot.starts < other.ends;
    let there = earlier.get(&(slot.location, slot.day)).into_iter().flatten();
    let of_file: u32 = there.filter(|(other, _)| shares(other)).map(|(_, seats)| u32::from(*seats)).sum();
    Ok(u32::from(slot.capacity).saturating_sub(taken + of_file))
}

/// Whether a party can still come in, at the moment at which it does.
pub(super) fn still(
    tx: &ReadTx<'_>,
    cards: &[CardId],
    slot: &Slot,
    seats: u8,
    may_go_over: bool,
) -> Result<Result<(Vec<Card>, bool), Why>, Fault> {
    let mut found = Vec::new();
    for id in cards {
        let Some(card) = cards::get(tx, *id)? else { return Ok(Err(Why::NoCard)) };
        if let Some(why) = person(tx, &card)? {
            return Ok(Err(why));
        }
        found.push(card);
    }
    let over = seats_left(tx, slot, &Earlier::new())? < u32::from(seats);
    if over && !may_go_over {
        return Ok(Err(Why::SlotFull));
    }
    Ok(Ok((found, over)))
}
