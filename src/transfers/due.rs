//! How long a card is under way, and until when it has to be sent.
//!
//! Days are open days (開庁日) of the place that it goes to, counted from the civil day in Japan.

use std::collections::BTreeMap;

use super::follow::place_of;
use super::store;
use super::types::{Transfer, TransferStatus};
use crate::base::{Day, LocationId, StorageId};
use crate::calendar::{self, Rules, Storage};
use crate::cards::{Card, storage};
use crate::db::{Fault, ReadTx};
use crate::settings;

/// Open days until this card can be handed over at a location; `default` where no route is entered.
///
/// A card on its way to the location needs what is left of its journey, one on its way elsewhere goes on from there.
/// Spec: 7(2)⑥ ⑩.
pub fn travel_days(tx: &ReadTx<'_>, card: &Card, location: LocationId, default: u16) -> Result<u16, Fault> {
    if card.storage.is_some() {
        return calendar::lead_days(tx, card.storage, location, default);
    }
    let Some(open) = store::in_transit(tx, card.id)? else { return Ok(0) };
    let left = days_left(tx, &open, default)?;
    if open.to == location {
        return Ok(left);
    }
    let lands = arrival_place(tx, &open)?.map(|place| place.id);
    let on = match lands {
        Some(lands) => calendar::lead_days(tx, Some(lands), location, default)?,
        None => default,
    };
    Ok(left.saturating_add(on))
}

/// Open days until a card that is under way arrives: none on the day it is expected, one when that day has passed.
fn days_left(tx: &ReadTx<'_>, open: &Transfer, default: u16) -> Result<u16, Fault> {
    let today = tx.today();
    let sent = open.sent.as_ref().map_or(today, |stamp| stamp.at.day());
    let rules = calendar::rules(tx, open.to, sent, today.plus(calendar::COUNTING_REACH))?;
    let lead = calendar::lead_days(tx, Some(open.from.storage), open.to, default)?;
    let Some(expected) = rules.open_day_after(sent, lead) else { return Ok(default) };
    if expected < today {
        return Ok(1);
    }
    let days = (1..=expected.days_from(today)).filter_map(|ahead| i32::try_from(ahead).ok());
    let open_days = days.filter(|ahead| rules.is_open(today.plus(*ahead))).count();
    Ok(u16::try_from(open_days).unwrap_or(u16::MAX))
}

/// The storage place that a card comes into when it arrives: its home where that is there, else the first one of the place
/// that is in use.
pub(super) fn arrival_place(tx: &ReadTx<'_>, open: &Transfer) -> Result<Option<Storage>, Fault> {
    let used: Vec<StorageId> =
        storage::places(tx)?.into_iter().filter(|one| one.retired_at.is_none()).map(|one| one.id).collect();
    let there = calendar::storages(tx)?.into_iter().filter(|one| one.location == Some(open.to));
    let there: Vec<Storage> = there.filter(|one| used.contains(&one.id)).collect();
    let home = there.iter().find(|one| one.id == open.home.storage);
    Ok(home.or(there.first()).cloned())
}

/// Until when a transfer has to be sent, and when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nobody waits for it, or it is over.
    Open,
    /// To be sent by the end of this day.
    SendBy(Day),
    /// Today is the last open day to send it.
    SendToday,
    /// The last day to send it has passed.
    TooLate(Day),
    /// Expected on this day.
    Expected(Day),
    /// It was expected on this day, which has passed.
    Overdue(Day),
    /// It is expected on this day, which is after the booking.
    AfterBooking(Day),
}

impl Due {
    /// Whether somebody may stand at the counter before the card.
    pub fn is_late(self) -> bool {
        matches!(self, Self::TooLate(_) | Self::Overdue(_) | Self::AfterBooking(_))
    }
}

/// What a transfer is due for today.
pub fn due(tx: &ReadTx<'_>, one: &Transfer) -> Result<Due, Fault> {
    Dues::default().of(tx, one)
}

/// The schedules of the places of a list, each read once.
#[derive(Debug, Default)]
pub(super) struct Dues {
    rules: BTreeMap<LocationId, Rules>,
    leads: BTreeMap<(StorageId, LocationId), u16>,
}

/// How far back the schedule of a list reaches, in days.
const BACK: i32 = 60;

impl Dues {
    pub(super) fn of(&mut self, tx: &ReadTx<'_>, one: &Transfer) -> Result<Due, Fault> {
        let today = tx.today();
        let lead = self.lead(tx, one)?;
        let rules = self.rules(tx, one.to)?;
        Ok(match (one.status, one.want) {
            (TransferStatus::InTransit, want) => {
                let sent = one.sent.as_ref().map_or(today, |stamp| stamp.at.day());
                let arrives = rules.open_day_after(sent, lead).unwrap_or(sent);
                let missed = want.is_some_and(|want| arrives > want.day);
                match arrives {
                    arrives if arrives < today => Due::Overdue(arrives),
                    arrives if missed => Due::AfterBooking(arrives),
                    arrives => Due::Expected(arrives),
                }
            }
            (status, Some(want)) if status.is_before_sending() => {
                let last = last_day_to_send(rules, want.day, lead);
                let next = rules.open_day_after(today, 1);
                match last {
                    last if last < today => Due::TooLate(shown(rules, last, one)),
                    last if next.is_none_or(|next| next > last) => Due::SendToday,
                    last => Due::SendBy(shown(rules, last, one)),
                }
            }
            _ => Due::Open,
        })
    }

    fn lead(&mut self, tx: &ReadTx<'_>, one: &Transfer) -> Result<u16, Fault> {
        let key = (one.from.storage, one.to);
        if let Some(lead) = self.leads.get(&key) {
            return Ok(*lead);
        }
        let default = settings::read(tx)?.lead_days_default;
        let lead = calendar::lead_days(tx, Some(key.0), key.1, default)?;
        self.leads.insert(key, lead);
        Ok(lead)
    }

    fn rules(&mut self, tx: &ReadTx<'_>, location: LocationId) -> Result<&Rules, Fault> {
        use std::collections::btree_map::Entry;
        match self.rules.entry(location) {
            Entry::Occupied(kept) => Ok(kept.into_mut()),
            Entry::Vacant(free) => {
                let (today, reach) = (tx.today(), calendar::COUNTING_REACH);
                Ok(free.insert(calendar::rules(tx, location, today.minus(BACK), today.plus(reach))?))
            }
        }
    }
}

/// The last day on which a card can be sent that is to be there on `wanted`.
pub(super) fn last_day_to_send(rules: &Rules, wanted: Day, lead: u16) -> Day {
    let (mut day, mut counted) = (wanted, 0);
    while counted < lead && wanted.days_from(day) <= 366 {
        if rules.is_open(day) {
            counted += 1;
        }
        day = day.minus(1);
    }
    day
}

/// The last open day up to `last`, but not before the card was asked for.
fn shown(rules: &Rules, last: Day, one: &Transfer) -> Day {
    let asked = one.requested.at.day();
    (0..=14).map(|back| last.minus(back)).find(|day| *day <= asked || rules.is_open(*day)).unwrap_or(last)
}

/// Whether a card is known to lie at a location now.
pub(super) fn lies_at(tx: &ReadTx<'_>, card: &Card, location: LocationId) -> Result<bool, Fault> {
    Ok(place_of(tx, card)?.is_some_and(|place| place.location == Some(location)))
}
