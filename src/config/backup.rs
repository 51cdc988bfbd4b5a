//! The section `[backup]`.

use std::path::PathBuf;

use serde::Deserialize;

use crate::base::Minute;

/// Nightly copies of each city's file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackupConfig {
    /// Directory of the copies; each city has one of its own in it.
    pub dir: PathBuf,
    /// When the night begins, in Japan (`HH:MM`); empty = the program takes no copies by itself.
    pub at: String,
    /// After this time in Japan no further city is begun; the rest waits for the next night.
    pub until: String,
    /// How many days each copy is kept.
    pub keep_days: u16,
    /// Of how many months the first copy is kept.
    pub keep_months: u16,
    /// Room that must be left in the directory, in MB.
    pub min_free_mb: u64,
    /// Whether each copy is restored and compared at once.
    pub drill: bool,
    /// Public keys (`age1…`) that copies are encrypted to; empty = not encrypted.
    pub age_recipients: Vec<String>,
    /// File with the private key, for the drill and for `restore`.
    pub age_identity_file: Option<PathBuf>,
    /// Who is told when a copy or its drill failed.
    pub mail_to: Vec<String>,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("backup"),
            at: "02:10".to_owned(),
            until: "05:00".to_owned(),
            keep_days: 30,
            keep_months: 12,
            min_free_mb: 1024,
            drill: true,
            age_recipients: Vec::new(),
            age_identity_file: None,
            mail_to: Vec::new(),
        }
    }
}

impl BackupConfig {
    /// When the night begins and after which time nothing is begun, in Japan. `None` when copies are not taken by itself.
    pub fn night(&self) -> Option<(Minute, Minute)> {
        Some((minute(&self.at)?, minute(&self.until)?))
    }
}

/// A time of day written `HH:MM`.
pub(crate) fn minute(text: &str) -> Option<Minute> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, most: u16| {
        text.parse::<u16>().ok().filter(|n| *n <= most && text.len() == 2 && !text.starts_with('+'))
    };
    Some(Minute::of(number(hour, 23)? * 60 + number(minute, 59)?))
}
