//! Import (取込) of the standard card file: from bytes to cards, with a report for every row.
//!
//! **Invariant:** what cannot be decoded strictly is refused; not one character is guessed.
//! **Invariant:** a file with a column of individual numbers is refused whole; such a value is never stored, logged or shown.
//! **Invariant:** a file takes effect whole or not at all, and the same file only once.
//! **Invariant:** status, storage place, remark and bookings of a registered card are never touched.
//!
//! Spec: 7(2)①, 7(1)④, 11(1).

mod apply;
mod clean_up;
mod decode;
mod file;
mod row;
mod runs;
mod sort;
mod standard;
mod store;
mod table;
mod why;

pub use apply::{Applied, ApplyError, Options, Report, Tally, Tell, apply, dry_run};
pub use clean_up::{clean_up, clean_up_all, is_due};
pub use decode::{Encoding, Undecodable};
pub use file::{BYTES_MAX, File, ReadError, read};
pub use row::{Context, Named, Row};
pub use runs::{Run, RunState, run, runs};
pub use standard::{errors_csv, standard_csv};
pub use table::COLUMNS;
pub use why::{RowError, Why};
