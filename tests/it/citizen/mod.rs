//! The citizen's pages, by the front door.

pub mod steps;

mod booking;
mod deadlines;
mod entry;
mod input;
mod languages;
mod looks;
mod notices;
mod offered;
mod order;
mod remarks;
mod rules;
mod snapshots;
mod surface;
