//! Bookings of a former system are brought in (既存予約の一括登録), for cards that are registered.
//!
//! **Invariant:** what is brought in is a booking like any other: its seats count, its citizen can change it on the web.
//! **Invariant:** capacity is gone over only where that was chosen; the booking is then marked.
//! **Invariant:** a citizen who has a booking keeps it; the row of the file is told, whatever it says.
//!
//! Spec: 7(1)⑬, 7(1)⑤.

mod apply;
mod clean_up;
mod look;
mod read;
mod store;
mod undo;

pub use apply::{apply, dry_run};
pub use clean_up::{clean_up_all, is_due};
pub use look::{Looked, Wanted};
pub use read::{File, Party, read};
pub use undo::{touched, undo};
