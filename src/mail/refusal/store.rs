//! The rows of `mail_refusal`.

use rusqlite::{Row, named_params};

use super::Refusal;
use crate::base::{MailRefusalId, Personal};
use crate::db::{Fault, ReadTx, WriteTx};

const COLUMNS: &str = "SELECT id, email, refused_at, told FROM mail_refusal";

fn refusal(row: &Row<'_>) -> rusqlite::Result<Refusal> {
    Ok(Refusal {
        id: row.get("id")?,
        email: Personal::of(row.get("email")?),
        refused_at: row.get("refused_at")?,
        told: row.get("told")?,
    })
}

pub(super) fn of(tx: &ReadTx<'_>, email: &str) -> Result<Option<Refusal>, Fault> {
    tx.opt(&format!("{COLUMNS} WHERE email = :email"), named_params! { ":email": email }, refusal)
}

pub(super) fn get(tx: &ReadTx<'_>, id: MailRefusalId) -> Result<Option<Refusal>, Fault> {
    tx.opt(&format!("{COLUMNS} WHERE id = :id"), named_params! { ":id": id }, refusal)
}

pub(super) fn page(
    tx: &ReadTx<'_>,
    after: Option<MailRefusalId>,
    most: usize,
) -> Result<Vec<Refusal>, Fault> {
    let (after, most) = (after.map_or(i64::MAX, MailRefusalId::get), i64::try_from(most).unwrap_or(i64::MAX));
    tx.all(
        &format!("{COLUMNS} WHERE id < :after ORDER BY id DESC LIMIT :most"),
        named_params! { ":after": after, ":most": most },
        refusal,
    )
}

pub(super) fn insert(tx: &WriteTx<'_>, email: &str, told: Option<&str>) -> Result<MailRefusalId, Fault> {
    let row = tx.insert(
        "INSERT INTO mail_refusal (email, refused_at, told) VALUES (:email, :now, :told)",
        named_params! { ":email": email, ":now": tx.now(), ":told": told },
    )?;
    Ok(MailRefusalId::of(row))
}

pub(super) fn delete(tx: &WriteTx<'_>, id: MailRefusalId) -> Result<(), Fault> {
    tx.run("DELETE FROM mail_refusal WHERE id = :id", named_params! { ":id": id })?;
    Ok(())
}
