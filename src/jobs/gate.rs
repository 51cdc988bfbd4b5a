//! Whether this node may send: the one place where a pair of machines says which of them is the leader.
//!
//! **Invariant:** behind a closed gate no letter is claimed and none is handed over.

use std::sync::Arc;

/// Asked before each round of letters. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<dyn Fn() -> bool + Send + Sync>);

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
        Self(Arc::new(may))
    }

    /// Whether letters may leave now.
    pub fn is_open(&self) -> bool {
        (self.0)()
    }
}
