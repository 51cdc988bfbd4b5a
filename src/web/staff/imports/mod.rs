//! S06, S07 Import (取込): a file, what it would do, what it did; and every run so far.
//!
//! **Invariant:** the file lies in memory only, for some minutes, for the person who brought it; nothing is kept on disk.
//! **Invariant:** what is applied is what was shown: the same bytes, read once.
//!
//! Spec: 7(2)①.

mod apply;
mod check;
mod list;
mod upload;
mod views;

pub(super) use apply::apply;
pub(super) use check::{errors, show as check};
pub(super) use list::{result, show};
pub use upload::Uploads;
pub(super) use upload::{ROOM, narrow, receive, roomy};
#[cfg(test)]
pub(super) use views::{Check, List, Outcome};
