//! The rows of `staff_session`.

use rusqlite::named_params;

use super::{SessionKey, Stage};
use crate::base::{LocationId, Moment, RoleId, StaffId};
use crate::db::{Fault, ReadTx, WriteTx};

/// A session with its owner.
pub(super) struct Found {
    pub(super) id: StaffId,
    pub(super) user: String,
    pub(super) name: String,
    pub(super) role_id: RoleId,
    pub(super) role: String,
    pub(super) role_name: String,
    pub(super) stage: Stage,
    pub(super) location: Option<LocationId>,
    pub(super) home: Option<LocationId>,
    pub(super) comfy: bool,
    pub(super) has_second_factor: bool,
    pub(super) flash: Option<String>,
    pub(super) origin: String,
    pub(super) last_seen_at: Moment,
    pub(super) expires_at: Moment,
}

pub(super) fn find(tx: &ReadTx<'_>, key: &SessionKey) -> Result<Option<Found>, Fault> {
    tx.opt(
        "SELECT staff.id, user, staff.name, role_id, role.code AS role, role.name AS role_name, stage, location_id,
             home_location_id, comfy, totp_secret IS NOT NULL AS has_second_factor, flash, origin, last_seen_at,
             expires_at
         FROM staff_session
         JOIN staff ON staff.id = staff_id
         JOIN role ON role.id = role_id
         WHERE id_hash = :key AND disabled_at IS NULL",
        named_params! { ":key": key.bytes() },
        |row| {
            Ok(Found {
                id: row.get("id")?,
                user: row.get("user")?,
                name: row.get("name")?,
                role_id: row.get("role_id")?,
                role: row.get("role")?,
                role_name: row.get("role_name")?,
                stage: row.get("stage")?,
                location: row.get("location_id")?,
                home: row.get("home_location_id")?,
                comfy: row.get("comfy")?,
                has_second_factor: row.get("has_second_factor")?,
                flash: row.get("flash")?,
                origin: row.get("origin")?,
                last_seen_at: row.get("last_seen_at")?,
                expires_at: row.get("expires_at")?,
            })
        },
    )
}

pub(super) fn insert(
    tx: &WriteTx<'_>,
    key: &SessionKey,
    staff: StaffId,
    stage: Stage,
    origin: &str,
    expires_at: Moment,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO staff_session (id_hash, staff_id, stage, origin, created_at, last_seen_at, expires_at)
         VALUES (:key, :staff, :stage, :origin, :now, :now, :expires)",
        named_params! {
            ":key": key.bytes(), ":staff": staff, ":stage": stage, ":origin": origin, ":now": tx.now(),
            ":expires": expires_at,
        },
    )?;
    Ok(())
}

pub(super) fn touch(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff_session SET last_seen_at = :now WHERE id_hash = :key",
        named_params! { ":key": key.bytes(), ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_location(tx: &WriteTx<'_>, key: &SessionKey, location: LocationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff_session SET location_id = :location WHERE id_hash = :key",
        named_params! { ":key": key.bytes(), ":location": location },
    )?;
    Ok(())
}

pub(super) fn set_flash(tx: &WriteTx<'_>, key: &SessionKey, flash: Option<&str>) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff_session SET flash = :flash WHERE id_hash = :key",
        named_params! { ":key": key.bytes(), ":flash": flash },
    )?;
    Ok(())
}

pub(super) fn set_stage(
    tx: &WriteTx<'_>,
    key: &SessionKey,
    stage: Stage,
    expires_at: Moment,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff_session
         SET stage = :stage, last_seen_at = :now, expires_at = :expires
         WHERE id_hash = :key",
        named_params! { ":key": key.bytes(), ":stage": stage, ":now": tx.now(), ":expires": expires_at },
    )?;
    Ok(())
}

pub(super) fn delete(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), Fault> {
    tx.run("DELETE FROM staff_session WHERE id_hash = :key", named_params! { ":key": key.bytes() })?;
    Ok(())
}

pub(super) fn delete_all(tx: &WriteTx<'_>, staff: StaffId, keep: Option<&SessionKey>) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM staff_session WHERE staff_id = :staff AND id_hash IS NOT :keep",
        named_params! { ":staff": staff, ":keep": keep.map(SessionKey::bytes) },
    )?;
    Ok(())
}

pub(super) fn sweep(tx: &WriteTx<'_>, idle_since: Moment) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM staff_session WHERE expires_at <= :now OR last_seen_at < :idle",
        named_params! { ":now": tx.now(), ":idle": idle_since },
    )?;
    Ok(())
}
