//! The checksums of all pages of all cities, kept beside the log after a clean end, so that the next start need not read the files.
//!
//! **Invariant:** the file is gone before anything is written to a city's file; so what it says is so, or it is not there.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::file::Table;
use crate::archive::crc::Crc;

const MAGIC: &[u8; 8] = b"MDGSUMS1";
const NAME: &str = "tables";

/// Writes the tables, which are those of the files at this position.
pub fn write<'t>(
    dir: &Path,
    position: (u64, u64),
    tables: impl Iterator<Item = (&'t str, u64, &'t Table)>,
) -> io::Result<()> {
    let mut bytes = MAGIC.to_vec();
    for number in [position.0, position.1] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    for (city, commit_no, table) in tables {
        bytes.extend_from_slice(&u32::try_from(city.len()).unwrap_or(0).to_be_bytes());
        bytes.extend_from_slice(city.as_bytes());
        bytes.extend_from_slice(&commit_no.to_be_bytes());
        bytes.extend_from_slice(&table.page_size().to_be_bytes());
        bytes.extend_from_slice(&table.pages().to_be_bytes());
        for sum in table.sums() {
            bytes.extend_from_slice(&sum.to_be_bytes());
        }
    }
    let sum = sum_of(&bytes);
    bytes.extend_from_slice(&sum.to_be_bytes());
    let written = dir.join("tables.tmp");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&written)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&written, dir.join(NAME))?;
    File::open(dir)?.sync_all()
}

/// Takes the tables that were written at this position, each with its city's last commit. None when there are none, when they
/// are of another position, or when they are not as they were written.
pub fn take(dir: &Path, position: (u64, u64)) -> io::Result<BTreeMap<String, (u64, Table)>> {
    let path = dir.join(NAME);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        read => read?,
    };
    fs::remove_file(&path)?;
    File::open(dir)?.sync_all()?;
    Ok(read(&bytes, position).unwrap_or_default())
}

fn read(bytes: &[u8], position: (u64, u64)) -> Option<BTreeMap<String, (u64, Table)>> {
    let (body, sum) = bytes.split_last_chunk::<8>()?;
    let mut rest = body.strip_prefix(MAGIC)?;
    if sum_of(body) != u64::from_be_bytes(*sum) || (long(&mut rest)?, long(&mut rest)?) != position {
        return None;
    }
    let mut found = BTreeMap::new();
    while !rest.is_empty() {
        let length = usize::try_from(short(&mut rest)?).ok()?;
        let (city, after) = rest.split_at_checked(length)?;
        rest = after;
        let (commit_no, page_size) = (long(&mut rest)?, short(&mut rest)?);
        let pages = usize::try_from(short(&mut rest)?).ok()?;
        let (sums, after) = rest.split_at_checked(pages.checked_mul(8)?)?;
        rest = after;
        let sums = sums.as_chunks::<8>().0.iter().map(|sum| u64::from_be_bytes(*sum)).collect();
        found.insert(String::from_utf8(city.to_vec()).ok()?, (commit_no, Table::of(page_size, sums)));
    }
    Some(found)
}

fn long(bytes: &mut &[u8]) -> Option<u64> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_be_bytes(*head))
}

fn short(bytes: &mut &[u8]) -> Option<u32> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*head))
}

fn sum_of(bytes: &[u8]) -> u64 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_come_back_once_and_only_whole_and_of_the_same_position() {
        let dir = tempfile::tempdir().unwrap();
        let tables = [Table::of(4096, vec![3, 5, 9]), Table::of(512, vec![])];
        let all = || [("999998", 7, &tables[0]), ("999999", 8, &tables[1])].into_iter();
        write(dir.path(), (2, 40), all()).unwrap();
        let found = take(dir.path(), (2, 40)).unwrap();
        assert_eq!(found["999998"], (7, tables[0].clone()));
        assert_eq!(found["999999"], (8, tables[1].clone()));
        assert_eq!(found["999998"].1.whole(), (3 ^ 5 ^ 9) | 1 << 63);
        assert!(take(dir.path(), (2, 40)).unwrap().is_empty(), "they are gone once they were taken");
        write(dir.path(), (2, 40), all()).unwrap();
        assert!(take(dir.path(), (2, 41)).unwrap().is_empty());
        write(dir.path(), (2, 40), all()).unwrap();
        let path = dir.path().join(NAME);
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 4;
            fs::write(&path, bad).unwrap();
            assert!(take(dir.path(), (2, 40)).unwrap().is_empty(), "byte {at}");
        }
    }
}
