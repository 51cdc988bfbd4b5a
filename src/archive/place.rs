//! A place in the archive: a directory on a disk, or what stands for one in a bucket.
//!
//! **Invariant:** a file is whole and safe before it has its name.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::bucket::{Bucket, Upload};
use super::files::ArchiveError;
use super::ltx::Head;
use crate::base::Moment;
use crate::config::ArchiveConfig;

/// A directory of the archive or a file in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a disk.
    Dir(PathBuf),
    /// In a bucket, under a key.
    Bucket(Bucket, String),
}

impl Place {
    /// Where the lineages of the city with this code lie; `None` when there is to be no archive.
    pub fn of(config: &ArchiveConfig, code: &str) -> Option<Self> {
        if let Some(dir) = &config.dir {
            return Some(Self::Dir(dir.join(code)));
        }
        let (_, prefix) = config.bucket()?;
        let key = if prefix.is_empty() { code.to_owned() } else { format!("{prefix}/{code}") };
        Some(Self::Bucket(Bucket::of(config)?, key))
    }

    /// As people write it: a path, or `s3://bucket/key`.
    pub fn shown(&self) -> PathBuf {
        match self {
            Self::Dir(path) => path.clone(),
            Self::Bucket(bucket, key) => PathBuf::from(bucket.url(key)),
        }
    }

    /// Where the whole file of a city may lie for a while: beside the archive, or beside the city's file in `data`.
    pub fn scratch<'a>(&'a self, data: &'a Path) -> &'a Path {
        match self {
            Self::Dir(path) => path,
            Self::Bucket(..) => data,
        }
    }

    pub(super) fn on_disk(&self) -> Option<&Path> {
        match self {
            Self::Dir(path) => Some(path),
            Self::Bucket(..) => None,
        }
    }

    pub(super) fn join(&self, name: &str) -> Self {
        match self {
            Self::Dir(path) => Self::Dir(path.join(name)),
            Self::Bucket(bucket, key) => bucket.place(format!("{key}/{name}")),
        }
    }

    /// The last part.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Dir(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Bucket(_, key) => key.rsplit('/').next().unwrap_or_default().to_owned(),
        }
    }

    /// Where the files of a level of this lineage lie, as the stock tool looks for them.
    pub(super) fn level(&self, level: u8) -> Self {
        match self {
            Self::Dir(path) => Self::Dir(path.join("ltx").join(level.to_string())),
            Self::Bucket(bucket, key) => bucket.place(format!("{key}/{level:04x}")),
        }
    }

    pub(super) fn at(&self) -> impl FnOnce(io::Error) -> ArchiveError {
        let (path, away) = (self.shown(), matches!(self, Self::Bucket(..)));
        move |source| {
            if away { ArchiveError::Store { path, source } } else { ArchiveError::Io { path, source } }
        }
    }

    /// Names of the files in it; none when it is not there.
    pub(super) fn files(&self) -> Result<Vec<String>, ArchiveError> {
        match self {
            Self::Dir(path) => entries(path, false).map_err(self.at()),
            Self::Bucket(bucket, key) => bucket.list(key).map(|(files, _)| files).map_err(self.at()),
        }
    }

    /// Names of the directories in it.
    pub(super) fn dirs(&self) -> Result<Vec<String>, ArchiveError> {
        match self {
            Self::Dir(path) => entries(path, true).map_err(self.at()),
            Self::Bucket(bucket, key) => bucket.list(key).map(|(_, dirs)| dirs).map_err(self.at()),
        }
    }

    /// Whether this file is there.
    pub(super) fn is_there(&self) -> Result<bool, ArchiveError> {
        match self {
            Self::Dir(path) => Ok(path.exists()),
            Self::Bucket(bucket, key) => bucket.is_there(key).map_err(self.at()),
        }
    }

    /// What stands in a small file; `None` without one.
    pub(super) fn text(&self) -> Result<Option<String>, ArchiveError> {
        let read = match self {
            Self::Dir(path) => fs::read_to_string(path),
            Self::Bucket(bucket, key) => bucket.get(key).and_then(|bytes| {
                String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
            }),
        };
        match read {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.at()(error)),
        }
    }

    /// Writes a small file anew: the former text stands there, or this one.
    pub(super) fn set_text(&self, text: &str) -> Result<(), ArchiveError> {
        let done = match self {
            Self::Dir(path) => set_text(path, text),
            Self::Bucket(bucket, key) => bucket.put(key, text.as_bytes().to_vec()),
        };
        done.map_err(self.at())
    }

    /// The head of this file, in bytes.
    pub(super) fn start(&self) -> Result<Vec<u8>, ArchiveError> {
        let read = match self {
            Self::Dir(path) => File::open(path).and_then(|file| {
                let mut bytes = Vec::new();
                file.take(Head::BYTES).read_to_end(&mut bytes).map(|_| bytes)
            }),
            Self::Bucket(bucket, key) => bucket.beginning(key),
        };
        read.map_err(self.at())
    }

    /// The file from its beginning; out of a bucket come so many bytes at a time.
    pub(super) fn open(&self, at_once: u64) -> Result<Box<dyn Read + Send>, ArchiveError> {
        match self {
            Self::Dir(path) => {
                let file = File::open(path).map_err(self.at())?;
                Ok(Box::new(BufReader::with_capacity(128 << 10, file)))
            }
            Self::Bucket(bucket, key) => {
                let reader = bucket.read(key, at_once).map_err(self.at())?;
                Ok(Box::new(BufReader::new(reader)))
            }
        }
    }

    /// Writes a file, dated as its last commit.
    pub(super) fn write(
        &self,
        at: Moment,
        fill: impl FnOnce(Sink) -> io::Result<Sink>,
    ) -> Result<(), ArchiveError> {
        let done = match self {
            Self::Dir(path) => write(path, at, fill),
            Self::Bucket(bucket, key) => {
                let upload = bucket.upload(key, at);
                upload.and_then(|upload| fill(Sink::Bucket(upload))).and_then(Sink::close).map(|_| ())
            }
        };
        done.map_err(self.at())
    }

    /// Removes a file; one that is not there is removed already.
    pub(super) fn remove(&self) -> Result<(), ArchiveError> {
        let done = match self {
            Self::Dir(path) => fs::remove_file(path),
            Self::Bucket(bucket, key) => bucket.remove(key),
        };
        match done {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.at()(error)),
            _ => Ok(()),
        }
    }

    /// Removes a lineage with all that lies in it.
    pub(super) fn remove_lineage(&self) -> Result<(), ArchiveError> {
        if let Self::Dir(path) = self {
            return fs::remove_dir_all(path).map_err(self.at());
        }
        for level in self.dirs()? {
            let level = self.join(&level);
            for file in level.files()? {
                level.join(&file).remove()?;
            }
        }
        Ok(())
    }
}

