//! Several cities on a pair: one that the two machines do not hold alike, one that is added, one that one machine alone knows; and
//! kills at any moment of coming back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};

use crate::kit::program::{look_into, report, said};
use crate::pair::{Cluster, NODES, Running};

const SOON: Duration = Duration::from_secs(10);
const SYNC: Duration = Duration::from_secs(20);
const HOKA: &str = "999998";

impl Cluster {
    /// Writes a second city into the configuration of a machine.
    fn configure_hoka(&self, at: usize) {
        let path = self.dir(NODES[at]).join("config.toml");
        let more = "[[municipality]]\ncode = \"999998\"\nslug = \"hoka\"\nname = \"ほか市\"\nmail_from = \"yoyaku@hoka.example.jp\"\n";
        let text = std::fs::read_to_string(&path).unwrap() + more;
        std::fs::write(path, text).unwrap();
    }

    /// The cities that the register names, each with the machine whose file is the true one.
    fn exceptions(&self) -> Value {
        let shown = self.run("node-a", &["arbiter", "show", "--json"]);
        if shown.status.success() { report(&shown)["register"]["exceptions"].clone() } else { Value::Null }
    }

    fn alike_but_for(&self, named: &Value) -> bool {
        self.in_sync() && self.exceptions() == *named
    }

    /// Closes the pages of a city with a reason that is found again.
    fn close_city(&self, at: usize, slug: &str, reason: &str) {
        // They may be closed already.
        self.run(NODES[at], &["maintenance", "off", "--municipality", slug]);
        self.fine(NODES[at], &["maintenance", "on", "--municipality", slug, "--reason", reason]);
    }

    /// The pages of a city are closed, for this reason.
    async fn is_closed(&self, at: usize, slug: &str, why: &str) {
        let page = page_of(self.listeners[at][0], slug).await;
        assert!(page.starts_with("503 ") && page.contains("メンテナンス中です｜"), "{page}\n{}", self.logs());
        let code = if slug == "hoka" { HOKA } else { "999999" };
        assert_eq!(reason(&self.file(at, code)), why);
    }

    fn file(&self, at: usize, code: &str) -> PathBuf {
        self.dir(NODES[at]).join("data").join(code).join("app.db")
    }

