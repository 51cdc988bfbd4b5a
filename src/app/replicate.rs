//! What people want of a pair: how it stands, a change of leaders, a node that comes back.
//!
//! **Invariant:** a change that may lose acknowledged writes happens only when it was asked for by name with the cluster's name
//! repeated, and only when no safe one would do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};

use super::command::{Command, Outcome, Promotion, Refused};
use super::pair_status;
use super::register::Arbiter;
use crate::arbiter::{Answer, Mode};
use crate::base::Moment;
use crate::config::Config;
use crate::db::Actor;
use crate::standby::{self, Happening, Picture, Post, Role, Standing, View, Wish};

/// How long a change of leaders may take, and how long comparing pages is waited for.
const CHANGE: Duration = Duration::from_secs(6);
const COMPARE: Duration = Duration::from_mins(10);

/// One of the two nodes towards people. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Deputy {
    config: Arc<Config>,
    arbiter: Arbiter,
    post: Post,
    view: watch::Receiver<View>,
    wishes: mpsc::UnboundedSender<Wish>,
    /// Whether it stands beside open cities.
    open: bool,
}

impl Deputy {
    pub(super) fn new(
        config: &Config,
        arbiter: Arbiter,
        post: Post,
        (view, wishes): (watch::Receiver<View>, mpsc::UnboundedSender<Wish>),
    ) -> Self {
        Self { config: Arc::new(config.clone()), arbiter, post, view, wishes, open: false }
    }

    /// The same beside open cities.
    pub(super) fn beside_cities(&self) -> Self {
        Self { open: true, ..self.clone() }
    }

    /// What is known of the pair.
    pub(super) fn post(&self) -> &Post {
        &self.post
    }

    /// Whether this node leads, found out after this was asked.
    pub(super) async fn leads_for_certain(self) -> bool {
        let (answer, told) = oneshot::channel();
        self.wishes.send(Wish::Confirm(answer)).is_ok() && told.await.unwrap_or(false)
    }

    /// Carries out a command about the pair.
    pub(super) async fn run(&self, command: &Command, actor: &Actor) -> Result<Outcome, Refused> {
        match command {
            Command::ReplicateStatus => self.status().await,
            Command::ReplicateRejoin { full } => self.rejoin(*full, uid(actor)).await,
            Command::Promote { by, confirm } => {
                self.confirmed(*by, confirm.as_deref())?;
                self.promote(*by, uid(actor)).await
            }
            _ => Err(not_here(&self.post.members().node)),
        }
    }

    async fn status(&self) -> Result<Outcome, Refused> {
        // What it says is part of the picture.
        let _ = self.arbiter.look(&self.post).await;
        self.post.look_closely();
        let config = Arc::clone(&self.config);
        let copies = tokio::task::spawn_blocking(move || pair_status::copies(&config)).await;
        let picture = self.post.picture();
        Ok(pair_status::outcome(&picture, self.arbiter.mode(), self.open, &copies.unwrap_or_default()))
    }

    /// Whoever may lose writes has said whose.
    fn confirmed(&self, by: Promotion, confirm: Option<&str>) -> Result<(), Refused> {
        let cluster = &self.post.members().cluster;
        match (by, self.arbiter.mode()) {
            (Promotion::AcceptDataLoss, Mode::Manual) => {
                return Err(Refused::Call(
                    "--accept-data-loss: ha.mode = \"manual\": use --old-leader-is-off".to_owned(),
                ));
            }
            (Promotion::OldLeaderIsOff | Promotion::Alone, Mode::Witness) => {
                return Err(Refused::Call("ha.mode is not \"manual\": use --accept-data-loss".to_owned()));
            }
            (Promotion::HandOff, _) => return Ok(()),
            _ => {}
        }
        if confirm == Some(cluster) {
            return Ok(());
        }
        Err(Refused::Call(format!("--confirm {}: ha.cluster_id is {cluster:?}", confirm.unwrap_or_default())))
    }

