//! Madoguchi (窓口, "the counter"): a city's My Number Card hand-over in one binary.
//!
//! The rooms, each arrow pointing at what a room may use (`tests/it/architecture.rs` holds the table):
//!
//! ```text
//! main -> cli -> app -> web, jobs -> municipalities -> backup -> archive; municipalities -> booking -> transfers -> calendar, cards
//!      -> mail, accounts -> history, once, attempts, settings -> db -> base;   render and config -> base;   app, municipalities -> standby -> arbiter -> config
//! ```

pub mod accounts;
pub mod app;
pub mod arbiter;
pub mod archive;
pub mod attempts;
pub mod backup;
pub mod base;
pub mod booking;
pub mod calendar;
pub mod cards;
pub mod cli;
pub mod config;
pub mod db;
pub mod history;
pub mod jobs;
pub mod lists;
pub mod mail;
pub mod municipalities;
pub mod notices;
pub mod once;
pub mod render;
pub mod settings;
pub mod standby;
pub mod statistics;
pub mod transfers;
pub mod web;
