//! After many cards were put elsewhere at once, what must move is asked for.

use crate::booking;
use crate::db::{Actor, Db, Fault};

/// Cards in one write, so that none holds the writer long.
const SLICE: u32 = 50;

/// The most slices of one go: cards that cannot be set right must not keep it going.
const MOST: u32 = 2000;

/// Makes the transfers what the bookings need, as after an import, a slice at a time.
///
/// Spec: 7(2)⑩.
pub async fn follow_strays(db: &Db, actor: &Actor) -> Result<(), Fault> {
    for _ in 0..MOST {
        let found = db.write_slice(actor.clone(), |tx| booking::follow_strays(tx, SLICE)).await?;
        if u32::try_from(found).is_ok_and(|found| found < SLICE) {
            return Ok(());
        }
    }
    Ok(())
}
