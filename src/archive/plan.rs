//! A city's file out of the archive, as it was at a commit or a moment.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::files::{ArchiveError, Listed, WHOLE, last_of, levels, lineages};
use super::ltx::{self, Head};
use super::place::Place;
use crate::base::Moment;

/// Bytes that come out of a bucket at a time.
const AT_ONCE: u64 = 8 << 20;

/// Bytes that are written to the disk at a time.
const WRITTEN_AT_ONCE: usize = 1 << 20;

/// Up to where the file is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// As new as there is.
    Newest,
    /// With no commit after this number.
    Commit(u64),
    /// With no commit after this moment.
    At(Moment),
}

impl Target {
    fn takes(self, file: &Listed) -> Result<bool, ArchiveError> {
        Ok(match self {
            Self::Newest => true,
            Self::Commit(number) => file.last <= number,
            Self::At(at) => file.head()?.at_ms <= at.millis(),
        })
    }

    fn words(self) -> String {
        match self {
            Self::Newest => "now".to_owned(),
            Self::Commit(number) => format!("commit {number}"),
            Self::At(at) => format!("{} {}", at.day(), at.minute()),
        }
    }
}

/// Writes the file to `to`, where nothing may lie, and gives the number and moment of its last commit.
///
/// A moment or number before the newest lineage is looked for in those before it.
///
/// Spec: 10(4).
pub fn rebuild(city: &Place, target: Target, to: &Path) -> Result<(u64, Moment), ArchiveError> {
    let files = find(city, target)?;
    let out =
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(to).map_err(ArchiveError::at(to))?;
    let mut last = (0, Moment::from_millis(0));
    for file in &files {
        let head = apply(file, &out)?;
        last = (head.last, Moment::from_millis(head.at_ms));
    }
    out.sync_all().map_err(ArchiveError::at(to))?;
    Ok(last)
}

fn find(city: &Place, target: Target) -> Result<Vec<Listed>, ArchiveError> {
    let mut all = lineages(city)?;
    let newest = all.pop().ok_or_else(|| ArchiveError::Nothing { dir: city.shown() })?;
    let mut found = chain(&newest, target);
    while let Err(ArchiveError::TooEarly { .. }) = found {
        let Some(before) = all.pop() else { break };
        found = chain(&before, target);
    }
    found
}

fn apply(file: &Listed, out: &File) -> Result<Head, ArchiveError> {
    let mut run = Run { out, at: 0, pages: Vec::new() };
    let head = ltx::read(file.place.open(AT_ONCE)?, |head, number, page| {
        run.put(u64::from(number - 1) * u64::from(head.page_size), page)
    })
    .and_then(|head| run.write().map(|()| head))
    .map_err(file.place.at())?;
    out.set_len(u64::from(head.pages) * u64::from(head.page_size)).map_err(file.place.at())?;
    Ok(head)
}

/// Pages that follow each other, written as one.
struct Run<'a> {
    out: &'a File,
    at: u64,
    pages: Vec<u8>,
}

impl Run<'_> {
    /// Takes a page that lies so many bytes from the file's beginning.
    fn put(&mut self, at: u64, page: &[u8]) -> io::Result<()> {
        let end = self.at + u64::try_from(self.pages.len()).unwrap_or(0);
        if at != end || self.pages.len() >= WRITTEN_AT_ONCE {
            self.write()?;
            self.at = at;
        }
        self.pages.extend_from_slice(page);
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let done = self.out.write_all_at(&self.pages, self.at);
        self.pages.clear();
        done
    }
}

/// The newest whole file that is not too new, and after it whatever leads on without a gap, each time the longest.
fn chain(lineage: &Place, target: Target) -> Result<Vec<Listed>, ArchiveError> {
    let mut start = None;
    for whole in levels(lineage, WHOLE)?.into_iter().rev() {
        if target.takes(&whole)? {
            start = Some(whole);
            break;
        }
    }
    let start =
        start.ok_or_else(|| ArchiveError::TooEarly { dir: lineage.shown(), wanted: target.words() })?;
    let mut rest = Vec::new();
    for level in [0, 1, 2] {
        rest.extend(levels(lineage, level)?);
    }
    let mut reached = start.last;
    let mut files = vec![start];
    while let Some(next) = next(&rest, reached, target)? {
        reached = next.last;
        files.push(next);
    }
    ended(lineage, &rest, reached, target)?;
    Ok(files)
}

/// The file that leads furthest on from commit `reached`.
fn next(rest: &[Listed], reached: u64, target: Target) -> Result<Option<Listed>, ArchiveError> {
    let mut leading: Vec<&Listed> =
        rest.iter().filter(|one| one.first <= reached + 1 && one.last > reached).collect();
    leading.sort_by_key(|one| std::cmp::Reverse(one.last));
    for one in leading {
        if target.takes(one)? {
            return Ok(Some(one.clone()));
        }
    }
    Ok(None)
}

/// Whether the way ends where it should: an older state than was asked for is never given out as if it were that one.
fn ended(lineage: &Place, rest: &[Listed], reached: u64, target: Target) -> Result<(), ArchiveError> {
    let dir = lineage.shown();
    let beyond = rest.iter().filter(|one| one.first > reached + 1).min_by_key(|one| one.first);
    if let Some(beyond) = beyond
        && target.takes(beyond)?
    {
        return Err(ArchiveError::Hole { dir, reached, next: beyond.first });
    }
    match target {
        Target::Commit(wanted) if last_of(lineage)?.is_some_and(|last| last.last < wanted) => {
            Err(ArchiveError::TooLate { dir, reached, wanted })
        }
        _ => Ok(()),
    }
}
