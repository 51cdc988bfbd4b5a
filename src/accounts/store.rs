//! The rows of `staff`, `staff_location`, `role`, `role_permission` and `sign_in`.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Row, named_params};

use super::{Account, NewStaff, PasswordHash, Permission, Role, SignInLine, Staff};
use crate::base::{LocationId, Moment, RoleId, StaffId};
use crate::db::{Fault, ReadTx, WriteTx};

const STAFF: &str = "SELECT staff.id, user, staff.name, role_id, role.code AS role_code, role.name AS role_name,
        home_location_id, must_change, totp_secret IS NOT NULL AS has_second_factor, disabled_at, last_sign_in_at,
        version
   FROM staff
   JOIN role ON role.id = role_id";

fn staff(row: &Row<'_>) -> rusqlite::Result<Staff> {
    Ok(Staff {
        id: row.get("id")?,
        user: row.get("user")?,
        name: row.get("name")?,
        role: row.get("role_id")?,
        role_code: row.get("role_code")?,
        role_name: row.get("role_name")?,
        home: row.get("home_location_id")?,
        locations: Vec::new(),
        must_change: row.get("must_change")?,
        has_second_factor: row.get("has_second_factor")?,
        disabled_at: row.get("disabled_at")?,
        last_sign_in_at: row.get("last_sign_in_at")?,
        version: row.get("version")?,
    })
}

pub(super) fn all(tx: &ReadTx<'_>) -> Result<Vec<Staff>, Fault> {
    let mut found = tx.all(&format!("{STAFF} ORDER BY user"), [], staff)?;
    for one in &mut found {
        one.locations = locations(tx, one.id)?;
    }
    Ok(found)
}

pub(super) fn in_service(tx: &ReadTx<'_>) -> Result<Vec<(StaffId, String)>, Fault> {
    tx.all("SELECT id, name FROM staff WHERE disabled_at IS NULL ORDER BY name, id", [], |row| {
        Ok((row.get("id")?, row.get("name")?))
    })
}

pub(super) fn names(tx: &ReadTx<'_>) -> Result<BTreeMap<StaffId, String>, Fault> {
    let all = tx.all("SELECT id, name FROM staff", [], |row| Ok((row.get("id")?, row.get("name")?)))?;
    Ok(all.into_iter().collect())
}

pub(super) fn get(tx: &ReadTx<'_>, id: StaffId) -> Result<Option<Staff>, Fault> {
    let found = tx.opt(&format!("{STAFF} WHERE staff.id = :id"), named_params! { ":id": id }, staff)?;
    with_locations(tx, found)
}

pub(super) fn by_user(tx: &ReadTx<'_>, user: &str) -> Result<Option<Staff>, Fault> {
    let found = tx.opt(&format!("{STAFF} WHERE user = :user"), named_params! { ":user": user }, staff)?;
    with_locations(tx, found)
}

fn with_locations(tx: &ReadTx<'_>, found: Option<Staff>) -> Result<Option<Staff>, Fault> {
    let Some(mut one) = found else { return Ok(None) };
    one.locations = locations(tx, one.id)?;
    Ok(Some(one))
}

pub(super) fn locations(tx: &ReadTx<'_>, staff: StaffId) -> Result<Vec<LocationId>, Fault> {
    tx.all(
        "SELECT location_id FROM staff_location WHERE staff_id = :staff ORDER BY location_id",
        named_params! { ":staff": staff },
        |row| row.get("location_id"),
    )
}

const ACCOUNT: &str = "SELECT id, user, password_hash, must_change, totp_secret, totp_step,
        disabled_at IS NOT NULL AS disabled, version
   FROM staff";

fn account_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get("id")?,
        user: row.get("user")?,
        hash: PasswordHash::stored(row.get("password_hash")?),
        must_change: row.get("must_change")?,
        second_factor: row.get("totp_secret")?,
        last_step: row.get("totp_step")?,
        disabled: row.get("disabled")?,
        version: row.get("version")?,
    })
}

