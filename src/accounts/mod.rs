//! Staff: who they are, what their role lets them do, and how they sign in.
//!
//! **Invariant:** what somebody may do is read from their role at each request, so a change counts at once.
//! **Invariant:** passwords lie here as Argon2id, sessions as the SHA-256 of a random text; neither can be read back.
//! **Invariant:** nobody learns from an answer or its time whether a user ID exists.
//! **Invariant:** somebody who may manage staff is always left.
//! **Invariant:** a failure that must be counted is an `Ok` answer, so that its count is committed with it.
//!
//! Spec: 7(2)②, 10(12).

mod add;
mod edit;
mod password;
mod permission;
mod reset;
mod role;
mod second_factor;
pub mod session;
mod sign_in;
mod store;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{LocationId, Moment, RoleId, StaffId, text};
use crate::db::{Fault, ReadTx};

pub use add::{AddError, NewStaff, add};
pub use edit::{
    ChangeStaff, EditError, change, disable, enable, force_out, locked_until, set_comfy, set_home, unlock,
};
pub use password::{HashError, PASSWORD_MAX, PASSWORD_MIN, Password, PasswordHash, WeakPassword};
pub use permission::{GROUPS, Permission, PermissionGroup};
pub use reset::{ChangePassword, ResetError, change_password, reset};
pub use role::{Role, RoleError, roles, seed, set_all_permissions, set_permissions};
pub use second_factor::{CodeAnswer, Enrolment, EnterCode, enrolment, enter_code, renew_second_factor};
pub use session::{SessionKey, Signed, Stage, Waiting, Who};
pub use sign_in::{Limits, SignIn, SignInAnswer, password_of, sign_in, sign_out};

/// A member of staff (利用者) as lists show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Staff {
    /// Their row.
    pub id: StaffId,
    /// User ID, lower case.
    pub user: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: RoleId,
    /// Code of the role.
    pub role_code: String,
    /// Name of the role.
    pub role_name: String,
    /// The place that the console opens with.
    pub home: Option<LocationId>,
    /// The places that they may work for; empty means all.
    pub locations: Vec<LocationId>,
    /// Whether they must choose a password at their next sign-in.
    pub must_change: bool,
    /// Whether a second factor is set up.
    pub has_second_factor: bool,
    /// Since when they are shut out.
    pub disabled_at: Option<Moment>,
    /// When they last signed in.
    pub last_sign_in_at: Option<Moment>,
    /// Counts changes; what a form saw must still be so when it is saved.
    pub version: i64,
}

/// The user ID in a typed text: any width and case.
pub fn user_key(typed: &str) -> String {
    text::nfkc(typed).trim().to_lowercase()
}

/// Every member of staff, by user ID.
pub fn all(tx: &ReadTx<'_>) -> Result<Vec<Staff>, Fault> {
    store::all(tx)
}

/// Everybody who may sign in, by name.
pub fn in_service(tx: &ReadTx<'_>) -> Result<Vec<(StaffId, String)>, Fault> {
    store::in_service(tx)
}

/// The name of everybody on the staff, those who are shut out too.
pub fn names(tx: &ReadTx<'_>) -> Result<BTreeMap<StaffId, String>, Fault> {
    store::names(tx)
}

/// The member of staff of this row.
pub fn get(tx: &ReadTx<'_>, id: StaffId) -> Result<Option<Staff>, Fault> {
    store::get(tx, id)
}

/// The member of staff with this user ID, however it was typed.
pub fn by_user(tx: &ReadTx<'_>, user: &str) -> Result<Option<Staff>, Fault> {
    store::by_user(tx, &user_key(user))
}

/// One line of the record of sign-ins (ログインの記録).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInLine {
    /// When.
    pub at: Moment,
    /// The user ID as it was typed.
    pub user: String,
    /// Network address of the terminal.
    pub origin: String,
    /// How it went: `ok`, `wrong`, `locked`, `disabled`, `totp_wrong`, `signed_out`, `forced_out`.
    pub result: String,
}

/// The last sign-ins and failures, newest first.
pub fn sign_ins(tx: &ReadTx<'_>, most: u32) -> Result<Vec<SignInLine>, Fault> {
    store::sign_ins(tx, most)
}

/// A member of staff with what signing in needs to know.
#[derive(Clone, Debug)]
struct Account {
    id: StaffId,
    user: String,
    hash: PasswordHash,
    must_change: bool,
    second_factor: Option<Vec<u8>>,
    last_step: Option<i64>,
    disabled: bool,
    version: i64,
}
