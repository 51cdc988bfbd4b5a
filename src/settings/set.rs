//! Changing one setting.

use serde_json::Value;

use super::{Settings, store};
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

/// Why a setting stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// There is no setting of this name.
    #[error("unknown setting {key}")]
    UnknownKey {
        /// The key that was asked for.
        key: String,
    },
    /// The value is not of the setting's type.
    #[error("{key}: {why}")]
    WrongType {
        /// The setting.
        key: String,
        /// What the reader said.
        why: String,
    },
    /// The value is outside the bounds.
    #[error("{key}: allowed is {allowed}")]
    OutOfBounds {
        /// The setting.
        key: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The database could not do it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Gives one setting its value, leaving no row when that is the default, and records it.
pub fn set(tx: &WriteTx<'_>, change: &Change) -> Result<Settings, SetError> {
    let key = || change.key.clone();
    let before = super::read(tx)?;
    let mut fields = object(&before)?;
    let old =
        fields.insert(key(), change.value.clone()).ok_or_else(|| SetError::UnknownKey { key: key() })?;
    let after: Settings = serde_json::from_value(Value::Object(fields))
        .map_err(|error| SetError::WrongType { key: key(), why: error.to_string() })?;
    if let Some((_, allowed)) = after.out_of_bounds() {
        return Err(SetError::OutOfBounds { key: key(), allowed });
    }
    if old == change.value {
        return Ok(after);
    }
    if object(&Settings::default())?.get(&change.key) == Some(&change.value) {
        store::forget(tx, &change.key)?;
    } else {
        store::put(tx, &change.key, &change.value.to_string())?;
    }
    record(tx, change, &old)?;
    Ok(after)
}

fn object(settings: &Settings) -> Result<serde_json::Map<String, Value>, Fault> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Fault::Stored("setting".to_owned())),
    }
}

fn record(tx: &WriteTx<'_>, change: &Change, old: &Value) -> Result<(), Fault> {
    let named = |value: &Value| Some(format!("{} = {value}", change.key));
    let changes = vec![history::Change::new("value", named(old), named(&change.value))];
    history::record(tx, &Event { changes, ..Event::of("setting.changed", Record::Setting) })?;
    Ok(())
}
