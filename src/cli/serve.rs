//! `madoguchi serve`: the program runs until it is told to stop.

use std::process::ExitCode;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Shared};
use crate::app::App;
use crate::base::{Chance, Clock};

pub(super) fn run(shared: &Shared) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut stop = Stop::new()?;
        let app = App::start(&config, &Clock::system(), &Chance::system())?;
        let at = app.addresses();
        let report = json!({"citizen": at.citizen, "staff": at.staff, "ops": at.ops});
        let lines = [
            format!("citizen  {}", at.citizen),
            format!("staff    {}", at.staff),
            format!("ops      {}", at.ops),
        ];
        shared.paper().report(&lines, &report)?;
        stop.wait().await;
        app.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// The signals that end the program.
struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
