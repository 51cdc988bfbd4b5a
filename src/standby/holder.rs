//! The data of the node that follows: the log, the cities' files, and the position up to which they are whole.
//!
//! **Invariant:** without a position the log is void, and the files are of no use until pages were compared.
//! **Invariant:** before anybody opens a city's file to lead, everything is redone and synced and the log is gone.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file::{CityFile, FileError};
use super::frame::Frame;
use super::log::{Log, LogError};
use super::message::{Part, Whole};
use crate::archive::ltx;

/// Bytes of log after which the files are synced and the log begins anew.
const ROTATE: u64 = 64 << 20;

/// Why the data cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum HolderError {
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A city's file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something else on the disk.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The other node sent something that makes no sense now.
    #[error("city {0}: the leader sent what cannot be")]
    Nonsense(String),
}

/// Where a city's file lies.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// SQLite's log beside it.
    pub log: PathBuf,
    /// SQLite's index of that log.
    pub index: PathBuf,
}

/// Tells where the city with a code lies.
pub type Places = dyn Fn(&str) -> Place + Send;

/// Up to where the files are whole, apart from the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    epoch: u64,
    txid: u64,
    cities: BTreeMap<String, u64>,
}

/// The data of the node that follows.
pub struct Holder {
    dir: PathBuf,
    places: Box<Places>,
    log: Log,
    files: HashMap<String, CityFile>,
    position: Option<Position>,
    last: (u64, u64),
    /// Frames that came while pages are being replaced.
    waiting: Option<Vec<Frame>>,
    void: bool,
    /// The cities' files are from before this node had anything to do with the other one.
    foreign: bool,
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holder").field("position", &self.position).finish_non_exhaustive()
    }
}

impl Holder {
    /// Opens what lies in `dir`, and redoes the log into the cities' files. What cannot be redone is set aside: see [`Self::is_void`].
    pub fn open(dir: &Path, places: Box<Places>) -> Result<Self, HolderError> {
        let (mut frames, mut void) = (Vec::new(), false);
        let log = match Log::open(&dir.join("log"), |frame| frames.push(frame)) {
            Err(error @ LogError::Damaged { .. }) => {
                tracing::error!(%error, "the log is set aside");
                (frames, void) = (Vec::new(), true);
                set_aside_log(dir)?;
                Log::open(&dir.join("log"), |_| {})?
            }
            opened => opened?,
        };
        let position = read_position(&dir.join("position.json"))?.filter(|_| !void);
        let last = position.as_ref().map_or((0, 0), |position| (position.epoch, position.txid));
        let (dir, files) = (dir.to_owned(), HashMap::new());
        let mut holder =
            Self { dir, places, log, files, position, last, waiting: None, void, foreign: false };
        match holder.redo(frames) {
            Err(HolderError::File(error @ (FileError::Diverged { .. } | FileError::LogBeside { .. }))) => {
                tracing::error!(%error, "a file is not what it should be: the log is set aside");
                holder.void = true;
                set_aside_log(&holder.dir)?;
                holder.log = Log::open(&holder.dir.join("log"), |_| {})?;
                holder.doubt()?;
            }
            done => done?,
        }
        Ok(holder)
    }

    /// Whether what was held cannot be used: this node must not lead before it was compared with the other one.
    pub fn is_void(&self) -> bool {
        self.void
    }

    /// The cities' files were made by this node alone: they are set aside before the leader's pages come.
    pub fn keep_what_was_here(&mut self) {
        self.foreign = true;
    }

    fn redo(&mut self, frames: Vec<Frame>) -> Result<(), HolderError> {
        let Some(position) = self.position.clone() else { return self.doubt() };
        let mut by_city: BTreeMap<String, Vec<Frame>> =
            position.cities.keys().map(|city| (city.clone(), Vec::new())).collect();
        for frame in frames {
            self.last = (frame.epoch, frame.txid);
            if position.cities.get(&frame.city).is_some_and(|base| frame.commit_no > *base) {
                by_city.entry(frame.city.clone()).or_default().push(frame);
            }
        }
        for (city, frames) in by_city {
            let base = position.cities.get(&city).copied().unwrap_or(0);
            self.city(&city, None, base)?.redo_again(&frames)?;
        }
        Ok(())
    }

    /// The epoch and number of the last commit that is held, if the files are whole.
    pub fn held(&self) -> Option<(u64, u64)> {
        self.position.as_ref().map(|_| self.last)
    }

