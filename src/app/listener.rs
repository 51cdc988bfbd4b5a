//! One listener: its socket, its connections, its end.
//!
//! **Invariant:** no more connections are accepted than the limit; the next ones wait in the kernel's queue.
//! **Invariant:** a connection that is reset, silent or no TLS is no error in the log: health checks do that all day.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::StartError;
use super::entrance::Entrance;
use super::thread::{Crew, Thread};
use super::tls::Tls;
use crate::config::{LimitsConfig, Listener};

/// Connections that the kernel keeps waiting for us.
const BACKLOG: i32 = 1024;

/// How long a browser may take for a handshake, and for the head of a request; less where a whole request has less.
const HEAD_TIME: Duration = Duration::from_secs(15);

/// How long requests that run may take after the program was told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// A listener whose address is taken.
#[derive(Debug)]
pub(super) struct Bound {
    name: &'static str,
    socket: std::net::TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    allow: Vec<IpNet>,
    connections: usize,
    head_time: Duration,
}

/// What serves behind a listener.
#[derive(Debug)]
pub(super) struct Seat {
    pub router: Router,
    pub workers: usize,
    pub stop: CancellationToken,
}

impl Bound {
    /// Takes the address of the section `name`, and reads its certificates.
    pub(super) fn bind(
        name: &'static str,
        config: &Listener,
        limits: &LimitsConfig,
    ) -> Result<Self, StartError> {
        let refused = |source| StartError::Listen { section: name, address: config.listen, source };
        let tls = Tls::of(name, config)?;
        let socket = listen(config.listen).map_err(refused)?;
        let address = socket.local_addr().map_err(refused)?;
        let head_time = HEAD_TIME.min(limits.request_time());
        let (allow, connections) = (config.allow.clone(), limits.connections);
        Ok(Self { name, socket, address, tls, allow, connections, head_time })
    }

    /// The address, with the port that was given when any free one was asked for.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a browser on this machine types it.
    pub(super) fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves from a thread of its own until it is told to stop.
    pub(super) fn serve(self, seat: Seat) -> Result<Thread, StartError> {
        Crew::new(self.name, seat.workers)?.start(self.accept(seat.router, seat.stop))
    }

    async fn accept(self, router: Router, stop: CancellationToken) {
        let socket = match TcpListener::from_std(self.socket) {
            Ok(socket) => socket,
            Err(error) => return tracing::error!(listener = self.name, %error, "cannot listen"),
        };
        let room = Arc::new(Semaphore::new(self.connections));
        let running = TaskTracker::new();
        let watching = self.tls.clone().map(|tls| tokio::spawn(tls.watch(stop.clone())));
        loop {
            let Some(Ok(place)) = stop.run_until_cancelled(Arc::clone(&room).acquire_owned()).await else {
                break;
            };
            let Some(accepted) = stop.run_until_cancelled(socket.accept()).await else { break };
            let (stream, peer) = match accepted {
                Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
                Err(error) => {
                    // Out of descriptors, most likely: a moment later there may be some.
                    tracing::warn!(listener = self.name, %error, "no connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            if !allowed(&self.allow, peer) {
                tracing::info!(listener = self.name, %peer, "not in allow");
                continue;
            }
            let entrance = Entrance { router: router.clone(), peer, secure: self.tls.is_some() };
            let line = Line { tls: self.tls.clone(), head_time: self.head_time, stop: stop.clone() };
            let open = metrics::gauge!("madoguchi_connections", "listener" => self.name);
            running.spawn(async move {
                open.increment(1.0);
                connection(stream, line, entrance).await;
                open.decrement(1.0);
                drop(place);
            });
        }
        drop(socket);
        running.close();
        if tokio::time::timeout(GRACE, running.wait()).await.is_err() {
            tracing::warn!(listener = self.name, left = running.len(), "connections cut off");
        }
        if let Some(watching) = watching {
            watching.abort();
        }
    }
}

fn allowed(allow: &[IpNet], peer: IpAddr) -> bool {
    allow.is_empty() || allow.iter().any(|net| net.contains(&peer))
}

/// The standard library keeps 128 connections waiting; an opening rush brings more.
pub(super) fn listen(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
    rustix::net::sockopt::set_socket_reuseaddr(&socket, true)?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(std::net::TcpListener::from(socket))
}

/// What a connection needs to know of its listener.
struct Line {
    tls: Option<Tls>,
    head_time: Duration,
    stop: CancellationToken,
}

async fn connection(stream: TcpStream, line: Line, entrance: Entrance) {
    // Answers are small; waiting for more would only hold them back.
    let _ = stream.set_nodelay(true);
    match &line.tls {
        None => requests(stream, &line, entrance).await,
        Some(tls) => {
            let shaken = tokio::time::timeout(line.head_time, tls.accept(stream));
            match line.stop.run_until_cancelled(shaken).await {
                Some(Ok(Ok(stream))) => requests(stream, &line, entrance).await,
                Some(Ok(Err(error))) => tracing::debug!(%error, "no handshake"),
                Some(Err(_)) | None => {}
            }
        }
    }
}

async fn requests<S>(stream: S, line: &Line, entrance: Entrance)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut server = Builder::new(TokioExecutor::new()).http1_only();
    server.http1().timer(TokioTimer::new()).header_read_timeout(line.head_time).max_headers(100);
    let service = TowerToHyperService::new(entrance);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = line.stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}
