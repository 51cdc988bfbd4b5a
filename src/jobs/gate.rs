//! Whether this node may send: the one place where a pair of machines says which of them is the leader.
//!
//! **Invariant:** behind a closed gate no letter is claimed and none is handed over.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Says yes when that was found out after it was asked.
type Sure = dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync;

/// Asked before each round of letters. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    may: Arc<dyn Fn() -> bool + Send + Sync>,
    sure: Option<Arc<Sure>>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Gate").field(&self.is_open()).finish()
    }
}

impl Gate {
    /// The gate of a machine that stands alone: always open.
    pub fn open() -> Self {
        Self::from_fn(|| true)
    }

    /// A gate that asks `may` each time.
    pub fn from_fn(may: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { may: Arc::new(may), sure: None }
    }

    /// The same gate, which asks `sure` besides before a batch of letters is begun.
    #[must_use]
    pub fn with_question<F>(self, sure: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self { sure: Some(Arc::new(move || Box::pin(sure()))), ..self }
    }

    /// Whether a batch of letters may be begun: this node leads, found out after this was asked.
    pub async fn is_sure(&self) -> bool {
        match &self.sure {
            _ if !self.is_open() => false,
            Some(sure) => sure().await,
            None => true,
        }
    }

    /// Whether letters may leave now.
    pub fn is_open(&self) -> bool {
        (self.may)()
    }
}