    /// Lets go of the position: something is not as the leader's.
    pub fn doubt(&mut self) -> Result<(), HolderError> {
        self.position = None;
        self.waiting = None;
        self.files.clear();
        let path = self.dir.join("position.json");
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(HolderError::Io { path, source });
            }
            _ => sync_dir(&self.dir)?,
        }
        Ok(self.log.forget()?)
    }

    /// Begins to replace pages: gives the checksums of what is there. What SQLite left is set aside.
    pub fn begin_pages(&mut self, cities: &[String]) -> Result<Vec<(String, u32, Vec<u64>)>, HolderError> {
        self.doubt()?;
        let mut sums = Vec::new();
        for city in cities {
            self.set_aside(city)?;
            let place = (self.places)(city);
            if let Some(page_size) = page_size_of(&place.file) {
                let table = self.city(city, Some(page_size), 0)?.table();
                sums.push((city.clone(), page_size, table.sums().to_vec()));
            }
        }
        self.foreign = false;
        self.waiting = Some(Vec::new());
        Ok(sums)
    }

    /// Puts pages of the leader's in place.
    pub fn pages(&mut self, part: &Part, ltx: &[u8]) -> Result<(), HolderError> {
        if self.waiting.is_none() {
            return Err(HolderError::Nonsense(part.city.clone()));
        }
        let mut changed = BTreeMap::new();
        let read = ltx::read(ltx, |_, number, page| {
            changed.insert(number, page.to_vec());
            Ok(())
        });
        let head = read.map_err(|_| HolderError::Nonsense(part.city.clone()))?;
        self.city(&part.city, Some(part.page_size), 0)?.place(&changed, head.pages)?;
        Ok(())
    }

    /// A city's pages are all there.
    pub fn city_done(&mut self, part: &Part, whole: Whole) -> Result<(), HolderError> {
        self.city(&part.city, Some(part.page_size), 0)?.complete(whole.pages, whole.commit_no, whole.sum)?;
        Ok(())
    }

    /// All cities are there; commits up to `txid` are in them. Gives the last commit that is held.
    pub fn pages_done(&mut self, epoch: u64, txid: u64) -> Result<Option<u64>, HolderError> {
        let waiting = self.waiting.take().ok_or_else(|| HolderError::Nonsense(String::new()))?;
        self.last = (epoch, txid);
        self.settle()?;
        self.frames(waiting)
    }

    /// Makes commits durable and puts them in place. Gives the last commit that is held; none while pages are being replaced.
    pub fn frames(&mut self, frames: Vec<Frame>) -> Result<Option<u64>, HolderError> {
        if let Some(waiting) = &mut self.waiting {
            waiting.extend(frames);
            return Ok(None);
        }
        let fresh: Vec<Frame> =
            frames.into_iter().filter(|frame| (frame.epoch, frame.txid) > self.last).collect();
        for (frame, expected) in fresh.iter().zip(self.last.1 + 1..) {
            if frame.txid != expected || frame.is_hole() || !self.files.contains_key(&frame.city) {
                return Err(HolderError::Nonsense(frame.city.clone()));
            }
        }
        if !fresh.is_empty() {
            self.log.append(&fresh)?;
        }
        for frame in &fresh {
            let file =
                self.files.get_mut(&frame.city).ok_or_else(|| HolderError::Nonsense(frame.city.clone()))?;
            file.redo(frame)?;
            self.last = (frame.epoch, frame.txid);
        }
        if self.log.bytes() > ROTATE {
            self.settle()?;
        }
        Ok(Some(self.last.1))
    }

    /// Everything into the files, and the log gone: the files may be opened by SQLite after that.
    pub fn lead(mut self) -> Result<(), HolderError> {
        for file in self.files.values() {
            file.sync()?;
        }
        self.doubt()
    }

    /// Syncs the files, writes down where they are, and begins the log anew.
    fn settle(&mut self) -> Result<(), HolderError> {
        for file in self.files.values() {
            file.sync()?;
        }
        let cities = self.files.iter().map(|(city, file)| (city.clone(), file.commit_no())).collect();
        let position = Position { epoch: self.last.0, txid: self.last.1, cities };
        write_position(&self.dir.join("position.json"), &position)?;
        self.position = Some(position);
        Ok(self.log.forget()?)
    }

    fn city(&mut self, city: &str, page_size: Option<u32>, base: u64) -> Result<&mut CityFile, HolderError> {
        match self.files.entry(city.to_owned()) {
            std::collections::hash_map::Entry::Occupied(open) => Ok(open.into_mut()),
            std::collections::hash_map::Entry::Vacant(free) => {
                let place = (self.places)(city);
                let page_size = page_size.or_else(|| page_size_of(&place.file));
                let page_size = page_size.ok_or_else(|| HolderError::Nonsense(city.to_owned()))?;
                if let Some(parent) = place.file.parent() {
                    fs::create_dir_all(parent)
                        .map_err(|source| HolderError::Io { path: parent.to_owned(), source })?;
                }
                Ok(free.insert(CityFile::open(&place.file, &place.log, page_size, base)?))
            }
        }
    }

    /// Keeps what SQLite left beside a city's file: it may hold commits that nobody acknowledged.
    fn set_aside(&self, city: &str) -> Result<(), HolderError> {
        let place = (self.places)(city);
        let quarantine = self.dir.join("quarantine");
        let file = self.foreign.then_some(&place.file);
        for log in [&place.log, &place.index].into_iter().chain(file).filter(|log| log.exists()) {
            let io = |source| HolderError::Io { path: log.clone(), source };
            fs::create_dir_all(&quarantine).map_err(io)?;
            let name = log.file_name().and_then(|name| name.to_str()).unwrap_or("log");
            let free = (0..).map(|number| quarantine.join(format!("{city}-{}-{number}-{name}", self.last.0)));
            let Some(target) = free.into_iter().find(|target| !target.exists()) else { continue };
            fs::rename(log, target).map_err(io)?;
            if let Some(parent) = log.parent() {
                sync_dir(parent)?;
            }
            sync_dir(&quarantine)?;
        }
        Ok(())
    }
}

/// Bytes of a page, as the head of a database says.
fn page_size_of(file: &Path) -> Option<u32> {
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
fn set_aside_log(dir: &Path) -> Result<(), HolderError> {
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

fn sync_dir(dir: &Path) -> Result<(), HolderError> {
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(|source| HolderError::Io { path: dir.to_owned(), source })
}

fn read_position(path: &Path) -> Result<Option<Position>, HolderError> {
    match fs::read(path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(HolderError::Io { path: path.to_owned(), source }),
        // What cannot be read is no position: the pages are compared.
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
    }
}

fn write_position(path: &Path, position: &Position) -> Result<(), HolderError> {
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
