//! The counter: arrivals, hand-overs, slips taken back, scans, the board of a day.

mod acts;
mod board;
mod desk;
mod disposal;
mod many_cards;
pub mod office;
mod page_acts;
mod page_board;
mod page_scan;
mod race;
mod scan;
mod states;
mod undo;
