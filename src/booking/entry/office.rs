//! A link that the office sends by itself to the people of a booking.

use super::{hash_of, store};
use crate::base::{Email, InvitationId, Moment};
use crate::booking::{Booking, Who};
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
    let (_, token) = link(tx, (who, &booking.procedure), (email, &booking.language), expires_at)?;
    Ok(Some(token))
}

/// Makes a link for somebody who waits, to the seat that they are told of; gives its row and its text.
pub(in crate::booking) fn link_to_offer(
    tx: &WriteTx<'_>,
    whom: (Who, &str),
    to: (&Email, &str),
    expires_at: Moment,
) -> Result<(InvitationId, String), Fault> {
    link(tx, whom, to, expires_at)
}

fn link(
    tx: &WriteTx<'_>,
    (who, procedure): (Who, &str),
    (email, language): (&Email, &str),
    expires_at: Moment,
) -> Result<(InvitationId, String), Fault> {
    let token = hex::encode(tx.chance().bytes::<32>());
    let new = store::NewInvitation {
        token_hash: &hash_of(&token),
        code_hash: &tx.chance().bytes::<32>(),
        browser_hash: &tx.chance().bytes::<32>(),
        who,
        procedure,
        email,
        language,
        expires_at,
    };
    Ok((store::insert_invitation(tx, &new)?, token))
}
