//! What must move follows from the bookings.

use super::types::{Spot, Transfer, TransferStatus};
use super::{event, store};
use crate::base::{CardId, TransferId};
use crate::calendar::{self, Storage};
use crate::cards::{self, Card};
use crate::db::{Fault, ReadTx, WriteTx};

pub use super::types::Want;

/// Makes the transfers of a card what its booking needs; `want` is the live booking, `None` when there is none.
///
/// A card that lies elsewhere is asked for; one that was not sent yet goes to the new place, or not at all; one that was
/// sent goes on from where it arrives, or is to be brought home. A card that nobody can hand over any more moves nowhere.
///
/// Spec: 7(2)⑩.
pub fn follow(tx: &WriteTx<'_>, card: CardId, want: Option<Want>) -> Result<(), Fault> {
    let Some(card) = cards::get(tx, card)? else { return Ok(()) };
    let gone = card.status.is_out_of_house();
    if gone {
        store::drop_pull(tx, card.id)?;
    }
    let want = want.filter(|_| !gone);
    match store::open_of(tx, card.id)? {
        Some(open) if open.status.is_before_sending() => before_sending(tx, &card, &open, want),
        Some(open) => under_way(tx, &card, &open, want),
        None => lying(tx, &card, want),
    }
}

/// The storage place where a card lies.
pub(super) fn place_of(tx: &ReadTx<'_>, card: &Card) -> Result<Option<Storage>, Fault> {
    let Some(storage) = card.storage else { return Ok(None) };
    calendar::storage(tx, storage)
}

fn spot(card: &Card, place: &Storage) -> Spot {
    Spot { storage: place.id, shelf: card.shelf.clone(), position: card.position.clone() }
}

fn before_sending(tx: &WriteTx<'_>, card: &Card, open: &Transfer, want: Option<Want>) -> Result<(), Fault> {
    let place = place_of(tx, card)?;
    let lies = place.as_ref().and_then(|place| place.location);
    match (want, place) {
        // A return that stands, as long as the card is not home by itself.
        (None, Some(place))
            if goes_home(tx, open)? && !card.status.is_out_of_house() && lies != Some(open.to) =>
        {
            let now = Transfer { from: spot(card, &place), want: None, ..open.clone() };
            if open.want.is_some() {
                // What was asked for by a booking becomes the way home.
                return event::save(tx, "transfer.return_needed", (open, &now), None);
            }
            refresh(tx, open, &now)
        }
        (Some(want), Some(place)) if lies != Some(want.location) => {
            let moved = open.to != want.location;
            let mut now = Transfer { from: spot(card, &place), want: Some(want), ..open.clone() };
            if moved {
                now.before = Some(open.to);
                now.to = want.location;
                now.status = TransferStatus::Requested;
                now.pulled = None;
            }
            let operation = if moved { "transfer.retargeted" } else { "transfer.rescheduled" };
            event::save(tx, operation, (open, &now), None)
        }
        // Nobody wants it elsewhere any more, or it lies there, or nobody knows where it lies.
        (want, _) => {
            give_up(tx, open, !card.status.is_out_of_house())?;
            lying(tx, card, want)
        }
    }
}

/// Whether a journey leads to where the card belongs.
fn goes_home(tx: &ReadTx<'_>, open: &Transfer) -> Result<bool, Fault> {
    Ok(calendar::storage(tx, open.home.storage)?.is_some_and(|home| home.location == Some(open.to)))
}

/// Only where it lies changed: that is the event of whoever moved it.
fn refresh(tx: &WriteTx<'_>, before: &Transfer, after: &Transfer) -> Result<(), Fault> {
    if before == after { Ok(()) } else { store::save(tx, after) }
}

/// Gives a journey up that has not begun. What was taken from its shelf has to go back there.
fn give_up(tx: &WriteTx<'_>, open: &Transfer, put_back: bool) -> Result<(), Fault> {
    let now = Transfer {
        status: TransferStatus::Cancelled,
        want: None,
        return_needed: put_back && open.status == TransferStatus::Pulled,
        cancelled: Some(event::stamp(tx)),
        ..open.clone()
    };
    event::save(tx, "transfer.cancelled", (open, &now), None)
}

