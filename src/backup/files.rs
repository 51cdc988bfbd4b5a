//! Files of the copies' directory: written whole or not at all, digested, and the room that is left.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// How full a file system is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What it holds.
    pub all: u64,
    /// What this process may still write.
    pub free: u64,
}

/// The room of the file system where `path`, or the nearest directory above it that exists, lies.
pub fn room(path: &Path) -> io::Result<Room> {
    let mut here = path;
    let found = loop {
        match rustix::fs::statvfs(here) {
            Err(rustix::io::Errno::NOENT) => match here.parent() {
                Some(above) if above.as_os_str().is_empty() => here = Path::new("."),
                Some(above) => here = above,
                None => return Err(io::ErrorKind::NotFound.into()),
            },
            found => break found?,
        }
    };
    Ok(Room { all: found.f_blocks * found.f_frsize, free: found.f_bavail * found.f_frsize })
}

/// Makes a directory that only its owner looks into.
pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Writes a file for its owner alone, whole or not at all, and on the disk when it is there.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let half = path.with_extension("half");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// Makes what was renamed or removed in a directory last.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Makes a file that was written elsewhere last.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// SHA-256 of a file in hexadecimal, and its size.
pub(super) fn digest(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk)?;
        let Some(part) = chunk.get(..read).filter(|part| !part.is_empty()) else { break };
        hash.update(part);
        bytes += u64::try_from(read).unwrap_or(0);
    }
    Ok((hex::encode(hash.finalize()), bytes))
}

/// Removes a file; that it is not there is fine.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes what a process that was cut off left half.
pub(super) fn sweep(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".half-") || name.starts_with(".drill-") || name.ends_with(".half") {
            remove(&entry.path())?;
        }
    }
    Ok(())
}
