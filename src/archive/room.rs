//! Whether the archive's disk has the room that must be left.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::files::ArchiveError;
use super::place::Place;

/// Bytes free where `dir` lies.
pub fn free(dir: &Path) -> Result<u64, ArchiveError> {
    let room = rustix::fs::statvfs(dir).map_err(|errno| ArchiveError::at(dir)(errno.into()))?;
    Ok(room.f_bavail.saturating_mul(room.f_frsize))
}

/// Refuses when fewer than `left_mb` would be left in the archive's directory; a bucket has no end that could be known.
pub(super) fn guard(city: &Place, left_mb: u64) -> Result<(), ArchiveError> {
    city.on_disk().map_or(Ok(()), |dir| left(dir, left_mb))
}

/// Refuses when fewer than `left_mb` would be left after a whole file of so many bytes: once as a copy in `scratch`, and once
/// as the file of the archive where that lies on the same disk.
pub(super) fn guard_whole(
    city: &Place,
    scratch: &Path,
    left_mb: u64,
    bytes: u64,
) -> Result<(), ArchiveError> {
    let times = if city.on_disk().is_some() { 2 } else { 1 };
    left(scratch, left_mb.saturating_add(bytes.saturating_mul(times) >> 20))
}

fn left(dir: &Path, need_mb: u64) -> Result<(), ArchiveError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(ArchiveError::at(dir))?;
    let free_mb = free(dir)? >> 20;
    if free_mb < need_mb {
        return Err(ArchiveError::NoRoom { dir: dir.to_owned(), free_mb, need_mb });
    }
    Ok(())
}
