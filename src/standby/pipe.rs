//! The leader's side: where the cities' writers put their commits, and wait until they count.
//!
//! **Invariant:** commits of all cities stand in one line; what is acknowledged is acknowledged up to a number of it.
//! **Invariant:** while the pipe is closed nothing is acknowledged, and what was not acknowledged when it closed never is.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::file::Table;
use super::frame::Frame;
use super::holder::Inherited;
use super::message::{Message, Part, Whole};

/// Bytes of recent commits that are kept for a node that comes back soon.
const RING: usize = 64 << 20;

/// Pages in one message.
const PAGES: usize = 1000;

/// Bytes that a node that gets on may lack before writers are slowed down, and how long a commit waits then at most.
const BACKLOG: usize = 16 << 20;
const SLOWED: Duration = Duration::from_millis(200);

/// How long a writer waits; after that its callers are told that nobody knows.
const PATIENCE: Duration = Duration::from_secs(5);

/// A commit that does not count, or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the commit is not acknowledged")]
pub struct Unacknowledged;

/// What a commit changed in a city's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// The changed pages.
    pub pages: BTreeMap<u32, Vec<u8>>,
    /// How many pages there are afterwards.
    pub size: u32,
}

/// A copy of a city's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Bytes of a page.
    pub page_size: u32,
    /// The commit that it stands after.
    pub commit_no: u64,
    /// The id of the file.
    pub file_id: String,
}

