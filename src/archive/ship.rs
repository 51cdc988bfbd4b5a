//! Shipping one city: what its writer picked up becomes a file a second; the whole file when frames were lost, and once a day.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::{ArchiveError, Listed, WHOLE, levels, newest_lineage, put, set_latest};
use super::ltx::Head;
use super::{compact, dir_of};
use crate::base::Moment;
use crate::config::ArchiveConfig;
use crate::db::{self, Batch, Frames, LogPlace};

/// A whole file is due after this.
const DAY: Duration = Duration::from_hours(24);

/// The archive of one city.
#[derive(Clone, Debug)]
pub struct Shipper {
    /// The city's directory in the archive.
    city: PathBuf,
    /// The city's file.
    file: PathBuf,
    config: ArchiveConfig,
}

/// What a round did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Number of the last commit in the archive.
    pub commit_no: u64,
    /// Its moment.
    pub at: Moment,
    /// Whether the whole file was shipped.
    pub whole: bool,
}

impl Shipper {
    /// The archive of the city with this code, whose file lies at `file`; `None` when there is to be no archive.
    pub fn of(config: &ArchiveConfig, code: &str, file: &Path) -> Option<Self> {
        let dir = config.dir.as_ref()?;
        Some(Self { city: dir_of(dir, code), file: file.to_owned(), config: config.clone() })
    }

    /// Up to where the log of the file with this id was shipped, so that a new process goes on from there.
    pub fn place(&self, file_id: &str) -> Option<LogPlace> {
        let lineage = newest_lineage(&self.city).ok()??;
        if !is_of(&lineage, file_id) {
            return None;
        }
        let last = last_of(&lineage).ok()??;
        let head = last.head().ok()?;
        Some(LogPlace {
            salts: (head.log.2, head.log.3),
            end: head.log.0 + head.log.1,
            commit_no: head.last,
            pages: head.pages,
        })
    }

    /// The number of the last commit in the newest lineage.
    pub fn reached(&self) -> Option<u64> {
        let lineage = newest_lineage(&self.city).ok()??;
        last_of(&lineage).ok()?.map(|last| last.last)
    }

    /// Ships what waits. What could not be written waits on; without room it is dropped, and the whole file is due then.
    ///
    /// Spec: 10(4).
    pub fn ship(&self, frames: &Frames, file_id: &str, now: Moment) -> Result<Option<Shipped>, ArchiveError> {
        let Some(batch) = frames.take() else { return Ok(None) };
        if let Err(error) = self.guard() {
            frames.drop_waiting();
            return Err(error);
        }
        let lineage = match self.lineage(file_id) {
            Ok(lineage) => lineage,
            Err(error) => {
                frames.give_back(batch);
                return Err(error);
            }
        };
        let last = lineage.as_deref().map(last_of).transpose();
        let shipped = last.and_then(|last| match (lineage, last.flatten()) {
            (Some(lineage), Some(last)) if !batch.lost => changes(&lineage, &last, &batch),
            (lineage, last) => self.whole(lineage, last.map_or(0, |last| last.last), file_id, now).map(Some),
        });
        if shipped.is_err() {
            frames.give_back(batch);
        }
        shipped
    }

    /// What is due from time to time: small files made one, a whole file a day, what is over thrown away.
    pub fn tidy(&self, file_id: &str, now: Moment) -> Result<(), ArchiveError> {
        let Some(lineage) = self.lineage(file_id)? else { return Ok(()) };
        compact::compact(&lineage, now)?;
        let last = levels(&lineage, WHOLE)?.pop();
        if let Some(last) = last
            && now.since(Moment::from_millis(last.head()?.at_ms)) >= DAY
            && last_of(&lineage)?.is_some_and(|newest| newest.last > last.last)
        {
            self.guard()?;
            self.snapshot(&lineage)?;
        }
        let hours = |hours: u16| Duration::from_hours(u64::from(hours));
        compact::retire(
            &lineage,
            now,
            hours(self.config.fine_hours),
            hours(24) * u32::from(self.config.keep_days),
        )
    }

    fn guard(&self) -> Result<(), ArchiveError> {
        let dir = &self.city;
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(ArchiveError::at(dir))?;
        let room = rustix::fs::statvfs(dir).map_err(|errno| ArchiveError::at(dir)(errno.into()))?;
        if (room.f_bavail * room.f_frsize) >> 20 < self.config.min_free_mb {
            let full = io::Error::new(io::ErrorKind::StorageFull, "less than archive.min_free_mb is free");
            return Err(ArchiveError::at(dir)(full));
        }
        Ok(())
    }

    /// The lineage of the file with this id, if it is the newest one.
    fn lineage(&self, file_id: &str) -> Result<Option<PathBuf>, ArchiveError> {
        Ok(newest_lineage(&self.city)?.filter(|lineage| is_of(lineage, file_id)))
    }

