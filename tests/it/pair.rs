//! Two machines and a witness as processes: taking along, taking over after a kill, coming back, handing over.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::{Pid, Signal};

use crate::kit::program::said;

/// The cluster's directory, its authority, and a port for everybody.
pub(crate) struct Cluster {
    dir: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
    manual: bool,
    witness: u16,
    links: [u16; 2],
    /// Ports for citizens, staff and monitors.
    pub(crate) listeners: [[u16; 3]; 2],
}

/// A process of the cluster. Dropping it kills it.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) const NODES: [&str; 2] = ["node-a", "node-b"];

/// A port for a machine. It stays free while the machine is down: it lies below those that the system gives to whoever calls somebody.
fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let tries = std::iter::repeat_with(|| 12_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 8_000);
    tries.take(8_000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

impl Cluster {
    pub(crate) fn new() -> Self {
        Self::of(false)
    }

    /// Two machines without a witness.
    pub(crate) fn manual() -> Self {
        Self::of(true)
    }

    fn of(manual: bool) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let [witness, a, b, ca, sa, oa, cb, sb, ob] = std::array::from_fn(|_| port());
        let cluster = Self {
            dir: tempfile::tempdir().unwrap(),
            issuer,
            manual,
            witness,
            links: [a, b],
            listeners: [[ca, sa, oa], [cb, sb, ob]],
        };
        cluster.furnish("witness", "localhost", &format!("[ha]\nlisten = \"127.0.0.1:{witness}\"\n"), "");
        for at in 0..2 {
            cluster.furnish_node(at);
        }
        cluster
    }

    fn furnish_node(&self, at: usize) {
        let [citizen, staff, ops] = self.listeners[at];
        let (own, other) = (self.links[at], self.links[1 - at]);
        let witness = format!("mode = \"witness\"\nwitness = \"localhost:{}\"\n", self.witness);
        let mode = if self.manual { "mode = \"manual\"\n" } else { &witness };
        let ha = format!(
            "[ha]\n{mode}node = \"{}\"\npeer_node = \"{}\"\nlisten = \"127.0.0.1:{own}\"\n\
             peer = \"127.0.0.1:{other}\"\n",
            NODES[at],
            NODES[1 - at],
        );
        let rest = format!(
            "[citizen]\nlisten = \"127.0.0.1:{citizen}\"\n[staff]\nlisten = \"127.0.0.1:{staff}\"\n[ops]\n\
             listen = \"127.0.0.1:{ops}\"\n[backup]\nat = \"\"\n[[municipality]]\ncode = \"999999\"\nslug = \"mihon\"\n\
             name = \"見本市\"\nmail_from = \"yoyaku@mihon.example.jp\"\n\
             public_url = \"http://yoyaku.mihon.example/mihon/\"\n"
        );
        self.furnish(NODES[at], NODES[at], &ha, &rest);
    }

    fn furnish(&self, machine: &str, name: &str, ha: &str, rest: &str) {
        let dir = self.dir(machine);
        std::fs::create_dir_all(&dir).unwrap();
        let key = KeyPair::generate().unwrap();
        let cert =
            CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        for (file, text) in
            [("node.pem", cert.pem()), ("node.key", key.serialize_pem()), ("ca.pem", self.issuer.pem())]
        {
            std::fs::write(dir.join(file), text).unwrap();
        }
        let text = format!(
            "{ha}cluster_id = \"mihon\"\ntls_cert = \"node.pem\"\ntls_key = \"node.key\"\ntls_ca = \"ca.pem\"\n\
             [mail]\ntransport = \"file\"\n{rest}"
        );
        std::fs::write(dir.join("config.toml"), text).unwrap();
    }

    pub(crate) fn dir(&self, machine: &str) -> PathBuf {
        self.dir.path().join(machine)
    }

    pub(crate) fn call(&self, machine: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.arg("--config").arg(self.dir(machine).join("config.toml")).args(arguments);
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, machine: &str, arguments: &[&str]) -> Output {
        self.call(machine, arguments).output().unwrap()
    }

    pub(crate) fn fine(&self, machine: &str, arguments: &[&str]) -> Output {
        let done = self.run(machine, arguments);
        assert!(done.status.success(), "{arguments:?}: {}\n{}", said(&done), self.logs());
        done
    }

    pub(crate) fn start(&self, machine: &str, task: &str) -> Running {
        let log = self.dir(machine).join("log.txt");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        Running(self.call(machine, &[task]).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// Starts the witness, whose register says that node-a leads.
    pub(crate) async fn witnessed(&self) -> Running {
        let witness = self.start("witness", "witness");
        let init = ["arbiter", "init", "--leader", "node-a", "--confirm", "mihon"];
        let made = async || self.run("node-a", &init).status.success();
        self.until("the witness", Duration::from_secs(10), async || made().await).await;
        witness
    }

    pub(crate) fn logs(&self) -> String {
        let read =
            |machine: &&str| std::fs::read_to_string(self.dir(machine).join("log.txt")).unwrap_or_default();
        ["witness", "node-a", "node-b"]
            .iter()
            .map(|machine| ["--- ", machine, "\n", &read(machine)].concat())
            .collect::<Vec<_>>()
            .concat()
    }

    /// Waits until it is so, and says how long it took.
    pub(crate) async fn until(&self, what: &str, most: Duration, so: impl AsyncFn() -> bool) -> Duration {
        let began = Instant::now();
        while !so().await {
            assert!(began.elapsed() < most, "{what}: not within {most:?}\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        began.elapsed()
    }

    pub(crate) async fn leads(&self, at: usize) -> bool {
        status(self.listeners[at][2], "/leader").await == Some(200)
    }

    pub(crate) fn in_sync(&self) -> bool {
        let shown = self.run("node-a", &["arbiter", "show", "--json"]);
        shown.status.success() && crate::kit::program::report(&shown)["register"]["in_sync"] == true
    }

    pub(crate) fn close(&self, at: usize, reason: &str) {
        self.fine(NODES[at], &["maintenance", "on", "--municipality", "mihon", "--reason", reason]);
    }

    pub(crate) fn open(&self, at: usize) {
        self.fine(NODES[at], &["maintenance", "off", "--municipality", "mihon"]);
    }
}

pub(crate) async fn status(port: u16, path: &str) -> Option<u16> {
    let at = SocketAddr::from(([127, 0, 0, 1], port));
    let answer = crate::kit::http::client().get(format!("http://{at}{path}")).send().await.ok()?;
    Some(answer.status().as_u16())
}

pub(crate) async fn start_page(port: u16) -> String {
    let at = SocketAddr::from(([127, 0, 0, 1], port));
    match crate::kit::http::client().get(format!("http://{at}/mihon/notice")).send().await {
        Ok(answer) => format!("{} {}", answer.status().as_u16(), answer.text().await.unwrap_or_default()),
        Err(error) => error.to_string(),
    }
}

#[expect(clippy::print_stdout, reason = "the figures of this run")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_machine_takes_over_with_everything_and_gives_it_back() {
    let cluster = Cluster::new();
    let _witness = cluster.witnessed().await;
    cluster.fine("node-a", &["municipality", "add", "--municipality", "mihon"]);
    let mut a = cluster.start("node-a", "serve");
    cluster.until("node-a leads", Duration::from_secs(10), async || cluster.leads(0).await).await;
    cluster.close(0, "一台で");

    let b = cluster.start("node-b", "serve");
    cluster.until("both in sync", Duration::from_secs(20), async || cluster.in_sync()).await;
    assert!(!cluster.leads(1).await, "one leads");
    assert_eq!(status(cluster.listeners[1][2], "/readyz").await, Some(200));
    assert!(start_page(cluster.listeners[1][0]).await.starts_with("503 "));
    cluster.open(0);
    for number in 0..5 {
        cluster.close(0, &format!("{number}回目"));
        cluster.open(0);
    }
    cluster.close(0, "最後に閉じた");

    // Nothing is changed on the machine that follows.
    let refused = cluster.run("node-b", &["maintenance", "on", "--municipality", "mihon", "--reason", "x"]);
    assert!(
        refused.status.code() == Some(1) && said(&refused).contains("node-b は主ではありません"),
        "{}",
        said(&refused)
    );

    // The leader is killed: what it acknowledged last is what the other one shows first.
    a.0.kill().unwrap();
    a.0.wait().unwrap();
    let took = cluster.until("node-b leads", Duration::from_secs(5), async || cluster.leads(1).await).await;
    println!("taken over {took:?} after the kill");
    let refused = cluster.run("node-a", &["maintenance", "off", "--municipality", "mihon"]);
    assert!(
        said(&refused).contains("node-a は主ではありません"),
        "nor on one that is down: {}",
        said(&refused)
    );
    let closed = start_page(cluster.listeners[1][0]).await;
    assert!(closed.starts_with("503 ") && closed.contains("見本市"), "{closed}");
    cluster.open(1);
    assert!(start_page(cluster.listeners[1][0]).await.starts_with("200 "));

    // It comes back and follows.
    let mut a = cluster.start("node-a", "serve");
    cluster.until("both in sync again", Duration::from_secs(20), async || cluster.in_sync()).await;
    cluster.close(1, "引き渡しの前");

    // The leader is told to stop: it hands over.
    rustix::process::kill_process(Pid::from_child(&b.0), Signal::TERM).unwrap();
    let took =
        cluster.until("node-a leads again", Duration::from_secs(3), async || cluster.leads(0).await).await;
    println!("handed over {took:?} after the signal");
    let mut b = b;
    assert_eq!(b.0.wait().unwrap().code(), Some(0), "{}", cluster.logs());
    let closed = start_page(cluster.listeners[0][0]).await;
    assert!(closed.starts_with("503 ") && closed.contains("見本市"), "{closed}");
    cluster.open(0);
    nothing_was_left_behind(&cluster).await;
    rustix::process::kill_process(Pid::from_child(&a.0), Signal::TERM).unwrap();
    assert_eq!(a.0.wait().unwrap().code(), Some(0), "{}", cluster.logs());
}

/// Node-b has handed leadership over: it has no commit of its own, and nobody is told of any when it comes back.
async fn nothing_was_left_behind(cluster: &Cluster) {
    let dir = cluster.dir("node-b").join("data");
    let left = std::fs::metadata(dir.join("999999/app.db-wal")).map_or(0, |log| log.len());
    assert_eq!(left, 0, "bytes in its log");
    let _b = cluster.start("node-b", "serve");
    cluster.until("both in sync", Duration::from_secs(20), async || cluster.in_sync()).await;
    let aside = std::fs::read_dir(dir.join("pair/quarantine")).map_or(0, Iterator::count);
    assert_eq!(aside, 0, "files set aside\n{}", cluster.logs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_was_stopped_finds_itself_fenced_and_one_machine_goes_on_alone() {
    let cluster = Cluster::new();
    let mut witness = cluster.witnessed().await;
    cluster.fine("node-a", &["municipality", "add", "--municipality", "mihon"]);
    // A file that was made by mistake on the other machine is kept, and is not the city's.
    cluster.fine("node-b", &["municipality", "add", "--municipality", "mihon"]);
    let mut a = cluster.start("node-a", "serve");
    cluster.until("node-a leads", Duration::from_secs(10), async || cluster.leads(0).await).await;
    let mut b = cluster.start("node-b", "serve");
    cluster.until("both in sync", Duration::from_secs(20), async || cluster.in_sync()).await;
    let kept = std::fs::read_dir(cluster.dir("node-b").join("data/pair/quarantine")).unwrap().count();
    assert!(kept >= 1, "{}", cluster.logs());

    // The other machine is lost: after a moment this one goes on alone.
    b.0.kill().unwrap();
    b.0.wait().unwrap();
    cluster.until("alone", Duration::from_secs(5), async || !cluster.in_sync()).await;
    cluster.close(0, "一台で続ける");
    let mut b = cluster.start("node-b", "serve");
    cluster.until("both in sync again", Duration::from_secs(20), async || cluster.in_sync()).await;

    // The witness is lost: both go on.
    witness.0.kill().unwrap();
    witness.0.wait().unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(cluster.leads(0).await, "{}", cluster.logs());
    cluster.open(0);
    cluster.close(0, "立会い役なしで");
    let _witness = cluster.start("witness", "witness");
    cluster.until("the witness is back", Duration::from_secs(10), async || cluster.in_sync()).await;

    // The leader is stopped as if its machine hung, and wakes up later.
    rustix::process::kill_process(Pid::from_child(&a.0), Signal::STOP).unwrap();
    cluster.until("node-b leads", Duration::from_secs(8), async || cluster.leads(1).await).await;
    cluster.open(1);
    rustix::process::kill_process(Pid::from_child(&a.0), Signal::CONT).unwrap();
    assert_eq!(a.0.wait().unwrap().code(), Some(1), "{}", cluster.logs());
    assert!(cluster.leads(1).await);
    assert!(start_page(cluster.listeners[1][0]).await.starts_with("200 "));
    b.0.kill().unwrap();
    b.0.wait().unwrap();
}
