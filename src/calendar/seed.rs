//! What a new municipality's calendar begins with.

use super::edit::{EditError, set_pattern};
use super::rules::{Period, YearlyClosure};
use super::store;
use crate::base::Minute;
use crate::db::WriteTx;

/// The three patterns that the tender names (通常・短縮・延長) and the closure over the end of the year.
///
/// Spec: 7(2)⑤.
pub fn seed(tx: &WriteTx<'_>) -> Result<(), EditError> {
    let period = |starts: u16, ends: u16| Period {
        starts: Minute::of(starts),
        ends: Minute::of(ends),
        unit: 30,
        capacity: 4,
    };
    let (morning, afternoon) = (period(9 * 60, 12 * 60), period(13 * 60, 17 * 60));
    set_pattern(tx, "通常", &[morning, afternoon])?;
    set_pattern(tx, "短縮", &[morning])?;
    set_pattern(tx, "延長", &[morning, period(13 * 60, 19 * 60)])?;
    let closure =
        YearlyClosure { from: "12-29".to_owned(), to: "01-03".to_owned(), name: "年末年始".to_owned() };
    store::insert_yearly(tx, &closure)?;
    Ok(())
}