    async fn promote(&self, by: Promotion, uid: u32) -> Result<Outcome, Refused> {
        let leads = self.post.report().role == Role::Leading;
        match by {
            Promotion::HandOff if leads => self.give_away(uid).await,
            Promotion::HandOff => self.take(uid).await,
            _ if leads => Err(wrong(&format!("{} はすでに主です", self.post.members().node))),
            Promotion::Alone => self.go_alone(uid).await,
            Promotion::AcceptDataLoss | Promotion::OldLeaderIsOff => self.seize(by, uid).await,
        }
    }

    /// The leader hands over.
    async fn give_away(&self, uid: u32) -> Result<Outcome, Refused> {
        let picture = self.post.picture();
        let members = &picture.members;
        if !picture.report.in_sync {
            return Err(not_in_sync(&picture));
        }
        self.post.ordered("promote --handoff", uid, false);
        let began = Instant::now();
        self.wish(Wish::HandOver)?;
        if !self.comes(CHANGE, |view| view.standing == Standing::Fenced).await {
            return Err(wrong("渡せませんでした。この機械が主のまま続けています。ログを確かめてください"));
        }
        let lines = vec![
            format!("{} から {} へ渡しました（{}）。", members.node, members.other, spent(began)),
            "失われた書込みはありません。".to_owned(),
            format!("{} は終わります。起動し直されると {} に従います。", members.node, members.other),
        ];
        Ok(changed(lines, &members.other, began, false))
    }

    /// The leader is asked to hand over to this node.
    async fn take(&self, uid: u32) -> Result<Outcome, Refused> {
        let looked = self.arbiter.look(&self.post).await;
        let picture = self.post.picture();
        let members = picture.members.clone();
        if self.arbiter.mode() == Mode::Witness {
            let answer = looked.map_err(|why| wrong(&format!("立会い役が答えません（{why}）。")))?;
            if answer.register.leader == members.node {
                return Err(wrong(&format!(
                    "台帳ではすでに {} が主です。まもなく主として始まります",
                    members.node
                )));
            }
            if !answer.register.in_sync {
                return Err(not_in_sync(&picture));
            }
        }
        if !picture.report.linked || !picture.report.whole {
            return Err(not_reached(&picture, self.arbiter.mode()));
        }
        self.post.ordered("promote --handoff", uid, true);
        let began = Instant::now();
        self.wish(Wish::HandOver)?;
        if !self.comes(CHANGE, |view| matches!(view.standing, Standing::Leading(_))).await {
            return Err(wrong(&format!(
                "{} が渡しませんでした。いまも {} が主です。二台がそろっているかを replicate status で確かめてください",
                members.other, members.other
            )));
        }
        let lines = vec![
            format!("{} が主になりました（第 {} 代、{}）。", members.node, self.epoch(), spent(began)),
            "失われた書込みはありません。".to_owned(),
        ];
        Ok(changed(lines, &members.node, began, false))
    }

    /// The recorded leader begins although it has not spoken with the other node (`manual`).
    async fn go_alone(&self, uid: u32) -> Result<Outcome, Refused> {
        let members = self.post.members();
        let register = self.arbiter.look(&self.post).await.map_err(|why| wrong(&why))?.register;
        if register.leader != members.node {
            return Err(wrong(&format!(
                "{} は最後の主ではありません（この機械の台帳では {} が主）。{} を起動するか、それが失われたのなら promote --old-leader-is-off を使います",
                members.node, register.leader, members.other
            )));
        }
        self.post.ordered("promote --alone", uid, true);
        let began = Instant::now();
        self.wish(Wish::Alone)?;
        if !self.comes(CHANGE, |view| matches!(view.standing, Standing::Leading(_))).await {
            return Err(wrong(
                "主になれませんでした。もう一台がもっと新しい代を知っています。replicate status で確かめてください",
            ));
        }
        let lines = vec![
            format!("{} が一台で主になりました（第 {} 代、{}）。", members.node, self.epoch(), spent(began)),
            format!("{} は起動すると {} に従います。", members.other, members.node),
        ];
        Ok(changed(lines, &members.node, began, false))
    }

