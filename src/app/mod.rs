//! The program that runs: the one place where everything meets.
//!
//! **Invariant:** one process owns `data_dir`; it holds the lock from before the first file is opened until after the last one
//! is closed.
//! **Invariant:** each listener has its own threads and its own share of connections, so that a flood on one starves no other.

mod backup;
mod check;
mod command;
mod control;
mod entrance;
mod errand;
mod figures;
mod full;
mod import;
mod listener;
mod lock;
mod log;
mod mail;
mod maintenance;
mod office;
mod pair;
mod pair_status;
mod register;
mod replicate;
mod restore;
mod staff;
mod thread;
mod tls;
mod watch;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use backup::line as copy_line;
pub use check::{Finding, Verdict, check};
pub use command::{Command, CopyOf, Layout, Order, Outcome, Progress, Promotion, Refused, Step};
pub use errand::carry_out;
pub use lock::{DataDir, LockError};
pub use log::{Log, LogError, log};
pub use office::Office;
pub use pair::{Pair, PairError};
pub use register::{begin_register, own_register};

use crate::base::{Chance, Clock};
use crate::config::Config;
use crate::db::Upgrades;
use crate::jobs::{Desk, Gate};
use crate::lists::Fonts;
use crate::mail::{Pace, Rules, Transport, TransportError};
use crate::municipalities::{Partner, Registry};
use crate::render::{RenderFault, Renderer};
use crate::standby::Serving;
use crate::web::{self, ops::Standing};
use control::{Control, Counter};
use listener::{Bound, Seat};
use pair::Leadership;
use thread::{Crew, Thread};

