//! Cards and a slot that visitors of the demo can try.

use std::collections::BTreeMap;

use super::home::{Sample, Scarce};
use crate::booking;
use crate::calendar::{self, EditError, SlotId, SlotOverride};
use crate::cards::{self, Card, Terms};
use crate::db::{Fault, ReadTx, WriteTx};

/// How many booked and issued cards are told.
const SOME: usize = 20;

/// Seats that the scarce slot has left.
const FREE: u32 = 3;

/// Every card that can be booked by its ID and birthday alone, and some that are booked or handed over.
pub fn samples(tx: &ReadTx<'_>) -> Result<Vec<Sample>, Fault> {
    let mut told = Vec::new();
    for (label, state, most) in
        [("notified", "bookable", usize::MAX), ("booked", "booked", SOME), ("issued", "issued", SOME)]
    {
        let found = alone(all(tx, label)?);
        told.extend(found.iter().take(most).filter_map(|card| sample(card, state)));
    }
    Ok(told)
}

/// Leaves few seats in one slot far enough ahead, and tells which. The first call chooses; later ones find it again.
pub fn scarce(tx: &WriteTx<'_>) -> Result<Option<Scarce>, EditError> {
    let Some(place) = calendar::locations(tx)?.into_iter().next() else { return Ok(None) };
    let first = tx.today().plus(14);
    let loads = booking::month_load(tx, place.id, first, first.plus(14))?;
    let chosen = loads.into_iter().find_map(|(day, loads)| Some((day, *loads.last()?)));
    let Some((day, load)) = chosen else { return Ok(None) };
    let slot = SlotId { location: place.id, day, starts: load.slot.starts };
    let seats = u16::try_from(load.taken + FREE).unwrap_or(u16::MAX);
    if load.slot.capacity != seats {
        calendar::override_slot(tx, &slot, SlotOverride { capacity: Some(seats), citizen_open: true })?;
    }
    Ok(Some(Scarce { location: place.id.get(), day: day.to_string(), slot: slot.to_string(), free: FREE }))
}

fn all(tx: &ReadTx<'_>, label: &str) -> Result<Vec<Card>, Fault> {
    let terms = Terms { label: Some(label.to_owned()), ..Terms::default() };
    let mut found: Vec<Card> = Vec::new();
    let mut after = None;
    loop {
        let page = cards::search(tx, &terms, after)?;
        found.extend(page.hits);
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// Those that nobody else's notice can be mistaken for.
fn alone(found: Vec<Card>) -> Vec<Card> {
    let mut bearers: BTreeMap<String, usize> = BTreeMap::new();
    for card in &found {
        *bearers.entry(card.notice_id.uncover().norm().to_owned()).or_default() += 1;
    }
    found.into_iter().filter(|card| bearers.get(card.notice_id.uncover().norm()) == Some(&1)).collect()
}

fn sample(card: &Card, state: &str) -> Option<Sample> {
    let birthday = card.birth.uncover().month_day()?;
    Some(Sample {
        notice_id: card.notice_id.uncover().norm().to_owned(),
        birth_month: birthday.month(),
        birth_day: birthday.day(),
        state: state.to_owned(),
    })
}
