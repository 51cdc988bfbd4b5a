//! Randomness that is handed in: the machine's, or a seeded one in tests.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Where random bytes come from. Cheap to clone. Its numbers are fit for secrets when made by [`Chance::system`].
#[derive(Clone)]
pub struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    /// A generator seeded by the operating system.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that asks the machine for randomness"
        )]
        let seeded = StdRng::from_rng(&mut rand::rng());
        Self(Arc::new(Mutex::new(seeded)))
    }

    /// A generator that always gives the same bytes for the same seed. For tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// A number from 0 to `bound - 1`; 0 when `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { u64::from_le_bytes(self.bytes()) % bound }
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}
