//! What is known of the pair besides what the node does itself: whether the witness answers, what happened when, what was set aside.
//!
//! **Invariant:** no personal data: names of nodes, numbers, times and names of files.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::disk::remove;
use super::report::{Board, Report, Role, Trouble};
use crate::arbiter::{Answer, Began, Register};
use crate::base::{Clock, Moment};

/// So much of what happened is kept, in lines.
const KEPT: usize = 300;

/// Who belongs to the pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Members {
    /// The cluster.
    pub cluster: String,
    /// This node.
    #[serde(skip)]
    pub node: String,
    /// The other one.
    pub other: String,
    /// Where the witness is; none where people decide who leads.
    pub witness: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened, as this node saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happening {
    /// This node began to lead.
    Led {
        /// The epoch.
        epoch: u64,
        /// How it came to it.
        how: Began,
    },
    /// This node led, and another one does now.
    Fenced {
        /// The epoch in which it led.
        epoch: u64,
    },
    /// The other node holds everything from here on.
    InSync,
    /// The other node does not hold everything any more.
    OutOfSync,
    /// The other node is reached.
    Linked,
    /// The other node is not reached any more.
    Unlinked,
    /// The witness answers again.
    WitnessBack,
    /// The witness does not answer.
    WitnessLost,
    /// Cities are not held alike, or are again when none is named.
    Exceptions {
        /// Their codes.
        cities: Vec<String>,
    },
    /// Something was set aside in the quarantine.
    SetAside {
        /// The names of the files there.
        files: Vec<String>,
    },
    /// People ordered something.
    Ordered {
        /// What, as it is typed.
        order: String,
        /// Who: `cli:UID`.
        by: String,
    },
}

/// What a node tells the other one of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Whether the pair is in sync. Only the leader knows.
    pub in_sync: Option<bool>,
    /// For how long the witness has not answered, in milliseconds; none when it does.
    pub witness_lost_ms: Option<u64>,
    /// What was set aside since the node started.
    pub set_aside: Vec<String>,
}

/// Whether the witness answers, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// Whether it does.
    pub answers: bool,
    /// Since when that is so.
    pub since: Moment,
    /// Why it does not.
    pub why: Option<String>,
}

/// A file in the quarantine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SetAside {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// Why the other node does not hold everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// The nodes do not reach each other.
    Unlinked,
    /// The other node's build is too old.
    OlderBuild,
    /// The other node is being taken along: pages are compared, commits are sent.
    CatchingUp,
    /// The witness cannot be told.
    Witness,
    /// It is about to be.
    Settling,
}

impl WhyNot {
    /// The same for operators, with what to do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unlinked => {
                "もう一台とつながっていない。もう一台の madoguchi が動いているか、回線とファイアウォールを確かめる"
            }
            Self::OlderBuild => "もう一台のプログラムが古い。同じ版にする",
            Self::CatchingUp => "もう一台に送っているところ。終わるまで待つ",
            Self::Witness => "立会い役に記録できない。立会い役を起動する",
            Self::Settling => "まもなくそろう",
        }
    }
}

/// How the pair stands, all that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Who belongs to it.
    #[serde(flatten)]
    pub members: Members,
    /// What the node does.
    #[serde(flatten)]
    pub report: Report,
    /// Since when it does that.
    pub role_since: Moment,
    /// Since when the pair is in sync, or is not.
    pub sync_since: Moment,
    /// Why the other node does not hold everything; none when it does.
    pub why_not: Option<WhyNot>,
    /// The witness, as far as it was asked.
    pub witness_reach: Option<Reach>,
    /// The register as this node saw it last, and how long the leader's lease ran then.
    pub register: Option<(Register, u64)>,
    /// The last change of leaders that this node saw from the side of the new one.
    pub last_takeover: Option<Event>,
    /// How often this node came to lead after another one, of what is kept.
    pub takeovers: u64,
    /// What was set aside since this node started.
    pub set_aside: Vec<String>,
    /// What the other node said of itself last, while it is reached.
    pub peer: Option<Note>,
    /// What lies in the quarantine.
    pub quarantine: Vec<SetAside>,
    /// Where that is.
    pub quarantine_dir: PathBuf,
    /// What happened, the newest last.
    pub events: Vec<Event>,
}

/// Where all of it is known. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Post(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    members: Members,
    dir: PathBuf,
    clock: Clock,
    board: Board,
    /// Nothing is written down: this is no node that runs.
    quiet: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    seen: Report,
    role_since: Moment,
    sync_since: Moment,
    witness: Option<Reach>,
    register: Option<(Register, u64)>,
    /// What lay in the quarantine at the start.
    found: BTreeSet<String>,
    quarantine: Vec<SetAside>,
    peer: Option<Note>,
    events: VecDeque<Event>,
    /// Looks until the quarantine is looked into again.
    rounds: u32,
    order: Option<(String, u32)>,
}

