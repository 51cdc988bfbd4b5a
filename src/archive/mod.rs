//! The archive: every commit of a city as LTX files in a directory or a bucket, restorable to any shipped moment, also by the
//! stock `litestream`.
//!
//! `DIR/CODE/LATEST` names the newest lineage; `DIR/CODE/LINEAGE/ltx/LEVEL/FIRST-LAST.ltx` are the files, in a bucket
//! `PREFIX/CODE/LINEAGE/000LEVEL/FIRST-LAST.ltx`. Level 0 is what was committed within a second, level 1 what was within five minutes, level 2 within an hour, level 9 the whole file. Numbers
//! are those of commits.
//!
//! **Invariant:** the files of a lineage leave no gap: where frames were lost, the next file is the whole file.
//! **Invariant:** a file is whole and on the disk before it has its name; a file goes only once another one covers it.
//! **Invariant:** bookings go first: whatever is wrong with the archive, no write of a city waits for it.
//!
//! Spec: 10(4).

#[cfg(feature = "s3")]
mod bucket;
#[cfg(not(feature = "s3"))]
#[path = "no_bucket.rs"]
mod bucket;
mod compact;
pub(crate) mod crc;
mod files;
mod image;
pub(crate) mod ltx;
mod place;
mod plan;
mod room;
mod ship;

pub use files::{ArchiveError, Listed, levels, newest_lineage};
pub use image::Image;
pub use place::{Place, try_store};
pub use plan::{Target, rebuild};
pub use room::free;
pub use ship::{Shipped, Shipper};
