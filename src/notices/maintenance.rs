//! Closing the pages at once, and opening them again.
//!
//! Spec: 7(1)⑦, 7(3)⑬.

use super::store;
use crate::base::{Moment, text};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The wish to close the pages now.
#[derive(Clone, Debug)]
pub struct Close {
    /// Why, in the words of the city; citizens do not read it.
    pub reason: String,
    /// Until when; none = not known yet.
    pub until: Option<Moment>,
}

/// Why nothing was closed or opened.
#[derive(Debug, thiserror::Error)]
pub enum MaintenanceError {
    /// The pages are closed already.
    #[error("the pages are closed already")]
    Closed,
    /// The pages are open already.
    #[error("the pages are open already")]
    Open,
    /// A reason is needed, of up to 200 characters without control characters.
    #[error("a reason is needed, of up to 200 characters")]
    Reason,
    /// The end lies in the past.
    #[error("the end lies in the past")]
    Past,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Closes the citizens' pages from now on.
pub fn close(tx: &WriteTx<'_>, wish: &Close) -> Result<(), MaintenanceError> {
    let reason = wish.reason.trim();
    if !(1..=200).contains(&reason.chars().count()) || text::has_control(reason) {
        return Err(MaintenanceError::Reason);
    }
    if wish.until.is_some_and(|until| until <= tx.now()) {
        return Err(MaintenanceError::Past);
    }
    if is_closed(tx)? {
        return Err(MaintenanceError::Closed);
    }
    store::insert_now(tx, reason, wish.until)?;
    let changes = vec![Change::new("reason", None, Some(reason.to_owned()))];
    history::record(tx, &Event { changes, ..Event::of("maintenance.begun", Record::Municipality) })?;
    Ok(())
}

/// Opens them again.
pub fn reopen(tx: &WriteTx<'_>) -> Result<(), MaintenanceError> {
    if store::end_running(tx)? == 0 {
        return Err(MaintenanceError::Open);
    }
    history::record(tx, &Event::of("maintenance.ended", Record::Municipality))?;
    Ok(())
}

fn is_closed(tx: &WriteTx<'_>) -> Result<bool, Fault> {
    Ok(store::maintenance(tx)?.iter().any(|one| one.starts_at <= tx.now()))
}
