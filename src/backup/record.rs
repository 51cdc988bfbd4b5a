//! What is written down of each attempt: a JSON file beside the copy, also when there is no copy.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Trouble;
use super::files::write_whole;
use crate::base::Moment;
use crate::db::Inspected;

/// One attempt to take a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its name: the time in Japan at which it began, such as `20260413-021000`.
    pub name: String,
    /// Six-digit code of the municipality.
    pub code: String,
    /// When it began.
    pub begun_at: Moment,
    /// How long it took, the proof left aside, in milliseconds.
    pub took_ms: u64,
    /// The copy, if one was taken.
    pub copy: Option<Copied>,
    /// Why there is none.
    pub failed: Option<Trouble>,
    /// How its restoring went; `None` when it was not tried.
    pub drill: Option<Drill>,
}

/// The copy of an attempt: what stands in its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Name of the file in the city's directory.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// Random id of the city's file.
    pub file_id: String,
    /// Version of its schema.
    pub schema_version: i64,
    /// Number of the last commit in it.
    pub commit_no: u64,
    /// Moment of that commit.
    pub at: Moment,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Number of events in the audit chain.
    pub audit_events: i64,
    /// Hash of the last one, in hexadecimal: kept elsewhere, it proves later that nothing was cut off.
    pub audit_head: String,
}

/// A restoring that was tried, and what it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// When.
    pub at: Moment,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Whether the encrypted file itself was opened; `false` as well when the copy is not encrypted.
    pub opened_sealed: bool,
    /// What was wrong; empty when the restored file is the same in everything that was compared.
    pub wrong: Vec<String>,
}

impl Record {
    /// Whether a copy is there and nothing was found wrong with it.
    pub fn is_good(&self) -> bool {
        self.copy.is_some() && self.drill.as_ref().is_none_or(|drill| drill.wrong.is_empty())
    }

    /// Whether a copy is there that was restored without a difference.
    pub fn is_proved(&self) -> bool {
        self.copy.is_some() && self.drill.as_ref().is_some_and(|drill| drill.wrong.is_empty())
    }

    /// What went wrong, in Japanese; `None` when nothing did.
    pub fn trouble(&self) -> Option<String> {
        if let Some(failed) = &self.failed {
            return Some(failed.sentence());
        }
        let wrong = self.drill.as_ref().map(|drill| drill.wrong.as_slice()).unwrap_or_default();
        let found = wrong.iter().take(3).cloned().collect::<Vec<_>>().join("／");
        (!wrong.is_empty()).then(|| format!("復元の訓練で違いが見つかりました（{found}）。"))
    }

    pub(super) fn save(&self, dir: &Path) -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        write_whole(&dir.join(format!("{}.json", self.name)), &text)
    }
}

impl Copied {
    pub(super) fn of(file: String, bytes: u64, sha256: String, encrypted: bool, seen: &Inspected) -> Self {
        Self {
            file,
            bytes,
            sha256,
            encrypted,
            file_id: seen.file_id.clone(),
            schema_version: seen.version,
            commit_no: seen.commit_no,
            at: seen.at,
            rows: seen.rows.clone(),
            audit_events: seen.events,
            audit_head: seen.head.clone(),
        }
    }
}

/// The attempts of one city, newest first. What cannot be read as one is passed over: somebody else's file.
pub fn records(dir: &Path) -> std::io::Result<Vec<Record>> {
    let listed = match fs::read_dir(dir) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in listed {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "json")
            && let Ok(record) = serde_json::from_slice::<Record>(&fs::read(&path)?)
        {
            found.push(record);
        }
    }
    found.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(found)
}
