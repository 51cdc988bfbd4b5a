//! The outbox (S19): every letter with where it stands, what it said, and the addresses that letters do not reach.
//!
//! **Invariant:** an address of this page carries rows, states and days; whom a letter went to never stands in one.
//!
//! Spec: 7(2)⑪, 7(3)⑪.

mod acts;
mod failures;
mod find;
mod letter;
mod list;
mod refusals;
mod samples;

#[cfg(test)]
pub(super) use self::failures::{Failures, One};
#[cfg(test)]
pub(super) use self::letter::Shown;
#[cfg(test)]
pub(super) use self::list::Outbox;
#[cfg(test)]
pub(super) use self::refusals::{One as RefusalPage, Refusals};

pub(super) use self::acts::act;
pub(super) use self::failures::{lift, list as failures, one as failure};
pub(super) use self::find::find;
pub(super) use self::letter::show as letter;
pub(super) use self::list::show;
pub(super) use self::refusals::{accept, list as refusals, one as refusal, refuse};

use super::StaffCtx;
use crate::base::{BookingId, LocationId};
use crate::booking;
use crate::db::{Fault, ReadTx};

/// The places whose letters this person may see; `None` means all.
fn places(ctx: &StaffCtx) -> Option<Vec<LocationId>> {
    let places = ctx.signed.locations.clone();
    (!places.is_empty()).then_some(places)
}

/// Whether a letter about this booking is for somebody who works for these places.
fn served(
    tx: &ReadTx<'_>,
    booking: Option<BookingId>,
    places: Option<&Vec<LocationId>>,
) -> Result<bool, Fault> {
    let (Some(booking), Some(places)) = (booking, places) else { return Ok(true) };
    Ok(booking::get(tx, booking)?.is_none_or(|booking| places.contains(&booking.location)))
}
