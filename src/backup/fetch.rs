//! Getting a copy back out of the directory: found, compared with its digest, opened, looked into.

use std::path::{Path, PathBuf};

use super::record::{Record, records};
use super::{dir_of, drill, files, seal};
use crate::archive::{self, Place, Target};
use crate::base::Moment;
use crate::config::{ArchiveConfig, BackupConfig};
use crate::db::Inspected;

/// Which copy is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The newest that nothing is wrong with.
    Newest,
    /// The one of this name in the city's directory.
    Named(String),
    /// A file anywhere; one that ends in `.age` is encrypted.
    File(PathBuf),
    /// What the archive holds of the city, up to there.
    Archive(Target),
}

/// Why no copy was given back. Nothing was left behind.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is none.
    #[error("{dir}: no good copy of municipality {code}")]
    None {
        /// Where it was looked for.
        dir: PathBuf,
        /// Whose.
        code: String,
    },
    /// There is none of this name.
    #[error("{dir}: no copy named {name}; `madoguchi backup list` shows them")]
    Unknown {
        /// Where it was looked for.
        dir: PathBuf,
        /// The name.
        name: String,
    },
    /// Something lies where it was to go.
    #[error("{path}: exists already; a restore never writes over a file")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It is not what was written down of it.
    #[error("{path}: SHA-256 differs from what was written down; the copy was changed or is damaged")]
    Digest {
        /// The file.
        path: PathBuf,
    },
    /// It is encrypted and cannot be opened.
    #[error("{path}: {why}")]
    Sealed {
        /// The file.
        path: PathBuf,
        /// What was said.
        why: String,
    },
    /// It is not sound, or another city's.
    #[error("{path}: {}", wrong.join("; "))]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What was found.
        wrong: Vec<String>,
    },
    /// The archive does not give it.
    #[error(transparent)]
    Archive(#[from] archive::ArchiveError),
    /// There is no archive.
    #[error("archive.dir, archive.url: nothing is configured, so there is no archive to restore from")]
    NoArchive,
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A copy that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its file.
    pub path: PathBuf,
    /// What was written down of it, if it lies in the city's directory.
    pub record: Option<Record>,
    /// The city's place in the archive, and up to where, when it comes out of there.
    pub archived: Option<(Place, Target)>,
}

/// Finds a copy of the city with this code.
pub fn find(
    (config, archive): (&BackupConfig, &ArchiveConfig),
    code: &str,
    source: &Source,
) -> Result<Found, FetchError> {
    let dir = dir_of(&config.dir, code);
    let name = match source {
        Source::File(path) => return Ok(Found { path: path.clone(), record: None, archived: None }),
        Source::Archive(target) => {
            let place = Place::of(archive, code).ok_or(FetchError::NoArchive)?;
            return Ok(Found { path: place.shown(), record: None, archived: Some((place, *target)) });
        }
        Source::Named(name) => Some(name),
        Source::Newest => None,
    };
    let all = records(&dir).map_err(|source| FetchError::Io { path: dir.clone(), source })?;
    let mut copies = all.into_iter().filter(|one| one.copy.is_some());
    let record = copies.find(|one| name.map_or_else(|| one.is_good(), |name| one.name == *name));
    let none = || match name {
        Some(name) => FetchError::Unknown { dir: dir.clone(), name: name.clone() },
        None => FetchError::None { dir: dir.clone(), code: code.to_owned() },
    };
    let record = record.ok_or_else(none)?;
    let file = record.copy.as_ref().map(|copied| copied.file.clone()).unwrap_or_default();
    Ok(Found { path: dir.join(file), record: Some(record), archived: None })
}

/// Writes the plain, sound file of a copy to `target`, where nothing may lie. `identity` names another private key than the
/// configuration does.
///
/// Spec: 8(1)②.
pub fn fetch(
    config: &BackupConfig,
    code: &str,
    found: &Found,
    identity: Option<&Path>,
    (target, now): (&Path, Moment),
) -> Result<Inspected, FetchError> {
    if target.exists() {
        return Err(FetchError::Exists { path: target.to_owned() });
    }
    let done = write(config, code, found, identity, (target, now));
    if done.is_err() {
        // What was half written is of no use, and the reason above matters more than this.
        let _ = files::remove(target);
    }
    done
}

fn write(
    config: &BackupConfig,
    code: &str,
    found: &Found,
    identity: Option<&Path>,
    (target, now): (&Path, Moment),
) -> Result<Inspected, FetchError> {
    let from = &found.path;
    let io = |source| FetchError::Io { path: from.clone(), source };
    if let Some(copied) = found.record.as_ref().and_then(|record| record.copy.as_ref()) {
        let (sha256, _) = files::digest(from).map_err(io)?;
        if sha256 != copied.sha256 {
            return Err(FetchError::Digest { path: from.clone() });
        }
    }
    if let Some((place, wanted)) = &found.archived {
        archive::rebuild(place, *wanted, target)?;
    } else if from.extension().is_some_and(|end| end == "age") {
        let sealed = |why: String| FetchError::Sealed { path: from.clone(), why };
        let key = identity.or(config.age_identity_file.as_deref());
        let key = key.ok_or_else(|| {
            sealed(
                "the copy is encrypted: name the private key by --identity or backup.age_identity_file"
                    .into(),
            )
        })?;
        seal::open(from, target, key).map_err(|error| sealed(error.0))?;
    } else {
        std::fs::copy(from, target).map_err(io)?;
        files::sync(target).map_err(io)?;
    }
    drill::prove_file(target, code, now).map_err(|wrong| FetchError::Unsound { path: from.clone(), wrong })
}
