//! `madoguchi arbiter show|init`: the register that the witness keeps.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::{Failure, Shared};
use crate::app::{self, Refused};
use crate::arbiter::{AskError, Client, Register};
use crate::config::{Config, HaMode};

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// どの機械が主か、二台がそろっているかを見る
    Show,
    /// 台帳のない立会い役に、台帳を書く（はじめと、立会い役のディスクを失ったとき）
    Init {
        /// いま主である機械の名前。確定した予約をすべて持っている機械でなければならない
        #[arg(long, value_name = "NODE")]
        leader: String,
        /// これまでのどの代よりも大きい代の番号。はじめは 1
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
        epoch: u64,
        /// 構成の名前をもう一度
        #[arg(long, value_name = "CLUSTER")]
        confirm: String,
    },
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Tls(_) => Self::Call(error.to_string()),
            AskError::Unreachable { .. } | AskError::Refused { .. } => Self::Wrong(error.to_string()),
        }
    }
}

pub(super) fn run(shared: &Shared, task: &Task) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    if config.ha.mode == HaMode::Manual {
        return own(shared, &config, task);
    }
    let client = Client::of(&config.ha).ok_or_else(|| {
        let file = shared.config.display();
        Failure::Call(format!("{file}: ha.witness = : allowed is HOST:PORT of the witness"))
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match task {
        Task::Show => {
            let answer = runtime.block_on(client.look())?;
            show(shared, &answer.register, Some(answer.lease_left_ms))
        }
        Task::Init { leader, epoch, confirm } => {
            confirmed(shared, &config, confirm)?;
            runtime.block_on(client.begin(leader, *epoch))?;
            let answer = runtime.block_on(client.look())?;
            show(shared, &answer.register, Some(answer.lease_left_ms))
        }
    }
}

/// The register that lies on this machine itself (`mode = "manual"`).
fn own(shared: &Shared, config: &Config, task: &Task) -> Result<ExitCode, Failure> {
    let refused = |refused| match refused {
        Refused::Call(why) => Failure::Call(why),
        Refused::Wrong(why) => Failure::Wrong(why),
    };
    match task {
        Task::Show => {
            let register = app::own_register(config).map_err(refused)?;
            let none =
                "この機械には台帳がまだありません。主にする機械で madoguchi arbiter init を実行してください";
            show(shared, &register.ok_or_else(|| Failure::Wrong(none.to_owned()))?, None)
        }
        Task::Init { leader, epoch, confirm } => {
            confirmed(shared, config, confirm)?;
            if Some(leader) != config.ha.node.as_ref() {
                let node = config.ha.node.as_deref().unwrap_or_default();
                return Err(Failure::Call(format!(
                    "--leader {leader}: ha.mode = \"manual\": この機械は {node} です。主にする機械の上で実行してください"
                )));
            }
            show(shared, &app::begin_register(config, *epoch).map_err(refused)?, None)
        }
    }
}

/// Whoever writes a register has said which cluster's.
fn confirmed(shared: &Shared, config: &Config, confirm: &str) -> Result<(), Failure> {
    let cluster = config.ha.cluster_id.as_deref().unwrap_or_default();
    if cluster == confirm {
        return Ok(());
    }
    let file = shared.config.display();
    Err(Failure::Call(format!("--confirm {confirm}: {file} says ha.cluster_id = {cluster:?}")))
}

fn show(shared: &Shared, register: &Register, lease_left_ms: Option<u64>) -> Result<ExitCode, Failure> {
    let in_sync = if register.in_sync {
        "そろっている（もう一台が引き継げる）"
    } else {
        "そろっていない（もう一台は引き継げない）"
    };
    let lease = match lease_left_ms {
        None => "期限なし（manual）".to_owned(),
        Some(0) => "切れている".to_owned(),
        Some(left) => format!("あと {left} ミリ秒"),
    };
    let mut lines = vec![
        format!("構成　{}", register.cluster),
        format!("主の機械　{}（第 {} 代）", register.leader, register.epoch),
        format!("主の資格　{lease}"),
        format!("二台　{in_sync}"),
    ];
    let exceptions = register.exceptions.iter();
    lines.extend(exceptions.map(|(city, node)| format!("別扱い　{city}　正しいファイルは {node} にある")));
    let report = json!({"register": register, "lease_left_ms": lease_left_ms});
    shared.paper().report(&lines, &report)?;
    Ok(ExitCode::SUCCESS)
}
