//! One of two machines: it follows until it may lead, then serves, and hands over when it is told to stop.
//!
//! **Invariant:** no city's file is opened before this node leads, and none is left open when it has led: the program ends then, and
//! is started again by whoever watches over it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::watch as view;
use tokio_util::sync::CancellationToken;

use super::control::{Control, Counter};
use super::listener::{Bound, Seat};
use super::lock::DataDir;
use super::register::Arbiter;
use super::replicate::Deputy;
use super::thread::{Crew, Thread};
use super::{App, StartError, figures, full, watch};
use crate::arbiter::{Identity, Mode, Papers, Saved, Spans, StoreError};
use crate::base::{Chance, Clock};
use crate::config::{Config, HaConfig, HaMode, OnStandbyLoss};
use crate::db::{self, Actor, Db, OpenError, Upgrades, WriteTx};
use crate::history::{self, Change, Event, Record};
use crate::municipalities::{self, Municipality, Registry};
use crate::standby::{
    Board, Copied, Driver, Found, Holder, HolderError, Intro, Kept, Link, Marks, Members, Outside, PROTOCOL,
    Pipe, Place, Post, Report, Serving, Standing, View, Why, Wish, bind,
};
use crate::web::{self, ops::Standing as OpsStanding};

/// How long a node that follows may take to end cleanly.
const REST: Duration = Duration::from_secs(5);

/// How long handing over may take.
const HAND_OVER: Duration = Duration::from_secs(3);

/// Between two looks whether the disk is full.
const DISK: Duration = Duration::from_secs(1);

