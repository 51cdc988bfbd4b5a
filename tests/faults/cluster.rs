//! Two nodes and a witness with a link between each two of them, and what an operator sees of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi::arbiter::{Client, Register};
use madoguchi::config;

use super::citizen::Front;
use super::city::{CODE, city};
use super::machine::Machine;
use super::papers::{Authority, CLUSTER, Node, port};
use super::proxy::Link;

pub const NODES: [&str; 2] = ["node-a", "node-b"];

/// Longer than anything takes on a machine that does nothing else; asserted with room for one that does.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// The cluster.
pub struct Cluster {
    dir: tempfile::TempDir,
    pub authority: Authority,
    pub nodes: [Machine; 2],
    pub witness: Machine,
    /// Between the two nodes; node-a is the first.
    pub pair: Link,
    /// From each node, which is the first, to the witness.
    pub to_witness: [Link; 2],
    /// Where citizens, staff and monitors come in.
    pub listeners: [[u16; 3]; 2],
    look: Client,
    pub front: Arc<Front>,
}

/// What is special in a cluster.
#[derive(Default)]
pub struct Wishes {
    /// More lines of the nodes' configurations.
    pub more: String,
    /// Directories of the data of each node, where they are not beside its configuration.
    pub data: [Option<PathBuf>; 2],
    /// The directory of the witness's register, where it is not beside its configuration.
    pub witness: Option<PathBuf>,
    /// Nothing lies between the machines that could break.
    pub direct: bool,
    /// More of the environment of all three processes.
    pub environment: Vec<(&'static str, String)>,
}

impl Cluster {
    /// Both nodes and the witness are on and in sync; node-a leads, and holds the city.
    pub async fn start(wishes: Wishes) -> Self {
        let cluster = Self::off(wishes).await;
        cluster.witness.start();
        cluster.init(0, 1).await;
        city().await.copy_to(&cluster.data(0));
        cluster.nodes[0].start();
        cluster.until("node-a leads", async || cluster.front.leader() == Some(0)).await;
        cluster.nodes[1].start();
        cluster.settled().await;
        cluster
    }

    /// Everything is written, and nothing is on.
    async fn off(wishes: Wishes) -> Self {
        // A second call finds the first one's provider, which is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let machine = |name: &str, task| {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
            Machine::new(&dir.path().join(name), task)
        };
        let (witness, nodes) = (machine("witness", "witness"), NODES.map(|name| machine(name, "serve")));
        for machine in [&witness, &nodes[0], &nodes[1]] {
            machine.runs_with(&wishes.environment);
        }
        let (pair, to_witness) = (Link::new(), [Link::new(), Link::new()]);
        let listeners = [(); 2].map(|()| [port(), port(), port()]);
        let (authority, witness_port) = (Authority::new(), port());
        authority.furnish(witness.dir(), "localhost");
        let data = place(wishes.witness.as_deref());
        let text = format!("{data}[ha]\nlisten = \"127.0.0.1:{witness_port}\"\n{CLUSTER}");
        std::fs::write(witness.dir().join("config.toml"), text).unwrap();
        let links = [port(), port()];
        for at in 0..2 {
            authority.furnish(nodes[at].dir(), NODES[at]);
            let between =
                [pair.way_to(links[1 - at], at == 0).await, to_witness[at].way_to(witness_port, true).await];
            let ways = if wishes.direct { [links[1 - at], witness_port] } else { between };
            let [peer, witness] = ways;
            let node = Node {
                name: NODES[at],
                other: NODES[1 - at],
                listeners: listeners[at],
                link: links[at],
                peer,
                witness,
            };
            let data = place(wishes.data[at].as_deref());
            let text = format!("{data}{}{}{CITY}code = \"{CODE}\"\n", node.configuration(), wishes.more);
            std::fs::write(nodes[at].dir().join("config.toml"), text).unwrap();
        }
        let direct = config::parse(
            &nodes[0].dir().join("config.toml"),
            &format!("[ha]\nnode = \"node-a\"\nwitness = \"localhost:{witness_port}\"\n{CLUSTER}"),
        );
        let look = Client::of(&direct.unwrap().ha).unwrap();
        let way = |at: usize, what: usize| format!("http://127.0.0.1:{}", listeners[at][what]);
        let front = Front::before(vec![(way(0, 0), way(0, 2)), (way(1, 0), way(1, 2))]);
        Self { dir, authority, nodes, witness, pair, to_witness, listeners, look, front }
    }

