//! Tells the people of bookings that a closure hit, where they are too many for one transaction.
//!
//! Spec: 7(3)⑪.

use crate::base::Moment;
use crate::booking;
use crate::db::{Actor, Fault, Lane};
use crate::municipalities::Municipality;

const JOB: Actor = Actor::System { job: "tell_closed" };

/// Bookings of one transaction, so that none holds the writer long.
const SLICE: u32 = 20;

/// Tells everybody who waits. Nothing is due later: closing and opening are commits, and those wake the job; after a start it
/// goes on where it stood.
pub async fn tell_closed(city: &Municipality) -> Result<Option<Moment>, Fault> {
    while city.db.read(Lane::Background, booking::waits_to_tell).await? {
        city.db.write_slice(JOB, |tx| booking::tell_closed(tx, SLICE)).await?;
    }
    Ok(None)
}
