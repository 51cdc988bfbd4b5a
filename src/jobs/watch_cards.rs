//! Makes the lists of cards that become due, once a day, and sees that every transfer is what its booking needs.
//!
//! Spec: 7(2)⑦ ⑧ ⑩.

use crate::base::Moment;
use crate::cards::watch;
use crate::db::{Actor, Fault, Lane};
use crate::municipalities::{self, Municipality};

const JOB: Actor = Actor::System { job: "watch_cards" };

/// Looks at every card when today's look is due, and says when the next one is.
pub async fn watch_cards(city: &Municipality) -> Result<Option<Moment>, Fault> {
    let (next, now) =
        city.db.read(Lane::Background, |tx| Ok::<_, Fault>((watch::next_look(tx)?, tx.now()))).await?;
    if next.is_none_or(|next| next > now) {
        return Ok(next);
    }
    while city.db.write_slice(JOB, watch::look).await? {}
    municipalities::follow_strays(&city.db, &JOB).await?;
    city.db.read(Lane::Background, watch::next_look).await
}
