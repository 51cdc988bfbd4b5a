//! `madoguchi promote`: makes a node of a pair lead, safely, or with a loss that is accepted by name.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use super::{Failure, Shared, run_command};
use crate::app::{Command, Outcome, Promotion};
use crate::config::Config;

/// How long it is waited until the cities of the new leader are open.
const OPEN: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own, and they exclude each other"
)]
pub(super) struct Task {
    /// 失うことなく切り替える（何も書かなければこれ）。従う機械では主に渡してもらい、主ではもう一台に渡す
    #[arg(long, conflicts_with_all = ["alone", "accept_data_loss", "old_leader_is_off"])]
    handoff: bool,
    /// mode = "manual" の最後の主が、もう一台なしで始める。もう一台が止まっていて、主でないことを先に確かめる
    #[arg(long, requires = "confirm", conflicts_with_all = ["accept_data_loss", "old_leader_is_off"])]
    alone: bool,
    /// 一台で続けていた主が失われたときに、この機械を主にする。主だけが持っていた書込みは失われる
    #[arg(long, requires = "confirm", conflicts_with = "old_leader_is_off")]
    accept_data_loss: bool,
    /// mode = "manual" で、主が止まっていることを確かめて、この機械を主にする。主だけが持っていた書込みは失われる
    #[arg(long, requires = "confirm")]
    old_leader_is_off: bool,
    /// 構成の名前をもう一度
    #[arg(long, value_name = "CLUSTER")]
    confirm: Option<String>,
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let by = match (task.alone, task.accept_data_loss, task.old_leader_is_off) {
        (true, ..) => Promotion::Alone,
        (_, true, _) => Promotion::AcceptDataLoss,
        (.., true) => Promotion::OldLeaderIsOff,
        _ => Promotion::HandOff,
    };
    let confirm = task.confirm.clone();
    let outcome = run_command(shared, &config, Command::Promote { by, confirm })?;
    let leader = outcome.report.get("leader").and_then(serde_json::Value::as_str);
    if leader == config.ha.node.as_deref() {
        wait_until_open(shared, &config)?;
    }
    shared.paper().outcome(&outcome)
}

/// The cities are opened while the command has its answer already.
fn wait_until_open(shared: &Shared, config: &Config) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let began = Instant::now();
    while began.elapsed() < OPEN {
        let status = run_command(shared, config, Command::ReplicateStatus);
        let open = |status: &Outcome| status.report.get("open") == Some(&serde_json::Value::Bool(true));
        if status.is_ok_and(|status| open(&status)) {
            break;
        }
        runtime.block_on(async { tokio::time::sleep(Duration::from_millis(100)).await });
    }
    Ok(())
}
