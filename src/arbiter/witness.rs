//! The witness: keeps the register on a third machine and answers the two nodes. It holds no personal data.
//!
//! **Invariant:** an answer goes out only when what it says is durable.
//! **Invariant:** a witness without a register answers nobody's question; it never makes one up.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::register::{Call, Keeper, Register};
use super::store::{RegisterFile, StoreError};
use super::tls::{Papers, TlsError, is_named};
use super::wire::{self, PROTOCOL, Refusal, Reply, Request, Wish};
use crate::base::Clock;
use crate::config::HaConfig;

/// How long a handshake may take, and how long a node may be silent.
const HANDSHAKE: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_mins(1);

/// Two nodes and people who look; more is no cluster.
const CONNECTIONS: usize = 64;

/// Why the witness does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The register cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address is taken or not ours.
    #[error("ha.listen = {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A witness that has its register and its address.
#[derive(Debug)]
pub struct Witness {
    desk: Arc<Desk>,
    socket: TcpListener,
    address: SocketAddr,
}

/// What every connection reaches.
#[derive(Debug)]
struct Desk {
    cluster: String,
    lease: Duration,
    file: RegisterFile,
    papers: Papers,
    clock: Clock,
    began: Instant,
    keeper: Mutex<Option<Keeper>>,
    broken: CancellationToken,
}

impl Witness {
    /// Reads the register in `dir`, and listens at `address`.
    pub async fn open(
        config: &HaConfig,
        address: SocketAddr,
        dir: &Path,
        clock: &Clock,
    ) -> Result<Self, WitnessError> {
        let refused = |source| WitnessError::Listen { address, source };
        let papers = Papers::of(config);
        papers.server()?;
        let file = RegisterFile::in_dir(dir);
        let register = file.read()?;
        let lease = Duration::from_millis(config.lease_ms);
        let keeper = register.map(|register| Keeper::new(register, lease, Duration::ZERO));
        let desk = Desk {
            cluster: config.cluster_id.clone().unwrap_or_default(),
            lease,
            file,
            papers,
            clock: clock.clone(),
            began: Instant::now(),
            keeper: Mutex::new(keeper),
            broken: CancellationToken::new(),
        };
        let socket = TcpListener::bind(address).await.map_err(refused)?;
        let address = socket.local_addr().map_err(refused)?;
        Ok(Self { desk: Arc::new(desk), socket, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The register that is in force, if there is one.
    pub fn register(&self) -> Option<Register> {
        self.desk.keeper().as_ref().map(|keeper| keeper.register().clone())
    }

    /// Answers until it is told to stop, or until nobody knows what a power cut would leave of the register.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), StoreError> {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let running = TaskTracker::new();
        let desk = self.desk;
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                () = desk.broken.cancelled() => break,
                accepted = self.socket.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
                tracing::warn!(%peer, "too many connections");
                continue;
            };
            let (desk, stop) = (Arc::clone(&desk), stop.clone());
            running.spawn(async move {
                stop.run_until_cancelled(connection(&desk, stream, peer)).await;
                drop(place);
            });
        }
        running.close();
        running.wait().await;
        if desk.broken.is_cancelled() {
            // What lies there now is the truth, if it can be read at all.
            desk.file.read()?;
            let path = desk.file.path().to_owned();
            return Err(StoreError::Unsure { path, source: std::io::Error::other("not synced") });
        }
        Ok(())
    }
}

async fn connection(desk: &Desk, stream: TcpStream, peer: SocketAddr) {
    // Questions are small, and leadership hangs on them.
    let _ = stream.set_nodelay(true);
    let config = match desk.papers.server() {
        Ok(config) => config,
        Err(error) => return tracing::error!(%error, "no certificate"),
    };
    match tokio::time::timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(stream)) => questions(desk, stream, peer).await,
        Ok(Err(error)) => tracing::info!(%peer, %error, "nobody of this cluster"),
        Err(_) => {}
    }
}

async fn questions(desk: &Desk, mut stream: TlsStream<TcpStream>, peer: SocketAddr) {
    loop {
        let request = match tokio::time::timeout(SILENCE, wire::receive::<Request>(&mut stream)).await {
            Ok(Ok(Some(request))) => request,
            Ok(Ok(None)) | Err(_) => return,
            Ok(Err(error)) => return tracing::info!(%peer, %error, "no question"),
        };
        let reply = {
            let (_, session) = stream.get_ref();
            let named = |name: &str| is_named(session.peer_certificates(), name);
            desk.reply(&request, named)
        };
        if desk.broken.is_cancelled() {
            return;
        }
        if let Err(error) = wire::send(&mut stream, &reply).await {
            return tracing::info!(%peer, %error, "the answer was not heard");
        }
    }
}

impl Desk {
    fn reply(&self, request: &Request, named: impl Fn(&str) -> bool) -> Reply {
        if request.protocol != PROTOCOL {
            return Reply::Refused(Refusal::Protocol);
        }
        let (Wish::Call(Call { cluster, node, .. }) | Wish::Begin { cluster, node, .. }) = &request.wish;
        if *cluster != self.cluster {
            return Reply::Refused(Refusal::UnknownCluster);
        }
        if !named(node) {
            return Reply::Refused(Refusal::NotYourName);
        }
        let done = match &request.wish {
            Wish::Call(call) => self.call(call),
            Wish::Begin { leader, epoch, .. } => self.begin(leader, *epoch),
        };
        done.unwrap_or_else(Reply::Refused)
    }

    fn call(&self, call: &Call) -> Result<Reply, Refusal> {
        let mut keeper = self.keeper();
        let keeper = keeper.as_mut().ok_or(Refusal::UnknownCluster)?;
        let now = self.began.elapsed();
        let ruling = keeper.decide(call, now);
        let verdict = ruling.verdict;
        if let Some(change) = &ruling.change {
            self.write(change)?;
        }
        keeper.adopt(ruling);
        Ok(Reply::Answer(keeper.answer(call.id, verdict, now)))
    }

    fn begin(&self, leader: &str, epoch: u64) -> Result<Reply, Refusal> {
        let mut keeper = self.keeper();
        if keeper.is_some() {
            return Err(Refusal::Exists);
        }
        // A register that was lost had a lower one: its changes were fewer than the milliseconds since then.
        let version = u64::try_from(self.clock.now().millis()).unwrap_or(1);
        let register = Register::new(&self.cluster, leader, version, epoch);
        self.write(&register)?;
        *keeper = Some(Keeper::new(register, self.lease, self.began.elapsed()));
        Ok(Reply::Begun)
    }

    fn write(&self, register: &Register) -> Result<(), Refusal> {
        let Register { version, epoch, leader, in_sync, .. } = register;
        match self.file.write(register) {
            Ok(()) => {
                tracing::info!(version, epoch, leader, in_sync, "register written");
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, version, epoch, leader, in_sync, "register not written");
                if matches!(error, StoreError::Unsure { .. }) {
                    self.broken.cancel();
                }
                Err(Refusal::NotWritten)
            }
        }
    }

    fn keeper(&self) -> MutexGuard<'_, Option<Keeper>> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
