//! Whether the archive's disk has the room that must be left.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::files::ArchiveError;

/// Bytes free where `dir` lies.
pub fn free(dir: &Path) -> Result<u64, ArchiveError> {
    let room = rustix::fs::statvfs(dir).map_err(|errno| ArchiveError::at(dir)(errno.into()))?;
    Ok(room.f_bavail.saturating_mul(room.f_frsize))
}

/// Refuses when fewer than `left_mb` would be left after `bytes` more.
pub(super) fn guard(city: &Path, left_mb: u64, bytes: u64) -> Result<(), ArchiveError> {
    DirBuilder::new().recursive(true).mode(0o700).create(city).map_err(ArchiveError::at(city))?;
    let (free_mb, need_mb) = (free(city)? >> 20, left_mb.saturating_add(bytes >> 20));
    if free_mb < need_mb {
        return Err(ArchiveError::NoRoom { dir: city.to_owned(), free_mb, need_mb });
    }
    Ok(())
}
