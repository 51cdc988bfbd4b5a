//! The command line: one file a subcommand.
//!
//! **Invariant:** exit 0 is fine, 1 is something wrong (found, refused, failed), 2 is a wrong call or configuration.
//! **Invariant:** results go to standard output, errors to standard error with the file, key and value they are about.

mod arbiter;
mod backup;
mod check;
mod convert;
pub mod demo;
mod import;
mod licences;
mod mail;
mod maintenance;
mod manual;
mod municipality;
mod paper;
mod promote;
mod replicate;
mod restore;
mod serve;
mod staff;
mod verify;
mod witness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use paper::Paper;

use crate::app::{self, LockError, LogError, Order, Outcome, Progress, Refused, StartError};
use crate::config::{self, Config, ConfigError, MunicipalityConfig};
use crate::db::Upgrades;

/// 窓口: マイナンバーカードの受け取り予約と交付の管理
#[derive(Debug, Parser)]
#[command(name = "madoguchi", version, max_term_width = 100)]
pub struct Call {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    task: Task,
}

/// What every subcommand takes.
#[derive(Clone, Debug, Args)]
pub struct Shared {
    /// 設定ファイル
    #[arg(long, global = true, value_name = "FILE", default_value = "config.toml")]
    config: PathBuf,
    /// 結果を JSON で出力する
    #[arg(long, global = true)]
    json: bool,
    #[arg(skip)]
    upgrades: Upgrades,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// サーバーを起動する
    Serve(serve::Task),
    /// 見本の市を作り、動かす
    Demo(demo::Task),
    /// 設定ファイルに書かれたものを、ひとつずつ試す
    Check,
    /// 自治体のファイルを作る・一覧する
    #[command(subcommand)]
    Municipality(municipality::Task),
    /// カード・旧予約・旧システムの状態のファイルを取り込む（標準形式、または取込定義による）
    Import(import::Task),
    /// どんな形のファイルも標準形式の CSV に変換する。設定もデータも要らない
    Convert(convert::Task),
    /// 職員を加える・パスワードを戻す
    #[command(subcommand)]
    Staff(staff::Task),
    /// 不達の知らせを読む
    #[command(subcommand)]
    Mail(mail::Task),
    /// バックアップを取る・一覧する
    #[command(subcommand)]
    Backup(backup::Task),
    /// バックアップから戻す
    Restore(restore::Task),
    /// バックアップが復元できるかを確かめる
    Verify(verify::Task),
    /// 市民のページを閉じる・開く
    #[command(subcommand)]
    Maintenance(maintenance::Task),
    /// 二台構成の立会い役として、どちらが主であるかの台帳を預かる
    Witness,
    /// 二台構成の状態を見る・従う機械のデータを主に合わせ直す
    #[command(subcommand)]
    Replicate(replicate::Task),
    /// 二台構成で、この機械を主にする（主の上では、もう一台に渡す）
    Promote(promote::Task),
    /// 立会い役の台帳を見る・書く
    #[command(subcommand)]
    Arbiter(arbiter::Task),
    /// シェルの補完を出力する
    Completions {
        /// シェル
        shell: Shell,
    },
    /// man ページを出力する
    Man,
    /// このプログラムに含まれるソフトウェアとライセンスを一覧する
    Licences,
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The call or the configuration is wrong: exit 2.
    #[error("{0}")]
    Call(String),
    /// Something is wrong, was refused or failed: exit 1.
    #[error("{0}")]
    Wrong(String),
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Call(error.to_string())
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::Call(error.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Tls { .. } | StartError::Mail(_) => Self::Call(error.to_string()),
            other => Self::Wrong(other.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl Shared {
    /// The configuration that the call names.
    pub fn load(&self) -> Result<Config, Failure> {
        Ok(config::load(&self.config)?)
    }

    /// Where the command reports.
    pub fn paper(&self) -> Paper {
        Paper::new(self.json)
    }

    /// The configured city with this slug.
    pub fn city<'c>(&self, config: &'c Config, slug: &str) -> Result<&'c MunicipalityConfig, Failure> {
        config.municipalities.iter().find(|city| city.slug == slug).ok_or_else(|| {
            let known: Vec<&str> = config.municipalities.iter().map(|city| city.slug.as_str()).collect();
            let file: &Path = &self.config;
            Failure::Call(format!(
                "{}: no [[municipality]] with slug = {slug:?}; there are: {}",
                file.display(),
                known.join(", ")
            ))
        })
    }
}

/// Has a command carried out by the program that runs, else in this process, with a bar on a terminal.
pub fn run_command(shared: &Shared, config: &Config, order: impl Into<Order>) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let order = order.into();
    let done = runtime.block_on(async {
        let (progress, steps) = Progress::new();
        let drawing = (!shared.json).then(|| tokio::spawn(paper::bar(steps)));
        let done = app::carry_out(config, order, &progress).await;
        drop(progress);
        if let Some(drawing) = drawing {
            // The bar ends by itself once nobody can move it.
            let _ = drawing.await;
        }
        done
    });
    done.map_err(|refused| match refused {
        Refused::Call(why) => Failure::Call(why),
        Refused::Wrong(why) => Failure::Wrong(why),
    })
}

/// Does what the command line asks for, as a build whose schema these upgrades lead to.
pub fn run_as(mut call: Call, upgrades: Upgrades) -> ExitCode {
    call.shared.upgrades = upgrades;
    run(call)
}

/// Does what the command line asks for.
pub fn run(call: Call) -> ExitCode {
    // Whatever is made here holds personal data or keys.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let shared = call.shared;
    let done = match call.task {
        Task::Serve(task) => serve::run(&shared, &task),
        Task::Demo(task) => demo::run(&shared, &task),
        Task::Check => check::run(&shared),
        Task::Municipality(task) => municipality::run(&shared, &task),
        Task::Import(task) => import::run(&shared, &task),
        Task::Convert(task) => convert::run(&shared, &task),
        Task::Staff(task) => staff::run(&shared, task),
        Task::Mail(task) => mail::run(&shared, &task),
        Task::Backup(task) => backup::run(&shared, task),
        Task::Restore(task) => restore::run(&shared, &task),
        Task::Verify(task) => verify::run(&shared, &task),
        Task::Maintenance(task) => maintenance::run(&shared, task),
        Task::Replicate(task) => replicate::run(&shared, &task),
        Task::Promote(task) => promote::run(&shared, &task),
        Task::Witness => witness::run(&shared),
        Task::Arbiter(task) => arbiter::run(&shared, &task),
        Task::Completions { shell } => manual::completions(shell),
        Task::Licences => licences::run(&shared),
        Task::Man => manual::man(),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            paper::error(&failure.to_string());
            ExitCode::from(if matches!(failure, Failure::Call(_)) { 2 } else { 1 })
        }
    }
}
