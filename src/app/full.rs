//! Whether a disk is full.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Free bytes under which it is tried out: more than any commit needs.
const LITTLE: u64 = 4 << 20;

/// What is tried: more than a small commit needs.
const TRIED: usize = 256 << 10;

/// Whether nothing more can be written into this directory. Where there is little room it is tried out: what the system says is free
/// may be out of reach (quotas, what is kept for the superuser).
pub(super) fn is_full(dir: &Path) -> bool {
    let Ok(room) = rustix::fs::statvfs(dir) else { return false };
    if room.f_bavail.saturating_mul(room.f_frsize) >= LITTLE {
        return false;
    }
    let path = dir.join(".room");
    let full = tried(&path).is_err_and(|error| no_room(&error));
    // It is written anew each time, and an empty one is no harm.
    let _ = std::fs::remove_file(path);
    full
}

fn tried(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(&vec![0; TRIED]).and_then(|()| file.sync_all())
}

fn no_room(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_room_is_not_full_and_nothing_is_left_on_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_full(dir.path()));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        tried(&dir.path().join("room")).unwrap();
        assert!(!is_full(Path::new("/nowhere")), "what cannot be seen is not full");
    }

    #[test]
    fn a_file_that_takes_nothing_is_told_from_other_troubles() {
        let error = tried(Path::new("/dev/full")).unwrap_err();
        assert!(no_room(&error), "{error}");
        let error = tried(Path::new("/nowhere/room")).unwrap_err();
        assert!(!no_room(&error), "{error}");
    }
}
