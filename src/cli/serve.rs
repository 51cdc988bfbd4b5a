//! `madoguchi serve`: the program runs until it is told to stop.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use sd_notify::NotifyState;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Shared};
use crate::app::{self, App, LockError, Pair, PairError, StartError};
use crate::base::{Chance, Clock};
use crate::config::{Config, HaMode};

impl From<PairError> for Failure {
    fn from(error: PairError) -> Self {
        match error {
            PairError::Start(error) => error.into(),
            other => Self::Wrong(other.to_string()),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Task {
    /// もう一台が止まっていて、主でないことを確かめた（mode = "manual" で、主だった機械が一台で始めるとき）
    #[arg(long)]
    alone: bool,
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    if config.municipalities.is_empty() {
        let file = shared.config.display();
        return Err(Failure::Call(format!("{file}: no [[municipality]]: at least one is needed")));
    }
    let _log = app::log(&config.log)?;
    if task.alone && config.ha.mode != HaMode::Manual {
        let file = shared.config.display();
        return Err(Failure::Call(format!("--alone: {file}: ha.mode is not \"manual\"")));
    }
    if config.ha.mode != HaMode::Alone {
        return pair(shared, &config, task.alone);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = Stop::new()?;
        let (clock, chance) = (Clock::system(), Chance::system());
        let start = || App::start_with(&config, &clock, &chance, &shared.upgrades);
        let app =
            patiently(start, |error| matches!(error, StartError::Lock(LockError::Owned { .. }))).await?;
        let at = app.addresses();
        let report = json!({"citizen": at.citizen, "staff": at.staff, "ops": at.ops});
        let lines = [
            format!("citizen  {}", at.citizen),
            format!("staff    {}", at.staff),
            format!("ops      {}", at.ops),
        ];
        shared.paper().report(&lines, &report)?;
        until_told(stop).await;
        app.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// How often and how long a command that owns the directory for a moment is waited for.
const TRIES: u32 = 15;
const PAUSE: Duration = Duration::from_millis(200);

/// Starts, and waits for a command that owns the directory for a moment.
async fn patiently<T, E>(start: impl Fn() -> Result<T, E>, owned: impl Fn(&E) -> bool) -> Result<T, E> {
    for _ in 0..TRIES {
        match start() {
            Err(error) if owned(&error) => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
    start()
}

/// One of two machines: follows until it may lead.
fn pair(shared: &Shared, config: &Config, alone: bool) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = Stop::new()?;
        let (clock, chance) = (Clock::system(), Chance::system());
        let start = || Pair::start(config, (&clock, &chance), alone, &shared.upgrades);
        let owned =
            |error: &PairError| matches!(error, PairError::Start(StartError::Lock(LockError::Owned { .. })));
        let mut pair = patiently(start, owned).await?;
        let (citizen, staff, ops) = (config.citizen.listen, config.staff.listen, config.ops.listen);
        let lines = [
            format!("node     {}", config.ha.node.as_deref().unwrap_or_default()),
            format!("citizen  {citizen}"),
            format!("staff    {staff}"),
            format!("ops      {ops}"),
        ];
        shared.paper().report(&lines, &json!({"citizen": citizen, "staff": staff, "ops": ops}))?;
        pair.run(until_told(stop)).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Tells systemd that the program serves, and goes on telling that it lives, until a signal comes.
pub(super) async fn until_told(mut stop: Stop) {
    tell(&[NotifyState::Ready]);
    let alive = async {
        let Some(every) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
        loop {
            tokio::time::sleep(every / 3).await;
            tell(&[NotifyState::Watchdog]);
        }
    };
    tokio::select! {
        () = stop.wait() => {}
        () = alive => {}
    }
    tell(&[NotifyState::Stopping]);
}

/// Without systemd nobody listens, and that is fine.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd was not told");
    }
}

/// The signals that end the program.
#[derive(Debug)]
pub(super) struct Stop {
    hang_up: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    pub(super) fn new() -> std::io::Result<Self> {
        let hang_up = signal(SignalKind::hangup())?;
        Ok(Self {
            hang_up,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(super) async fn wait(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                // Renewed certificates are seen without being told, and the log's files change by themselves.
                _ = self.hang_up.recv() => tracing::info!("told to read again: nothing needs it"),
            }
        }
    }
}