    /// This node leads, whatever the other one may still hold.
    async fn seize(&self, by: Promotion, uid: u32) -> Result<Outcome, Refused> {
        let looked = self.arbiter.look(&self.post).await;
        let picture = self.post.picture();
        let members = picture.members.clone();
        no_safe_way(by, looked, &picture)?;
        let order = match by {
            Promotion::AcceptDataLoss => "promote --accept-data-loss",
            _ => "promote --old-leader-is-off",
        };
        self.post.ordered(order, uid, true);
        let began = Instant::now();
        let mut leads = false;
        while !leads && began.elapsed() < CHANGE {
            self.wish(Wish::Seize)?;
            let patience = Duration::from_millis(800);
            leads = self.comes(patience, |view| matches!(view.standing, Standing::Leading(_))).await;
        }
        if !leads {
            return Err(wrong("主になれませんでした。ログと replicate status を確かめてください"));
        }
        let since = parted(&picture);
        let since = since.map_or_else(|| "（時刻は不明）".to_owned(), pair_status::second);
        let lines = vec![
            format!("{} が主になりました（第 {} 代、{}）。", members.node, self.epoch(), spent(began)),
            format!("失われたかもしれないもの：{} が {since} より後に一台で確定した書込み。", members.other),
            format!(
                "{} が起動すると、そのファイルは丸ごと {} の data_dir/pair/quarantine/ に取り置かれ、{} に従います。",
                members.other, members.other, members.node
            ),
            "このことは、ログと各自治体の操作の記録に残ります。".to_owned(),
        ];
        Ok(changed(lines, &members.node, began, true))
    }

