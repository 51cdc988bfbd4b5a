//! What a city says on its pages beyond bookings: announcements (お知らせ), and when it closes for maintenance.
//!
//! **Invariant:** maintenance is told from the moment it is entered until it is over.
//!
//! Spec: 7(1)⑦, 7(3)⑬.

mod maintenance;
mod store;

use serde::Serialize;

pub use maintenance::{Close, MaintenanceError, close, reopen};

use crate::base::Moment;
use crate::db::{Fault, ReadTx};
use crate::stored_as_code;

/// How loudly an announcement speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// On the start page.
    News,
    /// At the head of every page.
    Urgent,
}

impl Level {
    /// The code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Urgent => "urgent",
        }
    }

    /// The level of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::News, Self::Urgent].into_iter().find(|level| level.code() == code)
    }
}

stored_as_code!(Level);

/// An announcement that is shown at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// How loudly it speaks.
    pub level: Level,
    /// The language that it is written in.
    pub language: String,
    /// What it says first.
    pub title: String,
    /// What else.
    pub body: String,
    /// Since when it is shown.
    pub from_at: Moment,
}

/// A time at which the pages are closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Maintenance {
    /// From when.
    pub starts_at: Moment,
    /// Until when; none = not known yet.
    pub ends_at: Option<Moment>,
    /// Why, in the words of the city.
    pub reason: String,
}

/// Everything that stands on the pages at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// For the head of every page.
    pub urgent: Vec<Announcement>,
    /// For the start page, newest first.
    pub news: Vec<Announcement>,
    /// Maintenance that is still to come.
    pub planned: Vec<Maintenance>,
    /// Maintenance that is going on.
    pub closed: Option<Maintenance>,
}

/// What stands on the pages for readers of `language`. Where a city wrote nothing in it, its Japanese words stand.
pub fn posted(tx: &ReadTx<'_>, language: &str) -> Result<Notices, Fault> {
    let shown = store::shown(tx)?;
    let of = |level: Level| -> Vec<Announcement> {
        let all = || shown.iter().filter(move |one| one.level == level);
        let own: Vec<Announcement> = all().filter(|one| one.language == language).cloned().collect();
        if own.is_empty() { all().filter(|one| one.language == "ja").cloned().collect() } else { own }
    };
    let (closed, planned): (Vec<_>, Vec<_>) =
        store::maintenance(tx)?.into_iter().partition(|one| one.starts_at <= tx.now());
    Ok(Notices {
        urgent: of(Level::Urgent),
        news: of(Level::News),
        planned,
        closed: closed.into_iter().max_by_key(|one| one.ends_at.map_or(i64::MAX, Moment::millis)),
    })
}
