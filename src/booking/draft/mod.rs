//! What staff have typed of a booking that they are about to register, kept while they look for people and times.
//!
//! **Invariant:** an address carries the draft's random id alone; what was typed of a person lies here, and only for whoever typed
//! it. It goes with the booking, or after a day.

mod store;

use serde::{Deserialize, Serialize};

use crate::base::{Moment, StaffId};
use crate::booking::NewApplicant;
use crate::db::{Fault, ReadTx, WriteTx};

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The address of the confirmation, as typed.
    pub email: String,
    /// Why capacity is gone over, as typed.
    pub over: String,
    /// People who are known by what they said.
    pub people: Vec<NewApplicant>,
}

impl Draft {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Keeps a draft under the id that it has, or under a new random one.
pub fn save(tx: &WriteTx<'_>, staff: StaffId, id: Option<&str>, draft: &Draft) -> Result<String, Fault> {
    let body = serde_json::to_string(draft).map_err(|error| Fault::Stored(error.to_string()))?;
    if let Some(id) = id
        && store::update(tx, id, staff, &body)?
    {
        return Ok(id.to_owned());
    }
    let id = hex::encode(tx.chance().bytes::<12>());
    store::insert(tx, &id, staff, &body)?;
    Ok(id)
}

/// The draft that this member of staff keeps under `id`.
pub fn load(tx: &ReadTx<'_>, staff: StaffId, id: &str) -> Result<Option<Draft>, Fault> {
    let read = store::body(tx, id, staff)?.map(|body| serde_json::from_str(&body)).transpose();
    read.map_err(|_| Fault::Stored("booking_draft.body".to_owned()))
}

/// Forgets a draft that has become a booking.
pub fn forget(tx: &WriteTx<'_>, staff: StaffId, id: &str) -> Result<(), Fault> {
    store::delete(tx, id, staff)
}

/// When the oldest draft was last touched.
pub fn oldest(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::oldest(tx)
}

/// Forgets at most `limit` drafts that were not touched since `before`, and says how many.
pub fn forget_old(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    store::delete_before(tx, before, limit)
}
