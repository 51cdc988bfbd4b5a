//! What is looked for, and what of it a person may look into.

use serde::{Deserialize, Serialize};

use crate::base::{CardId, Day, LocationId, NoticeId, StorageId};

/// From one day to another, both counted; `None` = as far as it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The first.
    pub from: Option<Day>,
    /// The last.
    pub to: Option<Day>,
}

impl Days {
    /// Whether every day fits.
    pub fn is_open(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

/// What is looked for; every part that is there must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Notice ID in the compared form.
    pub notice_id: Option<String>,
    /// One of these cards, such as those of a booking.
    pub cards: Option<Vec<CardId>>,
    /// Part of the notice ID, name, kana or remark, as far as the person may see them.
    pub words: Option<String>,
    /// Part of the name or of the kana.
    pub name: Option<String>,
    /// Date of birth, `YYYY-MM-DD`, or only its `MMDD`.
    pub birth: Option<String>,
    /// One of the labels.
    pub label: Option<String>,
    /// Storage place.
    pub storage: Option<StorageId>,
    /// Beginning of the shelf.
    pub shelf: Option<String>,
    /// Place of hand-over that the notice names.
    pub location: Option<LocationId>,
    /// Run of the importer.
    pub import_run: Option<i64>,
    /// Part of the remark.
    pub remark: Option<String>,
    /// Whether a mail address is known.
    pub has_email: Option<bool>,
    /// When the notice was sent.
    pub sent: Days,
    /// The last day to collect it.
    pub due: Days,
    /// The last day on which it is valid.
    pub valid: Days,
    /// The last day of its citizen's period of residence.
    pub residence: Days,
    /// When it was registered.
    pub created: Days,
    /// Since when it has its status.
    pub since: Days,
    /// The day of a booking that was not cancelled.
    pub booked: Days,
}

impl Terms {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Terms for one notice ID.
    pub fn of_notice(notice: &NoticeId) -> Self {
        Self { notice_id: Some(notice.norm().to_owned()), ..Self::default() }
    }
}

/// Which facts a search by words looks into: those that the person may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookIn {
    /// Names and kana.
    pub names: bool,
    /// Notice IDs.
    pub notices: bool,
    /// Remarks.
    pub remarks: bool,
}

impl LookIn {
    /// Everything.
    pub const ALL: Self = Self { names: true, notices: true, remarks: true };
}
