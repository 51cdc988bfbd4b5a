//! Marks and tells the bookings that a change of the calendar stranded, where they were too many for one transaction.
//!
//! Spec: 7(2)⑤.

use crate::base::Moment;
use crate::booking;
use crate::db::{Actor, Fault, Lane};
use crate::municipalities::Municipality;

const JOB: Actor = Actor::System { job: "settle_affected" };

/// Bookings of one transaction, so that none holds the writer long.
const SLICE: u32 = 40;

/// Settles every booking that waits. Nothing is due later: a change that strands bookings is a commit, and that wakes the job.
pub async fn settle_affected(city: &Municipality) -> Result<Option<Moment>, Fault> {
    while city.db.read(Lane::Staff, booking::waits_to_settle).await? {
        city.db.write(JOB, |tx| booking::settle_affected(tx, SLICE)).await?;
    }
    Ok(None)
}
