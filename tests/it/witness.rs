//! The witness as a process: `madoguchi witness`, and what `arbiter show|init` and `check` say of it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::{Pid, Signal};

use crate::kit::program::{report, said};

/// The cluster's machines, each with a directory, a certificate and a configuration.
struct Cluster {
    dir: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

struct Running {
    child: Child,
    port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

impl Cluster {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), issuer: authority() }
    }

    fn dir(&self, machine: &str) -> PathBuf {
        self.dir.path().join(machine)
    }

    /// Writes a machine's certificate, issued by `issuer`, and its configuration.
    fn furnish(&self, machine: &str, issuer: &CertifiedIssuer<'static, KeyPair>, names: &[&str], ha: &str) {
        let dir = self.dir(machine);
        std::fs::create_dir_all(&dir).unwrap();
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let cert = CertificateParams::new(names).unwrap().signed_by(&key, issuer).unwrap();
        for (file, text) in
            [("node.pem", cert.pem()), ("node.key", key.serialize_pem()), ("ca.pem", self.issuer.pem())]
        {
            std::fs::write(dir.join(file), text).unwrap();
        }
        let text = format!(
            "[mail]\ntransport = \"file\"\n[ha]\ncluster_id = \"mihon\"\ntls_cert = \"node.pem\"\n\
             tls_key = \"node.key\"\ntls_ca = \"ca.pem\"\n{ha}"
        );
        std::fs::write(dir.join("config.toml"), text).unwrap();
    }

    fn node(&self, name: &str, port: u16) {
        let ha = format!("node = \"{name}\"\nwitness = \"localhost:{port}\"\n");
        self.furnish(name, &self.issuer, &[name], &ha);
    }

    fn call(&self, machine: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.arg("--config").arg(self.dir(machine).join("config.toml")).args(arguments);
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, machine: &str, arguments: &[&str]) -> Output {
        self.call(machine, arguments).output().unwrap()
    }

    fn witness(&self) -> Running {
        self.furnish("witness", &self.issuer, &["localhost"], "listen = \"127.0.0.1:0\"\n");
        let mut command = self.call("witness", &["witness", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut text = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            text.push_str(&line.unwrap());
            if let Ok(serde_json::Value::Object(told)) = serde_json::from_str(&text) {
                let address: std::net::SocketAddr = told["witness"].as_str().unwrap().parse().unwrap();
                return Running { child, port: address.port() };
            }
        }
        child.wait().unwrap();
        panic!("the witness did not start: {text}");
    }

    fn register(&self) -> PathBuf {
        self.dir("witness").join("data/register.json")
    }
}

fn shown(cluster: &Cluster, machine: &str) -> serde_json::Value {
    let shown = cluster.run(machine, &["arbiter", "show", "--json"]);
    assert!(shown.status.success(), "{}", said(&shown));
    report(&shown)
}

const INIT: [&str; 6] = ["arbiter", "init", "--leader", "node-a", "--confirm", "mihon"];

#[test]
fn a_register_is_written_once_and_outlives_the_killed_witness() {
    let cluster = Cluster::new();
    let witness = cluster.witness();
    cluster.node("node-a", witness.port);
    let empty = cluster.run("node-a", &["arbiter", "show"]);
    assert_eq!(empty.status.code(), Some(1));
    assert!(said(&empty).contains("does not know this cluster"), "{}", said(&empty));
    let other = cluster.run("node-a", &["arbiter", "init", "--leader", "node-a", "--confirm", "miho"]);
    assert_eq!(other.status.code(), Some(2), "{}", said(&other));
    let made = cluster.run("node-a", &INIT);
    assert!(made.status.success() && said(&made).contains("node-a（第 1 代）"), "{}", said(&made));
    let again = cluster.run("node-a", &INIT);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    let before = shown(&cluster, "node-a")["register"].clone();

    let mut witness = witness;
    witness.child.kill().unwrap();
    witness.child.wait().unwrap();
    let gone = cluster.run("node-a", &["arbiter", "show"]);
    assert_eq!(gone.status.code(), Some(1), "{}", said(&gone));
    assert!(said(&gone).contains("ha.witness = localhost:"), "{}", said(&gone));
    let witness = cluster.witness();
    cluster.node("node-a", witness.port);
    assert_eq!(shown(&cluster, "node-a")["register"], before);

    rustix::process::kill_process(Pid::from_child(&witness.child), Signal::TERM).unwrap();
    let mut witness = witness;
    assert_eq!(witness.child.wait().unwrap().code(), Some(0), "it stops when told to");
}

