//! A new first password by somebody else, and a new password by oneself.

use super::session::{self, SessionKey};
use super::{PasswordHash, store, user_key};
use crate::base::StaffId;
use crate::db::{Fault, WriteTx};
use crate::history::{self, Event, Record};

/// Why nobody was reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// There is no such user.
    #[error("no such user")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Gives `user` a first password again, takes their second factor away and signs them out everywhere.
pub fn reset(tx: &WriteTx<'_>, user: &str, password: &PasswordHash) -> Result<(), ResetError> {
    let staff = store::by_user(tx, &user_key(user))?.ok_or(ResetError::NotFound)?;
    store::set_password(tx, staff.id, password, true)?;
    store::set_second_factor(tx, staff.id, None)?;
    super::edit::clear_locks(tx, &staff.user)?;
    session::end_all(tx, staff.id, None)?;
    history::record(tx, &Event::of("staff.reset", Record::Staff(staff.id)))?;
    Ok(())
}

/// The wish to have another password. That the old one was known is shown by its hash.
#[derive(Clone, Debug)]
pub struct ChangePassword {
    /// Whose.
    pub staff: StaffId,
    /// The hash that the typed old password matched.
    pub proven: PasswordHash,
    /// The hash of the new one.
    pub new: PasswordHash,
    /// The session that goes on; all others end.
    pub keep: SessionKey,
}

/// Takes the new password; answers false when the old one is not the stored one any more.
pub fn change_password(tx: &WriteTx<'_>, wish: &ChangePassword) -> Result<bool, Fault> {
    let Some(account) = store::account(tx, wish.staff)? else { return Ok(false) };
    if account.hash != wish.proven {
        return Ok(false);
    }
    store::set_password(tx, wish.staff, &wish.new, false)?;
    session::end_all(tx, wish.staff, Some(&wish.keep))?;
    session::open_after_password(tx, &wish.keep)?;
    history::record(tx, &Event::of("staff.password_changed", Record::Staff(wish.staff)))?;
    Ok(true)
}
