//! The counter: arrivals, hand-overs, slips taken back, scans, the board of a day.

mod acts;
mod board;
pub mod office;
mod race;
mod scan;
mod undo;
