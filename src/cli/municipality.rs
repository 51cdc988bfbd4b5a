//! `madoguchi municipality add|accept|list`: the cities' files.

use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::{Failure, Shared, run_command};
use crate::app::Command;
use crate::municipalities;

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// 設定ファイルにある自治体の、空のデータファイルを作る
    Add {
        /// 自治体の slug
        #[arg(long, value_name = "SLUG")]
        municipality: String,
    },
    /// 二台で食い違っている自治体について、この機械（主）のファイルを正しいものとする。もう一台のファイルは取り置かれる
    Accept {
        /// 自治体の slug
        #[arg(long, value_name = "SLUG")]
        municipality: String,
        /// 自治体のコード（6桁）をもう一度
        #[arg(long, value_name = "CODE")]
        confirm: String,
    },
    /// 設定ファイルの自治体を一覧する
    List,
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    match task {
        Task::Add { municipality } => add(shared, municipality),
        Task::Accept { municipality, confirm } => accept(shared, municipality, confirm),
        Task::List => list(shared),
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    code: String,
    slug: String,
    name: String,
    base_path: String,
    hosts: Vec<String>,
    file: String,
    exists: bool,
}

fn list(shared: &Shared) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let cities: Vec<Listed> = config
        .municipalities
        .iter()
        .map(|city| {
            let file = municipalities::file_of(&config.data_dir, &city.code);
            Listed {
                code: city.code.clone(),
                slug: city.slug.clone(),
                name: city.name.clone(),
                base_path: city.base(),
                hosts: city.hosts.clone(),
                exists: file.exists(),
                file: file.display().to_string(),
            }
        })
        .collect();
    let lines: Vec<String> = cities
        .iter()
        .map(|city| {
            let there = if city.exists {
                ""
            } else {
                "（ファイルがありません。madoguchi municipality add で作ります）"
            };
            format!("{}  {}  {}  {}{there}", city.code, city.slug, city.name, city.file)
        })
        .collect();
    shared.paper().report(&lines, &cities)?;
    Ok(if cities.iter().all(|city| city.exists) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn add(shared: &Shared, slug: &str) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let code = shared.city(&config, slug)?.code.clone();
    let outcome = run_command(shared, &config, Command::MunicipalityAdd { code })?;
    shared.paper().outcome(&outcome)
}

/// Whoever decides for one of two files has said whose.
fn accept(shared: &Shared, slug: &str, confirm: &str) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let code = shared.city(&config, slug)?.code.clone();
    if confirm != code {
        return Err(Failure::Call(format!("--confirm {confirm}: the code of {slug} is {code}")));
    }
    let outcome =
        run_command(shared, &config, Command::MunicipalityAccept { municipality: slug.to_owned() })?;
    shared.paper().outcome(&outcome)
}
