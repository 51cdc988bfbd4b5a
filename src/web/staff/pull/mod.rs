//! The pull list: cards that a counter or a courier needs, in the order of the shelves, with a barcode to scan.
//!
//! **Invariant:** addresses carry rows, places, days and codes; what was scanned never stands in one.
//!
//! Spec: 7(2)⑨.

mod act;
mod ask;
mod list;
mod paper;
mod samples;
mod scan;
mod view;

pub(super) use self::act::mark;
pub(super) use self::list::show;
pub(super) use self::paper::table;
pub(super) use self::scan::scan;
#[cfg(test)]
pub(super) use self::view::PullPage;