    fn quarantine_of(&self, at: usize) -> Vec<PathBuf> {
        let dir = self.dir(NODES[at]).join("data/pair/quarantine");
        let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    async fn both_in_sync(&self) -> (Running, Running, Running) {
        let witness = self.witnessed().await;
        let a = self.start("node-a", "serve");
        self.until("node-a leads", SOON, async || self.leads(0).await).await;
        let b = self.start("node-b", "serve");
        self.until("both in sync", SYNC, async || self.in_sync()).await;
        (witness, a, b)
    }
}

/// The page on which a citizen begins, with its status before it.
async fn page_of(port: u16, slug: &str) -> String {
    match crate::kit::http::client().get(format!("http://127.0.0.1:{port}/{slug}/notice")).send().await {
        Ok(answer) => format!("{} {}", answer.status().as_u16(), answer.text().await.unwrap_or_default()),
        Err(error) => error.to_string(),
    }
}

fn kill(node: &mut Running) {
    node.0.kill().unwrap();
    node.0.wait().unwrap();
}

fn stop(node: &mut Running) {
    rustix::process::kill_process(Pid::from_child(&node.0), Signal::TERM).unwrap();
    node.0.wait().unwrap();
}

fn file_id(file: &Path) -> String {
    let conn = look_into(file);
    conn.query_row("SELECT file_id FROM municipality", [], |row| row.get(0)).unwrap()
}

/// The reason of the newest closure in a file.
fn reason(file: &Path) -> String {
    let conn = look_into(file);
    conn.query_row("SELECT reason FROM maintenance ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).unwrap()
}

/// Puts another file into the city's place on node-b and takes away what node-b knew of it; gives the place.
fn another_file(cluster: &Cluster) -> PathBuf {
    let spare = cluster.dir("node-b").join("spare.toml");
    let listeners = "[citizen]\nlisten = \"127.0.0.1:0\"\n[staff]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"\n";
    let city = "[[municipality]]\ncode = \"999998\"\nslug = \"hoka\"\nname = \"ほか市\"\nmail_from = \"yoyaku@hoka.example.jp\"\n";
    std::fs::write(&spare, format!("data_dir = \"spare\"\n{listeners}[mail]\ntransport = \"file\"\n{city}"))
        .unwrap();
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .arg("--config")
        .arg(&spare)
        .args(["municipality", "add", "--municipality", "hoka"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", said(&made));
    let place = cluster.file(1, HOKA);
    std::fs::remove_dir_all(place.parent().unwrap()).unwrap();
    std::fs::rename(cluster.dir("node-b").join("spare").join(HOKA), place.parent().unwrap()).unwrap();
    for gone in ["log", "position.json", "tables"] {
        let path = cluster.dir("node-b").join("data/pair").join(gone);
        let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
    }
    place
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_that_differs_is_left_out_and_answers_503_after_a_takeover_until_people_decide() {
    let cluster = Cluster::new();
    for at in 0..2 {
        cluster.configure_hoka(at);
    }
    cluster.fine("node-a", &["municipality", "add", "--municipality", "mihon"]);
    cluster.fine("node-a", &["municipality", "add", "--municipality", "hoka"]);
    let (_witness, mut a, mut b) = cluster.both_in_sync().await;
    assert_eq!(cluster.exceptions(), json!({}));

    // On node-b another file comes into the city's place, and what node-b knew of it is gone.
    stop(&mut b);
    cluster.until("alone", SOON, async || !cluster.in_sync()).await;
    let place = another_file(&cluster);
    let others = file_id(&place);

    // The pair is in sync without it, and says so; both cities go on.
    let mut b = cluster.start("node-b", "serve");
    let named = json!({HOKA: "node-a"});
    cluster.until("in sync but for one", SYNC, async || cluster.alike_but_for(&named)).await;
    cluster.close_city(0, "hoka", "主だけが持つ");
    cluster.close_city(0, "mihon", "二台が持つ");
    assert_eq!(file_id(&place), others, "nothing is written over what may be the true file");

    // After the takeover this city alone waits for people.
    kill(&mut a);
    cluster.until("node-b leads", SOON, async || cluster.leads(1).await).await;
    cluster.is_closed(1, "mihon", "二台が持つ").await;
    let hoka = page_of(cluster.listeners[1][0], "hoka").await;
    assert!(hoka.starts_with("503 ") && hoka.contains("ただいま使えません"), "{hoka}");
    let refused = cluster.run("node-b", &["maintenance", "off", "--municipality", "hoka"]);
    assert!(refused.status.code() == Some(1) && said(&refused).contains("node-a"), "{}", said(&refused));
    let a = cluster.start("node-a", "serve");
    cluster.until("in sync but for one", SYNC, async || cluster.alike_but_for(&named)).await;

    // People decide for the file that is here: the other one is kept.
    let refused =
        cluster.run("node-b", &["municipality", "accept", "--municipality", "hoka", "--confirm", "x"]);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    cluster.fine("node-b", &["municipality", "accept", "--municipality", "hoka", "--confirm", HOKA]);
    let hoka = page_of(cluster.listeners[1][0], "hoka").await;
    assert!(hoka.starts_with("200 "), "{hoka}");
    cluster.until("in sync", SYNC, async || cluster.alike_but_for(&json!({}))).await;
    let kept = cluster.quarantine_of(0);
    let kept = kept.iter().find(|path| path.to_string_lossy().contains(HOKA) && is_named(path, "app.db"));
    assert!(kept.is_some(), "the file of node-a is kept: {:?}", cluster.quarantine_of(0));
    cluster.close_city(1, "hoka", "正しいほう");
    kill(&mut b);
    cluster.until("node-a leads", SOON, async || cluster.leads(0).await).await;
    cluster.is_closed(0, "hoka", "正しいほう").await;
    assert_eq!(file_id(&cluster.file(0, HOKA)), others);
    drop(a);
}

fn is_named(path: &Path, name: &str) -> bool {
    path.to_string_lossy().ends_with(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_is_added_while_the_pair_runs_and_one_that_one_machine_alone_knows_is_told() {
    let cluster = Cluster::new();
    for at in 0..2 {
        cluster.configure_hoka(at);
    }
    cluster.fine("node-a", &["municipality", "add", "--municipality", "mihon"]);
    let (_witness, mut a, mut b) = cluster.both_in_sync().await;
    assert!(!cluster.file(1, HOKA).exists());
    cluster.fine("node-a", &["municipality", "add", "--municipality", "hoka"]);
    cluster.close_city(0, "hoka", "加えたばかり");
    let there = async || cluster.file(1, HOKA).exists() && cluster.alike_but_for(&json!({}));
    cluster.until("the new city is on both", SYNC, there).await;
    kill(&mut a);
    cluster.until("node-b leads", SOON, async || cluster.leads(1).await).await;
    cluster.is_closed(1, "hoka", "加えたばかり").await;

    // It is taken out of node-a's configuration: the pair goes on without it, and says so.
    let path = cluster.dir("node-a").join("config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.split("[[municipality]]\ncode = \"999998\"").next().unwrap()).unwrap();
    let mut a = cluster.start("node-a", "serve");
    cluster
        .until("in sync but for one", SYNC, async || cluster.alike_but_for(&json!({HOKA: "node-b"})))
        .await;
    cluster.is_closed(1, "hoka", "加えたばかり").await;

    // And put in again: it is taken along whole.
    stop(&mut a);
    cluster.configure_hoka(0);
    let _a = cluster.start("node-a", "serve");
    cluster.until("both again", SYNC, async || cluster.alike_but_for(&json!({}))).await;
    stop(&mut b);
    cluster.until("node-a leads", SOON, async || cluster.leads(0).await).await;
    cluster.is_closed(0, "hoka", "加えたばかり").await;
}

/// Moments of a kill, in milliseconds after the start: before, while and after epochs are saved, files are set aside, pages come.
fn moments(seed: u64, count: u64) -> impl Iterator<Item = Duration> {
    let mut state = seed;
    (0..count).map(move |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(20 + (state >> 33) % 700)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_coming_back_a_machine_keeps_what_was_there_and_holds_what_was_acknowledged()
{
    let cluster = Cluster::new();
    cluster.fine("node-a", &["municipality", "add", "--municipality", "mihon"]);
    // A file that was made on the other machine by mistake.
    cluster.fine("node-b", &["municipality", "add", "--municipality", "mihon"]);
    let mistaken = file_id(&cluster.file(1, "999999"));
    let _witness = cluster.witnessed().await;
    let mut a = cluster.start("node-a", "serve");
    cluster.until("node-a leads", SOON, async || cluster.leads(0).await).await;
    for after in moments(1, 8) {
        let mut b = cluster.start("node-b", "serve");
        tokio::time::sleep(after).await;
        kill(&mut b);
        cluster.close_city(0, "mihon", "何度目か");
    }
    let mut b = cluster.start("node-b", "serve");
    cluster.until("both in sync", SYNC, async || cluster.in_sync()).await;
    let kept = cluster.quarantine_of(1);
    let files = kept.iter().filter(|path| is_named(path, "app.db"));
    let kept_ids: Vec<String> = files
        .map(|file| {
            // With the log that lay beside it.
            for end in ["-wal", "-shm"] {
                let log =
                    file.with_file_name(format!("{}{end}", file.file_name().unwrap().to_str().unwrap()));
                assert!(end == "-shm" || log.exists(), "its log is kept with it: {log:?}");
            }
            file_id(file)
        })
        .collect();
    assert_eq!(kept_ids, [mistaken], "{:?}", cluster.quarantine_of(1));

    // The leader is killed with a log that nobody has copied back, and comes back again and again.
    cluster.close_city(0, "mihon", "最後に受け付けた");
    kill(&mut a);
    cluster.until("node-b leads", SOON, async || cluster.leads(1).await).await;
    for after in moments(2, 8) {
        let mut a = cluster.start("node-a", "serve");
        tokio::time::sleep(after).await;
        kill(&mut a);
        cluster.close_city(1, "mihon", "引き継いだあと");
    }
    let _a = cluster.start("node-a", "serve");
    cluster.until("both in sync", SYNC, async || cluster.in_sync()).await;
    kill(&mut b);
    cluster.until("node-a leads", SOON, async || cluster.leads(0).await).await;
    assert_eq!(reason(&cluster.file(0, "999999")), "引き継いだあと");
}
