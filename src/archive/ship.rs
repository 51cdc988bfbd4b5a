//! Shipping one city: what its writer picked up becomes a file a second; the whole file when frames were lost, and every night.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::compact::{self, Keep};
use super::files::{ArchiveError, Listed, WHOLE, last_of, levels, newest_lineage, put, set_latest};
use super::image::Image;
use super::ltx::Head;
use super::place::Place;
use super::room;
use crate::base::Moment;
use crate::config::ArchiveConfig;
use crate::db::{self, Batch, Frames, LogPlace};

/// The archive of one city. Cheap to clone; clones know what each other shipped.
#[derive(Clone, Debug)]
pub struct Shipper {
    /// The city's place in the archive.
    city: Place,
    /// The city's file.
    file: PathBuf,
    config: ArchiveConfig,
    known: Arc<Mutex<Option<Known>>>,
}

/// The end of the newest lineage.
#[derive(Clone, Debug)]
struct Known {
    lineage: Place,
    last: Listed,
    head: Head,
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
        let (city, file, known) = (Place::of(config, code)?, file.to_owned(), Arc::default());
        Some(Self { city, file, config: config.clone(), known })
    }

    /// Up to where the log of the file with this id was shipped, so that a new process goes on from there.
    pub fn place(&self, file_id: &str) -> Option<LogPlace> {
        let known = self.known(file_id).ok()??;
        let head = known.head;
        Some(LogPlace {
            salts: (head.log.2, head.log.3),
            end: head.log.0 + head.log.1,
            commit_no: head.last,
            pages: head.pages,
        })
    }

    /// The moment of the last commit in the newest lineage of the file with this id.
    pub fn newest(&self, file_id: &str) -> Option<Moment> {
        let known = self.known(file_id).ok()??;
        Some(Moment::from_millis(known.head.at_ms))
    }

    /// The number of the last commit in the newest lineage.
    pub fn reached(&self) -> Option<u64> {
        let lineage = newest_lineage(&self.city).ok()??;
        last_of(&lineage).ok()?.map(|last| last.last)
    }

    /// Ships what waits. What could not be written waits on; without room it is dropped, and a new lineage is due then.
    ///
    /// Spec: 10(4).
    pub fn ship(&self, frames: &Frames, file_id: &str, now: Moment) -> Result<Option<Shipped>, ArchiveError> {
        let Some(batch) = frames.take() else { return Ok(None) };
        let done = self.send(&batch, file_id, now);
        match &done {
            Ok(_) => frames.arrived(),
            Err(ArchiveError::NoRoom { .. }) => frames.let_go(batch),
            Err(_) => frames.give_back(batch),
        }
        done
    }

    fn send(&self, batch: &Batch, file_id: &str, now: Moment) -> Result<Option<Shipped>, ArchiveError> {
        room::guard(&self.city, self.config.min_free_mb)?;
        let known = self.known(file_id)?.filter(|_| !batch.fresh);
        match known {
            Some(known) if !batch.lost && batch.after <= known.last.last => self.changes(&known, batch),
            known => self.whole(known, file_id, now).map(Some),
        }
    }

    /// Pages that changed since the last file.
    fn changes(&self, known: &Known, batch: &Batch) -> Result<Option<Shipped>, ArchiveError> {
        let place = batch.place;
        // All of it is in a whole file that was shipped meanwhile.
        if place.commit_no <= known.last.last {
            return Ok(None);
        }
        let before = Moment::from_millis(known.head.at_ms);
        let at = batch.at.map_or(before, |at| at.max(before));
        let head = Head {
            page_size: known.head.page_size,
            pages: place.pages,
            first: known.last.last + 1,
            last: place.commit_no,
            at_ms: at.millis(),
            log: (batch.from, place.end.saturating_sub(batch.from), place.salts.0, place.salts.1),
        };
        let place_there = put(&known.lineage, 0, head, |writer| {
            let blank = vec![0; usize::try_from(head.page_size).unwrap_or(0)];
            let grown =
                (known.head.pages + 1..=place.pages).filter(|number| !batch.pages.contains_key(number));
            let mut all: Vec<(u32, &[u8])> =
                batch.pages.iter().map(|(number, page)| (*number, page.as_slice())).collect();
            // A page that the file grew by and that no frame has was never written: only its place counts.
            all.extend(grown.map(|number| (number, blank.as_slice())));
            all.sort_by_key(|(number, _)| *number);
            all.into_iter().try_for_each(|(number, page)| writer.page(number, page))
        })?;
        self.learn(&known.lineage, place_there, head, 0);
        Ok(Some(Shipped { commit_no: head.last, at, whole: false }))
    }

    /// The whole file, in the lineage that it leads on, else as the beginning of a new one.
    fn whole(&self, known: Option<Known>, file_id: &str, now: Moment) -> Result<Shipped, ArchiveError> {
        let image = self.picture()?;
        let (commit_no, at) = (image.commit_no(), image.at());
        let shipped = Shipped { commit_no, at, whole: true };
        if let Some(known) = known.filter(|known| commit_no >= known.last.last) {
            if commit_no > known.last.last {
                let (place, head) = image.put(&known.lineage, 0, known.last.last + 1)?;
                self.learn(&known.lineage, place, head, 0);
            }
            return Ok(shipped);
        }
        let lineage = self.fresh(file_id, now)?;
        let (place, head) = image.put(&lineage, WHOLE, 1)?;
        set_latest(&self.city, &lineage)?;
        self.learn(&lineage, place, head, WHOLE);
        Ok(shipped)
    }

    /// Where a lineage that begins now lies.
    fn fresh(&self, file_id: &str, now: Moment) -> Result<Place, ArchiveError> {
        let mut at = now;
        loop {
            let id = file_id.get(..16).unwrap_or(file_id);
            let lineage = self.city.join(&format!("{id}-{}", at.millis()));
            if levels(&lineage, WHOLE)?.is_empty() {
                return Ok(lineage);
            }
            at = at.plus(Duration::from_millis(1));
        }
    }

    /// Whether the archive is asked over a network, and each time counts.
    pub fn is_far(&self) -> bool {
        self.city.on_disk().is_none()
    }

    /// What is due from time to time: small files made one, what is over thrown away.
    pub fn tidy(&self, file_id: &str, now: Moment) -> Result<(), ArchiveError> {
        let Some(known) = self.known(file_id)? else { return Ok(()) };
        compact::compact(&known.lineage, now)?;
        let hours = |hours: u64| Duration::from_hours(hours);
        let keep = Keep {
            seconds: hours(self.config.seconds_hours.into()),
            minutes: hours(24 * u64::from(self.config.minutes_days)),
            all: hours(24 * u64::from(self.config.keep_days)),
        };
        compact::retire((&self.city, self.scratch()), &known.lineage, now, keep)
    }

    /// The moments of the newest whole file and of the last commit that was shipped, when the second is the later one.
    pub fn since_whole(&self, file_id: &str) -> Result<Option<(Moment, Moment)>, ArchiveError> {
        let Some(known) = self.known(file_id)? else { return Ok(None) };
        let whole = levels(&known.lineage, WHOLE)?.pop();
        let Some(whole) = whole.filter(|whole| whole.last < known.last.last) else { return Ok(None) };
        let at = Moment::from_millis(whole.head()?.at_ms);
        Ok(Some((at, Moment::from_millis(known.head.at_ms))))
    }

    /// A picture of the whole file as it is now.
    pub fn picture(&self) -> Result<Image, ArchiveError> {
        let (scratch, bytes) = (self.scratch(), db::size_of(&self.file));
        room::guard_whole(&self.city, scratch, self.config.min_free_mb, bytes)?;
        Image::of(&self.file, scratch)
    }

    fn scratch(&self) -> &Path {
        self.city.scratch(self.file.parent().unwrap_or(Path::new("/")))
    }

    /// Keeps a picture in the newest lineage. `false` while what leads up to it is not shipped: without that, there would be
    /// moments before it to which nobody can go back.
    pub fn keep(&self, image: &Image, file_id: &str) -> Result<bool, ArchiveError> {
        let Some(known) = self.known(file_id)?.filter(|known| known.last.last >= image.commit_no()) else {
            return Ok(false);
        };
        image.put(&known.lineage, WHOLE, 1)?;
        Ok(true)
    }

    /// The end of the newest lineage, if it is one of the file with this id.
    fn known(&self, file_id: &str) -> Result<Option<Known>, ArchiveError> {
        let Some(lineage) = newest_lineage(&self.city)?.filter(|lineage| is_of(lineage, file_id)) else {
            return Ok(None);
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A directory that was away, or is another one now, is looked into anew.
        let same = known.as_ref().filter(|known| known.lineage == lineage);
        if !same.map_or(Ok(false), |known| known.last.place.is_there())? {
            *known = match last_of(&lineage)? {
                None => None,
                Some(last) => Some(Known { lineage, head: last.head()?, last }),
            };
        }
        Ok(known.clone())
    }

    fn learn(&self, lineage: &Place, place: Place, head: Head, level: u8) {
        let last = Listed { first: head.first, last: head.last, level, place };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Known { lineage: lineage.clone(), last, head });
    }
}

fn is_of(lineage: &Place, file_id: &str) -> bool {
    lineage.name().split('-').next() == file_id.get(..16)
}
