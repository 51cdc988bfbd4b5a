//! S10 Locations (交付場所): added, changed, put in order, hidden from citizens, retired; never deleted.
//!
//! Spec: 7(2)⑤, 7(3)⑦.

mod form;
mod list;
mod retire;

#[cfg(test)]
pub(super) use form::LocationPage;
pub(super) use form::{add, change, new, show};
#[cfg(test)]
pub(super) use list::Locations;
pub(super) use list::{list, shift};
pub(super) use retire::retire;
