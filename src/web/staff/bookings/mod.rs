//! Bookings by staff: made, looked at, moved, widened, cancelled, listed.
//!
//! **Invariant:** addresses carry rows, days and places; what was typed of a person never stands in one.
//! **Invariant:** capacity is gone over only by whoever has the permission, and each page marks where it was.
//!
//! Spec: 7(2)④ ⑥.

mod cancel;
mod change;
mod join;
mod list;
mod new;
mod party;
mod picker;
mod samples;
mod show;
mod typed;

#[cfg(test)]
pub(super) use self::cancel::Cancel;
#[cfg(test)]
pub(super) use self::change::Change;
#[cfg(test)]
pub(super) use self::list::Bookings;
#[cfg(test)]
pub(super) use self::new::New;
#[cfg(test)]
pub(super) use self::show::Shown;

pub(super) use self::cancel::{ask as cancel_ask, give_up as cancel};
pub(super) use self::change::{ask as change_ask, shift as change};
pub(super) use self::join::{join, mail_again};
pub(super) use self::list::show as list;
pub(super) use self::new::{act as new_act, show as new_show};
pub(super) use self::show::show;

use super::{StaffCtx, parts};
use crate::base::{BookingId, CardId};
use crate::booking::{self, Booking, Overbook, Seen, Who};
use crate::once::OnceKey;
use crate::web::{Fields, PageError};

/// The booking of an address, if this person may work for its place.
async fn of_address(ctx: &StaffCtx, parts::Row(row): parts::Row) -> Result<Booking, PageError> {
    let found = ctx.read(move |tx| booking::get(tx, BookingId::of(row))).await?;
    let served = |booking: &Booking| ctx.signed.may_serve(booking.location);
    found.filter(served).ok_or(PageError::NotFound)
}

/// The booking as the form saw it.
fn seen(booking: &Booking, fields: &Fields) -> Seen {
    Seen { booking: booking.id, version: fields.get("version").parse().unwrap_or_default() }
}

/// The key of the form.
fn once(fields: &Fields) -> Result<OnceKey, PageError> {
    OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)
}

/// Going over capacity: by permission, with a reason.
fn overbook(ctx: &StaffCtx, fields: &Fields) -> Overbook {
    let reason = fields.get("over");
    let may = ctx.may(crate::accounts::Permission::Overbook);
    if may && !reason.is_empty() { Overbook::Because(reason) } else { Overbook::No }
}

/// The people that the boxes of a form name.
fn people(fields: &Fields) -> Vec<Who> {
    fields.all("person").into_iter().filter_map(Who::from_form).collect()
}

/// The rows that a repeated field names, each once and in order.
fn rows<'v>(values: impl IntoIterator<Item = &'v str>) -> Vec<CardId> {
    let mut rows = Vec::new();
    for row in values.into_iter().filter_map(|value| value.parse().ok()).map(CardId::of) {
        if !rows.contains(&row) && rows.len() < booking::CHOICE_MAX {
            rows.push(row);
        }
    }
    rows
}
