//! How questions and answers travel: a length of four bytes, then JSON.

use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::register::{Answer, Call};

/// What this build speaks; both sides name theirs.
pub(super) const PROTOCOL: u32 = 1;

/// More than any question or answer has.
const LONGEST: u32 = 256 << 10;

/// What a node sends to the witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u32,
    /// What it wants.
    pub wish: Wish,
}

/// What a node wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wish {
    /// A question to the register.
    Call(Call),
    /// A register where there is none.
    Begin {
        /// The cluster.
        cluster: String,
        /// Who asks.
        node: String,
        /// Who leads, and holds everything.
        leader: String,
        /// Higher than any epoch there was.
        epoch: u64,
    },
}

/// What the witness sends back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// The register has spoken.
    Answer(Answer),
    /// The witness did not let the register speak.
    Refused(Refusal),
    /// The register was written.
    Begun,
}

/// Why the witness did not let the register speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The register is of another cluster, or there is none.
    #[error("the witness does not know this cluster")]
    UnknownCluster,
    /// The node's name does not stand in the certificate that it showed.
    #[error("the certificate does not carry the name of this node")]
    NotYourName,
    /// The register could not be written.
    #[error("the witness could not write its register")]
    NotWritten,
    /// There is a register already.
    #[error("the witness has a register already")]
    Exists,
    /// The two builds do not speak the same.
    #[error("the witness is of another version")]
    Protocol,
}

/// Sends one message.
pub(super) async fn send(to: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("the message is too long"))?;
    let mut whole = length.to_be_bytes().to_vec();
    whole.extend_from_slice(&body);
    to.write_all(&whole).await?;
    to.flush().await
}

/// Receives one message; `None` when the other side has gone.
pub(super) async fn receive<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<T>> {
    let length = match from.read_u32().await {
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    };
    if length > LONGEST {
        return Err(io::Error::other("a message that is too long"));
    }
    let mut body = vec![0; usize::try_from(length).unwrap_or(0)];
    from.read_exact(&mut body).await?;
    Ok(Some(serde_json::from_slice(&body)?))
}
