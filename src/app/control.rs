//! The control socket: how a command reaches the program that owns `data_dir`.
//!
//! The caller writes one line of JSON, [`Request`], and then as many bytes as it announces. The program answers with lines of
//! JSON, [`Reply`]: any number that tell how far it has come, and one that is the end. A line and the bytes have limits.
//!
//! **Invariant:** only the program's own user and root are heard; who spoke is recorded with what they changed.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::command::{Command, Order, Outcome, Progress, Refused, Step};
use super::office::Office;
use super::replicate::Deputy;
use crate::db::Actor;

/// The longest line, in bytes. Reports of an import with many wrong rows are long.
const LINE: u64 = 16 << 20;

/// The largest file that an order may carry, in bytes.
const PAYLOAD: u64 = 512 << 20;

/// The longest path that a socket address holds on Linux, without its closing zero.
const PATH: usize = 107;

/// How long a caller may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(30);

/// The first line of a caller.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The caller's build. Another one may mean another thing by the same words.
    pub build: String,
    /// What is to be done.
    pub order: Command,
    /// Bytes that follow the line.
    pub payload: u64,
}

/// A line of the answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// It goes on.
    Progress(Step),
    /// It is done.
    Done(Outcome),
    /// It was not done.
    Refused(Refused),
}

/// Who carries out what callers want.
#[derive(Clone, Debug)]
pub(super) enum Counter {
    /// A program that has the cities open.
    Office(Box<Office>),
    /// A node that does not lead.
    Deputy(Deputy),
}

impl Counter {
    async fn run(&self, order: Order, actor: Actor, progress: &Progress) -> Result<Outcome, Refused> {
        match self {
            Self::Office(office) => office.run(order, actor, progress).await,
            Self::Deputy(deputy) => deputy.run(&order.command, &actor).await,
        }
    }
}

/// The build that speaks.
pub(super) fn build() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The socket, removed when dropped.
#[derive(Debug)]
pub(super) struct Control {
    listener: std::os::unix::net::UnixListener,
    path: PathBuf,
}

impl Drop for Control {
    fn drop(&mut self) {
        // Left over it does no harm: the next owner of the directory replaces it.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Control {
    /// Makes the socket of this `data_dir`, whose lock the caller holds.
    pub(super) fn bind(data_dir: &Path) -> io::Result<Self> {
        let path = socket_path(data_dir)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = std::os::unix::net::UnixListener::bind(&path)?;
        listener.set_nonblocking(true)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Answers callers until it is told to stop; a command that runs is finished first.
    pub(super) async fn serve(self, counter: Counter, stop: CancellationToken) {
        let accepting = self.listener.try_clone().and_then(UnixListener::from_std);
        let socket = match accepting {
            Ok(socket) => socket,
            Err(error) => return tracing::error!(%error, "no control socket"),
        };
        let running = TaskTracker::new();
        while let Some(accepted) = stop.run_until_cancelled(socket.accept()).await {
            match accepted {
                Ok((stream, _)) => {
                    running.spawn(answer(stream, counter.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "no control connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        running.close();
        running.wait().await;
    }
}

async fn answer(mut stream: UnixStream, counter: Counter) {
    if let Err(error) = converse(&mut stream, &counter).await {
        tracing::debug!(%error, "control connection ended");
    }
}

async fn converse(stream: &mut UnixStream, counter: &Counter) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    if uid != 0 && uid != rustix::process::geteuid().as_raw() {
        tracing::warn!(uid, "refused at the control socket");
        let refused = Refused::Wrong(format!("user {uid} may not command this server"));
        return send(stream, &Reply::Refused(refused)).await;
    }
    let order = match tokio::time::timeout(PATIENCE, listen(stream)).await {
        Err(_) => return Ok(()),
        Ok(Err(error)) => {
            return send(stream, &Reply::Refused(Refused::wrong(&error))).await;
        }
        Ok(Ok(order)) => order,
    };
    let (progress, mut steps) = Progress::new();
    let run = counter.run(order, Actor::Cli { uid }, &progress);
    tokio::pin!(run);
    let mut heard = true;
    let ended = loop {
        tokio::select! {
            ended = run.as_mut() => break ended,
            Ok(()) = steps.changed(), if heard => {
                let step = *steps.borrow_and_update();
                // A caller that has gone does not stop what was begun.
                heard = send(stream, &Reply::Progress(step)).await.is_ok();
            }
        }
    };
    let reply = ended.map_or_else(Reply::Refused, Reply::Done);
    send(stream, &reply).await
}

async fn listen(stream: &mut UnixStream) -> io::Result<Order> {
    let mut reader = BufReader::new(stream);
    let request: Request = line(&mut reader).await?;
    if request.build != build() {
        let why = format!("this server is build {}, the command is build {}", build(), request.build);
        return Err(io::Error::other(why));
    }
    if request.payload > PAYLOAD {
        return Err(io::Error::other(format!("the file is larger than {PAYLOAD} bytes")));
    }
    let mut payload = Vec::new();
    reader.take(request.payload).read_to_end(&mut payload).await?;
    if u64::try_from(payload.len()).ok() != Some(request.payload) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Order { command: request.order, payload })
}

/// Writes one line.
pub(super) async fn send<T: Serialize>(stream: &mut UnixStream, value: &T) -> io::Result<()> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    stream.write_all(&text).await
}

/// Reads one line.
pub(super) async fn line<T, R>(reader: &mut BufReader<R>) -> io::Result<T>
where
    T: for<'de> Deserialize<'de>,
    R: AsyncRead + Unpin,
{
    let mut text = Vec::new();
    reader.take(LINE).read_until(b'\n', &mut text).await?;
    if text.last() != Some(&b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&text)?)
}

/// In `data_dir`, or, where that path is too long for a socket, in a directory of our own under the runtime directory.
fn socket_path(data_dir: &Path) -> io::Result<PathBuf> {
    let near = data_dir.canonicalize()?.join("control.sock");
    if near.as_os_str().len() <= PATH {
        return Ok(near);
    }
    let uid = rustix::process::geteuid().as_raw();
    let told = ["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"].iter().find_map(std::env::var_os);
    let runtime = told.map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = runtime.join(format!("madoguchi-{uid}"));
    match DirBuilder::new().mode(0o700).create(&dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = std::fs::symlink_metadata(&dir)?;
    if !found.is_dir() || found.uid() != uid || found.mode() & 0o077 != 0 {
        return Err(io::Error::other(format!("{}: not a directory of our own alone", dir.display())));
    }
    let digest = hex::encode(Sha256::digest(near.as_os_str().as_encoded_bytes()));
    Ok(dir.join(format!("{}.sock", digest.get(..16).unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_whose_path_would_be_too_long_lies_in_a_directory_of_our_own() {
        let dir = tempfile::tempdir().unwrap();
        let short = socket_path(dir.path()).unwrap();
        assert_eq!(short, dir.path().canonicalize().unwrap().join("control.sock"));
        let deep = dir.path().join("x".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let far = socket_path(&deep).unwrap();
        assert!(far.as_os_str().len() <= PATH, "{}", far.display());
        let mode = std::fs::metadata(far.parent().unwrap()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[tokio::test]
    async fn a_line_longer_than_its_limit_or_without_end_is_refused() {
        let mut cut = BufReader::new(&b"{\"build\":\"1\""[..]);
        assert!(line::<Request, _>(&mut cut).await.is_err());
        let strange = b"{\"build\":\"1\",\"order\":{\"command\":\"drop_everything\"},\"payload\":0}\n";
        assert!(line::<Request, _>(&mut BufReader::new(&strange[..])).await.is_err());
    }
}
