//! What a node keeps over a restart: the newest epoch that it knows, and whether its files are of no use.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::holder::HolderError;
use crate::arbiter::Saved;

/// Where it is kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Kept {
    path: PathBuf,
    saved: Saved,
}

impl Kept {
    /// Reads what is kept in this directory, which is made if need be. What cannot be read stops the node: an epoch that is
    /// forgotten could let it follow a leader that is none any more.
    pub fn open(dir: &Path) -> Result<Self, HolderError> {
        let path = dir.join("node.json");
        let io = |source| HolderError::Io { path: path.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
        let saved = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Saved::default(),
            Err(source) => return Err(io(source)),
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| io(error.into()))?,
        };
        Ok(Self { path, saved })
    }

    /// Whether something is kept in this directory.
    pub fn is_in(dir: &Path) -> bool {
        dir.join("node.json").exists()
    }

    /// What was kept when it was opened.
    pub fn read(&self) -> Saved {
        self.saved
    }

    /// Keeps this, so that it outlives a power cut.
    pub fn write(&self, saved: Saved) -> io::Result<()> {
        let written = self.path.with_extension("tmp");
        let text = serde_json::to_vec(&saved)?;
        let mut file =
            OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&written)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&written, &self.path)?;
        File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}
