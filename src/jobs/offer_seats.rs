//! Tells those who wait of seats that became free.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Moment;
use crate::booking;
use crate::db::{Actor, Fault, Lane};
use crate::municipalities::Municipality;

const JOB: Actor = Actor::System { job: "offer_seats" };

/// Seats also become free by the clock alone: a day comes into reach, a hold lapses, kept seats are let go.
const LOOK: Duration = Duration::from_mins(1);

/// Tells everybody for whom there is a seat, ends what is over, and says when to look again at the latest.
pub async fn offer_seats(city: &Arc<Municipality>) -> Result<Option<Moment>, Fault> {
    let snapshots = city.snapshots.clone();
    let look = city.db.read(Lane::Background, move |tx| {
        Ok::<_, Fault>((booking::look_for_offers(tx, &snapshots)?, tx.now()))
    });
    let (look, now) = look.await?;
    for id in look.over {
        city.db.write(JOB, move |tx| booking::give_up_offer(tx, id)).await?;
    }
    for chance in look.chances {
        city.db.write(JOB, move |tx| booking::offer_seat(tx, &chance)).await?;
    }
    let later = look.anybody.then(|| now.plus(LOOK));
    Ok(look.next.into_iter().chain(later).min())
}
