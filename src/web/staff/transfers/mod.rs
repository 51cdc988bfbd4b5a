//! The transfer list: what is to be sent, is under way, is to be received, is to be brought back; and the routes.
//!
//! **Invariant:** addresses carry rows, places, days and codes; what was scanned never stands in one.
//! **Invariant:** a person of some offices sees and moves only what begins or ends there.
//!
//! Spec: 7(2)⑩.

mod ask;
mod list;
mod paper;
mod routes;
mod samples;
mod scan;
mod step;
mod view;

pub(super) use self::list::show;
pub(super) use self::paper::table;
#[cfg(test)]
pub(super) use self::routes::Routes;
pub(super) use self::routes::{save as set_routes, show as routes};
pub(super) use self::scan::scan;
pub(super) use self::step::step;
#[cfg(test)]
pub(super) use self::view::Transfers;
