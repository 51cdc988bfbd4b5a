//! `madoguchi restore`: a copy back in a city's place, or into a file beside.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{Failure, Shared, run_command};
use crate::app::{Command, CopyOf};
use crate::backup;
use crate::base::{Clock, Minute, Moment};
use crate::config::{Config, MunicipalityConfig};

#[derive(Debug, Args)]
pub(super) struct Task {
    /// 自治体の slug
    #[arg(long, value_name = "SLUG")]
    municipality: String,
    /// 写しの名前（backup list にあるもの）か、ファイルか、archive（保管）。書かなければ、いちばん新しい正常な写し
    #[arg(long, value_name = "NAME|FILE|archive")]
    from: Option<String>,
    /// 保管から、この時刻の状態に戻す（日本時間、例 "2026-04-13 10:15"、秒まで書いてもよい）
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with_all = ["from", "txid"])]
    at: Option<Moment>,
    /// 保管から、この番号の書込みまで戻す
    #[arg(long, value_name = "N", conflicts_with = "from")]
    txid: Option<u64>,
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
    let source = match (task.at, task.txid) {
        (None, None) => source(task.from.as_deref())?,
        (at, commit_no) => CopyOf::Archive { at, commit_no },
    };
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
    if named == "archive" {
        return Ok(CopyOf::Archive { at: None, commit_no: None });
    }
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
    let found = backup::find((&config.backup, &config.archive), &city.code, &source.into()).map_err(wrong)?;
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

/// A time in Japan, written `2026-04-13 10:15` or `2026-04-13 10:15:30`; without seconds all of the minute before is meant.
fn time(text: &str) -> Result<Moment, String> {
    let wrong = || format!("{text}: allowed is a time such as 2026-04-13 10:15 or 2026-04-13 10:15:30");
    let (day, time) = text.trim().split_once([' ', 'T']).ok_or_else(wrong)?;
    let mut parts = time.split(':');
    let mut number = |most: u16| {
        let part = parts.next().filter(|part| part.len() == 2).and_then(|part| part.parse::<u16>().ok());
        part.filter(|number| *number <= most)
    };
    let (hour, minute) = (number(23).ok_or_else(wrong)?, number(59).ok_or_else(wrong)?);
    let second = if time.len() > 5 { number(59).ok_or_else(wrong)? } else { 0 };
    if parts.next().is_some() {
        return Err(wrong());
    }
    let start = Moment::at(day.parse().map_err(|_| wrong())?, Minute::of(hour * 60 + minute));
    Ok(start.plus(std::time::Duration::from_secs(u64::from(second))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_seconds_or_none() {
        let plain = time("2026-04-13 10:15").unwrap();
        assert_eq!((plain.day().to_string().as_str(), plain.minute()), ("2026-04-13", Minute::of(615)));
        assert_eq!(time("2026-04-13 10:15:30").unwrap().millis() - plain.millis(), 30_000);
        for wrong in ["", "2026-04-13", "2026-04-13 24:00", "2026-04-13 10:15:60", "2026-04-13 10:15:30:1"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