    /// The whole file, in the lineage where it leads on from commit `after`, else as the beginning of a new one.
    fn whole(
        &self,
        lineage: Option<PathBuf>,
        after: u64,
        file_id: &str,
        now: Moment,
    ) -> Result<Shipped, ArchiveError> {
        let image = Image::of(&self.file, &self.city)?;
        let leads_on = lineage.filter(|_| after > 0 && image.commit_no >= after);
        let Some(lineage) = leads_on else {
            let name = format!("{}-{}", file_id.get(..16).unwrap_or(file_id), now.millis());
            let fresh = self.city.join(name);
            image.put(&fresh, WHOLE, 1)?;
            set_latest(&self.city, &fresh)?;
            return Ok(image.shipped());
        };
        if image.commit_no > after {
            image.put(&lineage, 0, after + 1)?;
        }
        Ok(image.shipped())
    }

    fn snapshot(&self, lineage: &Path) -> Result<(), ArchiveError> {
        let image = Image::of(&self.file, &self.city)?;
        // A whole file newer than what leads up to it would leave moments between them that nobody can go back to.
        if last_of(lineage)?.is_some_and(|last| last.last < image.commit_no) {
            return Ok(());
        }
        image.put(lineage, WHOLE, 1)?;
        Ok(())
    }
}

/// Pages that changed since `last`.
fn changes(lineage: &Path, last: &Listed, batch: &Batch) -> Result<Option<Shipped>, ArchiveError> {
    let place = batch.place;
    // All of it is in a whole file that was shipped meanwhile.
    if place.commit_no <= last.last {
        return Ok(None);
    }
    let before = last.head()?;
    let length = usize::try_from(before.page_size).unwrap_or(0);
    let (at, blank) = (batch.at.unwrap_or(Moment::from_millis(before.at_ms)), vec![0; length]);
    let at = at.max(Moment::from_millis(before.at_ms));
    let head = Head {
        page_size: before.page_size,
        pages: place.pages,
        first: last.last + 1,
        last: place.commit_no,
        at_ms: at.millis(),
        log: (batch.from, place.end.saturating_sub(batch.from), place.salts.0, place.salts.1),
    };
    put(lineage, 0, head, |writer| {
        let grown = before.pages + 1..=place.pages;
        // A page that the file grew by and that no frame has was never written: its content means nothing, its place does.
        let unwritten =
            grown.filter(|number| !batch.pages.contains_key(number)).map(|number| (number, &blank));
        let mut all: Vec<(u32, &Vec<u8>)> =
            batch.pages.iter().map(|(number, page)| (*number, page)).collect();
        all.extend(unwritten);
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().try_for_each(|(number, page)| writer.page(number, page))
    })?;
    Ok(Some(Shipped { commit_no: head.last, at, whole: false }))
}

fn is_of(lineage: &Path, file_id: &str) -> bool {
    let name = lineage.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split('-').next() == file_id.get(..16)
}

/// The file that reaches furthest; of several, the one of the lowest level, which knows the log.
fn last_of(lineage: &Path) -> Result<Option<Listed>, ArchiveError> {
    let mut last: Option<Listed> = None;
    for level in [0, 1, WHOLE] {
        if let Some(one) = levels(lineage, level)?.into_iter().max_by_key(|one| one.last)
            && last.as_ref().is_none_or(|last| one.last > last.last)
        {
            last = Some(one);
        }
    }
    Ok(last)
}

/// All pages of a city's file at one commit, in a scratch file that goes away with this value.
#[derive(Debug)]
struct Image {
    path: PathBuf,
    page_size: u32,
    pages: u32,
    commit_no: u64,
    at: Moment,
}

impl Drop for Image {
    fn drop(&mut self) {
        // Left over it is written over by the next one.
        let _ = fs::remove_file(&self.path);
    }
}

impl Image {
    fn of(file: &Path, scratch: &Path) -> Result<Self, ArchiveError> {
        let path = scratch.join(".image");
        let told = db::copy_pages(file, &path).map_err(|error| ArchiveError::Copy(error.to_string()));
        let made = told.inspect_err(|_| {
            let _ = fs::remove_file(&path);
        })?;
        Ok(Self {
            path,
            page_size: made.page_size,
            pages: made.pages,
            commit_no: made.commit_no,
            at: made.at,
        })
    }

    fn put(&self, lineage: &Path, level: u8, first: u64) -> Result<(), ArchiveError> {
        let head = Head {
            page_size: self.page_size,
            pages: self.pages,
            first,
            last: self.commit_no.max(1),
            at_ms: self.at.millis(),
            log: (0, 0, 0, 0),
        };
        let mut file =
            BufReader::with_capacity(1 << 20, File::open(&self.path).map_err(ArchiveError::at(&self.path))?);
        put(lineage, level, head, |writer| {
            let mut page = vec![0; usize::try_from(self.page_size).map_err(io::Error::other)?];
            for number in 1..=self.pages {
                file.read_exact(&mut page)?;
                writer.page(number, &page)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn shipped(&self) -> Shipped {
        Shipped { commit_no: self.commit_no, at: self.at, whole: true }
    }
}
