//! Changing settings: one from a command, or those of a form together.

use serde_json::Value;

use super::table::{Key, key};
use super::{Settings, object, store};
use crate::db::{Fault, WriteTx};
use crate::history::{self, Event, Record};

/// A setting and the value it shall have.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The key, such as `booking.party_max`.
    pub key: String,
    /// The new value; the type is the setting's own.
    pub value: Value,
}

/// A setting on a form: what stood there when it was shown, and what it shall be.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// The setting.
    pub key: &'static Key,
    /// What the form showed.
    pub seen: Value,
    /// What it shall be.
    pub value: Value,
}

/// Why a setting stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// There is no setting of this name.
    #[error("unknown setting {key}")]
    UnknownKey {
        /// The key that was asked for.
        key: String,
    },
    /// The value is not of the setting's type or outside its bounds.
    #[error("{key}: not allowed")]
    NotAllowed {
        /// The setting.
        key: String,
    },
    /// Somebody else changed some of the settings since the form was shown; none was changed now.
    #[error("{} settings were changed by somebody else", .0.len())]
    Conflict(Vec<(&'static Key, Value)>),
    /// The database could not do it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Gives one setting its value, leaving no row when that is the default, and records it.
pub fn set(tx: &WriteTx<'_>, change: &Change) -> Result<Settings, SetError> {
    let key = key(&change.key).ok_or_else(|| SetError::UnknownKey { key: change.key.clone() })?;
    let now = object(&super::read(tx)?)?;
    let seen = now.get(key.key).cloned().unwrap_or_default();
    set_all(tx, &[Wish { key, seen, value: change.value.clone() }])?;
    Ok(super::read(tx)?)
}

/// Gives the settings of a form their values, all of them or none, and says how many changed.
///
/// What the form left as it was shown stays as it is now, whoever changed it meanwhile.
pub fn set_all(tx: &WriteTx<'_>, wishes: &[Wish]) -> Result<usize, SetError> {
    let (now, default) = (object(&super::read(tx)?)?, object(&Settings::default())?);
    let (mut conflicts, mut changes) = (Vec::new(), Vec::new());
    for Wish { key, seen, value } in wishes {
        let current = now.get(key.key).cloned().unwrap_or_default();
        if value == seen || *value == current {
            continue;
        }
        if !key.allows(value) {
            return Err(SetError::NotAllowed { key: key.key.to_owned() });
        }
        if current != *seen {
            conflicts.push((*key, current));
            continue;
        }
        if default.get(key.key) == Some(value) {
            store::forget(tx, key.key)?;
        } else {
            store::put(tx, key.key, &value.to_string())?;
        }
        changes.push(history::Change::new(key.key, Some(current.to_string()), Some(value.to_string())));
    }
    if !conflicts.is_empty() {
        return Err(SetError::Conflict(conflicts));
    }
    let count = changes.len();
    if count > 0 {
        history::record(tx, &Event { changes, ..Event::of("setting.changed", Record::Setting) })?;
    }
    Ok(count)
}