/// Tries the store of this configuration with a small object, and gives its place.
pub fn try_store(config: &ArchiveConfig) -> Result<String, ArchiveError> {
    let Some(place) = Place::of(config, "check") else { return Ok(String::new()) };
    let file = place.join("madoguchi");
    let at = Moment::from_millis(0);
    file.write(at, |mut sink| sink.write_all(b"madoguchi check").map(|()| sink))?;
    let told = file.text()?.is_some() && place.files()?.contains(&file.name());
    file.remove()?;
    if !told {
        let source = io::Error::other("what was written is not there");
        return Err(ArchiveError::Store { path: file.shown(), source });
    }
    Ok(place.shown().display().to_string())
}

/// Where a file of the archive is written to.
#[derive(Debug)]
pub(super) enum Sink {
    File(BufWriter<File>),
    Bucket(Upload),
}

impl Sink {
    /// All was written: gives the file on the disk, to be made safe.
    fn close(self) -> io::Result<Option<File>> {
        match self {
            Self::File(writer) => writer.into_inner().map(Some).map_err(io::IntoInnerError::into_error),
            Self::Bucket(upload) => upload.finish().map(|()| None),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(writer) => writer.write(bytes),
            Self::Bucket(upload) => upload.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(writer) => writer.flush(),
            Self::Bucket(upload) => upload.flush(),
        }
    }
}

fn entries(dir: &Path, directories: bool) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() == directories {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(found)
}

fn set_text(path: &Path, text: &str) -> io::Result<()> {
    let (dir, name) = (path.parent().unwrap_or(Path::new("/")), path.file_name().unwrap_or_default());
    let half = dir.join(format!(".{}", name.to_string_lossy()));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    File::open(dir)?.sync_all()
}

/// Writes a file on a disk: whole, safe, dated, and only then under its name.
fn write(path: &Path, at: Moment, pages: impl FnOnce(Sink) -> io::Result<Sink>) -> io::Result<()> {
    let (dir, half) = (path.parent().unwrap_or(Path::new("/")), path.with_extension("ltx.tmp"));
    let whole = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
        if let Some(file) = pages(Sink::File(BufWriter::new(file)))?.close()? {
            let at = Duration::from_millis(u64::try_from(at.millis()).unwrap_or(0));
            file.set_modified(UNIX_EPOCH + at)?;
            file.sync_all()?;
        }
        fs::rename(&half, path)?;
        File::open(dir)?.sync_all()
    };
    whole().inspect_err(|_| {
        // What is half does not count, and the room is needed.
        let _ = fs::remove_file(&half);
    })
}
