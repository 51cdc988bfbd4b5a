//! A city's file that came out of a copy: closed to citizens, without jobs, its unsent letters held, until somebody has looked.
//!
//! **Invariant:** no letter leaves and no job runs from when the file is put in place until an administrator releases it.
//!
//! Spec: 8(1)②, 10(4).

use std::collections::BTreeSet;

use super::{Later, store};
use crate::base::{Moment, OutboxId};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::mail::{self, Listed};
use crate::notices::{self, Close, MaintenanceError};

/// A restore that nobody has released yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When it was put in place.
    pub restored_at: Moment,
    /// Which copy.
    pub source: String,
    /// The moment of the last commit in it.
    pub taken_at: Moment,
    /// The number of that commit.
    pub commit_no: u64,
    /// Letters that were held.
    pub held: u32,
    /// What came after the copy and is not in the file; `None` while it is not known.
    pub later: Option<Later>,
}

/// What is to become of the letters that were held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Those that are to leave; the others are taken back.
    pub send: BTreeSet<OutboxId>,
    /// Whether the citizens' pages open again.
    pub open: bool,
}

/// Why nothing was released.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// Nothing waits for it: somebody else did it.
    #[error("nothing waits to be released")]
    NotWaiting,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Stands where the mail server's answer would in the letters that were not sent.
const NOT_SENT: &str = "バックアップから戻したあと、送らないことにしました";
const SENT_BEFORE: &str = "バックアップから戻す前に送信済み";

/// Makes a restored file what it must be before anybody serves it.
pub fn mark(tx: &WriteTx<'_>, source: &str) -> Result<(), Fault> {
    let (taken_at, commit_no) = store::progress(tx)?;
    store::give_new_id(tx, &hex::encode(tx.chance().bytes::<16>()))?;
    let held = mail::hold_unsent(tx)?;
    let wish = Close { reason: "バックアップから戻したため".to_owned(), until: None };
    match notices::close(tx, &wish) {
        Ok(()) | Err(MaintenanceError::Closed) => {}
        Err(MaintenanceError::Fault(fault)) => return Err(fault),
        Err(other) => return Err(Fault::Stored(other.to_string())),
    }
    store::supersede(tx)?;
    store::insert(tx, source, taken_at, commit_no, held)?;
    let changes = vec![
        Change::new("source", None, Some(source.to_owned())),
        Change::new("commit_no", None, Some(commit_no.to_string())),
        Change::new("held_mails", None, Some(held.to_string())),
    ];
    history::record(tx, &Event { changes, ..Event::of("municipality.restored", Record::Municipality) })?;
    Ok(())
}

/// Writes down what is missing, and takes the held letters back that the former file says were sent.
pub fn note_later(tx: &WriteTx<'_>, later: &Later) -> Result<u32, Fault> {
    let text = serde_json::to_string(later).map_err(|error| Fault::Stored(error.to_string()))?;
    store::set_later(tx, &text)?;
    mail::withdraw_held(tx, &later.sent_already, SENT_BEFORE)
}

/// The restore that waits to be released, if one does.
pub fn waiting(tx: &ReadTx<'_>) -> Result<Option<Restored>, Fault> {
    store::waiting(tx)
}

/// The letters that are held, oldest first.
pub fn held_of(tx: &ReadTx<'_>) -> Result<Vec<Listed>, Fault> {
    mail::held(tx)
}

/// Lets jobs run again: the chosen letters leave, the others are taken back.
pub fn release(tx: &WriteTx<'_>, wish: &Release) -> Result<(u32, u32), ReleaseError> {
    if store::end_waiting(tx)? == 0 {
        return Err(ReleaseError::NotWaiting);
    }
    let chosen: Vec<OutboxId> = wish.send.iter().copied().collect();
    let sent = mail::release_held(tx, &chosen)?;
    let rest: Vec<OutboxId> = mail::held(tx)?.into_iter().map(|one| one.id).collect();
    let kept = mail::withdraw_held(tx, &rest, NOT_SENT)?;
    if wish.open {
        match notices::reopen(tx) {
            Ok(()) | Err(MaintenanceError::Open) => {}
            Err(MaintenanceError::Fault(fault)) => return Err(fault.into()),
            Err(other) => return Err(Fault::Stored(other.to_string()).into()),
        }
    }
    let changes = vec![
        Change::new("sent", None, Some(sent.to_string())),
        Change::new("not_sent", None, Some(kept.to_string())),
    ];
    history::record(tx, &Event { changes, ..Event::of("municipality.released", Record::Municipality) })?;
    Ok((sent, kept))
}
