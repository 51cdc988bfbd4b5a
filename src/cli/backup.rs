//! `madoguchi backup now|list`: copies of the cities' files.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::{Failure, Shared, run_command};
use crate::app::{self, Command};
use crate::backup;
use crate::config::{Config, MunicipalityConfig};

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// いま写しを取り、復元して照合する
    Now {
        /// 自治体の slug。書かなければ全部
        #[arg(long, value_name = "SLUG")]
        municipality: Option<String>,
    },
    /// 写しと、復元の訓練の結果を一覧する
    List {
        /// 自治体の slug。書かなければ全部
        #[arg(long, value_name = "SLUG")]
        municipality: Option<String>,
    },
}

pub(super) fn run(shared: &Shared, task: Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let (Task::Now { municipality } | Task::List { municipality }) = &task;
    let cities = wanted(shared, &config, municipality.as_deref())?;
    match task {
        Task::Now { municipality } => {
            let outcome = run_command(shared, &config, Command::BackupNow { municipality })?;
            shared.paper().outcome(&outcome)
        }
        Task::List { .. } => list(shared, &config, &cities),
    }
}

/// The city that was named, or all.
pub(super) fn wanted<'c>(
    shared: &Shared,
    config: &'c Config,
    slug: Option<&str>,
) -> Result<Vec<&'c MunicipalityConfig>, Failure> {
    match slug {
        Some(slug) => Ok(vec![shared.city(config, slug)?]),
        None if config.municipalities.is_empty() => {
            Err(Failure::Call(format!("{}: no [[municipality]]", shared.config.display())))
        }
        None => Ok(config.municipalities.iter().collect()),
    }
}

fn list(shared: &Shared, config: &Config, cities: &[&MunicipalityConfig]) -> Result<ExitCode, Failure> {
    let (mut lines, mut report, mut fine) = (Vec::new(), Vec::new(), true);
    for city in cities {
        let dir = backup::dir_of(&config.backup.dir, &city.code);
        let records = backup::records(&dir)
            .map_err(|error| Failure::Wrong(format!("backup.dir = {}: {error}", dir.display())))?;
        fine &= records.first().is_some_and(backup::Record::is_good);
        if records.is_empty() {
            lines.push(format!("{}  まだ写しがありません（{}）", city.slug, dir.display()));
        }
        for record in &records {
            lines.push(app::copy_line(&city.slug, record));
            lines.extend(record.trouble().map(|trouble| format!("    {trouble}")));
        }
        report.push(json!({"municipality": city.slug, "dir": dir, "copies": records}));
    }
    shared.paper().report(&lines, &report)?;
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