    /// What this node holds is compared with the leader's.
    async fn rejoin(&self, full: bool, uid: u32) -> Result<Outcome, Refused> {
        let picture = self.post.picture();
        let members = picture.members.clone();
        if picture.report.role == Role::Leading {
            return Err(wrong(&format!(
                "{} は主です。従う機械（{}）で実行します",
                members.node, members.other
            )));
        }
        if !picture.report.linked {
            return Err(not_reached(&picture, self.arbiter.mode()));
        }
        self.post.ordered(if full { "replicate rejoin --full" } else { "replicate rejoin" }, uid, false);
        let began = Instant::now();
        self.wish(Wish::Rejoin { full })?;
        // It is void at once, and whole again when the last page is there.
        tokio::time::sleep(Duration::from_millis(300)).await;
        while !self.post.report().whole {
            if began.elapsed() > COMPARE {
                return Err(wrong("10分たっても終わりません。replicate status で確かめてください"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(rejoined(&picture, &standby::set_aside(&picture.quarantine_dir), began))
    }

    fn epoch(&self) -> u64 {
        match self.view.borrow().standing {
            Standing::Leading(epoch) => epoch,
            Standing::Following | Standing::Fenced | Standing::Broken => 0,
        }
    }

    fn wish(&self, wish: Wish) -> Result<(), Refused> {
        let gone =
            |_| wrong("この機械のサーバーは終わるところです。起動し直してから、もう一度試してください");
        self.wishes.send(wish).map_err(gone)
    }

    async fn comes(&self, patience: Duration, so: impl FnMut(&View) -> bool) -> bool {
        let mut view = self.view.clone();
        let came = tokio::time::timeout(patience, view.wait_for(so)).await;
        matches!(came, Ok(Ok(_)))
    }
}

/// Refuses while nothing needs to be lost.
fn no_safe_way(by: Promotion, looked: Result<Answer, String>, picture: &Picture) -> Result<(), Refused> {
    let members = &picture.members;
    if picture.report.linked {
        return Err(wrong(&format!(
            "{} とつながっています。失うことなく切り替えるには promote --handoff を使います",
            members.other
        )));
    }
    if !picture.report.whole {
        return Err(wrong(&format!(
            "{} のデータはそろえている途中で、使えません。{} を直すか、バックアップか保管（archive）から戻してください",
            members.node, members.other
        )));
    }
    if by == Promotion::OldLeaderIsOff {
        return Ok(());
    }
    let answer = looked
        .map_err(|why| wrong(&format!("立会い役が答えません（{why}）。立会い役を先に直してください")))?;
    if answer.register.leader == members.node {
        return Err(wrong(&format!("台帳ではすでに {} が主です", members.node)));
    }
    if answer.register.in_sync {
        return Err(wrong(
            "二台はそろっています。主が止まっているなら、主の資格が切れしだい自動で引き継ぎます",
        ));
    }
    if answer.lease_left_ms > 0 {
        return Err(wrong(&format!(
            "{} は動いています（主の資格があと {} ミリ秒）。先に止めてください",
            members.other, answer.lease_left_ms
        )));
    }
    Ok(())
}

fn uid(actor: &Actor) -> u32 {
    match actor {
        Actor::Cli { uid } => *uid,
        _ => 0,
    }
}

fn wrong(why: &str) -> Refused {
    Refused::Wrong(why.to_owned())
}

fn spent(began: Instant) -> String {
    let ms = began.elapsed().as_millis();
    format!("{}.{:02}秒", ms / 1000, ms % 1000 / 10)
}

fn changed(lines: Vec<String>, leader: &str, began: Instant, seized: bool) -> Outcome {
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let report = json!({"leader": leader, "took_ms": ms, "loss_accepted": seized});
    Outcome { fine: true, lines, report }
}

fn not_in_sync(picture: &Picture) -> Refused {
    let why = picture.why_not.map_or("", standby::WhyNot::sentence);
    wrong(&format!("二台がそろっていないので、渡せません。{why}"))
}

fn not_reached(picture: &Picture, mode: Mode) -> Refused {
    let (node, other) = (&picture.members.node, &picture.members.other);
    if picture.report.linked {
        return wrong(&format!("{node} はデータをそろえているところです。終わるまで待ってください"));
    }
    let then = match mode {
        Mode::Witness => {
            "主が止まっていて二台がそろっていたなら、自動で引き継ぎます。そろっていなかったなら、主を直して起動するか、promote --accept-data-loss を使います"
        }
        Mode::Manual => "主が止まっているなら、直して起動するか、promote --old-leader-is-off を使います",
    };
    wrong(&format!("{other} とつながっていません。{then}"))
}

/// When the other node was heard last, as far as this one knows.
fn parted(picture: &Picture) -> Option<Moment> {
    let parted = |event: &&standby::Event| {
        matches!(event.what, Happening::Unlinked | Happening::Fenced { .. } | Happening::OutOfSync)
    };
    picture.events.iter().rev().find(parted).map(|event| event.at)
}

fn rejoined(before: &Picture, now: &[standby::SetAside], began: Instant) -> Outcome {
    let fresh: Vec<&standby::SetAside> =
        now.iter().filter(|one| !before.quarantine.iter().any(|known| known.name == one.name)).collect();
    let members = &before.members;
    let mut lines =
        vec![format!("{} のデータを {} に合わせました（{}）。", members.node, members.other, spent(began))];
    lines.extend(pair_status::aside_lines(&before.quarantine_dir, &fresh));
    let report = json!({"leader": members.other, "set_aside": fresh, "quarantine": before.quarantine_dir});
    Outcome { fine: true, lines, report }
}

/// One of two machines changes its data only while it leads.
pub(super) fn not_here(node: &str) -> Refused {
    Refused::Wrong(format!(
        "{node} は主ではありません。このコマンドは主で実行します（どちらが主かは madoguchi replicate status で分かります）"
    ))
}

/// One machine alone.
pub(super) fn single(command: &Command) -> Result<Outcome, Refused> {
    match command {
        Command::ReplicateStatus => Ok(Outcome {
            fine: true,
            lines: vec!["一台で動いています（ha.mode = \"off\"）。".to_owned()],
            report: json!({"mode": "off", "role": "single", "running": true}),
        }),
        _ => Err(Refused::Call("ha.mode = \"off\": this machine is not one of two".to_owned())),
    }
}

/// One machine alone, on which nothing runs.
pub(super) fn not_running() -> Refused {
    wrong("サーバーが動いていません（ha.mode = \"off\"）")
}
