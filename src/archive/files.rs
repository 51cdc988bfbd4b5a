//! The files of a lineage on the disk: listed, written whole or not at all, and which lineage is the newest.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::ltx::{Head, Writer};
use crate::base::Moment;

/// The level of whole files.
pub(super) const WHOLE: u8 = 9;

const LATEST: &str = "LATEST";

/// Why the archive cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file or directory of it.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing was shipped.
    #[error("{dir}: nothing was archived for this city")]
    Nothing {
        /// The city's directory.
        dir: PathBuf,
    },
    /// Nothing reaches back so far.
    #[error("{dir}: the archive holds nothing at or before {wanted}")]
    TooEarly {
        /// The lineage.
        dir: PathBuf,
        /// What was asked for.
        wanted: String,
    },
    /// It does not reach so far.
    #[error("{dir}: the archive reaches commit {reached}, not {wanted}")]
    TooLate {
        /// The lineage.
        dir: PathBuf,
        /// The last commit in it.
        reached: u64,
        /// What was asked for.
        wanted: u64,
    },
    /// A file is missing in the middle.
    #[error(
        "{dir}: the files lead to commit {reached}, then some are missing, and the next begins with commit {next}"
    )]
    Hole {
        /// The lineage.
        dir: PathBuf,
        /// The last commit before the hole.
        reached: u64,
        /// The first one after it.
        next: u64,
    },
    /// The directory has too little room.
    #[error("archive.min_free_mb: {dir} has {free_mb} MB free, {need_mb} MB are needed")]
    NoRoom {
        /// The city's directory.
        dir: PathBuf,
        /// What is free.
        free_mb: u64,
        /// What must be left, and what the file needs.
        need_mb: u64,
    },
    /// The city's file could not be copied.
    #[error("the city's file could not be copied: {0}")]
    Copy(String),
}

impl ArchiveError {
    /// What happened and what to do, in Japanese.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoRoom { free_mb, need_mb, .. } => format!(
                "保管先の空きが足りません（空き {free_mb}MB、必要 {need_mb}MB）。空けるか広げると、ファイル全体から自動で送り直します"
            ),
            Self::Copy(why) => format!("データファイルの写しを取れませんでした（{why}）"),
            Self::Io { path, source } => format!(
                "保管先に書けません（{}: {source}）。ディスクや共有がつながっているか確かめてください",
                path.display()
            ),
            Self::Nothing { .. } | Self::TooEarly { .. } | Self::TooLate { .. } | Self::Hole { .. } => {
                format!("保管先のファイルが足りません（{self}）")
            }
        }
    }

    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// A file of a lineage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Number of its first commit.
    pub first: u64,
    /// Number of its last commit.
    pub last: u64,
    /// Its level.
    pub level: u8,
    /// Where it lies.
    pub path: PathBuf,
}

impl Listed {
    pub(super) fn head(&self) -> Result<Head, ArchiveError> {
        let wrong = |source| ArchiveError::Io { path: self.path.clone(), source };
        let mut file = BufReader::new(File::open(&self.path).map_err(wrong)?);
        Head::read(&mut file).map_err(wrong)
    }
}

/// The files of one level, in order.
pub fn levels(lineage: &Path, level: u8) -> Result<Vec<Listed>, ArchiveError> {
    let dir = level_dir(lineage, level);
    let wrong = |source| ArchiveError::Io { path: dir.clone(), source };
    let entries = match fs::read_dir(&dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(wrong)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(wrong)?.path();
        if let Some((first, last)) = path.file_name().and_then(|name| name.to_str()).and_then(numbers) {
            found.push(Listed { first, last, level, path });
        }
    }
    found.sort();
    Ok(found)
}

fn level_dir(lineage: &Path, level: u8) -> PathBuf {
    lineage.join("ltx").join(level.to_string())
}

fn numbers(name: &str) -> Option<(u64, u64)> {
    let (first, last) = name.strip_suffix(".ltx")?.split_once('-')?;
    let number = |text: &str| (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
    Some((number(first)?, number(last)?))
}

/// Writes a file of a lineage: whole, on the disk, dated as its last commit, and only then under its name.
pub(super) fn put(
    lineage: &Path,
    level: u8,
    head: Head,
    pages: impl FnOnce(&mut Writer<BufWriter<File>>) -> io::Result<()>,
) -> Result<PathBuf, ArchiveError> {
    let dir = level_dir(lineage, level);
    let name = dir.join(format!("{:016x}-{:016x}.ltx", head.first, head.last));
    let half = name.with_extension("ltx.tmp");
    let write = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
        let mut writer = Writer::new(BufWriter::new(file), head)?;
        pages(&mut writer)?;
        let file = writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        let at = Duration::from_millis(u64::try_from(head.at_ms).unwrap_or(0));
        file.set_modified(UNIX_EPOCH + at)?;
        file.sync_all()?;
        fs::rename(&half, &name)?;
        File::open(&dir)?.sync_all()
    };
    write().map_err(|source| {
        // What is half does not count, and the room is needed.
        let _ = fs::remove_file(&half);
        ArchiveError::Io { path: name.clone(), source }
    })?;
    Ok(name)
}

/// The newest lineage of a city, as `LATEST` names it.
pub fn newest_lineage(city: &Path) -> Result<Option<PathBuf>, ArchiveError> {
    let latest = city.join(LATEST);
    match fs::read_to_string(&latest) {
        Ok(name) => Ok(Some(city.join(name.trim()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ArchiveError::Io { path: latest, source }),
    }
}

/// When a lineage was begun, as its name says.
pub(super) fn begun(lineage: &Path) -> Option<Moment> {
    let name = lineage.file_name()?.to_str()?;
    let (id, millis) = name.split_once('-')?;
    let hex = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| millis.parse().ok().map(Moment::from_millis)).flatten()
}

/// The lineages of a city, oldest first; the last one is the one that `LATEST` names.
pub(super) fn lineages(city: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let Some(newest) = newest_lineage(city)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in fs::read_dir(city).map_err(ArchiveError::at(city))? {
        let path = entry.map_err(ArchiveError::at(city))?.path();
        if begun(&path).is_some() && path != newest && path.is_dir() {
            found.push(path);
        }
    }
    found.sort_by_key(|path| begun(path));
    found.push(newest);
    Ok(found)
}

/// The file of a lineage that reaches furthest; of several, the one of the lowest level, which knows the log.
pub(super) fn last_of(lineage: &Path) -> Result<Option<Listed>, ArchiveError> {
    let mut last: Option<Listed> = None;
    for level in [0, 1, 2, WHOLE] {
        if let Some(one) = levels(lineage, level)?.into_iter().max_by_key(|one| one.last)
            && last.as_ref().is_none_or(|last| one.last > last.last)
        {
            last = Some(one);
        }
    }
    Ok(last)
}

/// Names the newest lineage.
pub(super) fn set_latest(city: &Path, lineage: &Path) -> Result<(), ArchiveError> {
    let latest = city.join(LATEST);
    let name = lineage.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let write = || -> io::Result<()> {
        let half = city.join(".LATEST");
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
        io::Write::write_all(&mut file, format!("{name}\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&half, &latest)?;
        File::open(city)?.sync_all()
    };
    write().map_err(ArchiveError::at(&latest))
}
