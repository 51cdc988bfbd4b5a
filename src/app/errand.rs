//! Bringing a command to where it can be done: to the program that owns `data_dir`, or, when none runs, into this process.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::command::{Order, Outcome, Progress, Refused};
use super::control::{self, Reply, Request};
use super::lock::{DataDir, LockError};
use super::office::Office;
use super::{pair, register, replicate};
use crate::base::{Chance, Clock};
use crate::config::{Config, HaMode};
use crate::db::Actor;
use crate::municipalities::Registry;

/// How often and how long another command that owns the directory for a moment is waited for.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// Has `order` carried out by whoever owns `data_dir`, else in this process, and tells on the way how far it has come.
pub async fn carry_out(config: &Config, order: Order, progress: &Progress) -> Result<Outcome, Refused> {
    for _ in 0..TRIES {
        match DataDir::lock(&config.data_dir) {
            Ok(data_dir) if order.command.is_about_pair() && config.ha.mode != HaMode::Alone => {
                return register::stopped(config, data_dir, &order.command).await;
            }
            Ok(_) if order.command.is_about_pair() => return Err(replicate::not_running()),
            // Nobody would send what is changed here to the other machine.
            Ok(_) if pair::took_part(config) => return Err(not_here(config)),
            Ok(data_dir) => return here(config, &data_dir, order, progress).await,
            Err(LockError::Owned { .. }) => {}
            Err(error) => return Err(Refused::wrong(&error)),
        }
        if let Some(stream) = connect(&config.data_dir).await {
            let told = there(stream, order, progress).await;
            return told.unwrap_or_else(|error| {
                Err(Refused::Wrong(format!(
                    "the running server broke off: {error}; what was done is unknown"
                )))
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
    if pair::took_part(config) {
        return Err(not_here(config));
    }
    Err(Refused::wrong(&LockError::Owned { path: config.data_dir.clone() }))
}

/// One of two machines changes its data only while it leads.
fn not_here(config: &Config) -> Refused {
    replicate::not_here(config.ha.node.as_deref().unwrap_or_default())
}

async fn here(
    config: &Config,
    _data_dir: &DataDir,
    order: Order,
    progress: &Progress,
) -> Result<Outcome, Refused> {
    let (clock, chance) = (Clock::system(), Chance::system());
    let registry = Registry::new(config, "", clock.clone(), chance.clone());
    let office = Office::new(config, registry, &clock, &chance);
    let actor = Actor::Cli { uid: rustix::process::getuid().as_raw() };
    let done = office.run(order, actor, progress).await;
    office.registry.close().await;
    done
}

/// A connection to the program that owns the directory, if it listens and is who it should be.
async fn connect(data_dir: &Path) -> Option<UnixStream> {
    let path = DataDir::socket_of(data_dir)?;
    let stream = UnixStream::connect(path).await.ok()?;
    let owner = std::fs::metadata(data_dir).ok()?.uid();
    let peer = stream.peer_cred().ok()?.uid();
    (peer == owner || peer == 0).then_some(stream)
}

async fn there(
    mut stream: UnixStream,
    order: Order,
    progress: &Progress,
) -> io::Result<Result<Outcome, Refused>> {
    let payload = u64::try_from(order.payload.len()).unwrap_or(u64::MAX);
    control::send(&mut stream, &Request { build: control::build(), order: order.command, payload }).await?;
    // Who is refused is told so before everything was read.
    let _ = stream.write_all(&order.payload).await;
    let mut reader = BufReader::new(&mut stream);
    loop {
        match control::line(&mut reader).await? {
            Reply::Progress(step) => progress.at(step.done, step.of),
            Reply::Done(outcome) => return Ok(Ok(outcome)),
            Reply::Refused(refused) => return Ok(Err(refused)),
        }
    }
}
