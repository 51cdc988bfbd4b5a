//! The section `[archive]`.

use std::path::PathBuf;

use serde::Deserialize;

/// Every commit in an archive, so that any shipped moment can be gone back to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArchiveConfig {
    /// Directory of the archive; absent = no archive.
    pub dir: Option<PathBuf>,
    /// Seconds from one file to the next.
    pub interval_s: u16,
    /// How many hours back any of those seconds can be gone to; before that, steps of five minutes.
    pub seconds_hours: u16,
    /// How many days back those steps of five minutes can be gone to; before that, steps of an hour.
    pub minutes_days: u16,
    /// How many days back the archive reaches.
    pub keep_days: u16,
    /// Room that must be left in the directory, in MB; below it nothing is shipped.
    pub min_free_mb: u64,
}

impl Default for ArchiveConfig {
    fn default() -> Self {
        Self {
            dir: None,
            interval_s: 1,
            seconds_hours: 24,
            minutes_days: 7,
            keep_days: 30,
            min_free_mb: 1024,
        }
    }
}