impl State {
    fn fresh(&self) -> Vec<String> {
        // An index without its log tells nothing, and an empty log neither.
        let told = self.quarantine.iter().filter(|one| one.bytes > 0 && !one.name.ends_with("shm"));
        let names = told.map(|one| one.name.clone());
        names.filter(|name| !self.found.contains(name)).collect()
    }
}

impl Post {
    /// The post of a node whose things lie in `dir`.
    pub fn open(dir: &Path, members: Members, clock: &Clock, board: &Board) -> Self {
        Self::of(dir, members, clock, board, false)
    }

    /// What is known of a node that does not run.
    pub fn of_stopped(dir: &Path, members: Members, clock: &Clock) -> Self {
        Self::of(dir, members, clock, &Board::default(), true)
    }

    fn of(dir: &Path, members: Members, clock: &Clock, board: &Board, quiet: bool) -> Self {
        let now = clock.now();
        let quarantine = set_aside(&dir.join("quarantine"));
        let events = read_events(&dir.join("events.jsonl"));
        let state = State {
            seen: Report::default(),
            role_since: now,
            sync_since: now,
            witness: None,
            register: None,
            found: quarantine.iter().map(|one| one.name.clone()).collect(),
            quarantine,
            peer: None,
            events,
            rounds: 0,
            order: None,
        };
        let (clock, board) = (clock.clone(), board.clone());
        let inner = Inner { members, dir: dir.to_owned(), clock, board, quiet, state: Mutex::new(state) };
        Self(Arc::new(inner))
    }

    /// Who belongs to the pair.
    pub fn members(&self) -> &Members {
        &self.0.members
    }

    /// What the node does at present.
    pub fn report(&self) -> Report {
        self.0.board.report()
    }

    /// Notes what the register says.
    pub fn register(&self, answer: &Answer) {
        self.state().register = Some((answer.register.clone(), answer.lease_left_ms));
    }

    /// Notes whether the witness answered, or why it did not.
    pub fn witness(&self, failed: Option<&str>) {
        let now = self.0.clock.now();
        let mut state = self.state();
        let answers = failed.is_none();
        let before = state.witness.as_ref().map(|reach| reach.answers);
        if before == Some(answers) {
            return;
        }
        let why = failed.map(str::to_owned);
        state.witness = Some(Reach { answers, since: now, why });
        match (before, answers) {
            (_, false) => {
                tracing::error!(why = failed, "the witness does not answer");
                self.happened(&mut state, Happening::WitnessLost);
            }
            (Some(false), true) => {
                tracing::info!("the witness answers again");
                self.happened(&mut state, Happening::WitnessBack);
            }
            _ => {}
        }
    }

    /// What the other node is told of this one.
    pub(super) fn note(&self) -> Note {
        let report = self.report();
        let now = self.0.clock.now();
        let state = self.state();
        let lost = state.witness.as_ref().filter(|reach| !reach.answers);
        let ms = |reach: &Reach| u64::try_from(now.since(reach.since).as_millis()).unwrap_or(u64::MAX);
        Note {
            in_sync: (report.role == Role::Leading).then_some(report.in_sync),
            witness_lost_ms: lost.map(ms),
            set_aside: state.fresh(),
        }
    }

    /// What the other node tells of itself.
    pub(super) fn noted(&self, note: Note) {
        self.state().peer = Some(note);
    }

    /// Notes an order of people's, which is carried out next. `leads`: so that this node leads.
    pub fn ordered(&self, order: &str, uid: u32, leads: bool) {
        tracing::warn!(order, uid, "ordered");
        let mut state = self.state();
        state.order = leads.then(|| (order.to_owned(), uid));
        self.happened(&mut state, Happening::Ordered { order: order.to_owned(), by: format!("cli:{uid}") });
    }

    /// The order on which this node began to lead, and whose it was; told once.
    pub fn order(&self) -> Option<(String, u32)> {
        self.state().order.take()
    }

    /// Looks at everything anew at once.
    pub fn look_closely(&self) {
        self.state().rounds = 0;
        self.look();
    }

