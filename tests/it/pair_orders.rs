//! What operators type on a pair, by the real binary: how it stands, changes of leaders, a node that comes back, two machines
//! without a witness.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::kit::program::{look_into, report, said};
use crate::pair::{Cluster, NODES, Running, start_page, status};

const SOON: Duration = Duration::from_secs(10);
const SYNC: Duration = Duration::from_secs(20);

impl Cluster {
    /// What `replicate status` reports, whatever it finds.
    fn standing(&self, at: usize) -> Value {
        report(&self.run(NODES[at], &["replicate", "status", "--json"]))
    }

    fn is_fine(&self, at: usize) -> bool {
        self.run(NODES[at], &["replicate", "status"]).status.success()
    }

    async fn until_fine(&self) {
        self.until("both fine", SYNC, async || self.is_fine(0) && self.is_fine(1)).await;
    }

    fn refuses(&self, at: usize, arguments: &[&str], code: i32, why: &str) {
        let refused = self.run(NODES[at], arguments);
        let told = said(&refused);
        assert!(refused.status.code() == Some(code) && told.contains(why), "{arguments:?}: {told}");
    }

    fn quarantine(&self, at: usize) -> Vec<String> {
        let dir = self.dir(NODES[at]).join("data/pair/quarantine");
        let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn orders_in_history(&self, at: usize) -> i64 {
        let file = self.dir(NODES[at]).join("data/999999/app.db");
        let count = "SELECT count(*) FROM history WHERE operation = 'pair.promoted' AND actor_kind = 'cli'";
        look_into(&file).query_row(count, [], |row| row.get(0)).unwrap()
    }
}

fn kill(node: &mut Running) {
    node.0.kill().unwrap();
    node.0.wait().unwrap();
}

async fn ops_status(port: u16) -> Value {
    let url = format!("http://127.0.0.1:{port}/status");
    let text = crate::kit::http::client().get(url).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn metrics(port: u16) -> String {
    let url = format!("http://127.0.0.1:{port}/metrics");
    crate::kit::http::client().get(url).send().await.unwrap().text().await.unwrap()
}

fn line(output: &Output, words: &[&str]) {
    let told = said(output);
    for word in words {
        assert!(told.contains(word), "{word} in {told}");
    }
}

fn exists(dir: &Path, part: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| entry.unwrap().file_name().to_str().unwrap().contains(part))
}

/// A pair in sync whose first node leads: by the command, to monitors, in figures.
async fn is_told_by_every_way(cluster: &Cluster) {
    let (first, second) = (cluster.standing(0), cluster.standing(1));
    assert_eq!(
        (&first["role"], &first["in_sync"], &first["mode"]),
        (&"leading".into(), &true.into(), &"witness".into())
    );
    assert_eq!((&first["lag"]["commits"], &first["witness_reach"]["answers"]), (&0.into(), &true.into()));
    assert_eq!(
        (&second["role"], &second["whole"], &second["linked"]),
        (&"following".into(), &true.into(), &true.into())
    );
    assert_eq!(second["register"][0]["leader"], "node-a");
    assert_eq!(ops_status(cluster.listeners[1][2]).await["role"], "following");
    let figures = metrics(cluster.listeners[0][2]).await;
    for figure in [
        "madoguchi_in_sync 1",
        "madoguchi_leads 1",
        "madoguchi_pair_witness_up 1",
        "madoguchi_pair_lag_transactions 0",
    ] {
        assert!(figures.contains(figure), "{figure} in {figures}");
    }
    assert!(figures.contains("# HELP madoguchi_pair_lag_seconds"), "{figures}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_see_how_the_pair_stands_and_change_its_leader() {
    let cluster = Cluster::new();
    let _witness = cluster.witnessed().await;
    cluster.fine("node-a", &["municipality", "add", "--municipality", "mihon"]);
    cluster.refuses(0, &["replicate", "status"], 1, "サーバーが動いていない");
    let a = cluster.start("node-a", "serve");
    cluster.until("node-a leads", SOON, async || cluster.leads(0).await).await;
    let alone = cluster.run("node-a", &["replicate", "status"]);
    assert_eq!(alone.status.code(), Some(1), "{}", said(&alone));
    line(&alone, &["node-a　主（第 2 代", "そろっていない", "もう一台とつながっていない", "異常"]);
    cluster.refuses(0, &["promote", "--handoff"], 1, "そろっていない");

    let b = cluster.start("node-b", "serve");
    cluster.until_fine().await;
    is_told_by_every_way(&cluster).await;

    // Nothing is lost while a safe way is there, and nothing is done to the wrong cluster.
    cluster.refuses(1, &["promote", "--accept-data-loss", "--confirm", "other"], 2, "mihon");
    cluster.refuses(1, &["promote", "--accept-data-loss", "--confirm", "mihon"], 1, "promote --handoff");
    cluster.refuses(1, &["promote", "--old-leader-is-off", "--confirm", "mihon"], 2, "manual");
    cluster.refuses(0, &["replicate", "rejoin"], 1, "node-a は主です");

    // The node that follows asks for leadership, and gets it.
    cluster.close(0, "渡す前");
    let done = cluster.fine("node-b", &["promote"]);
    line(&done, &["node-b が主になりました（第 3 代", "失われた書込みはありません"]);
    assert!(start_page(cluster.listeners[1][0]).await.contains("見本市"), "it serves when it says so");
    let mut a = a;
    assert_eq!(a.0.wait().unwrap().code(), Some(1), "{}", cluster.logs());
    let mut a = cluster.start("node-a", "serve");
    cluster.until_fine().await;

    // What the node that follows holds is thrown away on purpose, and all comes anew.
    let before = cluster.quarantine(0).len();
    let rejoined = cluster.fine("node-a", &["replicate", "rejoin", "--full"]);
    line(&rejoined, &["node-a のデータを node-b に合わせました", "取り置き"]);
    assert!(cluster.quarantine(0).len() > before, "{:?}", cluster.quarantine(0));
    cluster.until_fine().await;
    assert_eq!(cluster.standing(1)["last_takeover"]["how"], "handed_over");

    // The leader gives it away.
    let done = cluster.fine("node-b", &["promote", "--handoff"]);
    line(&done, &["node-b から node-a へ渡しました"]);
    cluster.until("node-a leads again", SOON, async || cluster.leads(0).await).await;
    let mut b = b;
    b.0.wait().unwrap();
    let mut b = cluster.start("node-b", "serve");
    cluster.until_fine().await;
    kill(&mut b);
    kill(&mut a);
    assert_eq!(cluster.orders_in_history(1), 1, "who made node-b lead stands in the history");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_lost_while_it_was_alone_is_replaced_only_with_its_loss_accepted_by_name() {
    let cluster = Cluster::new();
    let _witness = cluster.witnessed().await;
    cluster.fine("node-a", &["municipality", "add", "--municipality", "mihon"]);
    let mut a = cluster.start("node-a", "serve");
    let mut b = cluster.start("node-b", "serve");
    cluster.until_fine().await;
    kill(&mut b);
    cluster.until("alone", SOON, async || !cluster.in_sync()).await;
    cluster.close(0, "一台で閉じた");
    kill(&mut a);
    let _b = cluster.start("node-b", "serve");
    let stuck = async || {
        said(&cluster.run("node-b", &["replicate", "status"])).contains("promote --accept-data-loss")
    };
    cluster.until("nobody leads", SOON, async || stuck().await).await;
    cluster.refuses(1, &["promote"], 1, "そろっていない");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!cluster.leads(1).await, "nobody takes over by itself");

    let done = cluster.fine("node-b", &["promote", "--accept-data-loss", "--confirm", "mihon"]);
    line(&done, &["node-b が主になりました", "失われたかもしれないもの：node-a が", "quarantine"]);
    assert!(start_page(cluster.listeners[1][0]).await.starts_with("200 "), "the closing is lost");
    assert_eq!(status(cluster.listeners[1][2], "/leader").await, Some(200));
    assert_eq!(cluster.standing(1)["last_takeover"]["how"], "seized");

    // The one that was lost comes back: its file is kept whole, and it follows.
    let a = cluster.start("node-a", "serve");
    cluster.until_fine().await;
    assert!(
        exists(&cluster.dir("node-a").join("data/pair/quarantine"), "app.db"),
        "{:?}",
        cluster.quarantine(0)
    );
    line(&cluster.run("node-a", &["replicate", "status"]), &["取り置き", "app.db"]);
    assert_eq!(cluster.standing(1)["register"][0]["leader"], "node-b");
    drop(a);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_without_a_witness_change_leaders_when_people_say_so_and_never_by_themselves() {
    let cluster = Cluster::manual();
    cluster.refuses(0, &["arbiter", "show"], 1, "arbiter init");
    cluster.refuses(0, &["arbiter", "init", "--leader", "node-b", "--confirm", "mihon"], 2, "node-a");
    cluster.fine("node-a", &["arbiter", "init", "--leader", "node-a", "--confirm", "mihon"]);
    cluster.fine("node-a", &["municipality", "add", "--municipality", "mihon"]);
    // Nobody is there to speak with: nothing is served until people say that this is right.
    let mut a = cluster.start("node-a", "serve");
    cluster
        .until("it waits", SOON, async || status(cluster.listeners[0][2], "/readyz").await == Some(200))
        .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!cluster.leads(0).await);
    line(&cluster.run("node-a", &["replicate", "status"]), &["promote --alone"]);
    let done = cluster.fine("node-a", &["promote", "--alone", "--confirm", "mihon"]);
    line(&done, &["node-a が一台で主になりました"]);
    let mut b = cluster.start("node-b", "serve");
    cluster.until_fine().await;
    assert_eq!(cluster.standing(0)["mode"], "manual");

    // There and back.
    line(&cluster.fine("node-b", &["promote"]), &["node-b が主になりました"]);
    a.0.wait().unwrap();
    let mut a = cluster.start("node-a", "serve");
    cluster.until_fine().await;
    rustix::process::kill_process(Pid::from_child(&b.0), Signal::TERM).unwrap();
    cluster.until("node-a leads again", SOON, async || cluster.leads(0).await).await;
    assert_eq!(b.0.wait().unwrap().code(), Some(0), "{}", cluster.logs());
    let mut b = cluster.start("node-b", "serve");
    cluster.until_fine().await;
    cluster.close(0, "そろったまま閉じた");

    // The leader is killed: nobody takes over by itself, and it may come back.
    kill(&mut a);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(!cluster.leads(1).await, "{}", cluster.logs());
    let mut a = cluster.start("node-a", "serve");
    cluster.until("node-a leads after a word with node-b", SOON, async || cluster.leads(0).await).await;
    cluster.until_fine().await;

    // The other one is lost: it goes on by itself. Then it is lost too, and the other one is made to lead.
    kill(&mut b);
    let alone = async || cluster.standing(0)["in_sync"] == false;
    cluster.until("alone", SOON, async || alone().await).await;
    cluster.open(0);
    kill(&mut a);
    let b = cluster.start("node-b", "serve");
    let waits =
        async || said(&cluster.run("node-b", &["replicate", "status"])).contains("--old-leader-is-off");
    cluster.until("node-b waits", SOON, async || waits().await).await;
    cluster.refuses(1, &["promote"], 1, "つながっていません");
    cluster.refuses(1, &["promote", "--alone", "--confirm", "mihon"], 1, "最後の主ではありません");
    cluster.refuses(1, &["promote", "--old-leader-is-off"], 2, "--confirm");
    let done = cluster.fine("node-b", &["promote", "--old-leader-is-off", "--confirm", "mihon"]);
    line(&done, &["node-b が主になりました", "失われたかもしれないもの"]);
    assert!(start_page(cluster.listeners[1][0]).await.starts_with("503 "), "what was in sync is there");

    // The former leader serves nothing, and follows with its file set aside.
    let a = cluster.start("node-a", "serve");
    cluster.until_fine().await;
    assert!(!cluster.leads(0).await);
    assert!(
        exists(&cluster.dir("node-a").join("data/pair/quarantine"), "app.db"),
        "{:?}",
        cluster.quarantine(0)
    );
    drop((a, b));
}
