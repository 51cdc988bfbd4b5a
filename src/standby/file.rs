//! A city's file on the node that follows: pages put in place, and a checksum of each to know at once when it is another file than
//! the leader's.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::frame::Frame;
use crate::archive::crc::Crc;

/// Byte of a database at which SQLite locks; its page is never written.
const LOCK_BYTE: u64 = 0x4000_0000;

/// Why a file cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// SQLite left a log beside it: opened by SQLite, it would override what is written here.
    #[error("{path}: a log of SQLite's lies beside the file")]
    LogBeside {
        /// The file.
        path: PathBuf,
    },
    /// The file is another one than the leader's.
    #[error("{path}: {diverged}")]
    Diverged {
        /// The file.
        path: PathBuf,
        /// Where it shows.
        diverged: Diverged,
    },
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Where it shows that two files are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Diverged {
    /// Before this commit.
    #[error("it differs from the leader's before commit {0}")]
    Before(u64),
    /// After it.
    #[error("it differs from the leader's after commit {0}")]
    After(u64),
    /// A commit is missing before this one.
    #[error("commits are missing before commit {0}")]
    Gap(u64),
}

/// The checksum of each page, and that of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    page_size: u32,
    sums: Vec<u64>,
    whole: u64,
}

impl Table {
    /// Of no pages at all.
    pub fn empty(page_size: u32) -> Self {
        Self { page_size, sums: Vec::new(), whole: 0 }
    }

    /// Of pages with these checksums.
    pub fn of(page_size: u32, sums: Vec<u64>) -> Self {
        let whole = sums.iter().fold(0, |whole, sum| whole ^ sum);
        Self { page_size, sums, whole }
    }

    /// Reads a file whole.
    pub fn scan(file: &File, page_size: u32) -> io::Result<Self> {
        let mut table = Self::empty(page_size);
        let pages = file.metadata()?.len() / u64::from(page_size.max(1));
        table.resize(u32::try_from(pages).map_err(io::Error::other)?);
        let mut page = vec![0; usize::try_from(page_size).map_err(io::Error::other)?];
        for number in 1..=table.pages() {
            file.read_exact_at(&mut page, table.offset(number))?;
            table.set(number, &page);
        }
        Ok(table)
    }

    /// The checksum of all pages; never zero, which means that it is not known.
    pub fn whole(&self) -> u64 {
        self.whole | 1 << 63
    }

    /// How many pages there are.
    pub fn pages(&self) -> u32 {
        u32::try_from(self.sums.len()).unwrap_or(u32::MAX)
    }

    /// Bytes of a page.
    pub fn page_size(&self) -> u32 {
        self.page_size
    }

    /// The checksum of each page, from the first.
    pub fn sums(&self) -> &[u64] {
        &self.sums
    }

    /// A page out of the file that was scanned.
    pub fn page(&self, file: &File, number: u32) -> io::Result<Vec<u8>> {
        let mut page = vec![0; usize::try_from(self.page_size).map_err(io::Error::other)?];
        file.read_exact_at(&mut page, self.offset(number))?;
        Ok(page)
    }

    /// Takes a commit into account: the changed pages, and how many there are afterwards.
    pub fn commit(&mut self, changed: &BTreeMap<u32, Vec<u8>>, pages: u32) {
        self.resize(pages);
        for (number, page) in changed {
            self.set(*number, page);
        }
    }

    /// The pages whose checksum is another one here than in `others`.
    pub fn differing(&self, others: &[u64]) -> Vec<u32> {
        let differs = |(number, sum): (u32, &u64)| {
            let at = usize::try_from(number - 1).unwrap_or(usize::MAX);
            (others.get(at) != Some(sum)).then_some(number)
        };
        (1..).zip(&self.sums).filter_map(differs).collect()
    }

    fn resize(&mut self, pages: u32) {
        let pages = usize::try_from(pages).unwrap_or(usize::MAX);
        for gone in self.sums.iter().skip(pages) {
            self.whole ^= gone;
        }
        self.sums.resize(pages, 0);
    }

    fn set(&mut self, number: u32, page: &[u8]) {
        let lock = LOCK_BYTE / u64::from(self.page_size.max(1)) + 1;
        if u64::from(number) == lock {
            return;
        }
        let sum = sum_of(number, page);
        let at = usize::try_from(number).unwrap_or(0).wrapping_sub(1);
        if let Some(slot) = self.sums.get_mut(at) {
            self.whole ^= *slot ^ sum;
            *slot = sum;
        }
    }

