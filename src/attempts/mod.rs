//! Counting what goes wrong, without keeping what was typed.
//!
//! **Invariant:** what is counted is known by a keyed hash only; the rows tell nobody which IDs or accounts were tried.
//!
//! Spec: 7(3)⑭.

mod store;

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::base::Moment;
use crate::db::{Fault, ReadTx, WriteTx};

/// What is counted together, for how long, under which keyed hash.
#[derive(Clone, Debug)]
pub struct Counter {
    kind: &'static str,
    key: [u8; 32],
    span: Duration,
}

impl Counter {
    /// The counter of `what` (a notice ID and a network, an address …), which starts anew `span` after its first count.
    pub fn of(tx: &ReadTx<'_>, kind: &'static str, what: &[&str], span: Duration) -> Result<Self, Fault> {
        Ok(Self { kind, key: keyed(tx, kind, what)?, span })
    }

    /// How many there are at this moment.
    pub fn count(&self, tx: &ReadTx<'_>) -> Result<u32, Fault> {
        let row = store::attempt(tx, self.kind, &self.key)?;
        Ok(row.filter(|row| self.is_running(row.since, tx.now())).map_or(0, |row| row.failures))
    }

    /// Until when it is locked, if it is.
    pub fn locked_until(&self, tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
        let row = store::attempt(tx, self.kind, &self.key)?;
        Ok(row.and_then(|row| row.locked_until).filter(|until| *until > tx.now()))
    }

    /// Counts one more and gives the sum.
    pub fn add(&self, tx: &WriteTx<'_>) -> Result<u32, Fault> {
        let row = store::attempt(tx, self.kind, &self.key)?;
        let (failures, since) = match row {
            Some(row) if self.is_running(row.since, tx.now()) => (row.failures.saturating_add(1), row.since),
            _ => (1, tx.now()),
        };
        store::put_attempt(tx, self.kind, &self.key, failures, since)?;
        Ok(failures)
    }

    /// Locks it for a while and begins counting anew.
    pub fn lock(&self, tx: &WriteTx<'_>, span: Duration) -> Result<Moment, Fault> {
        let until = tx.now().plus(span);
        store::lock_attempt(tx, self.kind, &self.key, until)?;
        Ok(until)
    }

    /// Forgets what was counted.
    pub fn clear(&self, tx: &WriteTx<'_>) -> Result<(), Fault> {
        store::clear_attempt(tx, self.kind, &self.key)
    }

    fn is_running(&self, since: Moment, now: Moment) -> bool {
        since.plus(self.span) > now
    }
}

/// When the oldest count that is kept began.
pub fn oldest(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    store::oldest(tx)
}

/// Forgets at most `limit` counts that began before `before` and lock nobody, and says how many.
pub fn forget(tx: &WriteTx<'_>, before: Moment, limit: u32) -> Result<usize, Fault> {
    store::delete_before(tx, before, limit)
}

/// The city's keyed hash of some words. The words are parted by a sign that none of them holds.
pub fn keyed(tx: &ReadTx<'_>, kind: &str, words: &[&str]) -> Result<[u8; 32], Fault> {
    let key = store::digest_key(tx)?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&key).map_err(|_| Fault::Stored("secret.digest".to_owned()))?;
    mac.update(kind.as_bytes());
    for word in words {
        mac.update(b"\0");
        mac.update(word.as_bytes());
    }
    Ok(mac.finalize().into_bytes().into())
}
