//! Those who did not come, as staff see them.

use super::invite::Rule;
use super::{Followed, store};
use crate::base::{Day, LocationId, Moment};
use crate::booking::{BoardRow, board};
use crate::db::{Fault, ReadTx};
use crate::mail;
use crate::settings;

/// Cases of one page.
const MOST: u32 = 200;

/// Somebody who did not come.
#[derive(Clone, Debug)]
pub struct Case {
    /// Their booking and people.
    pub row: BoardRow,
    /// How often they were asked to book again.
    pub invited: u16,
    /// The last letter that asked them.
    pub letter: Option<mail::Listed>,
    /// When the clock will ask them next; `None` = it will not.
    pub next: Option<Moment>,
    /// How the case was closed; `None` = it is open.
    pub followed: Option<Followed>,
}

/// Those who did not come from `from` to `to`, the longest ago first, 200 at most; at these locations (empty = everywhere);
/// only open cases unless `closed_too`.
///
/// Spec: 7(2)⑫.
pub fn cases(
    tx: &ReadTx<'_>,
    (from, to): (Day, Day),
    locations: &[LocationId],
    closed_too: bool,
) -> Result<Vec<Case>, Fault> {
    let rule = Rule::of(&settings::read(tx)?);
    let listed = store::cases(tx, (from, to), locations, closed_too, MOST)?;
    let (bookings, known): (Vec<_>, Vec<_>) = listed.into_iter().unzip();
    let mut letters =
        mail::last_of_bookings(tx, &bookings.iter().map(|one| one.id).collect::<Vec<_>>(), "no_show")?;
    let rows = board::rows(tx, bookings)?;
    let case = |(row, care): (BoardRow, store::Care)| {
        let open = care.followed.is_none() && row.booking.email.is_some();
        let next = rule.filter(|_| open).and_then(|rule| rule.due(&row.booking, (care.times, care.last)));
        let letter = letters.remove(&row.booking.id);
        Case { row, invited: care.times, letter, next, followed: care.followed }
    };
    Ok(rows.into_iter().zip(known).map(case).collect())
}