/// Why the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process owns the directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// An address is taken or not ours.
    #[error("{section}.listen = {address}: {source}")]
    Listen {
        /// The section of the configuration.
        section: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A certificate or a key cannot be used.
    #[error("{section}.{key} = {path}: {why}")]
    Tls {
        /// The section of the configuration.
        section: &'static str,
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What was wrong.
        why: String,
    },
    /// The city's font cannot be used.
    #[error("pdf.extra_font = {path}: {why}")]
    Font {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        why: String,
    },
    /// The control socket cannot be made.
    #[error("control socket: {0}")]
    Control(#[source] io::Error),
    /// The templates that the binary carries cannot be used.
    #[error(transparent)]
    Render(#[from] RenderFault),
    /// The mail server cannot be used as it is configured.
    #[error(transparent)]
    Mail(#[from] TransportError),
    /// The system gave no thread.
    #[error("no thread: {0}")]
    Thread(#[source] io::Error),
}

/// Where the three listeners listen.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// The internet side.
    pub citizen: SocketAddr,
    /// The LGWAN side.
    pub staff: SocketAddr,
    /// Health checks and metrics.
    pub ops: SocketAddr,
}

/// The running program.
#[derive(Debug)]
pub struct App {
    addresses: Addresses,
    registry: Registry,
    threads: Vec<Thread>,
    stop: CancellationToken,
    serving: Arc<AtomicBool>,
    _data_dir: DataDir,
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl App {
    /// Takes the lock of `data_dir`, listens, and serves from threads of its own.
    pub fn start(config: &Config, clock: &Clock, chance: &Chance) -> Result<Self, StartError> {
        Self::start_with(config, clock, chance, &Upgrades::default())
    }

    /// The same for a build whose schema these upgrades lead to.
    pub fn start_with(
        config: &Config,
        clock: &Clock,
        chance: &Chance,
        upgrades: &Upgrades,
    ) -> Result<Self, StartError> {
        Self::lead(DataDir::lock(&config.data_dir)?, config, (clock, chance), None, upgrades)
    }

    /// The same with the lock taken already: the leader of a pair, or one machine alone.
    fn lead(
        data_dir: DataDir,
        config: &Config,
        (clock, chance): (&Clock, &Chance),
        leadership: Option<&Leadership>,
        upgrades: &Upgrades,
    ) -> Result<Self, StartError> {
        let leads = leadership.map_or_else(Serving::always, |leadership| leadership.serving.clone());
        let pair = leadership.map(|leadership| leadership.deputy.post().clone());
        let partner = leadership.map(|leadership| {
            let (pipe, board) = (leadership.pipe.clone(), leadership.board.clone());
            Partner { pipe, board }
        });
        let citizen = Bound::bind("citizen", &config.citizen, &config.limits)?;
        let staff = Bound::bind("staff", &config.staff, &config.limits)?;
        let ops = Bound::bind("ops", &config.ops, &config.limits)?;
        let addresses = Addresses { citizen: citizen.address(), staff: staff.address(), ops: ops.address() };
        let (time, luck) = (clock.clone(), chance.clone());
        let registry = Registry::in_pair(config, &citizen.url(), (time, luck), partner, upgrades.clone());
        let control = Control::bind(data_dir.path()).map_err(StartError::Control)?;
        data_dir.listens_at(control.path()).map_err(StartError::Control)?;
        let jobs = Crew::new("jobs", 2)?;
        let transport = jobs.make(|| Transport::new(&config.mail))?;
        let mut office = Office::new(config, registry.clone(), clock, chance);
        office.deputy = leadership.map(|leadership| leadership.deputy.beside_cities());
        office.wishes = leadership.map(|leadership| leadership.wishes.clone());
        let mut state = state(config, registry.clone(), clock, chance)?;
        state.pair.clone_from(&pair);
        let mut desk = Desk::new(registry.clone(), state.renderer.clone(), transport, clock.clone())
            .with_pace(Pace::new(Rules::of(&config.mail)))
            .with_backups(&config.backup)
            .with_archive(&config.archive);
        if let Some(post) = pair.clone() {
            desk = desk.with_pair(post, Duration::from_secs(config.ha.alarm_s));
        }
        desk.gate = gate(&leads, leadership);
        let serving = Arc::new(AtomicBool::new(false));
        let standing = Standing {
            serving: Arc::clone(&serving),
            leads: leads.clone(),
            pair,
            figures: figures::figures(),
        };
        let stop = CancellationToken::new();
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let public = web::waiting::unless(leads.clone(), web::citizen::router(&state));
        let inside = web::waiting::unless(leads, inside(config, state));
        let threads = vec![
            citizen.serve(Seat { router: public, workers: cores, stop: stop.clone() })?,
            staff.serve(Seat { router: inside, workers: cores, stop: stop.clone() })?,
            ops.serve(Seat {
                router: web::ops::router(standing, &config.limits),
                workers: 1,
                stop: stop.clone(),
            })?,
            Crew::new("office", 2)?.start(control.serve(Counter::Office(Box::new(office)), stop.clone()))?,
            jobs.start(desk.run(stop.clone()))?,
        ];
        warn_of_lifted(config);
        serving.store(true, Ordering::Relaxed);
        tracing::info!(citizen = %addresses.citizen, staff = %addresses.staff, ops = %addresses.ops, "serving");
        Ok(Self { addresses, registry, threads, stop, serving, _data_dir: data_dir })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The cities.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Takes no more connections, finishes the requests that run, closes every city's file, and gives the lock back.
    pub async fn stop(mut self) {
        self.serving.store(false, Ordering::Relaxed);
        self.stop.cancel();
        for thread in std::mem::take(&mut self.threads) {
            thread.ended().await;
        }
        self.registry.close().await;
        tracing::info!("stopped");
    }
}

/// Letters leave while this node leads; a batch is begun when it is sure of that.
fn gate(leads: &Serving, leadership: Option<&Leadership>) -> Gate {
    let open = leads.clone();
    let gate = Gate::from_fn(move || open.is_open());
    match leadership.map(|leadership| leadership.deputy.clone()) {
        Some(deputy) => gate.with_question(move || deputy.clone().leads_for_certain()),
        None => gate,
    }
}

fn warn_of_lifted(config: &Config) {
    for (limit, value) in config.limits.lifted() {
        tracing::warn!(limit, value, "a limit is lifted: fine for a test only");
    }
}

/// The staff side: the console, and in the demo the letters that were not sent.
fn inside(config: &Config, state: web::State) -> axum::Router {
    let trusted_proxies = Arc::new(config.staff.trusted_proxies.clone());
    let console = web::staff::router(&web::State { trusted_proxies, ..state.clone() });
    if !config.demo {
        return console;
    }
    console.merge(web::mailbox::router(config.mail.dir.clone(), state.renderer, &config.limits))
}

/// The fonts of lists: the program's own, and the city's.
fn fonts(config: &Config) -> Result<Fonts, StartError> {
    let Some(path) = &config.pdf.extra_font else { return Ok(Fonts::default()) };
    let wrong = |why: String| StartError::Font { path: path.clone(), why };
    let file = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    Fonts::with_extra(file).map_err(|error| wrong(error.to_string()))
}

/// What every page reaches, as this configuration makes it.
pub fn state(
    config: &Config,
    registry: Registry,
    clock: &Clock,
    chance: &Chance,
) -> Result<web::State, StartError> {
    Ok(web::State {
        registry,
        renderer: Renderer::load()?,
        fonts: Arc::new(fonts(config)?),
        clock: clock.clone(),
        chance: chance.clone(),
        limits: config.limits.clone(),
        trusted_proxies: Arc::new(config.citizen.trusted_proxies.clone()),
        failures: Arc::default(),
        breaker: Arc::default(),
        uploads: Arc::default(),
        pair: None,
        demo: config.demo,
        second_factor: !config.demo,
    })
}
