//! `madoguchi import`: a file of cards, of bookings or of card states into a city.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{Failure, Shared, run_command};
use crate::app::{Command, Layout, Order};
use crate::cards::import::{BYTES_MAX, Kind, NAME_MAX, Profile};

#[derive(Debug, Args)]
pub(super) struct Task {
    /// 自治体の slug
    #[arg(long, value_name = "SLUG")]
    municipality: String,
    /// 取込定義。保存されたものの名前か、ファイル（TOML）。なければ標準形式として読む
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
    /// 標準形式で読むファイルの種類。取込定義を使うときは、そこに書かれている
    #[arg(long, value_enum, conflicts_with = "profile")]
    kind: Option<Told>,
    /// 何が起きるかを調べるだけで、何も書き込まない
    #[arg(long)]
    dry_run: bool,
    /// エラーの行を除いて取り込む
    #[arg(long)]
    skip_errors: bool,
    /// 予約の移行で、枠を超える予約も取り込む。なければエラーの行になる
    #[arg(long)]
    over_capacity: bool,
    /// 取り込むファイル
    file: PathBuf,
}

/// What the rows of a file in the standard layout tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Told {
    /// カードの作成情報
    Card,
    /// 旧システムの予約
    Booking,
    /// 旧システムでのカードの状態・メールアドレス
    #[value(name = "card_status")]
    CardStatus,
}

impl Told {
    const fn kind(self) -> Kind {
        match self {
            Self::Card => Kind::Card,
            Self::Booking => Kind::Booking,
            Self::CardStatus => Kind::CardStatus,
        }
    }
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let municipality = shared.city(&config, &task.municipality)?.slug.clone();
    let payload = read_file(&task.file)?;
    let file_name = task.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let standard = task.kind.map(|told| Layout::Standard(told.kind().code().to_owned()));
    let command = Command::Import {
        municipality,
        profile: task.profile.as_deref().map(layout).transpose()?.or(standard),
        file_name: file_name.unwrap_or_default(),
        dry_run: task.dry_run,
        skip_errors: task.skip_errors,
        over_capacity: task.over_capacity,
    };
    let done = run_command(shared, &config, Order { command, payload });
    let outcome = done.map_err(|failure| about(&task.file, failure))?;
    shared.paper().outcome(&outcome)
}

/// A profile that was named: a file when there is one, else a saved one.
fn layout(named: &str) -> Result<Layout, Failure> {
    let path = Path::new(named);
    let means_file =
        path.is_file() || named.contains('/') || path.extension().is_some_and(|end| end == "toml");
    if !means_file {
        return Ok(Layout::Saved(named.to_owned()));
    }
    let mut profile = read_profile(path)?;
    if profile.name.is_empty() {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        profile.name = stem.chars().take(NAME_MAX).collect();
    }
    Ok(Layout::Written(profile.to_toml()))
}

/// The profile in this file.
pub(super) fn read_profile(path: &Path) -> Result<Profile, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::Call(format!("{}: {why}", path.display()));
    let source = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    Profile::from_toml(&source).map_err(|error| wrong(&error.sentence()))
}

/// The bytes of a file that is not too large.
pub(super) fn read_file(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::Wrong(format!("{}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| wrong(&error))?.len();
    if size > BYTES_MAX as u64 {
        return Err(wrong(&format!("{size} bytes; at most {BYTES_MAX} are read at once")));
    }
    std::fs::read(path).map_err(|error| wrong(&error))
}

fn about(path: &Path, failure: Failure) -> Failure {
    match failure {
        Failure::Wrong(why) => Failure::Wrong(format!("{}: {why}", path.display())),
        call @ Failure::Call(_) => call,
    }
}