#[test]
fn only_machines_of_the_cluster_are_heard_each_for_itself() {
    let cluster = Cluster::new();
    let witness = cluster.witness();
    cluster.node("node-a", witness.port);
    assert!(cluster.run("node-a", &INIT).status.success());
    let ha = format!("node = \"node-b\"\nwitness = \"localhost:{}\"\n", witness.port);
    cluster.furnish("stranger", &authority(), &["node-b"], &ha);
    let stranger = cluster.run("stranger", &["arbiter", "show"]);
    assert_eq!(stranger.status.code(), Some(1), "{}", said(&stranger));
    cluster.furnish("liar", &cluster.issuer, &["node-c"], &ha);
    let liar = cluster.run("liar", &["arbiter", "show"]);
    assert!(said(&liar).contains("the name of this node"), "{}", said(&liar));
    // A witness whose certificate carries another name is not believed.
    let wrong = format!("node = \"node-b\"\nwitness = \"127.0.0.1:{}\"\n", witness.port);
    cluster.furnish("careful", &cluster.issuer, &["node-b"], &wrong);
    assert_eq!(cluster.run("careful", &["arbiter", "show"]).status.code(), Some(1));
    assert_eq!(shown(&cluster, "node-a")["register"]["leader"], "node-a", "nobody else was disturbed");

    let plain = std::net::TcpStream::connect(("127.0.0.1", witness.port)).unwrap();
    std::io::Write::write_all(&mut &plain, b"GET / HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(shown(&cluster, "node-a")["register"]["epoch"], 1);
}

#[test]
fn a_damaged_register_stops_the_witness_and_is_left_as_it_is() {
    let cluster = Cluster::new();
    let witness = cluster.witness();
    cluster.node("node-a", witness.port);
    assert!(cluster.run("node-a", &INIT).status.success());
    drop(witness);
    let good = std::fs::read(cluster.register()).unwrap();
    let mut bad = good.clone();
    bad[30] ^= 4;
    std::fs::write(cluster.register(), &bad).unwrap();
    let refused = cluster.run("witness", &["witness"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    let told = said(&refused);
    assert!(
        told.contains("register.json") && told.contains("damaged") && told.contains("arbiter init"),
        "{told}"
    );
    assert_eq!(std::fs::read(cluster.register()).unwrap(), bad);
    std::fs::write(cluster.register(), good).unwrap();
    let witness = cluster.witness();
    cluster.node("node-a", witness.port);
    assert_eq!(shown(&cluster, "node-a")["register"]["leader"], "node-a");
}

#[test]
fn check_tries_the_certificates_and_the_witness() {
    let cluster = Cluster::new();
    let witness = cluster.witness();
    cluster.node("node-a", witness.port);
    assert!(cluster.run("node-a", &INIT).status.success());
    let told = said(&cluster.run("node-a", &["check"]));
    assert!(told.contains("正常　ha.tls_cert") && told.contains("主は node-a（第 1 代）"), "{told}");
    drop(witness);
    let told = said(&cluster.run("node-a", &["check"]));
    assert!(told.contains("異常　ha.witness"), "{told}");
    broken(&cluster, "node.key", "ha.tls_key");
    broken(&cluster, "ca.pem", "ha.tls_ca");
}

fn broken(cluster: &Cluster, file: &str, key: &str) {
    let path: &Path = &cluster.dir("node-a").join(file);
    let good = std::fs::read(path).unwrap();
    std::fs::write(path, "no certificate").unwrap();
    let told = said(&cluster.run("node-a", &["check"]));
    assert!(told.contains(&format!("異常　{key}")), "{told}");
    let shown = cluster.run("node-a", &["arbiter", "show"]);
    assert_eq!(shown.status.code(), Some(2), "{}", said(&shown));
    std::fs::write(path, good).unwrap();
}
