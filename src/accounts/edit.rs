//! What is changed on an account: by who manages staff, and by oneself.

use std::net::IpAddr;
use std::time::Duration;

use super::add::name_of;
use super::sign_in::counters;
use super::{Staff, session, store};
use crate::base::{LocationId, Moment, StaffId, network};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The wish to change an account.
#[derive(Clone, Debug)]
pub struct ChangeStaff {
    /// Whose.
    pub staff: StaffId,
    /// Name.
    pub name: String,
    /// Code of the role.
    pub role: String,
    /// The place that the console opens with.
    pub home: Option<LocationId>,
    /// The places that they may work for; empty means all.
    pub locations: Vec<LocationId>,
    /// The version that the person saw.
    pub expect_version: i64,
}

/// Why an account stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// There is no such account.
    #[error("no such account")]
    NotFound,
    /// The name is empty, longer than 50 characters, or holds control characters.
    #[error("the name is empty, too long or holds control characters")]
    BadName,
    /// There is no role with this code.
    #[error("no such role")]
    NoSuchRole,
    /// Nobody would be left who may manage staff.
    #[error("nobody would be left who may manage staff")]
    LastAdministrator,
    /// Somebody else changed the account since the person opened it.
    #[error("the account was changed in the meantime")]
    Conflict,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Changes name, role and places.
///
/// Spec: 7(2)②.
pub fn change(tx: &WriteTx<'_>, wish: &ChangeStaff) -> Result<(), EditError> {
    let before = store::get(tx, wish.staff)?.ok_or(EditError::NotFound)?;
    if before.version != wish.expect_version {
        return Err(EditError::Conflict);
    }
    let name = name_of(&wish.name).ok_or(EditError::BadName)?;
    let role = store::role_of_code(tx, &wish.role)?.ok_or(EditError::NoSuchRole)?;
    let had_manager = store::managers(tx)? > 0;
    store::update(tx, wish.staff, &name, role, wish.home)?;
    store::set_locations(tx, wish.staff, &wish.locations)?;
    let after = keep_a_manager(tx, wish.staff, had_manager)?;
    let changes = differences(&before, &after);
    if !changes.is_empty() {
        history::record(tx, &Event { changes, ..Event::of("staff.changed", Record::Staff(wish.staff)) })?;
    }
    Ok(())
}

/// Shuts somebody out and ends their sessions.
pub fn disable(tx: &WriteTx<'_>, staff: StaffId) -> Result<(), EditError> {
    store::get(tx, staff)?.ok_or(EditError::NotFound)?;
    let had_manager = store::managers(tx)? > 0;
    store::set_disabled(tx, staff, true)?;
    keep_a_manager(tx, staff, had_manager)?;
    session::end_all(tx, staff, None)?;
    history::record(tx, &Event::of("staff.disabled", Record::Staff(staff)))?;
    Ok(())
}

/// Lets somebody in again.
pub fn enable(tx: &WriteTx<'_>, staff: StaffId) -> Result<(), EditError> {
    store::get(tx, staff)?.ok_or(EditError::NotFound)?;
    store::set_disabled(tx, staff, false)?;
    history::record(tx, &Event::of("staff.enabled", Record::Staff(staff)))?;
    Ok(())
}

/// Ends every session of somebody.
pub fn force_out(tx: &WriteTx<'_>, staff: StaffId) -> Result<(), EditError> {
    let account = store::get(tx, staff)?.ok_or(EditError::NotFound)?;
    session::end_all(tx, staff, None)?;
    store::log(tx, &account.user, tx.actor().origin(), "forced_out")?;
    history::record(tx, &Event::of("staff.forced_out", Record::Staff(staff)))?;
    Ok(())
}

/// Takes away the locks that wrong passwords and codes left.
pub fn unlock(tx: &WriteTx<'_>, staff: StaffId) -> Result<(), EditError> {
    let account = store::get(tx, staff)?.ok_or(EditError::NotFound)?;
    clear_locks(tx, &account.user)?;
    history::record(tx, &Event::of("staff.unlocked", Record::Staff(staff)))?;
    Ok(())
}

/// Until when this user waits somewhere, if they do.
pub fn locked_until(tx: &ReadTx<'_>, user: &str) -> Result<Option<Moment>, Fault> {
    let mut latest = None;
    for network in networks(tx, user)? {
        for counter in counters(tx, user, &network, Duration::ZERO)?.of_user() {
            latest = latest.max(counter.locked_until(tx)?);
        }
    }
    Ok(latest)
}

/// Larger letters and rows, or not.
pub fn set_comfy(tx: &WriteTx<'_>, staff: StaffId, comfy: bool) -> Result<(), Fault> {
    store::set_comfy(tx, staff, comfy)
}

/// The place that the console opens with.
pub fn set_home(tx: &WriteTx<'_>, staff: StaffId, home: Option<LocationId>) -> Result<(), Fault> {
    store::set_home(tx, staff, home)
}

pub(super) fn clear_locks(tx: &WriteTx<'_>, user: &str) -> Result<(), Fault> {
    for network in networks(tx, user)? {
        for counter in counters(tx, user, &network, Duration::ZERO)?.of_user() {
            counter.clear(tx)?;
        }
    }
    Ok(())
}

/// The networks from which this user failed of late.
fn networks(tx: &ReadTx<'_>, user: &str) -> Result<Vec<String>, Fault> {
    let origins = store::failed_from(tx, user, tx.now().minus(Duration::from_hours(24)))?;
    let addresses = origins.iter().filter_map(|origin| origin.parse::<IpAddr>().ok());
    Ok(addresses.map(network).collect())
}

fn keep_a_manager(tx: &WriteTx<'_>, staff: StaffId, had_manager: bool) -> Result<Staff, EditError> {
    if had_manager && store::managers(tx)? == 0 {
        return Err(EditError::LastAdministrator);
    }
    store::get(tx, staff)?.ok_or(EditError::NotFound)
}

fn differences(before: &Staff, after: &Staff) -> Vec<Change> {
    let places = |staff: &Staff| {
        let ids: Vec<String> = staff.locations.iter().map(ToString::to_string).collect();
        Some(ids.join(" ")).filter(|ids| !ids.is_empty())
    };
    let home = |staff: &Staff| staff.home.map(|home| home.to_string());
    let all = [
        Change::new("name", Some(before.name.clone()), Some(after.name.clone())),
        Change::new("role", Some(before.role_code.clone()), Some(after.role_code.clone())),
        Change::new("home", home(before), home(after)),
        Change::new("locations", places(before), places(after)),
    ];
    all.into_iter().filter(|change| change.before != change.after).collect()
}