/// Why a node of a pair does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// It does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// What it holds for the other node cannot be used.
    #[error(transparent)]
    Holder(#[from] HolderError),
    /// The link's address is taken or not ours.
    #[error("ha.listen = {address}: {source}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Its own register cannot be used (`manual`).
    #[error(transparent)]
    Register(#[from] StoreError),
    /// Another node leads: this one must be started again.
    #[error("another node leads now; started again, this node follows it")]
    Fenced,
    /// The data cannot be gone on with.
    #[error("the data of this node cannot be gone on with; see the log")]
    Broken,
}

/// What a running node shows to the rest of the program.
#[derive(Clone, Debug)]
pub struct Leadership {
    /// Where commits go.
    pub pipe: Pipe,
    /// Whether pages may be served and mail sent.
    pub serving: Serving,
    /// Knows how the pair stands, and carries out what people want of it.
    pub deputy: Deputy,
    /// How the pair stands, for whoever shows it.
    pub board: Board,
    /// Hears what people want of the node.
    pub wishes: mpsc::UnboundedSender<Wish>,
}

/// A node of a pair.
#[derive(Debug)]
pub struct Pair {
    config: Config,
    clock: Clock,
    chance: Chance,
    data_dir: Option<DataDir>,
    leadership: Leadership,
    upgrades: Upgrades,
    view: view::Receiver<View>,
    wishes: mpsc::UnboundedSender<Wish>,
    waiting: Option<Waiting>,
    app: Option<App>,
    node: Option<Thread>,
}

/// The listeners of a node that does not lead.
#[derive(Debug)]
struct Waiting {
    threads: Vec<Thread>,
    stop: CancellationToken,
}

impl Pair {
    /// Takes the lock of `data_dir` and begins to follow, as a build whose schema these upgrades lead to. `alone`: people say that the
    /// other node is off (`manual`).
    pub fn start(
        config: &Config,
        (clock, chance): (&Clock, &Chance),
        alone: bool,
        upgrades: &Upgrades,
    ) -> Result<Self, PairError> {
        let data_dir = DataDir::lock(&config.data_dir).map_err(StartError::from)?;
        let dir = config.data_dir.join("pair");
        let kept = Kept::open(&dir)?;
        make_ready(&dir);
        let board = Board::default();
        let post = Post::open(&dir, members(&config.ha), clock, &board);
        let holder = Holder::open(&dir, places(config.data_dir.clone()))?;
        let arbiter = Arbiter::of(&config.ha, &dir)?;
        let mut saved = kept.read();
        let marks = marks(config, &dir, saved.epoch == 0 || saved.sets_aside)?;
        let found = found(config, &holder, saved.torn, upgrades);
        // One's own register may know of an epoch that nothing else was written about.
        (saved.torn, saved.epoch) = (saved.torn || holder.is_void(), saved.epoch.max(arbiter.own_epoch()));
        kept.write(saved).map_err(|source| HolderError::Io { path: dir.clone(), source })?;
        let (pipe, commits) = Pipe::new();
        let serving = Serving::never();
        let asking = ask(&arbiter, &post);
        let shown = (board.clone(), serving.clone(), post.clone());
        let outside = outside(config, (&dir, kept), (marks, found), (shown, asking), upgrades);
        let (driver, view) = Driver::new(identity(&config.ha, chance), saved, holder, pipe.clone(), outside);
        let (wishes, heard) = mpsc::unbounded_channel();
        if alone {
            // It is heard first.
            let _ = wishes.send(Wish::Alone);
        }
        let (line, told) = mpsc::unbounded_channel();
        let crew = Crew::new("pair", 2)?;
        let socket = listen(&config.ha, &crew)?;
        let connection = link(&config.ha, upgrades.version());
        let (watching, looking) = (watch::watch(post.clone()), watch::ask(post.clone(), arbiter.clone()));
        let last = post.clone();
        let node = crew.start(async move {
            let beside =
                [tokio::spawn(connection.run(socket, line)), tokio::spawn(watching), tokio::spawn(looking)];
            driver.run(commits, told, heard).await;
            last.look();
            beside.iter().for_each(tokio::task::JoinHandle::abort);
        })?;
        let deputy = Deputy::new(config, arbiter, post, (view.clone(), wishes.clone()));
        let leadership = Leadership { pipe, serving, deputy, board, wishes: wishes.clone() };
        let waiting = Some(Waiting::begin(config, &data_dir, &leadership)?);
        Ok(Self {
            config: config.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            data_dir: Some(data_dir),
            leadership,
            upgrades: upgrades.clone(),
            view,
            wishes,
            waiting,
            app: None,
            node: Some(node),
        })
    }

    /// Follows and leads until `stop` comes, or until the node must be started again.
    pub async fn run(&mut self, stop: impl Future<Output = ()>) -> Result<(), PairError> {
        tokio::pin!(stop);
        loop {
            let standing = self.view.borrow_and_update().standing;
            match standing {
                Standing::Leading(epoch) if self.app.is_none() => self.lead(epoch).await?,
                Standing::Fenced => return self.end(Err(PairError::Fenced)).await,
                Standing::Broken => return self.end(Err(PairError::Broken)).await,
                Standing::Leading(_) | Standing::Following => {}
            }
            let disk_full = disk_full(self.config.data_dir.clone(), self.view.clone());
            tokio::select! {
                () = &mut stop => break,
                () = disk_full, if self.app.is_some() => {
                    tracing::error!("the disk is full: nothing can be registered here, the other node shall lead");
                    let _ = self.wishes.send(Wish::HandOver);
                }
                changed = self.view.changed() => if changed.is_err() { return self.end(Err(PairError::Broken)).await },
            }
        }
        if self.app.is_some() && self.view.borrow().in_sync {
            self.hand_over().await;
        }
        self.end(Ok(())).await
    }

    /// How the pair stands as this node sees it.
    pub fn report(&self) -> Report {
        self.leadership.deputy.post().report()
    }

    async fn lead(&mut self, epoch: u64) -> Result<(), PairError> {
        if let Some(waiting) = self.waiting.take() {
            waiting.end().await;
        }
        let Some(data_dir) = self.data_dir.take() else { return Ok(()) };
        tracing::info!(epoch, "this node leads");
        let (clock, chance) = (&self.clock, &self.chance);
        let leadership = Some(&self.leadership);
        let app = App::lead(data_dir, &self.config, (clock, chance), leadership, &self.upgrades)?;
        // Each city is opened, and brought up to date, when it is asked for, and one after the other beside that.
        let order = self.leadership.deputy.post().order();
        tokio::spawn(open_all(app.registry().clone(), order, epoch));
        self.app = Some(app);
        // The node may have ended meanwhile; the next look at its standing tells.
        let _ = self.wishes.send(Wish::Ready);
        Ok(())
    }

    async fn hand_over(&mut self) {
        let _ = self.wishes.send(Wish::HandOver);
        let gone = self.view.wait_for(|view| view.standing == Standing::Fenced);
        if tokio::time::timeout(HAND_OVER, gone).await.is_err() {
            tracing::warn!("the other node did not take over in time");
        }
    }

    async fn end(&mut self, how: Result<(), PairError>) -> Result<(), PairError> {
        self.leadership.pipe.close();
        if let Some(waiting) = self.waiting.take() {
            waiting.end().await;
        }
        let follows = self.app.is_none();
        if let Some(app) = self.app.take() {
            app.stop().await;
        }
        if let Some(node) = self.node.take().filter(|_| follows || self.leadership.pipe.is_given_away()) {
            // A node that follows rests; one that has given leadership away ends by itself, once that is said.
            let _ = self.wishes.send(Wish::Rest);
            if tokio::time::timeout(REST, node.ended()).await.is_err() {
                tracing::warn!("the node did not end in time");
            }
        }
        how
    }
}

/// Waits until nothing can be written any more while the other node could lead.
async fn disk_full(data_dir: PathBuf, view: view::Receiver<View>) {
    loop {
        tokio::time::sleep(DISK).await;
        let dir = data_dir.clone();
        let in_sync = view.borrow().in_sync;
        if in_sync && tokio::task::spawn_blocking(move || full::is_full(&dir)).await.unwrap_or(false) {
            return;
        }
    }
}

/// Takes the address of the link.
fn listen(ha: &HaConfig, crew: &Crew) -> Result<tokio::net::TcpListener, PairError> {
    let address = ha.listen.unwrap_or_else(|| ([127, 0, 0, 1], 0).into());
    let refused = |source| PairError::Listen { address, source };
    let socket = bind(address).map_err(refused)?;
    crew.make(|| tokio::net::TcpListener::from_std(socket)).map_err(refused)
}

/// Removes copies that were being compared when the program ended, and makes room for the files of all cities.
fn make_ready(dir: &Path) {
    open_many();
    for entry in std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "copy")
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, path = %path.display(), "a copy that nobody needs cannot be removed");
        }
    }
}

