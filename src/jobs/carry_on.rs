//! Carries on lists of cards that were begun and left: after a restart, or when the browser's server lost them.
//!
//! Spec: 7(2)⑦.

use crate::base::Moment;
use crate::booking::many;
use crate::db::{Fault, Lane};
use crate::municipalities::Municipality;

/// Writes every list that nobody carries on to its end, and says when the next one would be due.
pub async fn carry_on(city: &Municipality) -> Result<Option<Moment>, Fault> {
    let (all, now) = city.db.read(Lane::Staff, |tx| Ok::<_, Fault>((many::stale(tx)?, tx.now()))).await?;
    let mut next: Option<Moment> = None;
    for (batch, due) in all {
        if due > now {
            next = Some(next.map_or(due, |next| next.min(due)));
            continue;
        }
        let id = batch.id;
        while !city.db.write(batch.acting(), move |tx| many::next_slice(tx, id)).await?.finished {}
    }
    Ok(next)
}
