//! All pages of a city's file at one commit.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::files::{ArchiveError, put};
use super::ltx::Head;
use super::place::Place;
use crate::base::Moment;
use crate::db::{self, Pages};

/// A scratch file with all pages; it goes away with this value.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    told: Pages,
}

impl Drop for Image {
    fn drop(&mut self) {
        // Left over it is swept away later.
        let _ = fs::remove_file(&self.path);
    }
}

impl Image {
    pub(super) fn of(file: &Path, scratch: &Path) -> Result<Self, ArchiveError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = scratch.join(format!(".image-{}-{number}", std::process::id()));
        match db::copy_pages(file, &path) {
            Ok(told) => Ok(Self { path, told }),
            Err(error) => {
                let _ = fs::remove_file(&path);
                Err(ArchiveError::Copy(error.to_string()))
            }
        }
    }

    /// Number of the last commit in it.
    pub fn commit_no(&self) -> u64 {
        self.told.commit_no
    }

    pub(super) fn at(&self) -> Moment {
        self.told.at
    }

    pub(super) fn put(&self, lineage: &Place, level: u8, first: u64) -> Result<(Place, Head), ArchiveError> {
        let head = Head {
            page_size: self.told.page_size,
            pages: self.told.pages,
            first,
            last: self.told.commit_no.max(1),
            at_ms: self.told.at.millis(),
            log: (0, 0, 0, 0),
        };
        let from = File::open(&self.path).map_err(ArchiveError::at(&self.path))?;
        let mut from = BufReader::with_capacity(1 << 20, from);
        let place = put(lineage, level, head, |writer| {
            let mut page = vec![0; usize::try_from(head.page_size).map_err(io::Error::other)?];
            for number in 1..=head.pages {
                from.read_exact(&mut page)?;
                writer.page(number, &page)?;
            }
            Ok(())
        })?;
        Ok((place, head))
    }
}
