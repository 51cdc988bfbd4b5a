//! What the node that follows does with files that are no city's: its position, its log as a whole, directories.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::holder::{HolderError, Position};

/// Whether the disk is full: that is a fault of the node, not of one file.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Bytes of a page, as the head of a database says.
pub(super) fn page_size_of(file: &Path) -> Option<u32> {
    let mut head = [0; 18];
    File::open(file).and_then(|mut file| file.read_exact(&mut head)).ok()?;
    let [.., high, low] = head;
    match u32::from(u16::from_be_bytes([high, low])) {
        1 => Some(65_536),
        size if size >= 512 && size.is_power_of_two() => Some(size),
        _ => None,
    }
}

/// Keeps a log that cannot be redone: it may be all that is left of what was acknowledged.
pub(super) fn set_aside_log(dir: &Path) -> Result<(), HolderError> {
    let io = |source| HolderError::Io { path: dir.to_owned(), source };
    let quarantine = dir.join("quarantine");
    fs::create_dir_all(&quarantine).map_err(io)?;
    let free = (0..1_000_000).map(|number| quarantine.join(format!("log-{number}")));
    if let Some(target) = free.into_iter().find(|target| !target.exists()) {
        fs::rename(dir.join("log"), target).map_err(io)?;
    }
    sync_dir(&quarantine)?;
    sync_dir(dir)
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn sync_dir(dir: &Path) -> Result<(), HolderError> {
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(|source| HolderError::Io { path: dir.to_owned(), source })
}

pub(super) fn read_position(path: &Path) -> Result<Option<Position>, HolderError> {
    match fs::read(path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(HolderError::Io { path: path.to_owned(), source }),
        // What cannot be read is no position: the pages are compared.
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
    }
}

pub(super) fn write_position(path: &Path, position: &Position) -> Result<(), HolderError> {
    let written = path.with_extension("tmp");
    let write = || -> io::Result<()> {
        let text = serde_json::to_vec(position)?;
        let mut file =
            OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&written)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&written, path)
    };
    write().map_err(|source| HolderError::Io { path: path.to_owned(), source })?;
    sync_dir(path.parent().unwrap_or(Path::new(".")))
}
