//! Bookings that nobody comes for, found by the clock.

use super::{CounterError, mark_no_show, store};
use crate::base::Moment;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::settings;

/// When the next booking is to be marked that nobody comes for, by the city's setting.
pub fn next_no_show(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    let after = settings::read(tx)?.no_show_after();
    Ok(store::first_awaited(tx)?.map(|(day, ends)| Moment::at(day, ends).plus(after)))
}

/// Marks up to `most` bookings whose time is over and that nobody came for, and says how many.
///
/// Spec: 7(2)⑫.
pub fn mark_no_shows(tx: &WriteTx<'_>, most: u32) -> Result<usize, CounterError> {
    let until = tx.now().minus(settings::read(tx)?.no_show_after());
    let over = store::awaited_until(tx, until.day(), until.minute(), most)?;
    for id in &over {
        mark_no_show(tx, *id)?;
    }
    Ok(over.len())
}
