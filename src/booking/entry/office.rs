//! A link that the office sends by itself to the people of a booking.

use super::{hash_of, store};
use crate::base::{Email, Moment};
use crate::booking::Booking;
use crate::db::{Fault, WriteTx};

/// Makes a link to a booking for its own address, and gives its text; `None` for a booking without people.
///
/// No browser has asked for it, so whoever opens it says the birthday first.
pub(in crate::booking) fn link_from_office(
    tx: &WriteTx<'_>,
    booking: &Booking,
    email: &Email,
    expires_at: Moment,
) -> Result<Option<String>, Fault> {
    let Some(who) = booking.people_in().next() else { return Ok(None) };
    let token = hex::encode(tx.chance().bytes::<32>());
    let new = store::NewInvitation {
        token_hash: &hash_of(&token),
        code_hash: &tx.chance().bytes::<32>(),
        browser_hash: &tx.chance().bytes::<32>(),
        who,
        procedure: &booking.procedure,
        email,
        language: &booking.language,
        expires_at,
    };
    store::insert_invitation(tx, &new)?;
    Ok(Some(token))
}
