//! The register as a file: one line of JSON and one with its digest.
//!
//! **Invariant:** the file is the old register or the new one, never a part; a damaged one is refused and left as it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::register::Register;

/// Why the register's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Its content is not what was written.
    #[error(
        "{path}: the register is damaged ({why}); keep the file, move it away, and write the register anew with `madoguchi arbiter init`"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It cannot be read or written; the old register is in force.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The new register is in place, and nobody knows whether it stays there over a power cut.
    #[error("{path}: written, but not certainly kept: {source}")]
    Unsure {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Where a register lies.
#[derive(Clone, Debug)]
pub struct RegisterFile(PathBuf);

impl RegisterFile {
    /// The register's file in this directory.
    pub fn in_dir(dir: &Path) -> Self {
        Self(dir.join("register.json"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What is written there; `None` when nothing was ever written.
    pub fn read(&self) -> Result<Option<Register>, StoreError> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(self.damaged("no text")),
            Err(source) => return Err(self.io(source)),
        };
        let (line, rest) = text.split_once('\n').ok_or_else(|| self.damaged("cut off"))?;
        if rest.trim_end() != digest(line) {
            return Err(self.damaged("its digest does not fit"));
        }
        serde_json::from_str(line).map(Some).map_err(|error| self.damaged(&error.to_string()))
    }

    /// Writes the register so that it outlives a power cut.
    pub fn write(&self, register: &Register) -> Result<(), StoreError> {
        let line = serde_json::to_string(register).map_err(|error| self.io(error.into()))?;
        let written = self.0.with_extension("tmp");
        prepare(&written, &line).map_err(|source| self.io(source))?;
        fs::rename(&written, &self.0).map_err(|source| self.io(source))?;
        let dir = self.0.parent().unwrap_or(Path::new("."));
        let kept = File::open(dir).and_then(|dir| dir.sync_all());
        kept.map_err(|source| StoreError::Unsure { path: self.0.clone(), source })
    }

    fn damaged(&self, why: &str) -> StoreError {
        StoreError::Damaged { path: self.0.clone(), why: why.to_owned() }
    }

    fn io(&self, source: io::Error) -> StoreError {
        StoreError::Io { path: self.0.clone(), source }
    }
}

fn prepare(written: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(written)?;
    file.write_all(format!("{line}\n{}\n", digest(line)).as_bytes())?;
    file.sync_all()
}

fn digest(line: &str) -> String {
    hex::encode(Sha256::digest(line.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_comes_back_as_it_was_written_and_a_damaged_one_never() {
        let dir = tempfile::tempdir().unwrap();
        let file = RegisterFile::in_dir(dir.path());
        assert!(file.read().unwrap().is_none());
        let register = Register::new("mihon", "node-a", 7, 3);
        file.write(&register).unwrap();
        file.write(&Register { version: 8, in_sync: true, ..register.clone() }).unwrap();
        assert_eq!(file.read().unwrap().unwrap(), Register { version: 8, in_sync: true, ..register });
        let path = dir.path().join("register.json");
        let good = fs::read(&path).unwrap();
        for at in [0, 20, good.len() - 10] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(matches!(file.read(), Err(StoreError::Damaged { .. })), "byte {at}");
        }
        for length in [0, 10, good.len() / 2] {
            fs::write(&path, &good[..length]).unwrap();
            assert!(matches!(file.read(), Err(StoreError::Damaged { .. })), "{length} bytes");
        }
    }
}
