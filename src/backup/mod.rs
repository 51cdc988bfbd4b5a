//! Nightly copies of each city's file: taken while it is served, proved by restoring them, kept as long as they should be,
//! and given back.
//!
//! **Invariant:** a copy is listed once it is whole on the disk with its digest beside it; what is half has a name of its own.
//! **Invariant:** the newest copy that was proved is never removed, however old it is.
//! **Invariant:** nothing is restored over a file that exists.
//!
//! Spec: 8(1)②, 10(4).

mod drill;
mod fetch;
mod files;
mod later;
mod night;
mod record;
mod restored;
mod rotate;
mod seal;
mod store;
mod take;
mod trouble;

pub use drill::{prove, prove_file};
pub use fetch::{FetchError, Found, Source, fetch, find};
pub use files::{Room, room};
pub use later::{Later, LaterMail, LaterOperation, later_in_file, later_in_logs};
pub use night::{Last, Night};
pub use record::{Copied, Drill, Record, records};
pub use restored::{Release, ReleaseError, Restored, held_of, mark, note_later, release, waiting};
pub use seal::check_keys;
pub use take::{City, take};
pub use trouble::Trouble;

use std::path::{Path, PathBuf};

/// Where the copies of the city with this code lie.
pub fn dir_of(backups: &Path, code: &str) -> PathBuf {
    backups.join(code)
}
