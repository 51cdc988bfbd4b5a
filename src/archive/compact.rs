//! Many small files made one, step by step, and what another file covers thrown away when its time is over.
//!
//! **Invariant:** a small file goes only once the one that covers it is on the disk, so no moment ever lacks a way to it.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::files::{ArchiveError, Listed, WHOLE, begun, levels, lineages, put};
use super::ltx;
use super::place::Place;
use crate::base::Moment;

/// From which level to which, and how long a span of the clock one file of the upper level tells of.
const STEPS: [(u8, u8, Duration); 2] = [(0, 1, Duration::from_mins(5)), (1, 2, Duration::from_hours(1))];

/// So many files are read at once, and of each so many bytes at a time where it lies in a bucket.
const AT_ONCE: usize = 100;
const BYTES: u64 = 512 << 10;

/// How long after its end a span is looked at: its last commits may still be on their way.
const GRACE: Duration = Duration::from_secs(30);

/// How far back a whole file of every day is kept; before that, one a week, and what leads on from it.
const DAILY: Duration = Duration::from_hours(7 * 24);
const WEEK: Duration = Duration::from_hours(7 * 24);

/// What is half and so old belongs to a process that ended.
const ABANDONED: Duration = Duration::from_hours(1);

/// How long what is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keep {
    /// Files of seconds.
    pub seconds: Duration,
    /// Files of five minutes.
    pub minutes: Duration,
    /// Everything.
    pub all: Duration,
}

/// Makes files of five minutes of those of seconds, and files of an hour of those, for each span that is over.
pub(super) fn compact(lineage: &Place, now: Moment) -> Result<(), ArchiveError> {
    for step in STEPS {
        while one(lineage, step, now)? {}
    }
    Ok(())
}

/// Whether a span was made one file, so that the next one may follow.
fn one(lineage: &Place, (from, to, span): (u8, u8, Duration), now: Moment) -> Result<bool, ArchiveError> {
    let reached = levels(lineage, to)?.last().map_or(0, |one| one.last);
    let length = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let mut group: Vec<Listed> = Vec::new();
    let mut told = None;
    for file in levels(lineage, from)?.into_iter().filter(|one| one.first > reached) {
        let number = file.head()?.at_ms.div_euclid(length);
        let leads_on = group.last().is_none_or(|last| last.last + 1 == file.first);
        if group.len() == AT_ONCE || told.is_some_and(|told| told != number) || !leads_on {
            break;
        }
        told = Some(number);
        group.push(file);
    }
    let Some(told) = told else { return Ok(false) };
    let over = Moment::from_millis((told + 1).saturating_mul(length)).plus(GRACE);
    if now < over && group.len() < AT_ONCE {
        return Ok(false);
    }
    merge(lineage, to, &group)?;
    Ok(true)
}

/// A file on its way through, with the page that comes next.
struct Source {
    reader: ltx::Reader<Box<dyn Read + Send>>,
    next: Option<(u32, Vec<u8>)>,
}

impl Source {
    fn open(file: &Listed) -> Result<Self, ArchiveError> {
        let mut reader = ltx::Reader::new(file.place.open(BYTES)?).map_err(file.place.at())?;
        let next = reader.next().map_err(file.place.at())?;
        Ok(Self { reader, next })
    }

    fn take(&mut self) -> io::Result<Option<Vec<u8>>> {
        let next = self.reader.next()?;
        Ok(std::mem::replace(&mut self.next, next).map(|(_, page)| page))
    }
}

