//! What a node keeps about single cities over a restart: which files people accepted, and which are kept before anything is
//! written over them.
//!
//! **Invariant:** a file that may be the only one of its kind is named here before the first byte of it can be written over, and is
//! named until it lies in quarantine; so it is kept wherever a crash comes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The marks, in their file.
#[derive(Debug, Default)]
pub struct Marks {
    path: PathBuf,
    kept: Kept,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// Cities with the id of the file that is the true one although the other node may have another.
    accepted: BTreeMap<String, String>,
    /// Cities whose file is set aside whole before the leader's pages come.
    guarded: BTreeSet<String>,
}

impl Marks {
    /// Reads the marks in this directory.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let path = dir.join("cities.json");
        let kept = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(error),
            Ok(bytes) => serde_json::from_slice(&bytes)?,
        };
        Ok(Self { path, kept })
    }

    /// Whether people have said that the file with this id is the city's.
    pub fn is_accepted(&self, city: &str, file_id: &str) -> bool {
        self.kept.accepted.get(city).is_some_and(|accepted| accepted == file_id)
    }

    /// The file with this id is the city's.
    pub fn accept(&mut self, city: &str, file_id: &str) -> io::Result<()> {
        self.change(|kept| {
            kept.accepted.insert(city.to_owned(), file_id.to_owned());
        })
    }

    /// The cities whose file is set aside whole before it is written over.
    pub fn guarded(&self) -> &BTreeSet<String> {
        &self.kept.guarded
    }

    /// The files of these cities are set aside whole before they are written over.
    pub fn guard(&mut self, cities: impl IntoIterator<Item = String>) -> io::Result<()> {
        self.change(|kept| kept.guarded.extend(cities))
    }

    /// The file of this city lies in quarantine, or there was none.
    pub fn release(&mut self, city: &str) -> io::Result<()> {
        self.change(|kept| {
            kept.guarded.remove(city);
        })
    }

    /// This node's files are the true ones: none is set aside any more.
    pub fn release_all(&mut self) -> io::Result<()> {
        self.change(|kept| kept.guarded.clear())
    }

    fn change(&mut self, change: impl FnOnce(&mut Kept)) -> io::Result<()> {
        let mut kept = self.kept.clone();
        change(&mut kept);
        if kept == self.kept {
            return Ok(());
        }
        let written = self.path.with_extension("tmp");
        let mut file =
            OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&written)?;
        file.write_all(&serde_json::to_vec(&kept)?)?;
        file.sync_all()?;
        fs::rename(&written, &self.path)?;
        File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
        self.kept = kept;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_said_and_what_is_to_be_kept_outlive_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mut marks = Marks::open(dir.path()).unwrap();
        marks.accept("999999", "one").unwrap();
        marks.guard(["999999".to_owned(), "999998".to_owned()]).unwrap();
        marks.release("999998").unwrap();
        let marks = Marks::open(dir.path()).unwrap();
        assert!(marks.is_accepted("999999", "one") && !marks.is_accepted("999999", "other"));
        assert!(!marks.is_accepted("999998", "one"));
        assert_eq!(marks.guarded(), &BTreeSet::from(["999999".to_owned()]));
        std::fs::write(dir.path().join("cities.json"), "{").unwrap();
        assert!(Marks::open(dir.path()).is_err(), "what cannot be read is not taken for nothing");
    }
}
