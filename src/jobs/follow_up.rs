//! Queues the letters of the clock: before a booking, and after one that nobody came to.
//!
//! Spec: 7(2)⑫, 7(3)⑪.

use crate::base::Moment;
use crate::booking::timed;
use crate::db::{Actor, Fault, Lane, ReadTx, WriteTx};
use crate::municipalities::Municipality;

/// Bookings of one transaction, so that none holds the writer long.
const SLICE: u32 = 20;

type Next = fn(&ReadTx<'_>) -> Result<Option<Moment>, Fault>;
type Deal = fn(&WriteTx<'_>, u32) -> Result<usize, Fault>;

/// Queues every reminder whose moment has come, and says when the next one's is.
pub async fn remind(city: &Municipality) -> Result<Option<Moment>, Fault> {
    all(city, "remind", timed::next_reminder, timed::queue_reminders).await
}

/// Asks everybody to book again who did not come and whose moment has come, and says when the next one's is.
pub async fn invite_again(city: &Municipality) -> Result<Option<Moment>, Fault> {
    all(city, "invite_again", timed::next_invitation, timed::invite_again).await
}

async fn all(
    city: &Municipality,
    job: &'static str,
    next_of: Next,
    deal: Deal,
) -> Result<Option<Moment>, Fault> {
    loop {
        let (next, now) =
            city.db.read(Lane::Background, move |tx| Ok::<_, Fault>((next_of(tx)?, tx.now()))).await?;
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        if city.db.write_slice(Actor::System { job }, move |tx| deal(tx, SLICE)).await? == 0 {
            return Ok(next);
        }
    }
}
