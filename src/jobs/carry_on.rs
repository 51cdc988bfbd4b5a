//! Carries on what was begun and left, after a restart or when the browser went away: lists of cards, stock-takes that are
//! being finished.
//!
//! Spec: 7(2)⑦.

use crate::base::Moment;
use crate::booking::many;
use crate::cards::stocktake;
use crate::db::{Actor, Fault, Lane, ReadTx};
use crate::municipalities::Municipality;

const COUNT: Actor = Actor::System { job: "carry_on" };

/// Writes everything that nobody carries on to its end, and says when the next one would be due.
pub async fn carry_on(city: &Municipality) -> Result<Option<Moment>, Fault> {
    let left = |tx: &ReadTx<'_>| Ok::<_, Fault>((many::stale(tx)?, stocktake::unfinished(tx)?, tx.now()));
    let (all, counts, now) = city.db.read(Lane::Background, left).await?;
    for id in counts {
        while !city.db.write_slice(COUNT, move |tx| stocktake::carry_on(tx, id)).await? {}
    }
    let mut next: Option<Moment> = None;
    for (batch, due) in all {
        if due > now {
            next = Some(next.map_or(due, |next| next.min(due)));
            continue;
        }
        let id = batch.id;
        while !city.db.write_slice(batch.acting(), move |tx| many::next_slice(tx, id)).await?.finished {}
    }
    Ok(next)
}
