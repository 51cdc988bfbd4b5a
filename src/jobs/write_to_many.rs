//! Letters to many: their people are collected, their letters queued, those of a stopped one taken back.
//!
//! Spec: 7(2)⑪.

use std::sync::Arc;

use crate::base::Moment;
use crate::booking::bulk::{self, SLICE_MAX, Work};
use crate::cards::import::{Pace, Slice, one_slice};
use crate::db::{Actor, Fault, Lane, WriteTx};
use crate::municipalities::Municipality;

const JOB: Actor = Actor::System { job: "write_to_many" };

/// Does what is to be done for every letter to many, in slices, and says when there is something again.
pub async fn write_to_many(city: &Arc<Municipality>) -> Result<Option<Moment>, Fault> {
    let mut pace = Pace::new();
    loop {
        let (work, later) = city.db.read(Lane::Background, bulk::next_work).await?;
        let Some((mail, work)) = work else { return Ok(later) };
        let (id, acting) = (mail.id, mail.acting());
        match work {
            Work::Collect => {
                let part = city.db.read(Lane::Background, move |tx| bulk::next_part(tx, id)).await?;
                if let Some(part) = part {
                    city.db.write_slice(acting, move |tx| bulk::add_part(tx, id, &part)).await?;
                }
            }
            Work::Send => {
                let most = u32::try_from(pace.rows()).unwrap_or(SLICE_MAX);
                let slice = city.db.read(Lane::Background, move |tx| bulk::next_slice(tx, id, most)).await?;
                if let Some(slice) = slice {
                    let people = slice.people();
                    let add = move |tx: &WriteTx<'_>, _: &Slice| bulk::add_slice(tx, id, &slice);
                    let (_, took) = one_slice(&city.db, &acting, people, add).await?;
                    pace.learn(people, took);
                }
            }
            Work::TakeBack => {
                let rows = city.db.read(Lane::Background, move |tx| bulk::next_taken_back(tx, id)).await?;
                city.db.write_slice(JOB, move |tx| bulk::take_back(tx, id, &rows)).await?;
            }
            Work::Forget => {
                city.db.write_slice(JOB, move |tx| bulk::forget(tx, id)).await?;
            }
        }
    }
}