fn merge(lineage: &Place, level: u8, files: &[Listed]) -> Result<(), ArchiveError> {
    let mut sources = files.iter().map(Source::open).collect::<Result<Vec<_>, _>>()?;
    let (Some(first), Some(last)) = (files.first(), sources.last()) else { return Ok(()) };
    let head = ltx::Head { first: first.first, log: (0, 0, 0, 0), ..last.reader.head() };
    put(lineage, level, head, |writer| {
        while let Some(number) = sources.iter().filter_map(|one| one.next.as_ref().map(|next| next.0)).min() {
            let mut newest = None;
            for source in &mut sources {
                if source.next.as_ref().is_some_and(|next| next.0 == number) {
                    newest = source.take()?;
                }
            }
            if let Some(page) = newest {
                writer.page(number, &page)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Throws away what is older than it is to be kept, and what was left half.
pub(super) fn retire(
    (city, scratch): (&Place, &Path),
    lineage: &Place,
    now: Moment,
    keep: Keep,
) -> Result<(), ArchiveError> {
    let oldest = retire_whole(lineage, now, keep.all)?;
    for (level, above, age) in [(0, 1, keep.seconds), (1, 2, keep.minutes)] {
        let covered = levels(lineage, above)?.last().map_or(0, |one| one.last);
        retire_level(lineage, level, oldest.max(covered), now.minus(age))?;
    }
    for file in levels(lineage, 2)?.into_iter().filter(|file| file.last <= oldest) {
        file.place.remove()?;
    }
    retire_lineages(city, lineage, now, keep.all)?;
    sweep(scratch, lineage, now.minus(ABANDONED))
}

/// The number of the last commit in the oldest whole file that stays.
fn retire_whole(lineage: &Place, now: Moment, keep: Duration) -> Result<u64, ArchiveError> {
    let mut whole = Vec::new();
    for file in levels(lineage, WHOLE)? {
        let at = Moment::from_millis(file.head()?.at_ms);
        whole.push((file, at));
    }
    // The newest of those that are too old stays: what is not too old leads on from it.
    let old = whole.iter().filter(|(_, at)| now.since(*at) > keep).count().saturating_sub(1);
    let stay = whole.split_off(old);
    for (file, _) in &whole {
        file.place.remove()?;
    }
    let newest = stay.len().saturating_sub(1);
    let mut before: Option<Moment> = None;
    for (place, (file, at)) in stay.iter().enumerate() {
        let close = before.is_some_and(|before| at.since(before) < WEEK);
        if close && place != newest && now.since(*at) > DAILY {
            file.place.remove()?;
        } else {
            before = Some(*at);
        }
    }
    Ok(stay.first().map_or(0, |(file, _)| file.last))
}

/// Files of a level up to commit `covered` that end before `until`.
fn retire_level(lineage: &Place, level: u8, covered: u64, until: Moment) -> Result<(), ArchiveError> {
    for file in levels(lineage, level)? {
        if file.last > covered || file.head()?.at_ms >= until.millis() {
            break;
        }
        file.place.remove()?;
    }
    Ok(())
}

/// Lineages after which another one was begun longer ago than anything is kept.
fn retire_lineages(city: &Place, newest: &Place, now: Moment, keep: Duration) -> Result<(), ArchiveError> {
    let all = lineages(city)?;
    for (one, next) in all.iter().zip(all.iter().skip(1)) {
        if one != newest && begun(next).is_some_and(|begun| now.since(begun) > keep) {
            one.remove_lineage()?;
        }
    }
    Ok(())
}

/// What was left half and not written on since.
fn sweep(scratch: &Path, lineage: &Place, since: Moment) -> Result<(), ArchiveError> {
    let mut dirs = vec![scratch.to_owned()];
    let levels = [0, 1, 2, WHOLE].map(|level| lineage.level(level));
    dirs.extend(levels.iter().filter_map(Place::on_disk).map(Path::to_owned));
    for dir in dirs.iter().filter(|dir| dir.is_dir()) {
        for entry in fs::read_dir(dir).map_err(ArchiveError::at(dir))? {
            let entry = entry.map_err(ArchiveError::at(dir))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let half =
                name.ends_with(".ltx.tmp") || name.starts_with(".image") || name.starts_with(".verify-");
            let written = entry.metadata().map_err(ArchiveError::at(&entry.path()))?.ctime();
            if half && written < since.seconds() {
                remove(&entry.path())?;
            }
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), ArchiveError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ArchiveError::at(path)(error)),
        _ => Ok(()),
    }
}
