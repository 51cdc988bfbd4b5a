//! `madoguchi replicate status|rejoin`: how the pair stands, and a node that comes back.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Failure, Shared, run_command};
use crate::app::Command;

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// 役割、そろっているか、遅れ、立会い役、取り置きを見る。異常があれば終了コード 1
    Status,
    /// 従う機械で、データを主に合わせ直す（違うページだけを送り直す）
    Rejoin {
        /// いまあるファイルを丸ごと取り置いて、はじめから写す
        #[arg(long)]
        full: bool,
    },
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let command = match task {
        Task::Status => Command::ReplicateStatus,
        Task::Rejoin { full } => Command::ReplicateRejoin { full: *full },
    };
    shared.paper().outcome(&run_command(shared, &config, command)?)
}
