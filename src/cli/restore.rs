//! `madoguchi restore`: a copy back in a city's place, or into a file beside.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{Failure, Shared, run_command};
use crate::app::{Command, CopyOf};
use crate::backup;
use crate::base::Clock;
use crate::config::{Config, MunicipalityConfig};

#[derive(Debug, Args)]
pub(super) struct Task {
    /// 自治体の slug
    #[arg(long, value_name = "SLUG")]
    municipality: String,
    /// 写しの名前（backup list にあるもの）か、ファイル。書かなければ、いちばん新しい正常な写し
    #[arg(long, value_name = "NAME|FILE")]
    from: Option<String>,
    /// 自治体の場所ではなく、このファイルに取り出す（あるファイルには書かない）
    #[arg(long, value_name = "FILE", conflicts_with = "put_aside")]
    to: Option<PathBuf>,
    /// いまあるデータファイルを、消さずに別の名前に移してから戻す
    #[arg(long)]
    put_aside: bool,
    /// 暗号化された写しを開く秘密鍵のファイル
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let city = shared.city(&config, &task.municipality)?;
    let source = source(task.from.as_deref())?;
    if let Some(to) = &task.to {
        return aside(shared, &config, city, (task, source, to));
    }
    let command = Command::Restore {
        municipality: task.municipality.clone(),
        source,
        identity: task.identity.as_deref().map(std::path::absolute).transpose()?,
        put_aside: task.put_aside,
    };
    shared.paper().outcome(&run_command(shared, &config, command)?)
}

/// What was named: a file when it looks like one, else a copy. The server may stand in another directory.
pub(super) fn source(named: Option<&str>) -> Result<CopyOf, Failure> {
    let Some(named) = named else { return Ok(CopyOf::Newest) };
    if named.contains('/') || named.contains(".db") {
        let path = std::path::absolute(named)?;
        if !path.is_file() {
            return Err(Failure::Call(format!("--from {named}: no such file")));
        }
        return Ok(CopyOf::File(path));
    }
    Ok(CopyOf::Named(named.to_owned()))
}

fn aside(
    shared: &Shared,
    config: &Config,
    city: &MunicipalityConfig,
    (task, source, to): (&Task, CopyOf, &PathBuf),
) -> Result<ExitCode, Failure> {
    let wrong = |error: backup::FetchError| Failure::Wrong(error.to_string());
    let found = backup::find(&config.backup, &city.code, &source.into()).map_err(wrong)?;
    let now = Clock::system().now();
    let at = (to.as_path(), now);
    let seen =
        backup::fetch(&config.backup, &city.code, &found, task.identity.as_deref(), at).map_err(wrong)?;
    let lines = [
        format!("{}: {} に取り出しました", city.slug, to.display()),
        format!(
            "  {} の状態、{}番目の書込みまで。整合性と監査の記録を確かめました",
            seen.at.day(),
            seen.commit_no
        ),
    ];
    let report = json!({
        "municipality": city.slug, "from": found.path, "to": to, "at": seen.at, "commit_no": seen.commit_no,
        "rows": seen.rows,
    });
    shared.paper().report(&lines, &report)?;
    Ok(ExitCode::SUCCESS)
}
