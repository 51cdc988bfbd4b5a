//! The data of the node that follows: the log, the cities' files, and the position up to which they are whole.
//!
//! **Invariant:** without a position the log is void, and the files are of no use until pages were compared.
//! **Invariant:** before anybody opens a city's file to lead, everything is redone and synced and the log is gone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{is_full, page_size_of, read_position, remove, set_aside_log, sync_dir, write_position};
use super::file::{CityFile, FileError, Table};
use super::frame::Frame;
use super::log::{Log, LogError};
use super::marks::Marks;
use super::message::{Part, Whole};
use super::report::Why;
use super::tables;
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
pub(super) struct Position {
    epoch: u64,
    txid: u64,
    cities: BTreeMap<String, Stand>,
    /// Cities whose commits were left out.
    without: BTreeSet<String>,
}

/// Which file of a city is held, and its last commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stand {
    commit_no: u64,
    file_id: String,
}

/// What the node that follows knows of a city's file when it begins to lead.
#[derive(Clone, Debug)]
pub struct Inherited {
    /// The checksums of its pages.
    pub table: Table,
    /// Its last commit.
    pub commit_no: u64,
    /// Its id.
    pub file_id: String,
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
    /// Cities whose commits are passed over.
    left_out: BTreeSet<String>,
    /// Cities that cannot be gone on with since this was asked last.
    failed: BTreeMap<String, Why>,
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
        let left_out = position.as_ref().map(|position| position.without.clone()).unwrap_or_default();
        let (waiting, failed) = (None, BTreeMap::new());
        let mut holder = Self { dir, places, log, files, position, last, waiting, void, left_out, failed };
        let known = tables::take(&holder.dir, holder.last).map_err(|source| holder.io(source))?;
        holder.redo(frames, known)?;
        Ok(holder)
    }

    /// Whether what was held cannot be used: this node must not lead before it was compared with the other one.
    pub fn is_void(&self) -> bool {
        self.void
    }

    fn redo(
        &mut self,
        frames: Vec<Frame>,
        mut known: BTreeMap<String, (u64, Table)>,
    ) -> Result<(), HolderError> {
        let Some(position) = self.position.clone() else { return self.doubt() };
        if !frames.is_empty() {
            known.clear();
        }
        let mut by_city: BTreeMap<String, Vec<Frame>> =
            position.cities.keys().map(|city| (city.clone(), Vec::new())).collect();
        for frame in frames {
            self.last = (frame.epoch, frame.txid);
            if position.cities.get(&frame.city).is_some_and(|stand| frame.commit_no > stand.commit_no) {
                by_city.entry(frame.city.clone()).or_default().push(frame);
            }
        }
        for (city, frames) in by_city {
            let stand = position.cities.get(&city).cloned().unwrap_or_default();
            let table = known.remove(&city).filter(|(commit_no, _)| *commit_no == stand.commit_no);
            let done = self.redo_city(&city, &stand, table.map(|(_, table)| table), &frames);
            self.or_leave_out(&city, done)?;
        }
        if self.failed.is_empty() {
            return Ok(());
        }
        // What cannot be redone may be all that is left of what was acknowledged.
        set_aside_log(&self.dir)?;
        self.log = Log::open(&self.dir.join("log"), |_| {})?;
        self.settle()
    }

    fn redo_city(
        &mut self,
        city: &str,
        stand: &Stand,
        table: Option<Table>,
        frames: &[Frame],
    ) -> Result<(), HolderError> {
        if let Some(table) = table {
            let place = (self.places)(city);
            let file = CityFile::open_known(&place.file, &place.log, stand.commit_no, table)?;
            self.files.insert(city.to_owned(), file);
        }
        let file = self.city(city, None, stand.commit_no)?;
        file.name(&stand.file_id);
        Ok(file.redo_again(frames)?)
    }

    /// Cities whose commits were left out of what is held.
    pub fn without(&self) -> &BTreeSet<String> {
        &self.left_out
    }

    /// The id of the city's file, where the leader told it.
    pub fn file_id(&self, city: &str) -> Option<&str> {
        self.files.get(city).map(CityFile::file_id).filter(|id| !id.is_empty())
    }

    /// The cities that cannot be gone on with since this was asked last. What is held is whole but for them.
    pub fn take_failed(&mut self) -> BTreeMap<String, Why> {
        std::mem::take(&mut self.failed)
    }

    /// From now on the commits of these cities are passed over, also after a restart.
    pub fn leave_out(&mut self, cities: &BTreeSet<String>) -> Result<(), HolderError> {
        if cities.is_subset(&self.left_out) {
            return Ok(());
        }
        self.left_out.extend(cities.iter().cloned());
        self.files.retain(|city, _| !cities.contains(city));
        if self.position.is_some() { self.settle() } else { Ok(()) }
    }

    /// The epoch and number of the last commit that is held, if the files are whole.
    pub fn held(&self) -> Option<(u64, u64)> {
        self.position.as_ref().map(|_| self.last)
    }

    /// Lets go of the position: something is not as the leader's. What is known of the cities' pages stays.
    pub fn doubt(&mut self) -> Result<(), HolderError> {
        for file in self.files.values_mut() {
            file.sync()?;
        }
        self.position = None;
        self.waiting = None;
        let path = self.dir.join("position.json");
        remove(&path).map_err(|source| HolderError::Io { path, source })?;
        sync_dir(&self.dir)?;
        Ok(self.log.forget()?)
    }

    /// Forgets what is known of the cities' pages: the files are read again before they are compared.
    pub fn forget_pages(&mut self) {
        self.files.clear();
    }

    /// Begins to replace the pages of all cities but those that are left out: gives the checksums of what is there. What SQLite
    /// left is set aside, and whole files where the marks say so.
    pub fn begin_pages(
        &mut self,
        cities: &[String],
        left_out: BTreeSet<String>,
        marks: &mut Marks,
    ) -> Result<Vec<(String, u32, Vec<u64>)>, HolderError> {
        self.doubt()?;
        self.files.retain(|city, _| cities.contains(city) && !left_out.contains(city));
        self.left_out = left_out;
        let mut sums = Vec::new();
        for city in cities {
            if self.left_out.contains(city) {
                continue;
            }
            let whole = marks.guarded().contains(city);
            self.set_aside(city, whole)?;
            if whole {
                self.files.remove(city);
                marks.release(city).map_err(|source| self.io(source))?;
            }
            let place = (self.places)(city);
            if let Some(page_size) = page_size_of(&place.file) {
                let found = self.city(city, Some(page_size), 0).map(|file| file.table().sums().to_vec());
                match found {
                    Ok(found) => sums.push((city.clone(), page_size, found)),
                    Err(error) => self.or_leave_out(city, Err(error))?,
                }
            }
        }
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
        if self.left_out.contains(&part.city) {
            return Ok(());
        }
        let placed = self
            .city(&part.city, Some(part.page_size), 0)
            .and_then(|file| Ok(file.place(&changed, head.pages)?));
        self.or_leave_out(&part.city, placed)
    }

    /// A city's pages are all there.
    pub fn city_done(&mut self, part: &Part, whole: &Whole) -> Result<(), HolderError> {
        if self.left_out.contains(&part.city) {
            return Ok(());
        }
        let done = self.city(&part.city, Some(part.page_size), 0).and_then(|file| {
            file.name(&whole.file_id);
            Ok(file.complete(whole.pages, whole.commit_no, whole.sum)?)
        });
        self.or_leave_out(&part.city, done)
    }

    /// All cities are there; commits up to `txid` are in them. Gives the last commit that is held.
    pub fn pages_done(&mut self, epoch: u64, txid: u64) -> Result<Option<u64>, HolderError> {
        let waiting = self.waiting.take().ok_or_else(|| HolderError::Nonsense(String::new()))?;
        self.last = (epoch, txid);
        self.settle()?;
        self.frames(waiting)
    }

    /// Makes commits durable and puts them in place. Gives the last commit that is held; none while pages are being replaced.
    ///
    /// A city whose file cannot be gone on with is left out from there on: see [`Self::take_failed`], before anything is told.
    pub fn frames(&mut self, frames: Vec<Frame>) -> Result<Option<u64>, HolderError> {
        if let Some(waiting) = &mut self.waiting {
            waiting.extend(frames);
            return Ok(None);
        }
        let mut fresh: Vec<Frame> =
            frames.into_iter().filter(|frame| (frame.epoch, frame.txid) > self.last).collect();
        for (frame, expected) in fresh.iter_mut().zip(self.last.1 + 1..) {
            let out = self.left_out.contains(&frame.city);
            if frame.txid != expected || !out && (frame.is_hole() || !self.files.contains_key(&frame.city)) {
                return Err(HolderError::Nonsense(frame.city.clone()));
            }
            if out {
                // Its place in the line is kept; what it changed is nobody's business here.
                frame.ltx.clear();
            }
        }
        if !fresh.is_empty() {
            self.log.append(&fresh)?;
        }
        for frame in &fresh {
            if !self.left_out.contains(&frame.city) {
                let file = self.files.get_mut(&frame.city);
                let file = file.ok_or_else(|| HolderError::Nonsense(frame.city.clone()))?;
                let redone = file.redo(frame).map_err(HolderError::from);
                self.or_leave_out(&frame.city, redone)?;
            }
            self.last = (frame.epoch, frame.txid);
        }
        if self.log.bytes() > ROTATE || !self.failed.is_empty() {
            self.settle()?;
        }
        Ok(Some(self.last.1))
    }

    /// A fault of one city's file leaves that city out, and no other.
    fn or_leave_out(&mut self, city: &str, done: Result<(), HolderError>) -> Result<(), HolderError> {
        let why = match done {
            Err(HolderError::File(FileError::Diverged { path, diverged })) => {
                tracing::error!(path = %path.display(), %diverged, "a city's file is not the leader's: it is left out");
                Why::Diverges
            }
            Err(HolderError::File(error @ FileError::LogBeside { .. })) => {
                tracing::error!(%error, "the city is left out");
                Why::Diverges
            }
            Err(HolderError::File(FileError::Io { path, source })) if !is_full(&source) => {
                tracing::error!(path = %path.display(), %source, "a city's file cannot be written: it is left out");
                Why::CannotWrite(source.to_string())
            }
            done => return done,
        };
        self.files.remove(city);
        self.left_out.insert(city.to_owned());
        self.failed.insert(city.to_owned(), why);
        Ok(())
    }

    /// Everything into the files, and the log gone: the files may be opened by SQLite after that. Gives what is known of them.
    pub fn lead(mut self) -> Result<HashMap<String, Inherited>, HolderError> {
        let whole = self.position.is_some();
        self.doubt()?;
        let files = self.files.into_iter().filter(|_| whole);
        let inherited = files.map(|(city, file)| {
            let (commit_no, file_id) = (file.commit_no(), file.file_id().to_owned());
            (city, Inherited { table: file.into_table(), commit_no, file_id })
        });
        Ok(inherited.collect())
    }

    /// Ends cleanly: the next start need not read the files.
    pub fn rest(mut self) -> Result<(), HolderError> {
        if self.position.is_none() || self.waiting.is_some() {
            return Ok(());
        }
        self.settle()?;
        let all = self.files.iter().map(|(city, file)| (city.as_str(), file.commit_no(), file.table()));
        tables::write(&self.dir, self.last, all).map_err(|source| self.io(source))
    }

    /// Syncs the files, writes down where they are, and begins the log anew.
    fn settle(&mut self) -> Result<(), HolderError> {
        for file in self.files.values_mut() {
            file.sync()?;
        }
        let stand =
            |file: &CityFile| Stand { commit_no: file.commit_no(), file_id: file.file_id().to_owned() };
        let cities = self.files.iter().map(|(city, file)| (city.clone(), stand(file))).collect();
        let without = self.left_out.clone();
        let position = Position { epoch: self.last.0, txid: self.last.1, cities, without };
        write_position(&self.dir.join("position.json"), &position)?;
        self.position = Some(position);
        Ok(self.log.forget()?)
    }

    fn io(&self, source: io::Error) -> HolderError {
        HolderError::Io { path: self.dir.clone(), source }
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
    fn set_aside(&self, city: &str, whole: bool) -> Result<(), HolderError> {
        let place = (self.places)(city);
        if !whole && fs::metadata(&place.log).is_ok_and(|log| log.len() == 0) {
            // An empty log holds nothing, and an index without a log neither.
            for empty in [&place.index, &place.log] {
                remove(empty).map_err(|source| HolderError::Io { path: empty.clone(), source })?;
            }
        }
        let quarantine = self.dir.join("quarantine");
        let file = whole.then_some(&place.file);
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
