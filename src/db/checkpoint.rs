//! Checkpoints are the writer's: they keep the log bounded while readers come and go.

use std::time::Duration;

use rusqlite::Connection;

use super::readers::Gate;

#[derive(Debug)]
pub(super) struct Checkpoints {
    frame: u64,
    passive: u64,
    restart: u64,
    failures: u32,
    /// Bytes of the log at the last attempt to start it again.
    tried: u64,
}

impl Checkpoints {
    pub(super) fn new(conn: &Connection, passive: u64, restart: u64) -> rusqlite::Result<Self> {
        let page: u32 = conn.query_row("PRAGMA page_size", [], |row| row.get("page_size"))?;
        Ok(Self { frame: u64::from(page) + 24, passive, restart, failures: 0, tried: 0 })
    }

    /// Looks at the log after a batch and does what its length asks for.
    pub(super) fn tend(&mut self, conn: &Connection, gate: &Gate) {
        if let Err(error) = self.look(conn, gate) {
            tracing::warn!(%error, "a checkpoint failed");
        }
    }

    fn look(&mut self, conn: &Connection, gate: &Gate) -> rusqlite::Result<()> {
        let (_, log, copied) = checkpoint(conn, "PRAGMA wal_checkpoint(NOOP)")?;
        let (bytes, waiting) = (log * self.frame, log.saturating_sub(copied) * self.frame);
        if bytes < self.restart {
            // The log may have begun anew by a commit alone, once the last reader of its old frames had left.
            self.tried = 0;
            self.failures = 0;
            gate.open();
            if waiting >= self.passive {
                checkpoint(conn, "PRAGMA wal_checkpoint(PASSIVE)")?;
            }
            return Ok(());
        }
        if gate.is_shut() {
            if gate.is_empty() {
                self.start_again(conn, gate, bytes)?;
            }
            return Ok(());
        }
        if bytes >= self.tried + self.passive {
            self.start_again(conn, gate, bytes)?;
        }
        Ok(())
    }

    fn start_again(&mut self, conn: &Connection, gate: &Gate, bytes: u64) -> rusqlite::Result<()> {
        self.tried = bytes;
        conn.busy_timeout(Duration::from_millis(50))?;
        let outcome = checkpoint(conn, "PRAGMA wal_checkpoint(RESTART)");
        conn.busy_timeout(Duration::from_secs(5))?;
        let (busy, _, _) = outcome?;
        if busy == 0 {
            self.failures = 0;
            gate.open();
            return Ok(());
        }
        self.failures += 1;
        if gate.is_shut() {
            // A foreign process reads: our own readers need not wait for it.
            gate.open();
        } else if self.failures >= 2 {
            gate.shut();
        }
        Ok(())
    }
}

/// Puts the whole log into the file and leaves it empty, if nobody reads.
pub(super) fn fold(conn: &Connection) -> rusqlite::Result<()> {
    checkpoint(conn, "PRAGMA wal_checkpoint(TRUNCATE)").map(|_| ())
}

fn checkpoint(conn: &Connection, sql: &str) -> rusqlite::Result<(u64, u64, u64)> {
    conn.prepare_cached(sql)?.query_row([], |row| {
        let frames = |name: &str| row.get::<_, i64>(name).map(|n| u64::try_from(n).unwrap_or(0));
        Ok((frames("busy")?, frames("log")?, frames("checkpointed")?))
    })
}
