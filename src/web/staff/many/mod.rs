//! One status for many cards: a list is scanned, pasted or chosen, looked at line by line, then written; and taken back.
//! A list of cards to be destroyed waits for a second person instead.
//!
//! **Invariant:** of several cards with one notice ID none is chosen by itself (7(1)④).
//! **Invariant:** what was shown is what is written: a card that changed since is skipped and says so.
//!
//! Spec: 7(2)⑦.

mod acts;
pub(super) mod batch;
pub(super) mod disposal;
pub(super) mod form;
mod samples;
pub(super) mod undo;
pub(super) mod wanted;

pub(super) use acts::{apply, check, go_on};
pub(super) use batch::show_batch;
pub(super) use disposal::{approve, refuse};
pub(super) use form::{ask, show};
pub(super) use undo::{ask_undo, undo};

use std::sync::Arc;
use std::time::Duration;

use super::StaffCtx;
use crate::base::BatchId;
use crate::booking::many::{self, Batch};
use crate::db::Fault;
use crate::web::PageError;

/// How long the page waits for the end of a list; what takes longer shows how far it is.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the page of a list lies.
pub(super) fn at(id: BatchId) -> String {
    format!("/cards/many/{id}#main")
}

/// The list of this row.
async fn find(ctx: &StaffCtx, id: i64) -> Result<Batch, PageError> {
    let id = BatchId::of(id);
    ctx.read(move |tx| many::get(tx, id)).await?.ok_or(PageError::NotFound)
}

/// Writes a list to its end, slice by slice, whether or not the browser waits for it; `false` when it takes longer than that.
async fn carry_on(ctx: &StaffCtx, batch: Batch) -> Result<bool, PageError> {
    let (city, actor, id) = (Arc::clone(&ctx.city), batch.acting(), batch.id);
    let work = tokio::spawn(async move {
        loop {
            let done = city.db.write_slice(actor.clone(), move |tx| many::next_slice(tx, id)).await?;
            if done.finished {
                return Ok::<_, Fault>(());
            }
        }
    });
    let Ok(done) = tokio::time::timeout(PATIENCE, work).await else { return Ok(false) };
    done.map_err(|_| Fault::Panicked)??;
    Ok(true)
}
