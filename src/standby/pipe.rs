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
use super::message::{Message, Part, Whole};

/// Bytes of recent commits that are kept for a node that comes back soon.
const RING: usize = 64 << 20;

/// Pages in one message.
const PAGES: usize = 1000;

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
    epoch: u64,
    txid: u64,
    acknowledged: u64,
    ring: VecDeque<Arc<Frame>>,
    bytes: usize,
    cities: HashMap<String, City>,
}

#[derive(Debug, Default)]
struct City {
    /// Its last commit, in the line of all.
    txid: u64,
    table: Option<Table>,
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

    /// Leadership has begun.
    pub fn open(&self, epoch: u64) {
        let mut state = self.state();
        *state = State { open: true, epoch, ..State::default() };
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
        known.txid = txid;
        if changed.pages.is_empty() {
            // What it changed was lost on its way here.
            known.table = None;
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

    /// How many commits came after this one, and the bytes of those that are still kept.
    pub fn behind(&self, txid: u64) -> (u64, u64) {
        let state = self.state();
        let after = state.ring.iter().rev().take_while(|frame| frame.txid > txid);
        let bytes: usize = after.map(|frame| frame.ltx.len()).sum();
        (state.txid.saturating_sub(txid), u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    /// A city's file was opened: it may be another one than before, or brought up to date. Nobody is gone on with: whoever follows
    /// gets a commit without pages, and has the pages compared.
    pub fn forget(&self, city: &str) {
        let mut state = self.state();
        state.cities.remove(city);
        state.ring.clear();
        state.bytes = 0;
        if state.open
            && let Err(error) = self.line_up(&mut state, city, u64::MAX, Changed::default())
        {
            tracing::error!(%error, "a commit cannot be packed");
        }
    }

    /// Copies a city's file by `copy`, which gives its page size and the commit that it stands after, and sends the pages that differ
    /// from `theirs` in messages.
    pub fn compare(
        &self,
        part: &Part,
        theirs: &[u64],
        target: &Path,
        copy: impl FnOnce(&Path) -> io::Result<(u32, u64)>,
        mut send: impl FnMut(Message),
    ) -> io::Result<()> {
        let city = part.city.as_str();
        self.state().cities.entry(city.to_owned()).or_default().meanwhile = Some(Vec::new());
        let (page_size, commit_no) = copy(target)?;
        let file = File::open(target)?;
        let table = Table::scan(&file, page_size)?;
        let theirs = if part.page_size == page_size { theirs } else { &[] };
        let part = Part { page_size, ..part.clone() };
        let differing = table.differing(theirs);
        for numbers in differing.chunks(PAGES) {
            let mut pages = BTreeMap::new();
            for number in numbers {
                pages.insert(*number, table.page(&file, *number)?);
            }
            let ltx = Frame::pack(page_size, table.pages(), commit_no, &pages)?;
            send(Message::Pages(part.clone(), ltx));
        }
        let whole = Whole { pages: table.pages(), commit_no, sum: table.whole() };
        send(Message::City(part, whole));
        self.known(city, table, commit_no);
        Ok(())
    }

    /// From here on each commit of the city carries the checksums before and after it.
    fn known(&self, city: &str, mut table: Table, commit_no: u64) {
        let mut state = self.state();
        let Some(known) = state.cities.get_mut(city) else { return };
        for (number, changed) in known.meanwhile.take().unwrap_or_default() {
            if number > commit_no {
                table.commit(&changed.pages, changed.size);
            }
        }
        known.table = Some(table);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
