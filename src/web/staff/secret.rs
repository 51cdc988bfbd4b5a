//! Passwords are hashed here, a few at a time, before any transaction begins.

use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::accounts::{Password, PasswordHash};
use crate::base::Chance;
use crate::web::{PageError, State};

/// Each takes 19 MB and a core for some ten milliseconds.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

async fn hashing<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, crate::accounts::HashError> + Send + 'static,
) -> Result<T, PageError> {
    let _one = AT_ONCE.acquire().await.map_err(|_| PageError::Busy)?;
    let done = tokio::task::spawn_blocking(job).await;
    done.map_err(|error| PageError::Fault(error.to_string()))?
        .map_err(|error| PageError::Fault(error.to_string()))
}

/// The stored hash, if the typed password matches it. For a user who does not exist it takes as long.
pub(super) async fn prove(
    stored: Option<PasswordHash>,
    typed: SecretString,
) -> Result<Option<PasswordHash>, PageError> {
    hashing(move || match stored {
        Some(hash) => Ok(if hash.matches(&typed)? { Some(hash) } else { None }),
        None => Password::waste(&typed).map(|()| None),
    })
    .await
}

/// The hash of a new password.
pub(super) async fn hash(state: &State, typed: SecretString) -> Result<PasswordHash, PageError> {
    let chance: Chance = state.chance.clone();
    hashing(move || Password::hash(&typed, &chance)).await
}
