//! The last day to collect a card, as the city's settings count it from the day a notice was sent.

use crate::base::Day;
use crate::db::{Fault, ReadTx};
use crate::settings;

/// The last pick-up day of a card whose first notice was sent on this day.
pub fn of_notice(tx: &ReadTx<'_>, sent: Day) -> Result<Day, Fault> {
    Ok(sent.plus(first_days(tx)?))
}

/// Days from the first notice to the last pick-up day, for whoever counts for many cards at once.
pub fn first_days(tx: &ReadTx<'_>) -> Result<i32, Fault> {
    Ok(i32::from(settings::read(tx)?.first_days))
}

/// The last pick-up day of a card whose second notice was sent on this day.
pub fn of_renotice(tx: &ReadTx<'_>, sent: Day) -> Result<Day, Fault> {
    Ok(sent.plus(i32::from(settings::read(tx)?.renotice_days)))
}
