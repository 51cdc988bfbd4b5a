//! The link between the two nodes: one connection, on which each shows its certificate and names its cluster and its build.
//!
//! **Invariant:** the node whose name comes first calls; the other one waits to be called. A connection that replaces another ends it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::driver::Line;
use super::message::{Intro, Message};
use crate::arbiter::{Papers, is_named};

/// What this build speaks on the link.
pub const PROTOCOL: u32 = 1;

/// More than any message has: a thousand of the largest pages.
const LONGEST: u32 = 128 << 20;

/// How long a handshake may take, and how long the other node may be silent or take nothing.
const SILENCE: Duration = Duration::from_secs(5);

/// Between two calls.
const PAUSE: Duration = Duration::from_millis(200);

/// This side of the link.
#[derive(Debug)]
pub struct Link {
    /// What this node shows.
    pub papers: Papers,
    /// Who this node is.
    pub intro: Intro,
    /// The name of the other node.
    pub peer_node: String,
    /// Where it is.
    pub peer: String,
}

impl Link {
    /// Keeps the link up for ever, and tells what comes.
    pub async fn run(self, socket: TcpListener, line: mpsc::UnboundedSender<Line>) {
        if self.intro.node < self.peer_node { self.call(line).await } else { self.wait(socket, line).await }
    }

    async fn call(self, line: mpsc::UnboundedSender<Line>) {
        loop {
            match tokio::time::timeout(SILENCE, self.connect()).await {
                Ok(Ok(stream)) => {
                    self.talk(stream, &line).await;
                    if line.send(Line::Down).is_err() {
                        return;
                    }
                }
                Ok(Err(error)) => tracing::debug!(%error, "the other node is not reached"),
                Err(_) => {}
            }
            if line.is_closed() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn connect(&self) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let config = self.papers.client().map_err(io::Error::other)?;
        let name = ServerName::try_from(self.peer_node.clone()).map_err(io::Error::other)?;
        let stream = TcpStream::connect(&self.peer).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    async fn wait(self, socket: TcpListener, line: mpsc::UnboundedSender<Line>) {
        let this = Arc::new(self);
        let mut present: Option<JoinHandle<()>> = None;
        loop {
            let (stream, peer) = match socket.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no connection");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let accepted = tokio::time::timeout(SILENCE, this.accept(stream)).await;
            let stream = match accepted {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => {
                    tracing::info!(%peer, %error, "not the other node");
                    continue;
                }
                Err(_) => continue,
            };
            if let Some(before) = present.take() {
                before.abort();
            }
            if line.send(Line::Down).is_err() {
                return;
            }
            let (this, line) = (Arc::clone(&this), line.clone());
            present = Some(tokio::spawn(async move {
                this.talk(stream, &line).await;
                // The node may have ended.
                let _ = line.send(Line::Down);
            }));
        }
    }

    async fn accept(&self, stream: TcpStream) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
        stream.set_nodelay(true)?;
        let config = self.papers.server().map_err(io::Error::other)?;
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        let named = is_named(stream.get_ref().1.peer_certificates(), &self.peer_node);
        if named { Ok(stream) } else { Err(io::Error::other("the certificate carries another name")) }
    }

    /// Talks until one side has gone.
    async fn talk<S>(&self, stream: S, line: &mpsc::UnboundedSender<Line>)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (mut from, mut to) = tokio::io::split(stream);
        let greeted = async {
            send(&mut to, &Message::Intro(self.intro.clone())).await?;
            receive(&mut from).await
        };
        let other = match tokio::time::timeout(SILENCE, greeted).await {
            Ok(Ok(Message::Intro(intro))) if self.is_like(&intro) => intro,
            Ok(Ok(Message::Intro(intro))) => {
                let Intro { protocol, cluster, node, build, .. } = intro;
                tracing::error!(
                    protocol,
                    cluster,
                    node,
                    build,
                    "the other node is of another cluster or build"
                );
                return tokio::time::sleep(SILENCE).await;
            }
            Ok(Ok(_)) | Err(_) => return,
            Ok(Err(error)) => return tracing::info!(%error, "the other node hung up"),
        };
        let (out, mut messages) = mpsc::unbounded_channel::<Message>();
        if line.send(Line::Up(out, other)).is_err() {
            return;
        }
        let writing = tokio::spawn(async move {
            while let Some(message) = messages.recv().await {
                if !matches!(tokio::time::timeout(SILENCE, send(&mut to, &message)).await, Ok(Ok(()))) {
                    return;
                }
            }
        });
        let reading = async {
            while let Ok(Ok(message)) = tokio::time::timeout(SILENCE, receive(&mut from)).await {
                if line.send(Line::Heard(message)).is_err() {
                    return;
                }
            }
        };
        let mut writing = Writing(writing);
        tokio::select! {
            () = reading => {}
            _ = &mut writing.0 => {}
        }
    }

    fn is_like(&self, other: &Intro) -> bool {
        let own = &self.intro;
        other.protocol == own.protocol && other.cluster == own.cluster && other.node == self.peer_node
    }
}

/// Ends with its connection.
struct Writing(JoinHandle<()>);

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn send(to: &mut (impl AsyncWrite + Unpin), message: &Message) -> io::Result<()> {
    let body = message.encode()?;
    let length = u32::try_from(body.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("the message is too long"))?;
    to.write_all(&length.to_be_bytes()).await?;
    to.write_all(&body).await?;
    to.flush().await
}

async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Message> {
    let length = from.read_u32().await?;
    if length > LONGEST {
        return Err(io::Error::other("a message that is too long"));
    }
    let mut body = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    from.read_exact(&mut body).await?;
    Message::decode(&body).ok_or_else(|| io::Error::other("a message that cannot be read"))
}

/// Takes the address of the link.
pub fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = std::net::TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