/// A node that follows has the files of all cities open: as many as the system lets it have.
fn open_many() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, most) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Opens every city that is not open yet, and writes into its history on whose order this node leads.
async fn open_all(registry: Registry, order: Option<(String, u32)>, epoch: u64) {
    for profile in registry.profiles() {
        match registry.open(profile).await {
            Ok(city) => {
                if let Some((order, uid)) = &order {
                    write_down(&city, order, *uid, epoch).await;
                }
            }
            Err(error) => tracing::error!(%error, slug = profile.slug, "a city cannot be opened"),
        }
    }
}

async fn write_down(city: &Municipality, order: &str, uid: u32, epoch: u64) {
    let order = order.to_owned();
    let job = move |tx: &WriteTx<'_>| {
        let changes = vec![
            Change::new("order", None, Some(order.clone())),
            Change::new("epoch", None, Some(epoch.to_string())),
        ];
        let event = Event { changes, ..Event::of("pair.promoted", Record::Municipality) };
        history::record(tx, &event).map(|_| ())
    };
    if let Err(error) = city.db.write(Actor::Cli { uid }, job).await {
        tracing::error!(%error, slug = city.profile.slug, "the change of leaders is not in the history");
    }
}

/// What is kept about single cities. Files that were here before this node had anything to do with the other one are kept whole.
fn marks(config: &Config, dir: &Path, first: bool) -> Result<Marks, HolderError> {
    let io = |source| HolderError::Io { path: dir.to_owned(), source };
    let mut marks = Marks::open(dir).map_err(io)?;
    if first {
        let codes = config.municipalities.iter().map(|city| city.code.clone());
        let here = codes.filter(|code| municipalities::file_of(&config.data_dir, code).exists());
        marks.guard(here).map_err(io)?;
    }
    Ok(marks)
}

/// What lies in the place of each city's file, where the holder does not know it. Files whose pages were being replaced say nothing.
fn found(config: &Config, holder: &Holder, torn: bool, upgrades: &Upgrades) -> BTreeMap<String, Found> {
    let unknown = |code: &&str| !torn && holder.file_id(code).is_none();
    let codes = config.municipalities.iter().map(|city| city.code.as_str()).filter(unknown);
    let look = |code: &str| {
        let file = municipalities::file_of(&config.data_dir, code);
        let found = match Db::identify(&file, code, upgrades) {
            Ok(file_id) => Found::Known(file_id),
            Err(OpenError::OtherMunicipality { found, .. }) => Found::Unfit(Why::OtherCity(found)),
            // Whatever else is wrong with it is mended by the leader's pages.
            Err(_) => return None,
        };
        Some((code.to_owned(), found))
    };
    codes.filter_map(look).collect()
}

/// Whether this machine is one of two, and has been before.
pub(super) fn took_part(config: &Config) -> bool {
    config.ha.mode != HaMode::Alone && Kept::is_in(&config.data_dir.join("pair"))
}

