//! Questions to the witness.

use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::register::{Answer, Call, CallId, Order};
use super::tls::{Papers, TlsError};
use super::wire::{self, PROTOCOL, Refusal, Reply, Request, Wish};
use crate::config::HaConfig;

/// How long the witness may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// A file of ours cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The witness cannot be reached, or is somebody else.
    #[error("ha.witness = {address}: {why}")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// What went wrong.
        why: String,
    },
    /// The witness did not let the register speak.
    #[error("ha.witness = {address}: {refusal}")]
    Refused {
        /// Where it is.
        address: String,
        /// Why.
        refusal: Refusal,
    },
}

/// This node towards the witness.
#[derive(Debug)]
pub struct Client {
    papers: Papers,
    address: String,
    cluster: String,
    node: String,
}

impl Client {
    /// This node as the section says; `None` when it names no witness.
    pub fn of(config: &HaConfig) -> Option<Self> {
        Some(Self {
            papers: Papers::of(config),
            address: config.witness.clone()?,
            cluster: config.cluster_id.clone()?,
            node: config.node.clone()?,
        })
    }

    /// How things stand.
    pub async fn look(&self) -> Result<Answer, AskError> {
        let id = CallId { incarnation: 0, number: 0 };
        let (cluster, node) = (self.cluster.clone(), self.node.clone());
        self.call(Call { id, cluster, node, order: Order::Look }).await
    }

    /// What the register says to this question.
    pub async fn call(&self, call: Call) -> Result<Answer, AskError> {
        match self.ask(Wish::Call(call)).await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Refused(refusal) => Err(self.refused(refusal)),
            Reply::Begun => Err(self.unreachable(&"an answer to another question")),
        }
    }

    /// Has a register written where there is none: `leader` holds everything, and `epoch` is higher than any before.
    pub async fn begin(&self, leader: &str, epoch: u64) -> Result<(), AskError> {
        let (cluster, node, leader) = (self.cluster.clone(), self.node.clone(), leader.to_owned());
        match self.ask(Wish::Begin { cluster, node, leader, epoch }).await? {
            Reply::Begun => Ok(()),
            Reply::Refused(refusal) => Err(self.refused(refusal)),
            Reply::Answer(_) => Err(self.unreachable(&"an answer to another question")),
        }
    }

    pub(super) async fn ask(&self, wish: Wish) -> Result<Reply, AskError> {
        let config = self.papers.client()?;
        let asked = async {
            let mut stream = self.connect(TlsConnector::from(std::sync::Arc::new(config))).await?;
            wire::send(&mut stream, &Request { protocol: PROTOCOL, wish }).await?;
            wire::receive(&mut stream).await?.ok_or_else(|| std::io::Error::other("it hung up"))
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Err(_) => Err(self.unreachable(&"no answer within 5 seconds")),
        }
    }

    async fn connect(&self, connector: TlsConnector) -> std::io::Result<TlsStream<TcpStream>> {
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _)| host);
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
        let name = name.map_err(std::io::Error::other)?;
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        connector.connect(name, stream).await
    }

    fn unreachable(&self, why: &impl ToString) -> AskError {
        AskError::Unreachable { address: self.address.clone(), why: why.to_string() }
    }

    fn refused(&self, refusal: Refusal) -> AskError {
        AskError::Refused { address: self.address.clone(), refusal }
    }
}
