//! A new member of staff.

use super::{PasswordHash, store, user_key};
use crate::base::{LocationId, StaffId, text};
use crate::db::{Fault, OnUnique, WriteTx};
use crate::history::{self, Change, Event, Record};

/// A member of staff to add.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// User ID, however typed.
    pub user: String,
    /// Name.
    pub name: String,
    /// Code of the role, such as `counter`.
    pub role: String,
    /// The first password, hashed before the transaction.
    pub password: PasswordHash,
    /// Whether they must choose their own at the first sign-in.
    pub must_change: bool,
    /// The place that the console opens with.
    pub home: Option<LocationId>,
}

/// Why somebody was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// A user ID has 2 to 32 of the signs `a-z 0-9 . - _` and begins with a letter or digit.
    #[error("a user ID has 2 to 32 of a-z, 0-9, dot, dash and underscore")]
    BadUser,
    /// The name is empty, longer than 50 characters, or holds control characters.
    #[error("the name is empty, too long or holds control characters")]
    BadName,
    /// There is no role with this code.
    #[error("no such role")]
    NoSuchRole,
    /// The user ID is taken.
    #[error("the user ID is taken")]
    UserTaken,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Adds a member of staff.
///
/// Spec: 7(2)②.
pub fn add(tx: &WriteTx<'_>, new: &NewStaff) -> Result<StaffId, AddError> {
    let user = user_key(&new.user);
    if !is_user(&user) {
        return Err(AddError::BadUser);
    }
    let name = name_of(&new.name).ok_or(AddError::BadName)?;
    let role = store::role_of_code(tx, &new.role)?.ok_or(AddError::NoSuchRole)?;
    let id = store::insert(tx, &user, &name, role, new).on_unique("staff.user", || AddError::UserTaken)?;
    let changes = vec![
        Change::new("user", None, Some(user)),
        Change::new("name", None, Some(name)),
        Change::new("role", None, Some(new.role.clone())),
    ];
    history::record(tx, &Event { changes, ..Event::of("staff.added", Record::Staff(id)) })?;
    Ok(id)
}

/// The name without spaces around it, if it can be stored.
pub(super) fn name_of(typed: &str) -> Option<String> {
    let name = typed.trim();
    let fits = (1..=50).contains(&name.chars().count()) && !text::has_control(name);
    fits.then(|| name.to_owned())
}

fn is_user(user: &str) -> bool {
    let signs = user.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    let first = user.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    (2..=32).contains(&user.len()) && signs && first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_are_short_plain_words_however_they_were_typed() {
        for right in ["yamada", "Ｙａｍａｄａ", " call01 ", "a.b-c_d", "01"] {
            assert!(is_user(&user_key(right)), "{right}");
        }
        for wrong in ["", "x", ".yamada", "山田", "ya mada", "a@b", "<b>aa</b>", &"a".repeat(33)] {
            assert!(!is_user(&user_key(wrong)), "{wrong}");
        }
    }
}
