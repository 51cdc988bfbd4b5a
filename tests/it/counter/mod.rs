//! The counter: arrivals, hand-overs, slips taken back, scans, the board of a day.

mod acts;
mod board;
mod office;
mod race;
mod scan;
mod undo;
