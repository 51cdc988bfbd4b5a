//! The registry's SQL.

use super::Keys;
use crate::db::{Fault, ReadTx};

pub(super) fn keys(tx: &ReadTx<'_>) -> Result<Keys, Fault> {
    let key = |name: &str| tx.one("SELECT value FROM secret WHERE name = ?", [name], |row| row.get("value"));
    Ok(Keys { cookie: key("cookie")?, digest: key("digest")? })
}

pub(super) fn demo(tx: &ReadTx<'_>) -> Result<bool, Fault> {
    tx.one("SELECT demo FROM municipality", [], |row| row.get("demo"))
}
