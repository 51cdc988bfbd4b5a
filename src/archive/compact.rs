//! Many small files made one, and what another file covers thrown away when its time is over.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use super::files::{ArchiveError, Listed, WHOLE, levels, put};
use super::ltx;
use crate::base::Moment;

/// Commits of so long are made one file.
pub(super) const WINDOW: Duration = Duration::from_mins(5);

/// Makes one file of level 1 of those of level 0 that are not in one yet, once the oldest of them is old enough.
pub(super) fn compact(lineage: &Path, now: Moment) -> Result<(), ArchiveError> {
    let reached = levels(lineage, 1)?.last().map_or(0, |one| one.last);
    let fresh: Vec<Listed> = levels(lineage, 0)?.into_iter().filter(|one| one.first > reached).collect();
    let (Some(first), true) = (fresh.first(), fresh.len() > 1) else { return Ok(()) };
    if now.since(Moment::from_millis(first.head()?.at_ms)) < WINDOW {
        return Ok(());
    }
    merge(lineage, &fresh)
}

fn merge(lineage: &Path, files: &[Listed]) -> Result<(), ArchiveError> {
    let mut pages: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let mut merged: Option<ltx::Head> = None;
    for file in files {
        if merged.is_some_and(|head| head.last + 1 != file.first) {
            break;
        }
        let wrong = |source| ArchiveError::Io { path: file.path.clone(), source };
        let from = BufReader::new(File::open(&file.path).map_err(wrong)?);
        let head = ltx::read(from, |_, number, page| {
            pages.insert(number, page.to_vec());
            Ok(())
        })
        .map_err(wrong)?;
        pages.retain(|number, _| *number <= head.pages);
        let first = merged.map_or(head.first, |merged| merged.first);
        merged = Some(ltx::Head { first, log: (0, 0, 0, 0), ..head });
    }
    let Some(head) = merged else { return Ok(()) };
    put(lineage, 1, head, |writer| pages.iter().try_for_each(|(number, page)| writer.page(*number, page)))?;
    Ok(())
}

/// Throws away whole files older than `keep`, but the newest of them, and the others that only lead on from those; files of
/// level 0 go after `fine` once level 1 covers them.
pub(super) fn retire(
    lineage: &Path,
    now: Moment,
    fine: Duration,
    keep: Duration,
) -> Result<(), ArchiveError> {
    let mut whole = levels(lineage, WHOLE)?;
    let mut oldest = whole.first().map_or(0, |one| one.last);
    while let [first, second, ..] = whole.as_slice() {
        if now.since(Moment::from_millis(second.head()?.at_ms)) <= keep {
            break;
        }
        remove(&first.path)?;
        oldest = second.last;
        whole.remove(0);
    }
    let covered = levels(lineage, 1)?.last().map_or(0, |one| one.last);
    for file in levels(lineage, 0)? {
        let old = now.since(Moment::from_millis(file.head()?.at_ms)) > fine;
        if !old {
            break;
        }
        if file.last <= covered || file.last <= oldest {
            remove(&file.path)?;
        }
    }
    for file in levels(lineage, 1)?.into_iter().filter(|file| file.last <= oldest) {
        remove(&file.path)?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), ArchiveError> {
    fs::remove_file(path).map_err(ArchiveError::at(path))
}
