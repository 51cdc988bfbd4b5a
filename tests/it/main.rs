//! One binary for all tests that come in by the front door.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod calendar_schedule;
mod kit;

mod history_chain;
mod once_forms;
