//! A seat becomes free: the first whose wish it fits is told of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::list::{end, is_live};
use super::{Offered, WaitState, Waiting, store};
use crate::base::{Day, Email, InvitationId, LocationId, Moment, WaitingId};
use crate::booking::availability::{Party, State};
use crate::booking::check::{Asked, Guard, SlotRefusal, check_slot};
use crate::booking::hold::travel_for;
use crate::booking::seats::{Except, Taken};
use crate::booking::snapshot::{Snapshot, Snapshots};
use crate::booking::{Channel, Who, entry, procedures, store as bookings};
use crate::calendar::{self, Slot, SlotId};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::mail::{self, Letter, Offer, Post};
use crate::settings;

/// People who are looked at in one round.
const ROUND: u32 = 300;

/// Whoever was told so often and never booked waits no more.
const OFFERS_MAX: u8 = 3;

/// A seat that fits somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    /// Who.
    pub waiting: WaitingId,
    /// The seat.
    pub slot: SlotId,
}

/// What was found at one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Seats that fit, in the order in which their people are told.
    pub chances: Vec<Chance>,
    /// Whose time for a seat is over, or whose days are.
    pub over: Vec<WaitingId>,
    /// When somebody's time is over next.
    pub next: Option<Moment>,
    /// Whether anybody waits.
    pub anybody: bool,
}

/// Looks whether a seat fits somebody who waits, and whose time is over.
pub fn look_for_offers(tx: &ReadTx<'_>, snapshots: &Snapshots) -> Result<Look, Fault> {
    let mut look = Look::default();
    if !settings::read(tx)?.waiting {
        return Ok(look);
    }
    let kept = settings::read(tx)?.waiting_hold;
    let queue = store::queue(tx, ROUND)?;
    look.anybody = !queue.is_empty();
    let mut told: BTreeMap<LocationId, Vec<Taken>> = BTreeMap::new();
    for one in &queue {
        let Some(offered) = one.offered else { continue };
        if offered.until <= tx.now() {
            look.over.push(one.id);
        } else {
            look.next = Some(look.next.map_or(offered.until, |next| next.min(offered.until)));
            if !kept {
                // A seat that is kept stands among the holds already.
                told.entry(one.location).or_default().push(used(tx, one, &offered)?);
            }
        }
    }
    for one in queue.iter().filter(|one| one.state == WaitState::Waiting) {
        if one.to < tx.today() {
            look.over.push(one.id);
            continue;
        }
        let Some(snapshot) = snapshots.of(tx, one.location)? else { continue };
        let before = told.get(&one.location).map_or(&[][..], Vec::as_slice);
        if let Some(slot) = fitting(tx, &snapshot, one, before)? {
            let ends = slot.1;
            let offered = Offered { day: slot.0.day, starts: slot.0.starts, ends, until: tx.now() };
            told.entry(one.location).or_default().push(used(tx, one, &offered)?);
            look.chances.push(Chance { waiting: one.id, slot: slot.0 });
        }
    }
    Ok(look)
}

/// The seats that somebody was told of, as others have to see them.
fn used(tx: &ReadTx<'_>, one: &Waiting, offered: &Offered) -> Result<Taken, Fault> {
    let seats = calendar::location(tx, one.location)?.map_or(one.people, |place| place.seats_for(one.people));
    let procedure = procedures::known(tx, &one.procedure)?;
    Ok(Taken {
        day: offered.day,
        starts: offered.starts,
        ends: offered.ends,
        seats,
        until: Some(offered.until),
        held_by: Some(one.who),
        booking: None,
        pool: procedure.pool(),
        channel: None,
    })
}

/// The first seat of somebody's days that is free, also of what others were told of.
fn fitting(
    tx: &ReadTx<'_>,
    snapshot: &Snapshot,
    one: &Waiting,
    told: &[Taken],
) -> Result<Option<(SlotId, crate::base::Minute)>, Fault> {
    let Some(procedure) = procedures::procedure(tx, &one.procedure)?.filter(|found| found.open) else {
        return Ok(None);
    };
    let party = Party {
        people: one.people,
        travel: travel_for(tx, &procedure, &one.cards(), one.location)?,
        except: Except { hold_of: Some(one.who), booking: None },
        procedure: procedure.position,
    };
    let first = snapshot.offer(tx.now(), &party);
    if first_of(&first, one).is_none() {
        return Ok(None);
    }
    if told.is_empty() {
        return Ok(first_of(&first, one));
    }
    Ok(first_of(&snapshot.offer_beside(tx.now(), &party, told), one))
}

fn first_of(
    found: &crate::booking::availability::Availability,
    one: &Waiting,
) -> Option<(SlotId, crate::base::Minute)> {
    let days = found.days.iter().filter(|day| (one.from..=one.to).contains(&day.day));
    let slots = days.flat_map(|day| day.slots.iter());
    let mut fits =
        slots.filter(|slot| matches!(slot.state, State::Open | State::Few) && one.part.has(slot.slot.starts));
    fits.next().map(|slot| (slot.slot.id(), slot.slot.ends))
}

