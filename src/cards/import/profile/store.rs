//! The SQL of saved profiles.

use rusqlite::{Row, named_params};

use super::{Profile, SavedProfile};
use crate::base::{ImportProfileId, Moment};
use crate::db::{Fault, ReadTx, WriteTx};

const PROFILE: &str = "SELECT id, version, toml, actor, saved_at FROM import_profile";

pub(super) fn insert(tx: &WriteTx<'_>, profile: &Profile, version: u32) -> Result<ImportProfileId, Fault> {
    let row = tx.insert(
        "INSERT INTO import_profile (name, version, kind, toml, actor, saved_at)
         VALUES (:name, :version, :kind, :toml, :actor, :now)",
        named_params! {
            ":name": profile.name, ":version": version, ":kind": profile.kind, ":toml": profile.to_toml(),
            ":actor": tx.actor().display_name(), ":now": tx.now(),
        },
    )?;
    Ok(ImportProfileId::of(row))
}

pub(super) fn newest(tx: &ReadTx<'_>, name: &str) -> Result<Option<SavedProfile>, Fault> {
    let row = tx.opt(
        &format!("{PROFILE} WHERE name = :name ORDER BY version DESC LIMIT 1"),
        named_params! { ":name": name },
        raw,
    )?;
    row.map(understood).transpose()
}

pub(super) fn get(tx: &ReadTx<'_>, id: ImportProfileId) -> Result<Option<SavedProfile>, Fault> {
    let row = tx.opt(&format!("{PROFILE} WHERE id = :id"), named_params! { ":id": id }, raw)?;
    row.map(understood).transpose()
}

pub(super) fn newest_of_each(tx: &ReadTx<'_>) -> Result<Vec<SavedProfile>, Fault> {
    let rows = tx.all(
        &format!(
            "{PROFILE} AS one
             WHERE version = (SELECT max(version) FROM import_profile WHERE name = one.name)
             ORDER BY name"
        ),
        [],
        raw,
    )?;
    rows.into_iter().map(understood).collect()
}

/// Every version, the newest of each name first.
pub(super) fn versions(tx: &ReadTx<'_>) -> Result<Vec<SavedProfile>, Fault> {
    let rows = tx.all(&format!("{PROFILE} ORDER BY name, version DESC"), [], raw)?;
    rows.into_iter().map(understood).collect()
}

type Raw = (ImportProfileId, u32, String, String, Moment);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get("id")?, row.get("version")?, row.get("toml")?, row.get("actor")?, row.get("saved_at")?))
}

fn understood((id, version, toml, actor, saved_at): Raw) -> Result<SavedProfile, Fault> {
    let profile =
        Profile::from_toml(&toml).map_err(|error| Fault::Stored(format!("import_profile.toml: {error}")))?;
    Ok(SavedProfile { id, version, profile, actor, saved_at })
}
