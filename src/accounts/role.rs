//! Roles: the five that a city begins with, and what each may do.

use std::collections::BTreeSet;

use super::{Permission, store};
use crate::base::RoleId;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// A role (役割): a named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its row.
    pub id: RoleId,
    /// Its code: `counter`, `call_center`, `manager`, `administrator`, `auditor`.
    pub code: String,
    /// Its name in Japanese.
    pub name: String,
    /// What it may do.
    pub permissions: BTreeSet<Permission>,
    /// How many people have it, those who are shut out left aside.
    pub people: u32,
}

/// Why a role stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// There is no such role.
    #[error("no such role")]
    NotFound,
    /// Nobody would be left who may manage staff.
    #[error("nobody would be left who may manage staff")]
    LastAdministrator,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const COUNTER: &[Permission] = {
    use Permission as P;
    &[
        P::ServeCounter,
        P::Book,
        P::NoShows,
        P::SeeCards,
        P::Remark,
        P::SetStatus,
        P::MoveCards,
        P::Export,
        P::Statistics,
        P::SeeName,
        P::SeeBirthDate,
        P::SeeEmail,
        P::SeeRemark,
        P::SeeNoticeId,
    ]
};

const CALL_CENTER: &[Permission] = {
    use Permission as P;
    &[
        P::Book,
        P::NoShows,
        P::SeeCards,
        P::Remark,
        P::SeeName,
        P::SeeBirthDate,
        P::SeeEmail,
        P::SeeRemark,
        P::SeeNoticeId,
    ]
};

const MANAGER: &[Permission] = {
    use Permission as P;
    &[
        P::ServeCounter,
        P::Book,
        P::Overbook,
        P::NoShows,
        P::SeeCards,
        P::Remark,
        P::SetStatus,
        P::BulkStatus,
        P::OverrideStatus,
        P::ApproveDisposal,
        P::MoveCards,
        P::Import,
        P::Export,
        P::ShareLists,
        P::Statistics,
        P::EditCalendar,
        P::Mail,
        P::SeeAudit,
        P::Settings,
        P::SeeName,
        P::SeeBirthDate,
        P::SeeEmail,
        P::SeeRemark,
        P::SeeNoticeId,
    ]
};

/// Runs the system and knows every storage place and transfer, and sees nobody's data.
const ADMINISTRATOR: &[Permission] = {
    use Permission as P;
    &[P::MoveCards, P::ManageStaff, P::SeeAudit, P::Maintenance, P::Settings]
};

/// Reads what was done, changes nothing.
const AUDITOR: &[Permission] = {
    use Permission as P;
    &[P::SeeCards, P::Statistics, P::SeeAudit, P::SeeName, P::SeeNoticeId]
};

/// Code, name and permissions of the roles that a new city begins with.
const SEEDS: [(&str, &str, &[Permission]); 5] = [
    ("counter", "窓口", COUNTER),
    ("call_center", "コールセンター", CALL_CENTER),
    ("manager", "管理者", MANAGER),
    ("administrator", "システム管理者", ADMINISTRATOR),
    ("auditor", "監査", AUDITOR),
];

/// What a new municipality's file needs before its first member of staff.
///
/// Spec: 7(2)②.
pub fn seed(tx: &WriteTx<'_>) -> Result<(), Fault> {
    for (code, name, permissions) in SEEDS {
        let role = store::insert_role(tx, code, name)?;
        for permission in permissions {
            store::grant(tx, role, *permission)?;
        }
    }
    Ok(())
}

/// Every role with its permissions, in the order in which they were made.
pub fn roles(tx: &ReadTx<'_>) -> Result<Vec<Role>, Fault> {
    store::roles(tx)
}

/// Gives a role these permissions and no others. It counts from the next request of everybody who has the role.
///
/// Spec: 7(2)②.
pub fn set_permissions(
    tx: &WriteTx<'_>,
    role: RoleId,
    permissions: &BTreeSet<Permission>,
) -> Result<(), RoleError> {
    set_all_permissions(tx, &[(role, permissions.clone())])
}

/// The same for several roles at once, so that a permission can go from one to another.
pub fn set_all_permissions(
    tx: &WriteTx<'_>,
    wishes: &[(RoleId, BTreeSet<Permission>)],
) -> Result<(), RoleError> {
    let before = store::roles(tx)?;
    let had_manager = store::managers(tx)? > 0;
    for (id, permissions) in wishes {
        let role = before.iter().find(|one| one.id == *id).ok_or(RoleError::NotFound)?;
        if role.permissions != *permissions {
            replace(tx, role, permissions)?;
        }
    }
    if had_manager && store::managers(tx)? == 0 {
        return Err(RoleError::LastAdministrator);
    }
    Ok(())
}

fn replace(tx: &WriteTx<'_>, role: &Role, permissions: &BTreeSet<Permission>) -> Result<(), Fault> {
    store::revoke_all(tx, role.id)?;
    for permission in permissions {
        store::grant(tx, role.id, *permission)?;
    }
    let change = Change::new("permissions", Some(codes(&role.permissions)), Some(codes(permissions)));
    let event =
        Event { changes: vec![change], ..Event::of("role.permissions_changed", Record::Role(role.id)) };
    history::record(tx, &event)?;
    Ok(())
}

fn codes(permissions: &BTreeSet<Permission>) -> String {
    permissions.iter().map(|permission| permission.code()).collect::<Vec<_>>().join(" ")
}
