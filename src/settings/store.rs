//! The rows of the table `setting`.

use crate::db::{Fault, ReadTx};

pub(super) fn all(tx: &ReadTx<'_>) -> Result<Vec<(String, String)>, Fault> {
    tx.all("SELECT key, value FROM setting", [], |row| Ok((row.get("key")?, row.get("value")?)))
}