pub(super) fn account(tx: &ReadTx<'_>, id: StaffId) -> Result<Option<Account>, Fault> {
    tx.opt(&format!("{ACCOUNT} WHERE id = :id"), named_params! { ":id": id }, account_row)
}

pub(super) fn account_of(tx: &ReadTx<'_>, user: &str) -> Result<Option<Account>, Fault> {
    tx.opt(&format!("{ACCOUNT} WHERE user = :user"), named_params! { ":user": user }, account_row)
}

pub(super) fn insert(
    tx: &WriteTx<'_>,
    user: &str,
    name: &str,
    role: RoleId,
    new: &NewStaff,
) -> Result<StaffId, Fault> {
    let id = tx.insert(
        "INSERT INTO staff (user, name, role_id, home_location_id, password_hash, password_changed_at, must_change,
             created_at)
         VALUES (:user, :name, :role, :home, :hash, :now, :must_change, :now)",
        named_params! {
            ":user": user, ":name": name, ":role": role, ":home": new.home, ":hash": new.password.text(),
            ":now": tx.now(), ":must_change": new.must_change,
        },
    )?;
    Ok(StaffId::of(id))
}

pub(super) fn update(
    tx: &WriteTx<'_>,
    staff: StaffId,
    name: &str,
    role: RoleId,
    home: Option<LocationId>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff
         SET name = :name, role_id = :role, home_location_id = :home, version = version + 1
         WHERE id = :staff",
        named_params! { ":staff": staff, ":name": name, ":role": role, ":home": home },
    )?;
    Ok(())
}

pub(super) fn set_locations(tx: &WriteTx<'_>, staff: StaffId, locations: &[LocationId]) -> Result<(), Fault> {
    tx.run("DELETE FROM staff_location WHERE staff_id = :staff", named_params! { ":staff": staff })?;
    for location in locations {
        tx.run(
            "INSERT OR IGNORE INTO staff_location (staff_id, location_id) VALUES (:staff, :location)",
            named_params! { ":staff": staff, ":location": location },
        )?;
    }
    Ok(())
}

pub(super) fn set_password(
    tx: &WriteTx<'_>,
    staff: StaffId,
    hash: &PasswordHash,
    must_change: bool,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff
         SET password_hash = :hash, password_changed_at = :now, must_change = :must_change, version = version + 1
         WHERE id = :staff",
        named_params! { ":staff": staff, ":hash": hash.text(), ":now": tx.now(), ":must_change": must_change },
    )?;
    Ok(())
}

pub(super) fn set_second_factor(
    tx: &WriteTx<'_>,
    staff: StaffId,
    secret: Option<&[u8]>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff SET totp_secret = :secret, totp_step = NULL, version = version + 1 WHERE id = :staff",
        named_params! { ":staff": staff, ":secret": secret },
    )?;
    Ok(())
}

pub(super) fn set_last_step(tx: &WriteTx<'_>, staff: StaffId, step: i64) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff SET totp_step = :step WHERE id = :staff",
        named_params! { ":staff": staff, ":step": step },
    )?;
    Ok(())
}