    fn offset(&self, number: u32) -> u64 {
        u64::from(number - 1) * u64::from(self.page_size)
    }
}

/// The checksum of a page. On the first one it passes over what the engine counts for readers of other kinds of journals than ours, and
/// its own version: a copy of the file begins to count anew, and nobody reads either.
fn sum_of(number: u32, page: &[u8]) -> u64 {
    let mut crc = Crc::new();
    crc.update(&number.to_be_bytes());
    if number == 1 {
        for part in [0..24, 28..92, 100..page.len()] {
            crc.update(page.get(part).unwrap_or_default());
        }
    } else {
        crc.update(page);
    }
    crc.sum()
}

/// A city's file that commits are redone into.
#[derive(Debug)]
pub struct CityFile {
    path: PathBuf,
    file: File,
    table: Table,
    commit_no: u64,
    file_id: String,
    /// Whether something was written that is not synced.
    dirty: bool,
}

impl CityFile {
    /// Opens the file, which stands after `commit_no`, or makes an empty one. `log` is where SQLite would lay its own: one with
    /// something in it would override what is written here.
    pub fn open(path: &Path, log: &Path, page_size: u32, commit_no: u64) -> Result<Self, FileError> {
        Self::open_with(path, log, commit_no, |file| Table::scan(file, page_size))
    }

    /// The same with a table that is known already. It is taken when the file has its length.
    pub fn open_known(path: &Path, log: &Path, commit_no: u64, table: Table) -> Result<Self, FileError> {
        Self::open_with(path, log, commit_no, |file| {
            let length = u64::from(table.pages()) * u64::from(table.page_size());
            if file.metadata()?.len() == length { Ok(table) } else { Table::scan(file, table.page_size()) }
        })
    }

