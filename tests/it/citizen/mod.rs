//! The citizen's pages, by the front door.

pub mod steps;

mod booking;
mod deadlines;
mod entry;
mod input;
mod languages;
mod looks;
mod notices;
mod order;
mod remarks;
mod snapshots;
mod surface;