pub(super) fn set_last_sign_in(tx: &WriteTx<'_>, staff: StaffId) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff SET last_sign_in_at = :now WHERE id = :staff",
        named_params! { ":staff": staff, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_disabled(tx: &WriteTx<'_>, staff: StaffId, disabled: bool) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff SET disabled_at = iif(:disabled, :now, NULL), version = version + 1 WHERE id = :staff",
        named_params! { ":staff": staff, ":disabled": disabled, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_comfy(tx: &WriteTx<'_>, staff: StaffId, comfy: bool) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff SET comfy = :comfy WHERE id = :staff",
        named_params! { ":staff": staff, ":comfy": comfy },
    )?;
    Ok(())
}

pub(super) fn set_home(tx: &WriteTx<'_>, staff: StaffId, home: Option<LocationId>) -> Result<(), Fault> {
    tx.run(
        "UPDATE staff SET home_location_id = :home WHERE id = :staff",
        named_params! { ":staff": staff, ":home": home },
    )?;
    Ok(())
}

/// How many people may manage staff and are not shut out.
pub(super) fn managers(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    tx.one(
        "SELECT count(*) AS people
         FROM staff
         JOIN role_permission ON role_permission.role_id = staff.role_id
         WHERE permission = :permission AND disabled_at IS NULL",
        named_params! { ":permission": Permission::ManageStaff },
        |row| row.get("people"),
    )
}

pub(super) fn insert_role(tx: &WriteTx<'_>, code: &str, name: &str) -> Result<RoleId, Fault> {
    let id = tx.insert(
        "INSERT INTO role (code, name) VALUES (:code, :name)",
        named_params! { ":code": code, ":name": name },
    )?;
    Ok(RoleId::of(id))
}

pub(super) fn role_of_code(tx: &ReadTx<'_>, code: &str) -> Result<Option<RoleId>, Fault> {
    tx.opt("SELECT id FROM role WHERE code = :code", named_params! { ":code": code }, |row| row.get("id"))
}

pub(super) fn roles(tx: &ReadTx<'_>) -> Result<Vec<Role>, Fault> {
    let mut found = tx.all(
        "SELECT id, code, name,
             (SELECT count(*) FROM staff WHERE role_id = role.id AND disabled_at IS NULL) AS people
         FROM role
         ORDER BY id",
        [],
        |row| {
            Ok(Role {
                id: row.get("id")?,
                code: row.get("code")?,
                name: row.get("name")?,
                permissions: BTreeSet::new(),
                people: row.get("people")?,
            })
        },
    )?;
    for role in &mut found {
        role.permissions = permissions(tx, role.id)?;
    }
    Ok(found)
}

/// What a role may do. A word that this program does not know allows nothing.
pub(super) fn permissions(tx: &ReadTx<'_>, role: RoleId) -> Result<BTreeSet<Permission>, Fault> {
    let codes = tx.all(
        "SELECT permission FROM role_permission WHERE role_id = :role",
        named_params! { ":role": role },
        |row| row.get::<_, String>("permission"),
    )?;
    Ok(codes.iter().filter_map(|code| Permission::from_code(code)).collect())
}

pub(super) fn grant(tx: &WriteTx<'_>, role: RoleId, permission: Permission) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO role_permission (role_id, permission) VALUES (:role, :permission)",
        named_params! { ":role": role, ":permission": permission },
    )?;
    Ok(())
}

pub(super) fn revoke_all(tx: &WriteTx<'_>, role: RoleId) -> Result<(), Fault> {
    tx.run("DELETE FROM role_permission WHERE role_id = :role", named_params! { ":role": role })?;
    Ok(())
}

/// Notes a sign-in, its failure, or its end.
pub(super) fn log(tx: &WriteTx<'_>, user: &str, origin: &str, result: &str) -> Result<(), Fault> {
    let user: String = user.chars().take(64).collect();
    tx.run(
        "INSERT INTO sign_in (at, user, origin, result) VALUES (:now, :user, :origin, :result)",
        named_params! { ":now": tx.now(), ":user": user, ":origin": origin, ":result": result },
    )?;
    Ok(())
}

pub(super) fn failed_from(tx: &ReadTx<'_>, user: &str, since: Moment) -> Result<Vec<String>, Fault> {
    tx.all(
        "SELECT DISTINCT origin
         FROM sign_in
         WHERE at >= :since AND user = :user AND result IN ('wrong', 'totp_wrong', 'locked')",
        named_params! { ":since": since, ":user": user },
        |row| row.get("origin"),
    )
}

pub(super) fn sign_ins(tx: &ReadTx<'_>, most: u32) -> Result<Vec<SignInLine>, Fault> {
    tx.all(
        "SELECT at, user, origin, result FROM sign_in ORDER BY id DESC LIMIT :most",
        named_params! { ":most": most },
        |row| {
            Ok(SignInLine {
                at: row.get("at")?,
                user: row.get("user")?,
                origin: row.get("origin")?,
                result: row.get("result")?,
            })
        },
    )
}