/// Tells somebody of a seat, and keeps it for them where the city says so; `false` when it or they are not free any more.
pub fn offer(tx: &WriteTx<'_>, chance: &Chance) -> Result<bool, Fault> {
    let Some(one) = store::get(tx, chance.waiting)?.filter(|one| one.state == WaitState::Waiting) else {
        return Ok(false);
    };
    let Ok(email) = Email::parse(one.email.uncover()) else {
        end(tx, &one, "waiting.ended", Some(WaitState::Ended))?;
        return Ok(false);
    };
    if mail::is_suppressed(tx, &email)? {
        end(tx, &one, "waiting.ended", Some(WaitState::Ended))?;
        return Ok(false);
    }
    let procedure = procedures::known(tx, &one.procedure)?;
    let asked = Asked {
        slot: chance.slot,
        people: one.people,
        travel: travel_for(tx, &procedure, &one.cards(), one.location)?,
        procedure,
        channel: Channel::Web,
        except: Except { hold_of: Some(one.who), booking: None },
        guard: Guard::On,
    };
    let passed = match check_slot(tx, &asked) {
        Ok(passed) => passed,
        Err(SlotRefusal::Fault(fault)) => return Err(fault),
        Err(_) => return Ok(false),
    };
    let settings = settings::read(tx)?;
    let hours = Duration::from_hours(u64::from(settings.waiting_offer_hours));
    // Nobody needs a seat once its time has begun.
    let until = tx.now().plus(hours).min(passed.slot.begins_at());
    if settings.waiting_hold {
        let hold = bookings::NewHold {
            who: one.who,
            procedure: &one.procedure,
            slot: &passed.slot,
            seats: passed.seats,
            until,
            extended: 0,
        };
        bookings::put_hold(tx, &hold)?;
    }
    let offered = Offered { day: passed.slot.day, starts: passed.slot.starts, ends: passed.slot.ends, until };
    tell(tx, &one, &email, (offered, settings.waiting_hold))?;
    Ok(true)
}

fn tell(
    tx: &WriteTx<'_>,
    one: &Waiting,
    email: &Email,
    (offered, held): (Offered, bool),
) -> Result<(), Fault> {
    let (invitation, token) =
        entry::link_to_offer(tx, (one.who, &one.procedure), (email, &one.language), offered.until)?;
    store::set_offered(tx, one.id, &offered, invitation)?;
    let places = calendar::locations_in(tx, &one.language)?;
    let place = places.into_iter().find(|place| place.id == one.location).map(|place| place.name);
    let letter = Letter::SeatOffer(Offer {
        token,
        location_name: place.unwrap_or_default(),
        day: offered.day,
        starts: offered.starts,
        ends: offered.ends,
        people: one.people,
        until: offered.until,
        held,
    });
    let post = Post {
        to: email,
        language: &one.language,
        letter: &letter,
        booking: None,
        card: one.who.card(),
        dedup: format!("seat_offer:{}:{}", one.id, one.offers),
    };
    mail::enqueue(tx, &post)?;
    let event = Event {
        cards: &one.cards(),
        changes: vec![Change::new("slot", None, Some(format!("{} {}", offered.day, offered.starts)))],
        ..Event::of("waiting.offered", Record::Waiting(one.id))
    };
    history::record(tx, &event)?;
    Ok(())
}

/// Whoever did not take up a seat goes to the end of the order, or, after some times or when their days are over, waits no more.
pub fn give_up(tx: &WriteTx<'_>, id: WaitingId) -> Result<(), Fault> {
    let Some(one) = store::get(tx, id)?.filter(is_live) else { return Ok(()) };
    let lapsed = one.offered.is_some_and(|offered| offered.until <= tx.now());
    if one.to < tx.today() || (lapsed && one.offers >= OFFERS_MAX) {
        return end(tx, &one, "waiting.ended", Some(WaitState::Ended));
    }
    if lapsed {
        store::queue_again(tx, id)?;
        let event = Event { cards: &one.cards(), ..Event::of("waiting.not_taken", Record::Waiting(id)) };
        history::record(tx, &event)?;
    }
    Ok(())
}

/// Until when this time is kept for somebody who was told of it; `None` where nothing is.
pub(in crate::booking) fn kept_until(
    tx: &ReadTx<'_>,
    (who, procedure): (Who, &str),
    slot: &Slot,
) -> Result<Option<Moment>, Fault> {
    if !settings::read(tx)?.waiting_hold {
        return Ok(None);
    }
    let found = store::live(tx, who, procedure)?.filter(|one| one.location == slot.location);
    let offered = found.and_then(|one| one.offered);
    Ok(offered.filter(|one| (one.day, one.starts) == (slot.day, slot.starts)).map(|one| one.until))
}

/// What the link of an offer leads to: the location, the family, and the day.
pub(in crate::booking) fn opened(
    tx: &ReadTx<'_>,
    invitation: InvitationId,
) -> Result<Option<(Waiting, Day)>, Fault> {
    let found = store::of_invitation(tx, invitation)?;
    Ok(found.and_then(|one| {
        let day = one.offered.map(|offered| offered.day)?;
        Some((one, day))
    }))
}
