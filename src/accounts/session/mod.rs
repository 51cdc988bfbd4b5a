//! The sessions of staff: what the cookie stands for, and for how long.
//!
//! **Invariant:** a session opens only when nothing more is asked; before that it shows nothing of the city's data.

mod store;

use std::collections::BTreeSet;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Permission, store as accounts};
use crate::base::{LocationId, Moment, StaffId};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::settings;

/// "Last seen" is written at most this often.
const TOUCH: Duration = Duration::from_mins(5);
/// How long a session waits for a code or a new password.
const WAITING: Duration = Duration::from_mins(15);

/// The stored form of the text in the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// The key of the text in the cookie.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// What a session needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The code of the second factor, or its setting up.
    Totp,
    /// A password of one's own instead of the first one.
    Password,
    /// Nothing: it can be used.
    Open,
}

crate::stored_as_code!(Stage);

impl Stage {
    /// The word in the column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Password => "password",
            Self::Open => "open",
        }
    }

    /// The stage with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Totp, Self::Password, Self::Open].into_iter().find(|stage| stage.code() == code)
    }
}

/// Whose request it is.
#[derive(Clone, Debug)]
pub enum Who {
    /// Nobody's.
    Nobody,
    /// Somebody's who is still asked for something.
    Waiting(Waiting),
    /// A member of staff's.
    In(Box<Signed>),
}

/// Somebody whose sign-in is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Their session.
    pub key: SessionKey,
    /// Their row.
    pub id: StaffId,
    /// User ID.
    pub user: String,
    /// Name.
    pub name: String,
    /// What is asked for.
    pub stage: Stage,
    /// Whether the second factor is set up.
    pub has_second_factor: bool,
}

/// A member of staff who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Their session.
    pub key: SessionKey,
    /// Their row.
    pub id: StaffId,
    /// User ID.
    pub user: String,
    /// Name.
    pub name: String,
    /// Code of their role.
    pub role: String,
    /// Name of their role.
    pub role_name: String,
    /// What they may do.
    pub permissions: BTreeSet<Permission>,
    /// The places that they may work for; empty means all.
    pub locations: Vec<LocationId>,
    /// The place that they chose, else the one that their console opens with.
    pub location: Option<LocationId>,
    /// The place that their console opens with.
    pub home: Option<LocationId>,
    /// Larger letters and rows.
    pub comfy: bool,
    /// Whether a second factor is set up.
    pub has_second_factor: bool,
    /// What the next page says first, as it was put.
    pub flash: Option<String>,
    /// Whether it is worth a write to note that they are there.
    pub wants_touch: bool,
}

impl Signed {
    /// Whether they have this permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Whether they may work for this place.
    pub fn may_serve(&self, location: LocationId) -> bool {
        self.locations.is_empty() || self.locations.contains(&location)
    }
}

/// Whose session this is, unless it has ended.
pub fn who(tx: &ReadTx<'_>, key: &SessionKey) -> Result<Who, Fault> {
    let Some(row) = store::find(tx, key)? else { return Ok(Who::Nobody) };
    let idle = settings::read(tx)?.staff_idle() + TOUCH;
    if row.expires_at <= tx.now() || tx.now().since(row.last_seen_at) >= idle {
        return Ok(Who::Nobody);
    }
    if row.stage != Stage::Open {
        return Ok(Who::Waiting(Waiting {
            key: *key,
            id: row.id,
            user: row.user,
            name: row.name,
            stage: row.stage,
            has_second_factor: row.has_second_factor,
        }));
    }
    Ok(Who::In(Box::new(Signed {
        key: *key,
        id: row.id,
        user: row.user,
        name: row.name,
        role: row.role,
        role_name: row.role_name,
        permissions: accounts::permissions(tx, row.role_id)?,
        locations: accounts::locations(tx, row.id)?,
        location: row.location.or(row.home),
        home: row.home,
        comfy: row.comfy,
        has_second_factor: row.has_second_factor,
        flash: row.flash,
        wants_touch: tx.now().since(row.last_seen_at) >= TOUCH,
    })))
}

/// Notes that somebody is still there.
pub fn touch(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), Fault> {
    store::touch(tx, key)
}

/// Chooses the place to work for.
pub fn choose_location(tx: &WriteTx<'_>, key: &SessionKey, location: LocationId) -> Result<(), Fault> {
    store::set_location(tx, key, location)
}

/// What the next page shall say first; `None` when it was said.
pub fn set_flash(tx: &WriteTx<'_>, key: &SessionKey, flash: Option<&str>) -> Result<(), Fault> {
    store::set_flash(tx, key, flash)
}

/// A new session; gives the text for the cookie.
pub(super) fn begin(tx: &WriteTx<'_>, staff: StaffId, stage: Stage, origin: &str) -> Result<String, Fault> {
    let token = hex::encode(tx.chance().bytes::<32>());
    store::insert(tx, &SessionKey::of(&token), staff, stage, origin, ends(tx, stage)?)?;
    Ok(token)
}

pub(super) fn set_stage(tx: &WriteTx<'_>, key: &SessionKey, stage: Stage) -> Result<(), Fault> {
    store::set_stage(tx, key, stage, ends(tx, stage)?)
}

/// A new password was chosen: if that was what the session waited for, it opens.
pub(super) fn open_after_password(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), Fault> {
    if waiting_for(tx, key, Stage::Password)?.is_some() {
        set_stage(tx, key, Stage::Open)?;
    }
    Ok(())
}

/// Whose session this is, if it waits for just this.
pub(super) fn waiting_for(tx: &ReadTx<'_>, key: &SessionKey, stage: Stage) -> Result<Option<StaffId>, Fault> {
    match who(tx, key)? {
        Who::Waiting(waiting) if waiting.stage == stage => Ok(Some(waiting.id)),
        _ => Ok(None),
    }
}

pub(super) fn owner(tx: &ReadTx<'_>, key: &SessionKey) -> Result<Option<(StaffId, String, String)>, Fault> {
    Ok(store::find(tx, key)?.map(|row| (row.id, row.user, row.origin)))
}

pub(super) fn end(tx: &WriteTx<'_>, key: &SessionKey) -> Result<(), Fault> {
    store::delete(tx, key)
}

/// Ends every session of somebody but `keep`.
pub(super) fn end_all(tx: &WriteTx<'_>, staff: StaffId, keep: Option<&SessionKey>) -> Result<(), Fault> {
    store::delete_all(tx, staff, keep)
}

/// Takes away what has ended.
pub(super) fn sweep(tx: &WriteTx<'_>) -> Result<(), Fault> {
    let idle = settings::read(tx)?.staff_idle() + TOUCH;
    store::sweep(tx, tx.now().minus(idle))
}

fn ends(tx: &WriteTx<'_>, stage: Stage) -> Result<Moment, Fault> {
    let span = if stage == Stage::Open { settings::read(tx)?.staff_session() } else { WAITING };
    Ok(tx.now().plus(span))
}
