//! The lock of `data_dir`: one process owns it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

/// Why the directory cannot be owned.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process owns it.
    #[error("data_dir = {path}: another madoguchi process owns this directory")]
    Owned {
        /// The directory.
        path: PathBuf,
    },
    /// It cannot be made or locked.
    #[error("data_dir = {path}: {source}")]
    Io {
        /// The directory, or the file in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The directory of the cities' files, owned while this value lives.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    lock: File,
}

impl DataDir {
    /// Makes the directory if need be and takes its lock.
    pub fn lock(path: &Path) -> Result<Self, LockError> {
        let io = |source| LockError::Io { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
        let file = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&file)
            .map_err(|source| LockError::Io { path: file.clone(), source })?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                // What an owner before us wrote is no longer so.
                lock.set_len(0).map_err(io)?;
                Ok(Self { path: path.to_owned(), lock })
            }
            Err(rustix::io::Errno::WOULDBLOCK) => Err(LockError::Owned { path: path.to_owned() }),
            Err(errno) => Err(LockError::Io { path: file, source: errno.into() }),
        }
    }

    /// Tells commands where the owner listens now.
    pub(super) fn listens_at(&self, socket: &Path) -> io::Result<()> {
        self.lock.set_len(0)?;
        self.lock.write_all_at(socket.as_os_str().as_encoded_bytes(), 0)
    }

    /// Where the present owner of `path` listens, if it does.
    pub(super) fn socket_of(path: &Path) -> Option<PathBuf> {
        let told = std::fs::read_to_string(path.join("lock")).ok()?;
        (!told.is_empty()).then(|| PathBuf::from(told))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_owner_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        let first = DataDir::lock(&path).unwrap();
        assert!(matches!(DataDir::lock(&path), Err(LockError::Owned { .. })));
        first.listens_at(Path::new("/run/somewhere/long/before")).unwrap();
        first.listens_at(Path::new("/run/somewhere")).unwrap();
        assert_eq!(DataDir::socket_of(&path).as_deref(), Some(Path::new("/run/somewhere")));
        drop(first);
        DataDir::lock(&path).unwrap();
        assert_eq!(DataDir::socket_of(&path), None, "a new owner does not listen there");
    }
}
