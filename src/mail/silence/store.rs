//! The SQL of a mail server that does not answer.

use rusqlite::named_params;

use crate::base::Moment;
use crate::db::{Fault, ReadTx, WriteTx};

pub(super) fn read(tx: &ReadTx<'_>) -> Result<Option<(Moment, String)>, Fault> {
    tx.opt("SELECT since, said FROM mail_silence", [], |row| Ok((row.get("since")?, row.get("said")?)))
}

/// Letters that could have left: tried before, or due.
pub(super) fn waiting(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    tx.one(
        "SELECT COUNT(*) AS waiting FROM outbox WHERE state = 'queued' AND (next_at <= :now OR attempts > 0)",
        named_params! { ":now": tx.now() },
        |row| row.get("waiting"),
    )
}

pub(super) fn note(tx: &WriteTx<'_>, said: &str) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO mail_silence (id, since, said) VALUES (1, :now, :said)
         ON CONFLICT (id) DO UPDATE SET said = :said",
        named_params! { ":now": tx.now(), ":said": said },
    )?;
    Ok(())
}

pub(super) fn end(tx: &WriteTx<'_>) -> Result<(), Fault> {
    tx.run("DELETE FROM mail_silence", [])?;
    Ok(())
}
