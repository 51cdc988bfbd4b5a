//! A mail server that does not answer (メールサーバーが応答しない): since when, and how many letters wait.
//!
//! **Invariant:** it is noted with the first attempt that fails so and forgotten with the first that does not, in the transaction
//! that notes the attempt: nobody has to clear it.
//!
//! Spec: 7(3)⑪.

mod store;

use std::time::Duration;

use super::verdict::without_addresses;
use crate::base::Moment;
use crate::db::{Fault, ReadTx, WriteTx};

/// What staff are told of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Silence {
    /// Since when no attempt has got through.
    pub since: Moment,
    /// Letters whose time has come.
    pub waiting: u32,
    /// What was found instead of an answer.
    pub said: String,
}

/// The silence of the mail server, if it has lasted for so many minutes and letters wait.
pub fn silence(tx: &ReadTx<'_>, minutes: u16) -> Result<Option<Silence>, Fault> {
    let Some((since, said)) = store::read(tx)? else { return Ok(None) };
    if tx.now().since(since) < Duration::from_mins(u64::from(minutes)) {
        return Ok(None);
    }
    let waiting = store::waiting(tx)?;
    Ok((waiting > 0).then_some(Silence { since, waiting, said }))
}

/// An attempt found no server that talks to us.
pub(super) fn note(tx: &WriteTx<'_>, said: &str) -> Result<(), Fault> {
    store::note(tx, &without_addresses(said))
}

/// It has answered.
pub(super) fn end(tx: &WriteTx<'_>) -> Result<(), Fault> {
    store::end(tx)
}
