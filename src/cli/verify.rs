//! `madoguchi verify`: is a copy what it was, and can it be restored?

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::backup::wanted;
use super::restore::source;
use super::{Failure, Shared};
use crate::backup::{self, FetchError, Source};
use crate::base::{Clock, Moment};
use crate::config::{Config, MunicipalityConfig};
use crate::municipalities;

#[derive(Debug, Args)]
pub(super) struct Task {
    /// 自治体の slug。書かなければ全部
    #[arg(long, value_name = "SLUG")]
    municipality: Option<String>,
    /// 写しの名前か、復元したファイルか、archive（保管）。書かなければ、いちばん新しい写し
    #[arg(long, value_name = "NAME|FILE|archive", requires = "municipality")]
    from: Option<String>,
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let source: Source = source(task.from.as_deref())?.into();
    let (mut lines, mut report, mut fine) = (Vec::new(), Vec::new(), true);
    for city in wanted(shared, &config, task.municipality.as_deref())? {
        let (name, wrong) = verify(&config, city, &source)?;
        fine &= wrong.is_empty();
        let verdict = if wrong.is_empty() { "正常（復元して一致）" } else { "異常" };
        lines.push(format!("{}  {name}  {verdict}", city.slug));
        lines.extend(wrong.iter().map(|wrong| format!("    {wrong}")));
        report
            .push(json!({"municipality": city.slug, "copy": name, "fine": wrong.is_empty(), "wrong": wrong}));
    }
    shared.paper().report(&lines, &report)?;
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The name of what was looked at, and what is wrong with it.
fn verify(
    config: &Config,
    city: &MunicipalityConfig,
    source: &Source,
) -> Result<(String, Vec<String>), Failure> {
    let clock = Clock::system();
    if let Source::File(path) = source {
        let wrong = backup::prove_file(path, &city.code, clock.now()).err().unwrap_or_default();
        return Ok((path.display().to_string(), wrong));
    }
    if let Source::Archive(_) = source {
        let wrong = archive(config, city, source, clock.now()).err();
        return Ok(("archive".to_owned(), wrong.into_iter().collect()));
    }
    // The newest is looked at even when it was found wrong before.
    let dir = backup::dir_of(&config.backup.dir, &city.code);
    let records = backup::records(&dir)
        .map_err(|error| Failure::Wrong(format!("backup.dir = {}: {error}", dir.display())))?;
    let mut copies = records.into_iter().filter(|one| one.copy.is_some());
    let record = match source {
        Source::Named(name) => copies.find(|one| one.name == *name).ok_or_else(|| {
            Failure::Wrong(FetchError::Unknown { dir: dir.clone(), name: name.clone() }.to_string())
        })?,
        _ => copies.next().ok_or_else(|| {
            Failure::Wrong(FetchError::None { dir: dir.clone(), code: city.code.clone() }.to_string())
        })?,
    };
    let drill = backup::prove(&config.backup, &record, &clock);
    Ok((record.name, drill.wrong))
}

/// Restores what the archive holds into a file of its own, looks into it, and removes it.
fn archive(config: &Config, city: &MunicipalityConfig, source: &Source, now: Moment) -> Result<(), String> {
    let found = backup::find((&config.backup, &config.archive), &city.code, source);
    let found = found.map_err(|error| error.to_string())?;
    let (place, _) = found.archived.as_ref().ok_or_else(|| FetchError::NoArchive.to_string())?;
    let city_dir = municipalities::file_of(&config.data_dir, &city.code);
    let scratch = place.scratch(city_dir.parent().unwrap_or(&config.data_dir));
    let scratch = scratch.join(format!(".verify-{}.db", std::process::id()));
    let fetched = backup::fetch(&config.backup, &city.code, &found, None, (&scratch, now));
    // A fetch that failed has removed it already.
    let _ = std::fs::remove_file(&scratch);
    fetched.map(|_| ()).map_err(|error| error.to_string())
}
