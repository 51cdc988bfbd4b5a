//! Copies by command: taken now, for one city or all.

use serde_json::json;

use super::command::{Outcome, Progress, Refused};
use super::office::Office;
use crate::backup::{self, City, Record};

impl Office {
    /// Takes a copy of one city, or of every configured one.
    pub(super) async fn back_up(&self, slug: Option<&str>, progress: &Progress) -> Result<Outcome, Refused> {
        let profiles = self.registry.profiles();
        let wanted: Vec<_> =
            profiles.iter().filter(|one| slug.is_none_or(|slug| one.slug == slug)).cloned().collect();
        if wanted.is_empty() {
            let named = slug.unwrap_or_default();
            return Err(Refused::Call(format!(
                "municipality = {named:?}: not in the configuration of this server"
            )));
        }
        let of = u64::try_from(wanted.len()).unwrap_or(0);
        let (mut lines, mut report, mut fine) = (Vec::new(), Vec::new(), true);
        for (done, profile) in (1..).zip(wanted) {
            let (config, clock) = (self.backup.clone(), self.clock.clone());
            let city = City { code: profile.code.clone(), file: profile.file.clone() };
            let taken = tokio::task::spawn_blocking(move || backup::take(&config, &city, &clock)).await;
            let record = taken.map_err(|error| Refused::wrong(&error))?;
            fine &= record.is_good();
            lines.push(line(&profile.slug, &record));
            lines.extend(record.trouble());
            report.push(json!({"municipality": profile.slug, "good": record.is_good(), "record": record}));
            progress.at(done, of);
        }
        Ok(Outcome { fine, lines, report: json!(report) })
    }
}

/// One copy as people read it in lists.
pub fn line(slug: &str, record: &Record) -> String {
    let size = record.copy.as_ref().map_or_else(|| "－".to_owned(), |copy| megabytes(copy.bytes));
    let file = record.copy.as_ref().map_or("（写しなし）", |copy| copy.file.as_str());
    let drill = match (&record.copy, &record.drill) {
        (None, _) => "失敗",
        (Some(_), None) => "復元は未確認",
        (Some(_), Some(drill)) if drill.wrong.is_empty() => "復元して一致",
        (Some(_), Some(_)) => "復元に失敗",
    };
    format!("{slug}  {}  {size}  {drill}  {file}", record.name)
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    format!("{}.{}MB", tenths / 10, tenths % 10)
}
