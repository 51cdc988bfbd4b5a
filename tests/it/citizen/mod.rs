//! The citizen's pages, by the front door.

mod steps;

mod booking;
mod entry;
mod order;
