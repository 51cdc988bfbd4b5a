//! Import (取込) of card files in any layout: from bytes to cards, with a report for every row.
//!
//! **Invariant:** what cannot be decoded strictly is refused; not one character is guessed.
//! **Invariant:** a file with a column of individual numbers is refused whole; such a value is never stored, logged or shown.
//! **Invariant:** a file takes effect whole or not at all, and the same file only once.
//! **Invariant:** storage place, remark and bookings of a registered card are never touched; its status by a file of card
//! states alone, which is brought over from a former system.
//!
//! Spec: 7(2)①, 7(1)④, 11(1).

mod apply;
mod clean_up;
mod decode;
mod fields;
mod file;
mod key;
mod pace;
mod profile;
mod reader;
mod report;
mod row;
mod run_store;
mod runs;
mod sort;
mod standard;
mod states;
mod store;
mod undo;
mod why;

pub use apply::{Applied, ApplyError, Options, Tell, apply, apply_states};
pub(crate) use apply::{Head, begin, keep_errors, publish};
pub use clean_up::{clean_up_all, is_due};
pub(crate) use clean_up::{fail, leave_out, publish_changes};
pub use decode::{Encoding, Undecodable};

pub use fields::{Field, Turn, Turns};
pub use file::{File, read, read_with};
pub use key::{Key, location};
pub(crate) use pace::{Pace, Part, Slice, in_parts, in_slices, one_slice};
pub use profile::{
    Column, DateFormat, Format, Keep, Kind, NAME_MAX, Place, Profile, ProfileError, ProfileFault, SaveError,
    SavedProfile, Target, Transform, load, newest, propose, save, saved, versions,
};
pub use reader::{BYTES_MAX, Found, Peek, Plain, ReadError, Reader, Record, peek, plain, written_as};
pub use report::{Absent, ChangedRow, Report, Returning, SHOWN, Seen, Tally, dry_run, dry_run_states};
pub use row::{Context, Named, Row};
pub use runs::{Run, RunState, errors, has_errors, of_file, run, runs, under_way};
pub(in crate::cards) use standard::Sheet;
pub use standard::{columns, errors_csv, standard_csv};
pub use states::{StateFile, StateRow, read_states};
pub use undo::{Touched, UndoRunError, Undone, touched, undo};
pub(crate) use undo::{add_undone, begin_undo, end_undo};
pub use why::{Noted, RowError, Why};
