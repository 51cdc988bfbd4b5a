//! One step of one transfer, forward or back; the card's place goes with it.

use super::due::arrival_place;
use super::types::{Spot, Transfer, TransferStatus};
use super::{StepError, event, follow, store};
use crate::base::{HistoryId, StorageId};
use crate::calendar::{self, Storage};
use crate::cards::{self, Card, storage};
use crate::db::WriteTx;

/// What goes along with cards that are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Along {
    pub(super) run: String,
    pub(super) seal: String,
    pub(super) storage: Option<StorageId>,
    pub(super) batch: Option<HistoryId>,
}

/// Whether a row may take this step forward now; a row that has taken it already changes nothing (`false`).
fn goes(now: &Transfer, to: TransferStatus) -> Result<bool, StepError> {
    if now.status == to {
        return Ok(false);
    }
    let back = to.is_before_sending() && !now.status.is_before_sending()
        || to == TransferStatus::InTransit && now.status == TransferStatus::Arrived;
    if now.status.may_become(to) && !back { Ok(true) } else { Err(StepError::Status(now.status)) }
}

/// The card is taken from its shelf.
pub(super) fn pull(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<bool, StepError> {
    if !goes(now, TransferStatus::Pulled)? {
        return Ok(false);
    }
    let after = Transfer { status: TransferStatus::Pulled, pulled: Some(event::stamp(tx)), ..now.clone() };
    event::save(tx, "transfer.pulled", (now, &after), along.batch)?;
    Ok(true)
}

/// The card leaves: it lies nowhere until it arrives.
pub(super) fn send(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<bool, StepError> {
    if !goes(now, TransferStatus::InTransit)? {
        return Ok(false);
    }
    let card = cards::get(tx, now.card)?.ok_or(StepError::NotFound)?;
    let from = card.storage.ok_or(StepError::Nowhere)?;
    let after = Transfer {
        from: Spot { storage: from, shelf: card.shelf.clone(), position: card.position.clone() },
        status: TransferStatus::InTransit,
        run: along.run.clone(),
        seal: along.seal.clone(),
        sent: Some(event::stamp(tx)),
        ..now.clone()
    };
    storage::set_off(tx, card.id, now.to)?;
    event::save(tx, "transfer.sent", (now, &after), along.batch)?;
    Ok(true)
}

/// The card is here. What was never recorded as sent is recorded as sent now.
pub(super) fn receive(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<bool, StepError> {
    if now.status == TransferStatus::Arrived {
        return Ok(false);
    }
    if now.status.is_before_sending() {
        send(tx, now, along)?;
        let sent = store::get(tx, now.id)?.ok_or(StepError::NotFound)?;
        return receive(tx, &sent, along);
    }
    goes(now, TransferStatus::Arrived)?;
    let place = put_into(tx, now, along.storage)?;
    let (shelf, position) = if place.id == now.home.storage {
        (now.home.shelf.as_str(), now.home.position.as_str())
    } else {
        ("", "")
    };
    let after = Transfer {
        status: TransferStatus::Arrived,
        to_storage: Some(place.id),
        arrived: Some(event::stamp(tx)),
        ..now.clone()
    };
    storage::set_down(tx, now.card, place.id, (shelf, position))?;
    event::save(tx, "transfer.arrived", (now, &after), along.batch)?;
    follow::settle(tx, now.id)?;
    Ok(true)
}

/// The storage place of the destination that a card comes into.
fn put_into(tx: &WriteTx<'_>, now: &Transfer, chosen: Option<StorageId>) -> Result<Storage, StepError> {
    let chosen = match chosen {
        Some(chosen) => calendar::storage(tx, chosen)?.filter(|place| place.location == Some(now.to)),
        None => None,
    };
    match chosen {
        Some(chosen) => Ok(chosen),
        None => arrival_place(tx, now)?.ok_or(StepError::NoStorage(now.to)),
    }
}

/// The last step was a slip of the hand.
pub(super) fn undo(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<bool, StepError> {
    match now.status {
        TransferStatus::Pulled => undo_pull(tx, now, along)?,
        TransferStatus::InTransit => undo_send(tx, now, along)?,
        TransferStatus::Arrived => undo_receive(tx, now, along)?,
        TransferStatus::Requested | TransferStatus::Cancelled => {
            return Err(StepError::Status(now.status));
        }
    }
    follow::settle(tx, now.id)?;
    Ok(true)
}

fn undo_pull(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<(), StepError> {
    let after = Transfer { status: TransferStatus::Requested, pulled: None, ..now.clone() };
    Ok(event::save(tx, "transfer.pull_undone", (now, &after), along.batch)?)
}

fn undo_send(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<(), StepError> {
    let after = Transfer {
        status: TransferStatus::Pulled,
        pulled: now.pulled.clone().or_else(|| now.sent.clone()),
        sent: None,
        run: String::new(),
        seal: String::new(),
        return_needed: false,
        ..now.clone()
    };
    let from = &now.from;
    storage::set_down(tx, now.card, from.storage, (&from.shelf, &from.position))?;
    Ok(event::save(tx, "transfer.send_undone", (now, &after), along.batch)?)
}

/// Only while the card still lies where it was put, and no further journey of it has begun.
fn undo_receive(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<(), StepError> {
    let card = cards::get(tx, now.card)?.ok_or(StepError::NotFound)?;
    if card.storage.is_none() || card.storage != now.to_storage || card.status.is_out_of_house() {
        return Err(StepError::Moved);
    }
    let mut want = now.want;
    if let Some(next) = store::open_of(tx, now.card)? {
        if next.status != TransferStatus::Requested {
            return Err(StepError::Moved);
        }
        want = next.want;
        let given_up = Transfer {
            status: TransferStatus::Cancelled,
            want: None,
            cancelled: Some(event::stamp(tx)),
            ..next.clone()
        };
        event::save(tx, "transfer.cancelled", (&next, &given_up), along.batch)?;
    }
    let after = Transfer {
        status: TransferStatus::InTransit,
        to_storage: None,
        arrived: None,
        want,
        return_needed: now.return_needed && want.is_none(),
        ..now.clone()
    };
    storage::set_off(tx, now.card, now.to)?;
    Ok(event::save(tx, "transfer.receive_undone", (now, &after), along.batch)?)
}

/// What was pulled for nothing is on its shelf again.
pub(super) fn put_back(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<bool, StepError> {
    if now.status != TransferStatus::Cancelled {
        return Err(StepError::Status(now.status));
    }
    settle_return(tx, now, "transfer.put_back", along)
}

/// A guest stays where it is: that is its home now.
pub(super) fn keep_here(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<bool, StepError> {
    let card = guest(tx, now)?;
    let Some(storage) = card.storage else { return Err(StepError::Moved) };
    let home = Spot { storage, shelf: card.shelf.clone(), position: card.position.clone() };
    settle_return(tx, &Transfer { home, ..now.clone() }, "transfer.kept", along)
}

/// A guest is to go home: a journey of its own begins.
pub(super) fn send_home(tx: &WriteTx<'_>, now: &Transfer, along: &Along) -> Result<bool, StepError> {
    if !now.return_needed {
        return Ok(false);
    }
    let card = guest(tx, now)?;
    let Some(storage) = card.storage else { return Err(StepError::Moved) };
    let home = calendar::storage(tx, now.home.storage)?.and_then(|home| home.location);
    let home = home.ok_or(StepError::NoHome)?;
    settle_return(tx, now, "transfer.return_settled", along)?;
    let from = Spot { storage, shelf: card.shelf.clone(), position: card.position.clone() };
    let asked = follow::request(tx, now.card, (from, now.home.clone()), home, None)?;
    let asked = store::get(tx, asked)?.ok_or(StepError::NotFound)?;
    pull(tx, &asked, along)
}

/// The card of a journey that ended where it is a guest, if it still lies there.
fn guest(tx: &WriteTx<'_>, now: &Transfer) -> Result<Card, StepError> {
    if now.status != TransferStatus::Arrived {
        return Err(StepError::Status(now.status));
    }
    let card = cards::get(tx, now.card)?.ok_or(StepError::NotFound)?;
    if card.storage == now.to_storage { Ok(card) } else { Err(StepError::Moved) }
}

fn settle_return(
    tx: &WriteTx<'_>,
    now: &Transfer,
    operation: &'static str,
    along: &Along,
) -> Result<bool, StepError> {
    if !now.return_needed {
        return Ok(false);
    }
    let before = store::get(tx, now.id)?.ok_or(StepError::NotFound)?;
    let after = Transfer { return_needed: false, ..now.clone() };
    event::save(tx, operation, (&before, &after), along.batch)?;
    Ok(true)
}
