//! The citizen's pages, by the front door.

pub mod steps;

mod booking;
mod entry;
mod order;
mod surface;
