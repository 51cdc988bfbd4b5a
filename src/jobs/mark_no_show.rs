//! Marks bookings that nobody came for.
//!
//! Spec: 7(2)⑫.

use crate::base::Moment;
use crate::booking::{self, CounterError};
use crate::db::{Actor, Fault, Lane};
use crate::municipalities::Municipality;

const JOB: Actor = Actor::System { job: "mark_no_show" };

/// Bookings of one transaction, so that none holds the writer long.
const SLICE: u32 = 20;

/// Marks every booking whose time is over, and says when the next one's is.
pub async fn mark_no_show(city: &Municipality) -> Result<Option<Moment>, Fault> {
    loop {
        let (next, now) = city
            .db
            .read(Lane::Background, |tx| Ok::<_, Fault>((booking::next_no_show(tx)?, tx.now())))
            .await?;
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let marked = city.db.write_slice(JOB, |tx| booking::mark_no_shows(tx, SLICE)).await;
        match marked {
            Ok(0) => return Ok(next),
            Ok(_) => {}
            Err(CounterError::Fault(fault)) => return Err(fault),
            Err(refused) => return Err(Fault::Stored(refused.to_string())),
        }
    }
}