/// The pipe. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pipe(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    moved: Condvar,
    out: mpsc::UnboundedSender<Arc<Frame>>,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    /// Commits wait before they are put in line; those in line go on.
    drained: bool,
    /// Leadership was handed to the other node, which holds all that was acknowledged.
    given_away: bool,
    epoch: u64,
    txid: u64,
    acknowledged: u64,
    ring: VecDeque<Arc<Frame>>,
    bytes: usize,
    cities: HashMap<String, City>,
    /// What the node that is taken along lacks; none when there is no such node.
    backlog: Option<Backlog>,
    /// Cities whose file was replaced by another one on purpose, with its id.
    replaced: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Backlog {
    /// Whether the node has got on since it was welcomed.
    moves: bool,
    frames: VecDeque<(u64, usize)>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct City {
    /// Its last commit, in the line of all.
    txid: u64,
    /// The same by its own number.
    commit_no: u64,
    /// The id of its file, once it is known.
    file_id: String,
    table: Option<Table>,
    /// The commit that its file stood after when it was opened.
    opened: u64,
    /// Whether another node has compared its file, or its absence, in this epoch.
    compared: bool,
    /// Commits since a copy of it was begun.
    meanwhile: Option<Vec<(u64, Changed)>>,
}

impl Pipe {
    /// A closed pipe, and where its commits come out.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Arc<Frame>>) {
        let (out, commits) = mpsc::unbounded_channel();
        let shared = Shared { state: Mutex::default(), moved: Condvar::new(), out };
        (Self(Arc::new(shared)), commits)
    }

    /// Leadership has begun, with what is known of the cities' files.
    pub fn open(&self, epoch: u64, inherited: HashMap<String, Inherited>) {
        let known = inherited.into_iter().map(|(city, known)| {
            let Inherited { table, commit_no, file_id } = known;
            (city, City { commit_no, file_id, table: Some(table), ..City::default() })
        });
        let cities = known.collect();
        *self.state() = State { open: true, epoch, cities, ..State::default() };
    }

    /// Leadership has ended: who waits is told so.
    pub fn close(&self) {
        self.state().open = false;
        self.0.moved.notify_all();
    }

    /// Takes no more commits; those in line go on.
    pub fn drain(&self) {
        self.state().drained = true;
    }

    /// Takes commits again.
    pub fn resume(&self) {
        self.state().drained = false;
        self.0.moved.notify_all();
    }

    /// Leadership is handed to the other node, which holds all that was acknowledged.
    pub fn give_away(&self) {
        self.state().given_away = true;
    }

    /// Whether leadership was handed to the other node.
    pub fn is_given_away(&self) -> bool {
        self.state().given_away
    }

    /// The last commit.
    pub fn txid(&self) -> u64 {
        self.state().txid
    }

    /// Commits up to this number count.
    pub fn acknowledge(&self, upto: u64) {
        let mut state = self.state();
        state.acknowledged = state.acknowledged.max(upto);
        self.0.moved.notify_all();
    }

    /// Puts a city's commit in line, and waits until it counts. Without a change it waits for the city's last one.
    pub fn commit(&self, city: &str, commit_no: u64, changed: Option<Changed>) -> Result<(), Unacknowledged> {
        let mut state = self.state();
        let drained = |state: &mut State| state.open && state.drained;
        state = self.0.moved.wait_while(state, drained).unwrap_or_else(PoisonError::into_inner);
        if changed.is_some() {
            let slow = |state: &mut State| state.open && state.is_slow();
            let waited = self.0.moved.wait_timeout_while(state, SLOWED, slow);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if !state.open {
            return Err(Unacknowledged);
        }
        let epoch = state.epoch;
        let txid = match changed {
            Some(changed) => self.line_up(&mut state, city, commit_no, changed).map_err(|error| {
                tracing::error!(%error, "a commit cannot be packed");
                Unacknowledged
            })?,
            None => state.cities.get(city).map_or(0, |city| city.txid),
        };
        let waits = |state: &mut State| state.open && state.epoch == epoch && state.acknowledged < txid;
        let waited = self.0.moved.wait_timeout_while(state, PATIENCE, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.open && state.epoch == epoch && state.acknowledged >= txid {
            Ok(())
        } else {
            Err(Unacknowledged)
        }
    }

    fn line_up(&self, state: &mut State, city: &str, commit_no: u64, changed: Changed) -> io::Result<u64> {
        let page_size = changed.pages.values().next().map_or(0, Vec::len);
        let page_size = u32::try_from(page_size).map_err(io::Error::other)?;
        let ltx = Frame::pack(page_size, changed.size, commit_no, &changed.pages)?;
        state.txid += 1;
        let (epoch, txid) = (state.epoch, state.txid);
        let known = state.cities.entry(city.to_owned()).or_default();
        (known.txid, known.commit_no) = (txid, commit_no);
        if changed.pages.is_empty() {
            // What it changed was lost on its way here.
            (known.table, known.meanwhile) = (None, None);
        }
        let before = known.table.as_ref().map_or(0, Table::whole);
        if let Some(table) = &mut known.table {
            table.commit(&changed.pages, changed.size);
        }
        let after = known.table.as_ref().map_or(0, Table::whole);
        if let Some(meanwhile) = &mut known.meanwhile {
            meanwhile.push((commit_no, changed));
        }
        let frame = Arc::new(Frame { epoch, txid, city: city.to_owned(), commit_no, before, after, ltx });
        if let Some(backlog) = &mut state.backlog {
            backlog.frames.push_back((txid, frame.ltx.len()));
            backlog.bytes += frame.ltx.len();
        }
        state.bytes += frame.ltx.len();
        state.ring.push_back(Arc::clone(&frame));
        while state.bytes > RING
            && let Some(gone) = state.ring.pop_front()
        {
            state.bytes -= gone.ltx.len();
        }
        // The other end lives as long as the node.
        let _ = self.0.out.send(frame);
        Ok(txid)
    }

    /// Whether a node that holds everything up to this commit can be gone on with.
    pub fn fits(&self, held: Option<(u64, u64)>) -> bool {
        let state = self.state();
        let first = state.ring.front().map_or(state.txid + 1, |frame| frame.txid);
        held.is_some_and(|(epoch, txid)| epoch == state.epoch && txid + 1 >= first && txid <= state.txid)
    }

    /// The commits after this one, up to the last.
    pub fn after(&self, txid: u64) -> Vec<Arc<Frame>> {
        self.state().ring.iter().filter(|frame| frame.txid > txid).cloned().collect()
    }

    /// A node is taken along that has, or gets, everything up to this commit.
    pub fn take_along(&self, txid: u64) {
        let mut state = self.state();
        let after = state.ring.iter().filter(|frame| frame.txid > txid);
        let frames: VecDeque<_> = after.map(|frame| (frame.txid, frame.ltx.len())).collect();
        let bytes = frames.iter().map(|(_, bytes)| bytes).sum();
        state.backlog = Some(Backlog { moves: false, frames, bytes });
    }

    /// Nobody is taken along.
    pub fn leave_behind(&self) {
        self.state().backlog = None;
        self.0.moved.notify_all();
    }

    /// The node that is taken along holds everything up to this commit.
    pub fn stored(&self, txid: u64) {
        let mut state = self.state();
        let Some(backlog) = &mut state.backlog else { return };
        backlog.moves = true;
        while let Some((_, bytes)) = backlog.frames.pop_front_if(|(number, _)| *number <= txid) {
            backlog.bytes -= bytes;
        }
        self.0.moved.notify_all();
    }

    /// How many commits the node that is taken along lacks, and their bytes.
    pub fn behind(&self) -> Option<(u64, u64)> {
        let state = self.state();
        let backlog = state.backlog.as_ref()?;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Some((count(backlog.frames.len()), count(backlog.bytes)))
    }

    /// Whether the node that is taken along lacks more than is kept: it will have its pages compared.
    pub fn is_hopeless(&self) -> bool {
        self.state().backlog.as_ref().is_some_and(|backlog| backlog.bytes > RING)
    }

    /// A city's file was opened; it stands after this commit. Where it is another one than whoever follows has compared, or was
    /// changed beside the line, they get a commit without pages, and have the pages compared.
    pub fn begin(&self, city: &str, file_id: &str, commit_no: u64) {
        let mut state = self.state();
        let known = state.cities.entry(city.to_owned()).or_default();
        let same = known.commit_no == commit_no && known.file_id == file_id;
        let replaced = !known.file_id.is_empty() && known.file_id != file_id;
        file_id.clone_into(&mut known.file_id);
        known.opened = commit_no;
        // A copy that is under way is looked at when it is there.
        if same && known.table.is_some() || known.meanwhile.is_some() && !replaced {
            return;
        }
        (known.table, known.meanwhile, known.commit_no) = (None, None, commit_no);
        let compared = known.compared;
        if replaced {
            state.replaced.insert(city.to_owned(), file_id.to_owned());
        }
        if state.open
            && compared
            && let Err(error) = self.line_up(&mut state, city, commit_no, Changed::default())
        {
            tracing::error!(%error, "a commit cannot be packed");
        }
    }

    /// The cities whose file was replaced by another one since this was asked last, with its id.
    pub fn take_replaced(&self) -> BTreeMap<String, String> {
        std::mem::take(&mut self.state().replaced)
    }

    /// The id of a city's file, once it is known.
    pub fn file_id(&self, city: &str) -> Option<String> {
        let id = self.state().cities.get(city).map(|known| known.file_id.clone())?;
        Some(id).filter(|id| !id.is_empty())
    }

    /// The city has no file; once it gets one, whoever follows is told.
    pub fn is_absent(&self, city: &str) {
        let mut state = self.state();
        let known = state.cities.entry(city.to_owned()).or_default();
        (known.compared, known.meanwhile, known.table) = (true, None, None);
    }

    /// Whether a city's file is known to be as `theirs`; then it is how it is now.
    fn as_theirs(&self, part: &Part, theirs: &[u64]) -> Option<Whole> {
        let mut state = self.state();
        let known = state.cities.get_mut(&part.city)?;
        let table = known.table.as_ref().filter(|table| table.page_size() == part.page_size)?;
        let same = table.sums() == theirs && !known.file_id.is_empty();
        let (file_id, commit_no) = (known.file_id.clone(), known.commit_no);
        let whole = Whole { file_id, pages: table.pages(), commit_no, sum: table.whole() };
        known.compared |= same;
        same.then_some(whole)
    }

    /// Sends the pages of a city that differ from `theirs` in messages. Where it is not known that none does, the file is copied by
    /// `copy`.
    pub fn compare(
        &self,
        part: &Part,
        theirs: &[u64],
        target: &Path,
        copy: impl FnOnce(&Path) -> io::Result<Copied>,
        mut send: impl FnMut(Message),
    ) -> io::Result<()> {
        let city = part.city.as_str();
        if let Some(whole) = self.as_theirs(part, theirs) {
            send(Message::City(part.clone(), whole));
            return Ok(());
        }
        self.begin_copy(city);
        let Copied { page_size, commit_no, file_id } = copy(target)?;
        let file = File::open(target)?;
        let table = Table::scan(&file, page_size)?;
        let theirs = if part.page_size == page_size { theirs } else { &[] };
        let part = Part { page_size, ..part.clone() };
        let differing = table.differing(theirs);
        tracing::info!(city, pages = table.pages(), differing = differing.len(), "pages are compared");
        for numbers in differing.chunks(PAGES) {
            let mut pages = BTreeMap::new();
            for number in numbers {
                pages.insert(*number, table.page(&file, *number)?);
            }
            let ltx = Frame::pack(page_size, table.pages(), commit_no, &pages)?;
            send(Message::Pages(part.clone(), ltx));
        }
        let sum = table.whole();
        let whole = Whole { file_id: file_id.clone(), pages: table.pages(), commit_no, sum };
        if !self.known(city, table, commit_no, file_id) {
            return Err(io::Error::other("the file was opened anew meanwhile"));
        }
        send(Message::City(part, whole));
        Ok(())
    }

    fn begin_copy(&self, city: &str) {
        let mut state = self.state();
        let known = state.cities.entry(city.to_owned()).or_default();
        (known.meanwhile, known.compared) = (Some(Vec::new()), true);
    }

    /// From here on each commit of the city carries the checksums before and after it. Says whether the copy is of any use: not
    /// when the file was brought up to date or replaced meanwhile.
    fn known(&self, city: &str, mut table: Table, commit_no: u64, file_id: String) -> bool {
        let mut state = self.state();
        let Some(known) = state.cities.get_mut(city) else { return false };
        let Some(meanwhile) = known.meanwhile.take().filter(|_| known.opened <= commit_no) else {
            return false;
        };
        known.commit_no = known.commit_no.max(commit_no);
        for (number, changed) in meanwhile {
            if number > commit_no {
                table.commit(&changed.pages, changed.size);
            }
        }
        known.file_id = file_id;
        known.table = Some(table);
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the node that is taken along gets on and lacks too much.
    fn is_slow(&self) -> bool {
        self.backlog.as_ref().is_some_and(|backlog| backlog.moves && backlog.bytes > BACKLOG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A leader with so many small commits, which count at once, as of one that goes on alone.
    fn leader(commits: u64) -> Pipe {
        let (pipe, _line) = Pipe::new();
        pipe.open(7, HashMap::new());
        pipe.acknowledge(commits);
        pipe.take_along(0);
        for number in 1..=commits {
            let pages = BTreeMap::from([(1, vec![7; 4096])]);
            pipe.commit("999999", number, Some(Changed { pages, size: 1 })).unwrap();
        }
        pipe
    }

    /// Makes the commit with this number so large.
    fn weighs(pipe: &Pipe, txid: u64, bytes: usize) {
        let mut state = pipe.state();
        let backlog = state.backlog.as_mut().unwrap();
        let frame = backlog.frames.iter_mut().find(|(number, _)| *number == txid).unwrap();
        backlog.bytes += bytes - frame.1;
        frame.1 = bytes;
    }

    #[test]
    fn a_node_that_gets_on_and_lacks_more_than_sixteen_megabytes_slows_writers_down() {
        let pipe = leader(4);
        weighs(&pipe, 2, BACKLOG);
        assert!(!pipe.state().is_slow(), "nothing has arrived there yet: nobody waits for it");
        pipe.stored(1);
        assert!(pipe.state().is_slow(), "it gets on, and more than 16 MB are missing");
        pipe.stored(2);
        assert!(!pipe.state().is_slow(), "it has got on");
        assert_eq!(pipe.behind().unwrap().0, 2);
        pipe.leave_behind();
        assert_eq!(pipe.behind(), None);
    }

    #[test]
    fn whoever_lacks_more_than_is_kept_has_its_pages_compared() {
        let pipe = leader(4);
        assert!(pipe.fits(Some((7, 0))) && !pipe.fits(Some((6, 0))), "all of it is still there");
        assert!(!pipe.fits(Some((7, 5))), "a commit that there never was");
        weighs(&pipe, 3, RING);
        assert!(pipe.is_hopeless());
        pipe.stored(3);
        assert!(!pipe.is_hopeless());
        // What is kept is full: the oldest commits go.
        let kept: usize = pipe.state().ring.iter().map(|frame| frame.ltx.len()).sum();
        pipe.state().bytes = RING - kept / 2;
        pipe.acknowledge(5);
        pipe.commit("999999", 5, Some(Changed { pages: BTreeMap::from([(1, vec![8; 4096])]), size: 1 }))
            .unwrap();
        assert_eq!(pipe.after(0).len(), 5);
        pipe.state().bytes = RING;
        pipe.acknowledge(6);
        pipe.commit("999999", 6, Some(Changed { pages: BTreeMap::from([(1, vec![9; 4096])]), size: 1 }))
            .unwrap();
        assert!(!pipe.fits(Some((7, 0))) && pipe.fits(Some((7, 2))));
        assert_eq!(pipe.after(4).iter().map(|frame| frame.txid).collect::<Vec<_>>(), [5, 6]);
    }
}