    /// Looks how things stand, and notes what has changed since the last look.
    pub fn look(&self) {
        let report = self.report();
        let now = self.0.clock.now();
        let mut state = self.state();
        let seen = std::mem::replace(&mut state.seen, report.clone());
        if seen.role != report.role {
            state.role_since = now;
            state.sync_since = now;
            match (report.role, report.began) {
                (Role::Leading, Some(how)) => {
                    self.happened(&mut state, Happening::Led { epoch: report.epoch, how });
                }
                (Role::Fenced, _) => self.happened(&mut state, Happening::Fenced { epoch: seen.epoch }),
                _ => {}
            }
        }
        if seen.linked != report.linked {
            let what = if report.linked { Happening::Linked } else { Happening::Unlinked };
            self.happened(&mut state, what);
        }
        if seen.in_sync != report.in_sync {
            state.sync_since = now;
            if report.role == Role::Leading {
                let what = if report.in_sync { Happening::InSync } else { Happening::OutOfSync };
                self.happened(&mut state, what);
            }
        }
        if seen.exceptions != report.exceptions {
            let cities = report.exceptions.iter().map(|one| one.city.clone()).collect();
            self.happened(&mut state, Happening::Exceptions { cities });
        }
        if state.rounds == 0 {
            state.rounds = 20;
            self.look_aside(&mut state);
        }
        state.rounds -= 1;
    }

    fn look_aside(&self, state: &mut State) {
        let found = set_aside(&self.0.dir.join("quarantine"));
        let fresh = |one: &&SetAside| !state.quarantine.iter().any(|known| known.name == one.name);
        let files: Vec<String> = found.iter().filter(fresh).map(|one| one.name.clone()).collect();
        state.quarantine = found;
        if !files.is_empty() {
            tracing::warn!(?files, "set aside in the quarantine");
            self.happened(state, Happening::SetAside { files });
        }
    }

    /// How the pair stands, all that is known.
    pub fn picture(&self) -> Picture {
        let report = self.report();
        let state = self.state();
        let takeover =
            |event: &&Event| matches!(event.what, Happening::Led { how, .. } if how != Began::Resumed);
        Picture {
            members: self.0.members.clone(),
            role_since: state.role_since,
            sync_since: state.sync_since,
            why_not: why_not(&report, state.witness.as_ref()),
            report,
            witness_reach: state.witness.clone(),
            register: state.register.clone(),
            last_takeover: state.events.iter().rev().find(takeover).cloned(),
            takeovers: state.events.iter().filter(takeover).fold(0, |sum, _| sum + 1),
            set_aside: state.fresh(),
            peer: state.peer.clone().filter(|_| self.report().linked),
            quarantine: state.quarantine.clone(),
            quarantine_dir: self.0.dir.join("quarantine"),
            events: state.events.iter().cloned().collect(),
        }
    }

    fn happened(&self, state: &mut State, what: Happening) {
        let event = Event { at: self.0.clock.now(), what };
        if !self.0.quiet
            && let Err(error) = write_event(&self.0.dir.join("events.jsonl"), &event)
        {
            tracing::warn!(%error, "what happened to the pair cannot be written down");
        }
        state.events.push_back(event);
        if state.events.len() > KEPT {
            state.events.pop_front();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn why_not(report: &Report, witness: Option<&Reach>) -> Option<WhyNot> {
    if report.in_sync {
        return None;
    }
    Some(match (&report.trouble, report.linked, report.lag) {
        (Some(Trouble::OlderBuild { .. }), ..) => WhyNot::OlderBuild,
        (None, false, _) => WhyNot::Unlinked,
        _ if witness.is_some_and(|reach| !reach.answers) => WhyNot::Witness,
        (None, true, Some(lag)) if lag.commits == 0 => WhyNot::Settling,
        (None, true, _) => WhyNot::CatchingUp,
    })
}

/// Lets go of the position of a node that does not run: its pages are compared at its next start.
pub fn let_go(dir: &Path) -> io::Result<()> {
    remove(&dir.join("position.json"))
}

/// What lies in a quarantine.
pub fn set_aside(dir: &Path) -> Vec<SetAside> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let one = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        Some(SetAside { name, bytes: size(&entry.path()) })
    };
    let mut all: Vec<SetAside> = entries.filter_map(Result::ok).filter_map(one).collect();
    all.sort();
    all
}

/// Bytes of a file, or of all files in a directory.
fn size(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => {
            let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
            entries.map(|entry| size(&entry.path())).sum()
        }
        Ok(meta) => meta.len(),
        Err(_) => 0,
    }
}

/// What happened before this start, as far as it can be read.
fn read_events(path: &Path) -> VecDeque<Event> {
    let Ok(text) = fs::read_to_string(path) else { return VecDeque::new() };
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(KEPT);
    let kept = lines.get(from..).unwrap_or_default();
    if from > KEPT {
        // A list that has grown long is cut; without room it stays long.
        let _ = fs::write(path, kept.join("\n") + "\n");
    }
    kept.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn write_event(path: &Path, event: &Event) -> io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)?.write_all(&line)
}