impl Waiting {
    fn begin(config: &Config, data_dir: &DataDir, leadership: &Leadership) -> Result<Self, StartError> {
        let stop = CancellationToken::new();
        let serving = Arc::new(AtomicBool::new(true));
        let pair = Some(leadership.deputy.post().clone());
        let standing = OpsStanding { serving, leads: Serving::never(), pair, figures: figures::figures() };
        let control = Control::bind(data_dir.path()).map_err(StartError::Control)?;
        data_dir.listens_at(control.path()).map_err(StartError::Control)?;
        let counter = Counter::Deputy(leadership.deputy.clone());
        let mut threads = vec![Crew::new("office", 1)?.start(control.serve(counter, stop.clone()))?];
        for (name, listener) in [("citizen", &config.citizen), ("staff", &config.staff)] {
            let router = web::waiting::router(&config.limits);
            let seat = Seat { router, workers: 1, stop: stop.clone() };
            threads.push(Bound::bind(name, listener, &config.limits)?.serve(seat)?);
        }
        let router = web::ops::router(standing, &config.limits);
        threads.push(Bound::bind("ops", &config.ops, &config.limits)?.serve(Seat {
            router,
            workers: 1,
            stop: stop.clone(),
        })?);
        Ok(Self { threads, stop })
    }

    async fn end(self) {
        self.stop.cancel();
        for thread in self.threads {
            thread.ended().await;
        }
    }
}

fn places(data_dir: PathBuf) -> Box<crate::standby::Places> {
    Box::new(move |code| {
        let file = municipalities::file_of(&data_dir, code);
        let [log, index] = db::beside(&file);
        Place { file, log, index }
    })
}

fn identity(ha: &HaConfig, chance: &Chance) -> Identity {
    let ms = Duration::from_millis;
    Identity {
        cluster: ha.cluster_id.clone().unwrap_or_default(),
        node: ha.node.clone().unwrap_or_default(),
        incarnation: u64::from_be_bytes(chance.bytes()) >> 1,
        mode: if ha.mode == HaMode::Manual { Mode::Manual } else { Mode::Witness },
        spans: Spans {
            ping: ms(ha.ping_ms),
            renew: ms(ha.renew_ms),
            suspect: ms(ha.suspect_ms),
            ack: ms(ha.ack_timeout_ms),
            answer: ms(ha.renew_ms * 2),
            stops_alone: ha.on_standby_loss == OnStandbyLoss::Stop,
        },
    }
}

fn link(ha: &HaConfig, schema: i64) -> Link {
    Link {
        papers: Papers::of(ha),
        intro: Intro {
            protocol: PROTOCOL,
            cluster: ha.cluster_id.clone().unwrap_or_default(),
            node: ha.node.clone().unwrap_or_default(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
            schema,
        },
        peer_node: ha.peer_node.clone().unwrap_or_default(),
        peer: ha.peer.clone().unwrap_or_default(),
    }
}

pub(super) fn members(ha: &HaConfig) -> Members {
    Members {
        cluster: ha.cluster_id.clone().unwrap_or_default(),
        node: ha.node.clone().unwrap_or_default(),
        other: ha.peer_node.clone().unwrap_or_default(),
        witness: ha.witness.clone().filter(|_| ha.mode == HaMode::Witness),
    }
}

fn ask(arbiter: &Arbiter, post: &Post) -> Box<crate::standby::Ask> {
    let (arbiter, post) = (arbiter.clone(), post.clone());
    Box::new(move |call| {
        let (arbiter, post) = (arbiter.clone(), post.clone());
        Box::pin(async move {
            let answer = arbiter.call(call).await;
            arbiter.tell(&post, &answer);
            answer.ok()
        })
    })
}

/// Where it is shown how things stand, and who is asked.
type Shown = ((Board, Serving, Post), Box<crate::standby::Ask>);

fn outside(
    config: &Config,
    (dir, kept): (&Path, Kept),
    (marks, found): (Marks, BTreeMap<String, Found>),
    ((board, serving, post), ask): Shown,
    upgrades: &Upgrades,
) -> Outside {
    let schema = upgrades.version();
    let upgrades = upgrades.clone();
    let data_dir = config.data_dir.clone();
    Outside {
        ask,
        copies: Arc::new(move |code, target| {
            let file = municipalities::file_of(&data_dir, code);
            let file_id = Db::identify(&file, code, &upgrades).map_err(as_io)?;
            let db::Pages { page_size, commit_no, .. } = db::copy_pages(&file, target).map_err(as_io)?;
            Ok(Copied { page_size, commit_no, file_id })
        }),
        save: Box::new(move |saved: Saved| kept.write(saved)),
        cities: config.municipalities.iter().map(|city| city.code.clone()).collect(),
        scratch: dir.to_owned(),
        board,
        serving,
        post,
        marks,
        found,
        schema,
    }
}

/// Why a city's file cannot be copied: there is none, it cannot be opened, or the machine is in trouble.
fn as_io(error: OpenError) -> io::Error {
    let kind = match &error {
        OpenError::Missing { .. } => io::ErrorKind::NotFound,
        OpenError::OtherMunicipality { .. } | OpenError::Newer { .. } | OpenError::Damaged { .. } => {
            io::ErrorKind::InvalidData
        }
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
