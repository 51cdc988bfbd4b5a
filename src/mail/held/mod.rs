//! Letters that wait for an administrator, because the file that they stand in came out of a copy.
//!
//! Spec: 10(4).

mod store;

use super::Listed;
use crate::base::OutboxId;
use crate::db::{Fault, ReadTx, WriteTx};

/// Holds every letter that has not left. Gives their number.
pub fn hold_unsent(tx: &WriteTx<'_>) -> Result<u32, Fault> {
    store::hold_unsent(tx)
}

/// The letters that are held, oldest first.
pub fn held(tx: &ReadTx<'_>) -> Result<Vec<Listed>, Fault> {
    store::held(tx)
}

/// Lets these letters leave now, as far as they are held. Gives their number.
pub fn release_held(tx: &WriteTx<'_>, letters: &[OutboxId]) -> Result<u32, Fault> {
    let mut done = 0;
    for letter in letters {
        done += store::release(tx, *letter)?;
    }
    Ok(done)
}

/// Takes these letters back, as far as they are held; `why` stands where the server's answer would.
pub fn withdraw_held(tx: &WriteTx<'_>, letters: &[OutboxId], why: &str) -> Result<u32, Fault> {
    let mut done = 0;
    for letter in letters {
        done += store::withdraw(tx, *letter, why)?;
    }
    Ok(done)
}