fn under_way(tx: &WriteTx<'_>, card: &Card, open: &Transfer, want: Option<Want>) -> Result<(), Fault> {
    if card.status.is_out_of_house() {
        let now = Transfer {
            status: TransferStatus::Arrived,
            want: None,
            return_needed: false,
            arrived: Some(event::stamp(tx)),
            ..open.clone()
        };
        return event::save(tx, "transfer.arrived", (open, &now), None);
    }
    if let Some(place) = place_of(tx, card)? {
        return found(tx, card, open, &place, want);
    }
    let has_home = calendar::storage(tx, open.home.storage)?.is_some_and(|home| home.location.is_some());
    let now =
        Transfer { want, return_needed: want.is_none() && has_home && !goes_home(tx, open)?, ..open.clone() };
    let operation = match want {
        None if now.return_needed => "transfer.return_needed",
        Some(want) if want.location != open.to => "transfer.goes_on",
        _ => "transfer.rescheduled",
    };
    event::save(tx, operation, (open, &now), None)
}

/// A card that was on its way was put into a storage place by hand: the journey ends there.
fn found(
    tx: &WriteTx<'_>,
    card: &Card,
    open: &Transfer,
    place: &Storage,
    want: Option<Want>,
) -> Result<(), Fault> {
    let there = place.location == Some(open.to);
    let stamp = Some(event::stamp(tx));
    let mut now = Transfer { want: None, return_needed: false, ..open.clone() };
    if there {
        now.status = TransferStatus::Arrived;
        now.to_storage = Some(place.id);
        now.arrived = stamp;
        now.want = open.want;
    } else {
        now.status = TransferStatus::Cancelled;
        now.cancelled = stamp;
    }
    let operation = if there { "transfer.arrived" } else { "transfer.cancelled" };
    event::save(tx, operation, (open, &now), None)?;
    lying(tx, card, want)
}

/// A card that no journey has: asked for where it is wanted elsewhere, to be brought home where it is a guest.
pub(super) fn lying(tx: &WriteTx<'_>, card: &Card, want: Option<Want>) -> Result<(), Fault> {
    let place = place_of(tx, card)?;
    let guest = match &place {
        Some(place) => guest(tx, card.id, place)?,
        None => None,
    };
    let gone = card.status.is_out_of_house();
    let goes = want.zip(place.as_ref()).is_some_and(|(want, place)| place.location != Some(want.location));
    for one in store::owed(tx, card.id)? {
        let stays = match one.status {
            TransferStatus::Cancelled => !goes,
            _ => want.is_none() && guest.as_ref().is_some_and(|guest| guest.id == one.id),
        };
        if gone || !stays {
            let now = Transfer { return_needed: false, ..one.clone() };
            event::save(tx, "transfer.return_settled", (&one, &now), None)?;
        }
    }
    match (want, place) {
        (Some(want), Some(place)) if place.location != Some(want.location) => {
            let from = spot(card, &place);
            let home = guest.map_or_else(|| from.clone(), |guest| guest.home);
            request(tx, card.id, (from, home), want.location, Some(want))?;
        }
        (None, Some(_)) if !gone => {
            if let Some(guest) = guest.filter(|guest| !guest.return_needed) {
                let now = Transfer { want: None, return_needed: true, ..guest.clone() };
                event::save(tx, "transfer.return_needed", (&guest, &now), None)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The journey that brought the card to where it lies, when it does not belong there.
fn guest(tx: &ReadTx<'_>, card: CardId, place: &Storage) -> Result<Option<Transfer>, Fault> {
    let Some(last) = store::last_arrival(tx, card)? else { return Ok(None) };
    let home = calendar::storage(tx, last.home.storage)?.and_then(|home| home.location);
    let away = last.home.storage != place.id && home.is_some() && home != place.location;
    Ok((away && place.location == Some(last.to)).then_some(last))
}

/// Asks for a journey.
pub(super) fn request(
    tx: &WriteTx<'_>,
    card: CardId,
    (from, home): (Spot, Spot),
    to: crate::base::LocationId,
    want: Option<Want>,
) -> Result<TransferId, Fault> {
    let new = Transfer {
        id: TransferId::of(0),
        card,
        from,
        to,
        before: None,
        to_storage: None,
        home,
        want,
        status: TransferStatus::Requested,
        return_needed: false,
        run: String::new(),
        seal: String::new(),
        requested: event::stamp(tx),
        pulled: None,
        sent: None,
        arrived: None,
        cancelled: None,
        version: 1,
    };
    event::put(tx, &new)
}

/// The same after a step that a person took: with what the row knows of the booking.
pub(super) fn settle(tx: &WriteTx<'_>, id: TransferId) -> Result<(), Fault> {
    match store::get(tx, id)? {
        Some(now) => follow(tx, now.card, now.want),
        None => Ok(()),
    }
}
