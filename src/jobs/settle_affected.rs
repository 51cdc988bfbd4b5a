//! Does what a change of the calendar leaves to do with bookings, where it was too much for one transaction: lists, marks and
//! tells those that it strands, and those that get their time again.
//!
//! Spec: 7(2)⑤.

use crate::base::Moment;
use crate::booking;
use crate::db::{Actor, Fault, Lane};
use crate::municipalities::Municipality;

const JOB: Actor = Actor::System { job: "settle_affected" };

/// Bookings of one transaction, so that none holds the writer long.
const SLICE: u32 = 40;

/// Brings the work of every change to its end. Nothing is due later: a change that strands bookings is a commit, and that wakes
/// the job; after a start it goes on where it stood.
pub async fn settle_affected(city: &Municipality) -> Result<Option<Moment>, Fault> {
    while city.db.read(Lane::Background, booking::waits_to_settle).await? {
        city.db.write_slice(JOB, |tx| booking::settle_affected(tx, SLICE)).await?;
    }
    Ok(None)
}