    /// Writes the register down: this node leads.
    pub async fn init(&self, leader: usize, epoch: u64) {
        let epoch = epoch.to_string();
        let arguments =
            ["arbiter", "init", "--leader", NODES[leader], "--epoch", &epoch, "--confirm", "mihon"];
        self.until("the witness", async || self.nodes[leader].run(&arguments).status.success()).await;
    }

    /// The directory of a node's data.
    pub fn data(&self, at: usize) -> PathBuf {
        let config = config::load(&self.nodes[at].dir().join("config.toml")).unwrap();
        config.data_dir
    }

    /// The city's file of a node.
    pub fn file(&self, at: usize) -> PathBuf {
        self.data(at).join(CODE).join("app.db")
    }

    /// Where a node archives, in the scenes that have an archive.
    pub fn archive(&self, at: usize) -> PathBuf {
        self.nodes[at].dir().join("archive")
    }

    /// A place for files of the test.
    pub fn scratch(&self) -> PathBuf {
        self.dir.path().join("scratch")
    }

    /// What the witness has written down.
    pub async fn register(&self) -> Option<Register> {
        self.look.look().await.ok().map(|answer| answer.register)
    }

    pub async fn in_sync(&self) -> bool {
        self.register().await.is_some_and(|register| register.in_sync)
    }

    /// Waits until one node leads and the other one holds everything; gives which leads.
    pub async fn settled(&self) -> usize {
        let named = async || {
            let register = self.register().await.filter(|register| register.in_sync)?;
            let leader = NODES.iter().position(|node| *node == register.leader)?;
            (self.front.leader() == Some(leader)).then_some(leader)
        };
        self.until("both in sync", async || named().await.is_some()).await;
        match named().await {
            Some(leader) => leader,
            None => Box::pin(self.settled()).await,
        }
    }

    /// Waits until it is so, and says how long it took.
    pub async fn until(&self, what: &str, so: impl AsyncFn() -> bool) -> Duration {
        let began = Instant::now();
        while !so().await {
            assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        began.elapsed()
    }

    /// Waits until both are in sync, and says how long it took.
    pub async fn sync_again(&self) -> Duration {
        let began = Instant::now();
        self.settled().await;
        began.elapsed()
    }

    /// The mails that a node has sent, and those that are on their way out at this moment.
    pub fn mails(&self, at: usize) -> BTreeSet<PathBuf> {
        let dir = std::fs::read_dir(self.nodes[at].dir().join("mail"));
        let dir = dir.map(|dir| dir.map(|entry| entry.unwrap().path().with_extension("")).collect());
        dir.unwrap_or_default()
    }

    /// The Message-IDs of the letters that a node has sent.
    pub fn letters(&self, at: usize) -> BTreeSet<String> {
        let names =
            self.mails(at).into_iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
        names.collect()
    }

    /// The directory of the witness's register.
    pub fn data_of_witness(&self) -> PathBuf {
        config::load(&self.witness.dir().join("config.toml")).unwrap().data_dir
    }

    /// Waits until this node leads.
    pub async fn leads(&self, at: usize) -> Duration {
        self.until(&format!("{} leads", NODES[at]), async || self.front.leader() == Some(at)).await
    }

    /// The last lines of everybody's log.
    pub fn logs(&self) -> String {
        let last = |machine: &Machine| {
            let log = machine.log();
            let lines: Vec<&str> = log.lines().filter(|line| !line.contains("listener=\"ops\"")).collect();
            format!(
                "--- {}\n{}\n",
                machine.dir().display(),
                lines[lines.len().saturating_sub(60)..].join("\n")
            )
        };
        [&self.witness, &self.nodes[0], &self.nodes[1]].map(last).concat()
    }
}

const CITY: &str = "[[municipality]]\nslug = \"mihon\"\nname = \"見本市\"\nmail_from = \"yoyaku@mihon.example.jp\"\n\
                    public_url = \"http://yoyaku.mihon.example/mihon/\"\n";

/// The key that names the directory of a machine's data; nothing for its own.
fn place(dir: Option<&Path>) -> String {
    dir.map_or_else(String::new, |dir| format!("data_dir = \"{}\"\n", dir.display()))
}
