//! The citizen's pages, by the front door.

pub mod steps;

mod booking;
mod entry;
mod languages;
mod order;
mod surface;
