//! A letter to many is proposed, agreed to by a second person where the city asks for one, or given up.

use super::{BulkMail, BulkState, Purpose, store};
use crate::base::BulkMailId;
use crate::cards;
use crate::db::{Actor, Fault, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::settings;

/// Why it stands as it was.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// There is none of this row, or it is not where this can be done.
    #[error("not where this can be done")]
    NotThere,
    /// Somebody else changed it since the page was drawn.
    #[error("changed meanwhile")]
    Changed,
    /// It has no words.
    #[error("no words")]
    NoWords,
    /// Nobody would get it.
    #[error("nobody would get it")]
    Nobody,
    /// Its words were not sent as a test.
    #[error("not tested")]
    NotTested,
    /// Whoever made it cannot agree to it.
    #[error("the same person made it")]
    SamePerson,
    /// It was stopped a moment ago, and its letters are being taken back still.
    #[error("letters are being taken back")]
    NotYet,
    /// Not agreeing takes a reason that can be stored.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Puts a letter before the second person, or, where the city asks for none, lets it go out.
///
/// Spec: 7(2)⑪.
pub fn propose(tx: &WriteTx<'_>, id: BulkMailId, version: i64) -> Result<BulkState, DecideError> {
    let bulk = at(tx, id, version, BulkState::is_written)?;
    if bulk.texts.is_empty() && bulk.purpose != Purpose::Renotice {
        return Err(DecideError::NoWords);
    }
    if bulk.tested_at.is_none() {
        return Err(DecideError::NotTested);
    }
    if store::waiting(tx, id)? == 0 {
        return Err(DecideError::Nobody);
    }
    if !settings::read(tx)?.bulk_approval {
        start(tx, &bulk, "bulk.started")?;
        return Ok(BulkState::Sending);
    }
    store::set_state(tx, id, BulkState::Proposed)?;
    history::record(tx, &Event::of("bulk.proposed", Record::BulkMail(id)))?;
    Ok(BulkState::Proposed)
}

/// Agrees as the second person: from here its letters are queued.
pub fn approve(tx: &WriteTx<'_>, id: BulkMailId, version: i64) -> Result<(), DecideError> {
    let bulk = at(tx, id, version, |state| state == BulkState::Proposed)?;
    if tx.actor().staff().is_none_or(|staff| staff == bulk.staff) {
        return Err(DecideError::SamePerson);
    }
    store::decide(tx, id, None)?;
    start(tx, &bulk, "bulk.approved")
}

/// Does not agree as the second person, or takes one's own proposal back: it can be written anew.
pub fn refuse(tx: &WriteTx<'_>, id: BulkMailId, version: i64, reason: &str) -> Result<(), DecideError> {
    let bulk = at(tx, id, version, |state| state == BulkState::Proposed)?;
    let own = tx.actor().staff() == Some(bulk.staff);
    let reason = reason.trim();
    if own {
        store::set_state(tx, id, BulkState::Draft)?;
    } else {
        if !cards::is_reason(reason) {
            return Err(DecideError::ReasonNeeded);
        }
        store::decide(tx, id, Some(reason))?;
        store::set_state(tx, id, BulkState::Refused)?;
    }
    let event = Event {
        reason: (!own).then(|| reason.to_owned()),
        ..Event::of(if own { "bulk.withdrawn" } else { "bulk.refused" }, Record::BulkMail(id))
    };
    history::record(tx, &event)?;
    Ok(())
}

/// Gives a letter up that was not sent; its list of people is forgotten by the job.
pub fn drop_draft(tx: &WriteTx<'_>, id: BulkMailId, version: i64) -> Result<(), DecideError> {
    let before_sending =
        |state: BulkState| state.is_written() || matches!(state, BulkState::Collecting | BulkState::Proposed);
    at(tx, id, version, before_sending)?;
    store::set_state(tx, id, BulkState::Dropped)?;
    history::record(tx, &Event::of("bulk.dropped", Record::BulkMail(id)))?;
    Ok(())
}

/// The letter of this row, if it stands where `fits` and as the page showed it.
pub(super) fn at(
    tx: &WriteTx<'_>,
    id: BulkMailId,
    version: i64,
    fits: impl Fn(BulkState) -> bool,
) -> Result<BulkMail, DecideError> {
    let bulk = store::get(tx, id)?.filter(|bulk| fits(bulk.state)).ok_or(DecideError::NotThere)?;
    if bulk.version == version { Ok(bulk) } else { Err(DecideError::Changed) }
}

fn start(tx: &WriteTx<'_>, bulk: &BulkMail, operation: &'static str) -> Result<(), DecideError> {
    let Actor::Staff { .. } = tx.actor() else { return Err(DecideError::SamePerson) };
    let count = store::waiting(tx, bulk.id)?;
    let changes = vec![Change::new("letters", None, Some(count.to_string()))];
    let event = history::record(tx, &Event { changes, ..Event::of(operation, Record::BulkMail(bulk.id)) })?;
    store::start(tx, bulk.id, event)?;
    Ok(())
}
