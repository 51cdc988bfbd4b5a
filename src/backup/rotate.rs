//! Which copies are kept: those of so many days, the first of so many months (this one counted), and always the newest that was proved.

use std::collections::BTreeSet;
use std::path::Path;

use super::files;
use super::record::{Record, records};
use crate::base::{Day, Moment};
use crate::config::BackupConfig;

/// Removes what is older than it should be. The record goes last, so that nothing is left without one.
pub(super) fn rotate(dir: &Path, config: &BackupConfig, now: Moment) -> std::io::Result<()> {
    let all = records(dir)?;
    for record in over(&all, config.keep_days, config.keep_months, now.day()) {
        if let Some(copied) = &record.copy {
            files::remove(&dir.join(&copied.file))?;
            files::remove(&dir.join(format!("{}.sha256", copied.file)))?;
        }
        files::remove(&dir.join(format!("{}.json", record.name)))?;
        tracing::info!(code = record.code, name = record.name, "an old copy was removed");
    }
    files::sync_dir(dir)
}

/// Those that need not be kept on this day. `all` begins with the newest.
fn over(all: &[Record], days: u16, months: u16, today: Day) -> Vec<&Record> {
    let newest_proved = all.iter().find(|one| one.is_proved()).map(|one| one.name.as_str());
    let mut first_of_months: BTreeSet<&str> = BTreeSet::new();
    let since = (1..months).fold(today.first_of_month(), |first, _| first.minus(1).first_of_month());
    let mut seen = BTreeSet::new();
    for record in all.iter().rev().filter(|one| one.is_good()) {
        let day = record.begun_at.day();
        if months > 0 && day >= since && seen.insert(day.first_of_month()) {
            first_of_months.insert(&record.name);
        }
    }
    let kept = |record: &Record| {
        record.begun_at.day() > today.minus(i32::from(days))
            || Some(record.name.as_str()) == newest_proved
            || first_of_months.contains(record.name.as_str())
    };
    all.iter().filter(|record| !kept(record)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::{Copied, Drill, Trouble};
    use crate::base::Minute;

    fn at(day: Day, good: bool) -> Record {
        let begun_at = Moment::at(day, Minute::of(130));
        Record {
            name: super::super::take::name_of(begun_at),
            code: "999999".to_owned(),
            begun_at,
            took_ms: 1,
            copy: good.then(|| Copied {
                file: String::new(),
                bytes: 1,
                sha256: String::new(),
                encrypted: false,
                file_id: String::new(),
                schema_version: 1,
                commit_no: 1,
                at: begun_at,
                rows: std::collections::BTreeMap::new(),
                audit_events: 0,
                audit_head: String::new(),
            }),
            failed: (!good).then_some(Trouble::NoRoom { need_mb: 2, free_mb: 1 }),
            drill: good.then(|| Drill { at: begun_at, took_ms: 1, opened_sealed: false, wrong: Vec::new() }),
        }
    }

    fn kept(all: &[Record], days: u16, months: u16, today: Day) -> Vec<String> {
        let gone: BTreeSet<&str> =
            over(all, days, months, today).iter().map(|one| one.name.as_str()).collect();
        let stays = all.iter().filter(|one| !gone.contains(one.name.as_str()));
        stays.map(|one| one.begun_at.day().to_string()).collect()
    }

    #[test]
    fn the_last_days_and_the_first_of_each_month_are_kept() {
        let today = Day::new(2026, 4, 13).unwrap();
        let all: Vec<Record> = (0..100).map(|back| at(today.minus(back), true)).collect();
        assert_eq!(
            kept(&all, 3, 2, today),
            ["2026-04-13", "2026-04-12", "2026-04-11", "2026-04-01", "2026-03-01"]
        );
        assert_eq!(kept(&all, 1, 0, today), ["2026-04-13"]);
    }

    #[test]
    fn the_newest_proved_copy_stays_however_old_it_is() {
        let today = Day::new(2026, 4, 13).unwrap();
        let mut all = vec![at(today, false), at(today.minus(1), false)];
        all.push(at(today.minus(400), true));
        all.push(at(today.minus(401), true));
        assert_eq!(kept(&all, 1, 0, today), ["2026-04-13", "2025-03-09"]);
    }

    #[test]
    fn a_name_is_the_time_in_japan_on_both_sides_of_midnight() {
        let midnight = Moment::at(Day::new(2026, 4, 13).unwrap(), Minute::of(0));
        assert_eq!(super::super::take::name_of(midnight), "20260413-000000");
        let before = midnight.minus(std::time::Duration::from_secs(1));
        assert_eq!(super::super::take::name_of(before), "20260412-235959");
    }
}
