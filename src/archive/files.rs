//! The files of a lineage: listed, written whole or not at all, and which lineage is the newest.

use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use super::ltx::{Head, Writer};
use super::place::{Place, Sink};
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
    /// The store of it.
    #[error("{path}: {source}")]
    Store {
        /// Which object.
        path: PathBuf,
        /// What was said.
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
            Self::NoRoom { dir, free_mb, need_mb } => format!(
                "保管先の空きが足りません（{}、空き {free_mb}MB、必要 {need_mb}MB）。空けるか広げると、ファイル全体から自動で送り直します",
                dir.display()
            ),
            Self::Store { path, source } => format!(
                "保管先に書けません（{}: {source}）。保管先のサーバーにつながるか、バケットの名前と鍵が合っているかを確かめてください",
                path.display()
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Number of its first commit.
    pub first: u64,
    /// Number of its last commit.
    pub last: u64,
    /// Its level.
    pub level: u8,
    /// Where it lies.
    pub place: Place,
}

impl Listed {
    pub(super) fn head(&self) -> Result<Head, ArchiveError> {
        Head::read(&mut Cursor::new(self.place.start()?)).map_err(self.place.at())
    }
}

/// The files of one level, in order.
pub fn levels(lineage: &Place, level: u8) -> Result<Vec<Listed>, ArchiveError> {
    let dir = lineage.level(level);
    let names = dir.files()?;
    let listed = names.iter().filter_map(|name| {
        let (first, last) = numbers(name)?;
        Some(Listed { first, last, level, place: dir.join(name) })
    });
    let mut found: Vec<Listed> = listed.collect();
    found.sort_by_key(|one| (one.first, one.last));
    Ok(found)
}

fn numbers(name: &str) -> Option<(u64, u64)> {
    let (first, last) = name.strip_suffix(".ltx")?.split_once('-')?;
    let number = |text: &str| (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
    Some((number(first)?, number(last)?))
}

/// Writes a file of a lineage: whole, safe, dated as its last commit, and only then under its name.
pub(super) fn put(
    lineage: &Place,
    level: u8,
    head: Head,
    pages: impl FnOnce(&mut Writer<Sink>) -> io::Result<()>,
) -> Result<Place, ArchiveError> {
    let place = lineage.level(level).join(&format!("{:016x}-{:016x}.ltx", head.first, head.last));
    place.write(Moment::from_millis(head.at_ms), |sink| {
        let mut writer = Writer::new(sink, head)?;
        pages(&mut writer)?;
        writer.finish()
    })?;
    Ok(place)
}

/// The newest lineage of a city, as `LATEST` names it.
pub fn newest_lineage(city: &Place) -> Result<Option<Place>, ArchiveError> {
    Ok(city.join(LATEST).text()?.map(|name| city.join(name.trim())))
}

/// When a lineage was begun, as its name says.
pub(super) fn begun(lineage: &Place) -> Option<Moment> {
    let name = lineage.name();
    let (id, millis) = name.split_once('-')?;
    let hex = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| millis.parse().ok().map(Moment::from_millis)).flatten()
}

/// The lineages of a city, oldest first; the last one is the one that `LATEST` names.
pub(super) fn lineages(city: &Place) -> Result<Vec<Place>, ArchiveError> {
    let Some(newest) = newest_lineage(city)? else { return Ok(Vec::new()) };
    let all = city.dirs()?.into_iter().map(|name| city.join(&name));
    let mut found: Vec<Place> = all.filter(|one| begun(one).is_some() && *one != newest).collect();
    found.sort_by_key(begun);
    found.push(newest);
    Ok(found)
}

/// The file of a lineage that reaches furthest; of several, the one of the lowest level, which knows the log.
pub(super) fn last_of(lineage: &Place) -> Result<Option<Listed>, ArchiveError> {
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
pub(super) fn set_latest(city: &Place, lineage: &Place) -> Result<(), ArchiveError> {
    city.join(LATEST).set_text(&format!("{}\n", lineage.name()))
}
