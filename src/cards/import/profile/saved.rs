//! Saving a profile, and finding it again.

use super::{Kind, Profile, ProfileError, store};
use crate::base::{ImportProfileId, Moment};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Characters that a profile's name may have.
pub const NAME_MAX: usize = 40;

/// A profile as it was saved once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedProfile {
    /// Its row: name and version in one.
    pub id: ImportProfileId,
    /// Which saving under its name it is, counted from 1.
    pub version: u32,
    /// The profile.
    pub profile: Profile,
    /// Who saved it.
    pub actor: String,
    /// When.
    pub saved_at: Moment,
}

/// Why a profile is not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It has no name.
    #[error("the profile has no name")]
    NoName,
    /// It cannot be used.
    #[error(transparent)]
    Wrong(#[from] ProfileError),
    /// Another kind of file has this name.
    #[error("the name belongs to a profile of kind {}", kind.code())]
    OtherKind {
        /// Its kind.
        kind: Kind,
    },
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Saves the profile as the next version under its name; the same once more is the version that stands.
pub fn save(tx: &WriteTx<'_>, profile: &Profile) -> Result<ImportProfileId, SaveError> {
    if profile.name.trim().is_empty() {
        return Err(SaveError::NoName);
    }
    profile.check()?;
    let before = newest(tx, &profile.name)?;
    match &before {
        Some(before) if before.profile.kind != profile.kind => {
            return Err(SaveError::OtherKind { kind: before.profile.kind });
        }
        Some(before) if before.profile == *profile => return Ok(before.id),
        _ => {}
    }
    let version = before.map_or(1, |before| before.version + 1);
    let id = store::insert(tx, profile, version)?;
    let changes = vec![
        Change::new("name", None, Some(profile.name.clone())),
        Change::new("version", (version > 1).then(|| (version - 1).to_string()), Some(version.to_string())),
    ];
    history::record(tx, &Event { changes, ..Event::of("import.profile_saved", Record::ImportProfile(id)) })?;
    Ok(id)
}

/// The newest version under this name.
pub fn newest(tx: &ReadTx<'_>, name: &str) -> Result<Option<SavedProfile>, Fault> {
    store::newest(tx, name)
}

/// One version of one profile.
pub fn load(tx: &ReadTx<'_>, id: ImportProfileId) -> Result<Option<SavedProfile>, Fault> {
    store::get(tx, id)
}

/// The newest version of each profile, by name.
pub fn saved(tx: &ReadTx<'_>) -> Result<Vec<SavedProfile>, Fault> {
    store::newest_of_each(tx)
}

/// Every version of every profile, by name, the newest of each first.
pub fn versions(tx: &ReadTx<'_>) -> Result<Vec<SavedProfile>, Fault> {
    store::versions(tx)
}
