//! The register of a pair as the program reaches it: at the witness, or in a file of its own; and a node on which nothing runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::command::{Command, Outcome, Refused};
use super::lock::DataDir;
use super::pair_status;
use crate::arbiter::{
    Answer, Call, CallId, Client, Keeper, Local, Mode, Order, Register, RegisterFile, Saved, StoreError,
};
use crate::base::Clock;
use crate::config::{Config, HaConfig, HaMode};
use crate::standby::{self, Kept, Post};

/// Who keeps the register.
#[derive(Clone, Debug)]
pub(super) enum Arbiter {
    /// A third machine.
    Witness(Arc<Client>),
    /// This node itself (`manual`).
    Own(Arc<Local>),
    /// Nobody: the configuration is not whole.
    Nobody,
}

impl Arbiter {
    /// As the section says; a register of one's own lies in `dir`.
    pub(super) fn of(ha: &HaConfig, dir: &Path) -> Result<Self, StoreError> {
        if ha.mode != HaMode::Manual {
            return Ok(Client::of(ha).map_or(Self::Nobody, |client| Self::Witness(Arc::new(client))));
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (cluster, node, other) = (text(&ha.cluster_id), text(&ha.node), text(&ha.peer_node));
        let lease = Duration::from_millis(ha.lease_ms);
        Ok(Self::Own(Arc::new(Local::open(dir, &cluster, (&node, &other), lease)?)))
    }

    /// What the register says to this question, or why it says nothing.
    pub(super) async fn call(&self, call: Call) -> Result<Answer, String> {
        match self {
            Self::Witness(client) => client.call(call).await.map_err(|error| error.to_string()),
            Self::Own(local) => {
                let local = Arc::clone(local);
                let asked = tokio::task::spawn_blocking(move || local.call(&call)).await;
                asked.ok().flatten().ok_or_else(|| "the register of this node cannot be written".to_owned())
            }
            Self::Nobody => Err("no witness is configured".to_owned()),
        }
    }

    /// How things stand.
    pub(super) async fn look(&self, post: &Post) -> Result<Answer, String> {
        let (cluster, node) = (post.members().cluster.clone(), post.members().node.clone());
        let id = CallId { incarnation: 0, number: 0 };
        let looked = self.call(Call { id, cluster, node, order: Order::Look }).await;
        self.tell(post, &looked);
        looked
    }

    /// Notes what came of a question.
    pub(super) fn tell(&self, post: &Post, looked: &Result<Answer, String>) {
        if let Ok(answer) = looked {
            post.register(answer);
        }
        if matches!(self, Self::Witness(_)) {
            post.witness(looked.as_ref().err().map(String::as_str));
        }
    }

    /// The newest epoch that a register of one's own knows.
    pub(super) fn own_epoch(&self) -> u64 {
        match self {
            Self::Own(local) => local.register().map_or(0, |register| register.epoch),
            Self::Witness(_) | Self::Nobody => 0,
        }
    }

    pub(super) fn mode(&self) -> Mode {
        if matches!(self, Self::Own(_)) { Mode::Manual } else { Mode::Witness }
    }
}

/// A node of a pair on which nothing runs.
pub(super) async fn stopped(
    config: &Config,
    data_dir: DataDir,
    command: &Command,
) -> Result<Outcome, Refused> {
    let dir = data_dir.path().join("pair");
    // A server that starts meanwhile waits for who only looks no longer than this.
    let _owned = (*command != Command::ReplicateStatus).then_some(data_dir);
    let kept = Kept::open(&dir).map_err(|error| Refused::wrong(&error))?;
    let arbiter = Arbiter::of(&config.ha, &dir).map_err(|error| Refused::wrong(&error))?;
    let members = super::pair::members(&config.ha);
    let post = Post::of_stopped(&dir, members, &Clock::system());
    let looked = arbiter.look(&post).await.map(|answer| answer.register);
    match command {
        Command::ReplicateStatus => {
            Ok(pair_status::stopped(&post.picture(), kept.read(), arbiter.mode(), looked.as_ref().ok()))
        }
        Command::ReplicateRejoin { full } => {
            let saved = kept.read();
            let leads =
                |register: Register| register.leader == post.members().node && register.epoch >= saved.epoch;
            match looked {
                Err(why) => return Err(refused(&format!("台帳を確かめられません（{why}）。"))),
                Ok(register) if leads(register.clone()) => {
                    return Err(refused(&format!(
                        "台帳では {} が主です。ほかにない書込みを持っているかもしれないので、合わせ直せません。起動してください",
                        post.members().node
                    )));
                }
                Ok(_) => {}
            }
            let io = |error: std::io::Error| Refused::wrong(&error);
            standby::let_go(&dir).map_err(io)?;
            kept.write(Saved { torn: true, sets_aside: *full || saved.sets_aside, ..saved }).map_err(io)?;
            let what = if *full {
                "ファイルを丸ごと取り置いてから"
            } else {
                "違うページだけを"
            };
            let lines = vec![format!("次に起動したとき、{what}もう一台に合わせます。")];
            Ok(Outcome { fine: true, lines, report: json!({"running": false, "full": full}) })
        }
        _ => Err(refused(
            "この機械のサーバーが動いていません。先に起動してください（systemctl start madoguchi）",
        )),
    }
}

/// Writes the register of a node that keeps it itself (`manual`), where there is none: this node leads, and holds everything.
pub fn begin_register(config: &Config, epoch: u64) -> Result<Register, Refused> {
    let data_dir = DataDir::lock(&config.data_dir).map_err(|error| Refused::wrong(&error))?;
    let dir = data_dir.path().join("pair");
    let kept = Kept::open(&dir).map_err(|error| Refused::wrong(&error))?;
    let file = RegisterFile::in_dir(&dir);
    if file.read().map_err(|error| Refused::wrong(&error))?.is_some() {
        return Err(refused(&format!("{}: 台帳はもうあります", file.path().display())));
    }
    let members = super::pair::members(&config.ha);
    let epoch = Keeper::own_epoch(epoch.max(kept.read().epoch), (&members.node, &members.other));
    let version = u64::try_from(Clock::system().now().millis()).unwrap_or(1);
    let register = Register::new(&members.cluster, &members.node, version, epoch);
    file.write(&register).map_err(|error| Refused::wrong(&error))?;
    Ok(register)
}

/// The register of a node that keeps it itself (`manual`), if there is one.
pub fn own_register(config: &Config) -> Result<Option<Register>, Refused> {
    RegisterFile::in_dir(&config.data_dir.join("pair")).read().map_err(|error| Refused::wrong(&error))
}

fn refused(why: &str) -> Refused {
    Refused::Wrong(why.to_owned())
}
