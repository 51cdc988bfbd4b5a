//! S06, S07 Import (取込): a file, what it would do, what it did; and every run so far.
//!
//! **Invariant:** the file lies in memory only, for some minutes, for the person who brought it; nothing is kept on disk.
//! **Invariant:** what is applied is what was shown: the same bytes, read once.
//!
//! Spec: 7(2)①.

mod apply;
mod check;
mod check_view;
mod format;
mod format_form;
mod format_view;
mod list;
mod profiles;
mod result;
mod undo;
mod upload;
mod views;

pub(super) use apply::apply;
pub(super) use check::{errors as check_errors, show as check};
#[cfg(test)]
pub(super) use check_view::Check;
pub(super) use format::{act as read_again, show as format};
#[cfg(test)]
pub(super) use format_view::FormatPage;
pub(super) use list::show;
#[cfg(test)]
pub(super) use profiles::Profiles;
pub(super) use profiles::{bring as bring_profile, export as export_profile, show as profiles};
#[cfg(test)]
pub(super) use result::Outcome;
pub(super) use result::{errors, show as result};
#[cfg(test)]
pub(super) use undo::AskUndo;
pub(super) use undo::{ask as ask_undo, undo};
pub use upload::Uploads;
pub(super) use upload::{ROOM, narrow, read as read_upload, receive, roomy};
#[cfg(test)]
pub(super) use views::List;
