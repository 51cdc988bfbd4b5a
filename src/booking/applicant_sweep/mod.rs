//! Those who said who they are and never booked are forgotten.
//!
//! **Invariant:** whoever was in a booking or waited for a seat stays, as long as that does.
//! **Invariant:** nobody is forgotten while their link or their session works.
//! **Invariant:** the newest row of a table is not deleted, so that no number of the history ever means somebody else.

mod store;

use crate::base::{Minute, Moment};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::settings;

/// When the next one is to be forgotten: at midnight in Japan, so many days after the day on which they came.
pub fn first_applicant_end(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    let days = i32::from(settings::read(tx)?.applicant_days);
    let first = store::first_idle_applicant(tx)?;
    Ok(first.map(|came| Moment::at(came.day().plus(days), Minute::of(0))))
}

/// Forgets some of those whose time is over, with the links that they asked for, and says how many.
pub fn forget_applicants(tx: &WriteTx<'_>, now: Moment, limit: u32) -> Result<usize, Fault> {
    let days = i32::from(settings::read(tx)?.applicant_days);
    let before = Moment::at(now.day().minus(days).plus(1), Minute::of(0));
    let idle = store::idle_applicants(tx, before, limit)?;
    for id in &idle {
        store::delete_applicant(tx, *id)?;
    }
    Ok(idle.len())
}