    fn open_with(
        path: &Path,
        log: &Path,
        commit_no: u64,
        table: impl FnOnce(&File) -> io::Result<Table>,
    ) -> Result<Self, FileError> {
        if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
            return Err(FileError::LogBeside { path: path.to_owned() });
        }
        let opened =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(path);
        let scanned = opened.and_then(|file| table(&file).map(|table| (file, table)));
        let (file, table) = scanned.map_err(|source| FileError::Io { path: path.to_owned(), source })?;
        let (file_id, dirty) = (String::new(), false);
        Ok(Self { path: path.to_owned(), file, table, commit_no, file_id, dirty })
    }

    /// The checksums of its pages.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The last commit in it.
    pub fn commit_no(&self) -> u64 {
        self.commit_no
    }

    /// The id of the file, as the leader told it; empty when it did not.
    pub fn file_id(&self) -> &str {
        &self.file_id
    }

    /// Takes down the id of the file.
    pub fn name(&mut self, file_id: &str) {
        file_id.clone_into(&mut self.file_id);
    }

    /// Gives its checksums away.
    pub fn into_table(self) -> Table {
        self.table
    }

    /// Redoes a commit. One that is in the file already is passed over.
    pub fn redo(&mut self, frame: &Frame) -> Result<(), FileError> {
        if frame.commit_no <= self.commit_no {
            return Ok(());
        }
        if frame.commit_no != self.commit_no + 1 {
            return Err(self.diverged(Diverged::Gap(frame.commit_no)));
        }
        if frame.before != 0 && frame.before != self.table.whole() {
            return Err(self.diverged(Diverged::Before(frame.commit_no)));
        }
        let (changed, page_size, pages) = frame.unpack().map_err(|source| self.io(source))?;
        if page_size != self.table.page_size {
            return Err(self.diverged(Diverged::Before(frame.commit_no)));
        }
        self.put(&changed, pages)?;
        if frame.after != 0 && frame.after != self.table.whole() {
            return Err(self.diverged(Diverged::After(frame.commit_no)));
        }
        self.commit_no = frame.commit_no;
        Ok(())
    }

    /// Redoes the log after a start: pages may be those before or after any of its commits, until the last one is in place.
    pub fn redo_again(&mut self, frames: &[Frame]) -> Result<(), FileError> {
        for frame in frames {
            let (changed, page_size, pages) = frame.unpack().map_err(|source| self.io(source))?;
            if page_size != self.table.page_size {
                return Err(self.diverged(Diverged::Before(frame.commit_no)));
            }
            self.put(&changed, pages)?;
            self.commit_no = frame.commit_no;
        }
        match frames.last() {
            Some(last) if last.after != 0 && last.after != self.table.whole() => {
                Err(self.diverged(Diverged::After(last.commit_no)))
            }
            _ => Ok(()),
        }
    }

    /// Puts pages of the leader's in place. The file is of no use until it is complete.
    pub fn place(&mut self, changed: &BTreeMap<u32, Vec<u8>>, pages: u32) -> Result<(), FileError> {
        self.put(changed, pages)
    }

    /// All pages that differed are in place: the file stands after `commit_no`, has `pages` pages and must have this checksum.
    pub fn complete(&mut self, pages: u32, commit_no: u64, whole: u64) -> Result<(), FileError> {
        self.put(&BTreeMap::new(), pages)?;
        if self.table.whole() != whole {
            return Err(self.diverged(Diverged::After(commit_no)));
        }
        self.commit_no = commit_no;
        self.sync()
    }

    /// Makes what was put in place durable.
    pub fn sync(&mut self) -> Result<(), FileError> {
        if self.dirty {
            self.file.sync_data().map_err(|source| self.io(source))?;
            self.dirty = false;
        }
        Ok(())
    }

    fn put(&mut self, changed: &BTreeMap<u32, Vec<u8>>, pages: u32) -> Result<(), FileError> {
        let length = u64::from(pages) * u64::from(self.table.page_size);
        self.dirty = true;
        self.file.set_len(length).map_err(|source| self.io(source))?;
        for (number, page) in changed.iter().filter(|(number, _)| (1..=pages).contains(*number)) {
            self.file.write_all_at(page, self.table.offset(*number)).map_err(|source| self.io(source))?;
        }
        self.table.commit(changed, pages);
        Ok(())
    }

    fn diverged(&self, diverged: Diverged) -> FileError {
        FileError::Diverged { path: self.path.clone(), diverged }
    }

    fn io(&self, source: io::Error) -> FileError {
        FileError::Io { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::super::log::Log;
    use super::*;
    use crate::base::Chance;

    const PAGE: u32 = 512;

    /// A leader's file as pages in memory, and the frames of its commits.
    struct Leader {
        chance: Chance,
        pages: Vec<Vec<u8>>,
        table: Table,
        frames: Vec<Frame>,
    }

    impl Leader {
        fn new(seed: u64) -> Self {
            let chance = Chance::seeded(seed);
            Self { chance, pages: Vec::new(), table: Table::empty(PAGE), frames: Vec::new() }
        }

        fn commit(&mut self) {
            let grown = usize::try_from(1 + self.chance.below(29)).unwrap();
            let mut changed = BTreeMap::new();
            for number in 1..=grown {
                if number > self.pages.len() || self.chance.below(4) == 0 {
                    let [byte] = self.chance.bytes();
                    changed.insert(u32::try_from(number).unwrap(), vec![byte; 512]);
                }
            }
            self.pages.resize(grown, Vec::new());
            for (number, page) in &changed {
                self.pages[usize::try_from(*number).unwrap() - 1].clone_from(page);
            }
            let before = self.table.whole();
            let pages = u32::try_from(grown).unwrap();
            self.table.commit(&changed, pages);
            let number = self.frames.len() as u64 + 1;
            let ltx = Frame::pack(PAGE, pages, number, &changed).unwrap();
            let after = self.table.whole();
            self.frames.push(Frame {
                epoch: 1,
                txid: number,
                city: "999999".into(),
                commit_no: number,
                before,
                after,
                ltx,
            });
        }

        fn bytes(&self) -> Vec<u8> {
            self.pages.concat()
        }
    }

    fn open(dir: &Path) -> CityFile {
        CityFile::open(&dir.join("city"), &dir.join("city-log"), PAGE, 0).unwrap()
    }

    #[test]
    fn commits_make_the_leaders_file_byte_for_byte_with_growth_and_shrinking() {
        let dir = tempfile::tempdir().unwrap();
        let mut leader = Leader::new(1);
        let mut city = open(dir.path());
        for _ in 0..60 {
            leader.commit();
            city.redo(leader.frames.last().unwrap()).unwrap();
            assert_eq!(city.table(), &leader.table);
        }
        city.redo(&leader.frames[3]).unwrap();
        assert_eq!(std::fs::read(dir.path().join("city")).unwrap(), leader.bytes());
        let scanned = Table::scan(&File::open(dir.path().join("city")).unwrap(), PAGE).unwrap();
        assert_eq!(scanned, leader.table);
    }

    #[test]
    fn a_byte_that_is_another_is_found_at_the_very_next_commit_and_mended_by_its_page() {
        let dir = tempfile::tempdir().unwrap();
        let mut leader = Leader::new(2);
        let mut city = open(dir.path());
        for _ in 0..10 {
            leader.commit();
            city.redo(leader.frames.last().unwrap()).unwrap();
        }
        drop(city);
        let path = dir.path().join("city");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        leader.commit();
        let mut city = CityFile::open(&path, &dir.path().join("city-log"), PAGE, 10).unwrap();
        let found = city.redo(leader.frames.last().unwrap()).unwrap_err();
        assert!(matches!(found, FileError::Diverged { diverged: Diverged::Before(11), .. }), "{found}");
        let differing = leader.table.differing(city.table().sums());
        assert!(differing.contains(&1) && differing.len() <= leader.pages.len());
        let page = |number: &u32| (*number, leader.pages[usize::try_from(*number).unwrap() - 1].clone());
        let pages = differing.iter().map(page).collect();
        city.place(&pages, leader.table.pages()).unwrap();
        city.complete(leader.table.pages(), 11, leader.table.whole()).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), leader.bytes());
        leader.commit();
        leader.commit();
        let missing = city.redo(leader.frames.last().unwrap()).unwrap_err();
        assert!(matches!(missing, FileError::Diverged { diverged: Diverged::Gap(13), .. }), "{missing}");
    }

    #[test]
    fn what_the_engine_counts_for_itself_makes_no_other_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("city");
        let scanned = |changed: usize| {
            let bytes: Vec<u8> = (0..1024).map(|at| if at == changed { 8 } else { 7 }).collect();
            std::fs::write(&path, bytes).unwrap();
            Table::scan(&File::open(&path).unwrap(), PAGE).unwrap()
        };
        let whole = scanned(usize::MAX);
        for at in [24, 27, 92, 99] {
            assert_eq!(scanned(at), whole, "byte {at}");
        }
        for at in [0, 23, 28, 91, 100, 511, 512 + 24, 1023] {
            assert_ne!(scanned(at).whole(), whole.whole(), "byte {at}");
        }
    }

    #[test]
    fn a_log_of_sqlites_beside_the_file_forbids_it() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("city-log"), "x").unwrap();
        let refused = CityFile::open(&dir.path().join("city"), &dir.path().join("city-log"), PAGE, 0);
        assert!(matches!(refused, Err(FileError::LogBeside { .. })));
    }

    /// A crash in the middle of putting pages in place: some pages are those of a commit and others not.
    #[test]
    fn wherever_a_crash_comes_the_log_makes_the_file_again() {
        for seed in 0..40 {
            let dir = tempfile::tempdir().unwrap();
            let mut leader = Leader::new(seed);
            let mut log = Log::open(&dir.path().join("log"), |_| {}).unwrap();
            let mut city = open(dir.path());
            let commits = 1 + leader.chance.below(19);
            for number in 0..commits {
                leader.commit();
                let frame = leader.frames.last().unwrap();
                log.append([frame]).unwrap();
                if number + 3 < commits {
                    city.redo(frame).unwrap();
                }
            }
            // Some pages of the last commits reached the file in any order, the file may have any length.
            for frame in leader.frames.iter().rev().take(3) {
                let (changed, _, _) = frame.unpack().unwrap();
                for (number, page) in changed {
                    if leader.chance.below(2) == 0 {
                        city.file.write_all_at(&page, u64::from(number - 1) * u64::from(PAGE)).unwrap();
                    }
                }
            }
            drop((city, log));
            let mut frames = Vec::new();
            let _log = Log::open(&dir.path().join("log"), |frame| frames.push(frame)).unwrap();
            assert_eq!(frames, leader.frames, "seed {seed}");
            let mut city = open(dir.path());
            city.redo_again(&frames).unwrap();
            assert_eq!(city.commit_no(), leader.frames.len() as u64);
            assert_eq!(std::fs::read(dir.path().join("city")).unwrap(), leader.bytes(), "seed {seed}");
        }
    }
}
