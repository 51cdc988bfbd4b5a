//! The load balancer of the shipped example in front: citizens see one address, whoever leads.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::citizen::{Front, client};
use super::cluster::Cluster;
use super::papers::port;
use super::scene::{Scene, rounds};

/// HAProxy with the example's configuration. Dropping it kills it.
struct HaProxy(Child);

impl Drop for HaProxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program, where Debian puts it.
fn program() -> Option<&'static str> {
    let found =
        ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].into_iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        println!("not tried: HAProxy is not installed");
    }
    found
}

impl HaProxy {
    /// Starts it before the two nodes. Only addresses, ports and certificates are other ones than in the example.
    async fn before(cluster: &Cluster, program: &str, port: u16) -> Self {
        let dir = cluster.scratch();
        std::fs::create_dir_all(&dir).unwrap();
        let (cert, key) = cluster.authority.certificate("yoyaku.mihon.example");
        let pem = dir.join("front.pem");
        std::fs::write(&pem, format!("{cert}{key}")).unwrap();
        let path = dir.join("haproxy.cfg");
        std::fs::write(&path, configuration(cluster, port, &pem)).unwrap();
        let log = std::fs::File::create(dir.join("haproxy.log")).unwrap();
        let child = Command::new(program)
            .args(["-db", "-f"])
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let proxy = Self(child);
        let way = format!("https://127.0.0.1:{port}/mihon/notice");
        for _ in 0..200 {
            if client().get(&way).send().await.is_ok_and(|answer| answer.status() == 200) {
                return proxy;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let said = std::fs::read_to_string(dir.join("haproxy.log")).unwrap();
        let last = client().get(&way).send().await;
        panic!("HAProxy serves nobody: {last:?}\n{said}");
    }
}

fn configuration(cluster: &Cluster, port: u16, pem: &Path) -> String {
    let mut text = include_str!("../../backup/proxy/haproxy.cfg").to_owned();
    let staff = super::papers::port();
    let pem = pem.display().to_string();
    let replace = |text: &mut String, old: &str, new: &str| {
        assert!(text.contains(old), "the example has no {old} any more");
        *text = text.replace(old, new);
    };
    replace(&mut text, "bind :443 ", &format!("bind 127.0.0.1:{port} "));
    replace(&mut text, "bind :8443 ", &format!("bind 127.0.0.1:{staff} "));
    replace(&mut text, "/etc/haproxy/yoyaku.pem", &pem);
    replace(&mut text, "/etc/haproxy/staff.pem", &pem);
    replace(
        &mut text,
        "/etc/haproxy/503.http",
        concat!(env!("CARGO_MANIFEST_DIR"), "/backup/proxy/503.http"),
    );
    // All is one machine here: each node has a port of its own for what monitors ask.
    replace(&mut text, "check port 8082 ", "check ");
    for (at, address) in ["192.0.2.10", "192.0.2.11"].iter().enumerate() {
        let [citizen, office, ops] = cluster.listeners[at];
        replace(&mut text, &format!("{address}:8080"), &format!("127.0.0.1:{citizen} port {ops}"));
        replace(&mut text, &format!("{address}:8081"), &format!("127.0.0.1:{office} port {ops}"));
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn citizens_come_through_haproxy_while_leadership_is_handed_over_and_taken_over() {
    let Some(program) = program() else { return };
    for _ in 0..rounds() {
        let mut scene = Scene::calm_open("through HAProxy").await;
        let port = port();
        let _proxy = HaProxy::before(&scene.cluster, program, port).await;
        scene.front = Some(Front::elsewhere(&format!("https://127.0.0.1:{port}")));
        scene.storm().await;
        let leader = scene.cluster.settled().await;
        scene.look_anew();
        scene.figure("told to stop, the other one leads after", handed_over(&scene.cluster, leader).await);
        scene.books(6).await;
        scene.longest("  longest wait for a page");
        scene.cluster.nodes[leader].start();
        let leader = scene.cluster.settled().await;
        scene.look_anew();
        scene.cluster.nodes[leader].kill();
        scene.figure("killed, the other one leads after", scene.cluster.leads(1 - leader).await);
        scene.books(6).await;
        scene.longest("  longest wait for a page");
        scene.cluster.nodes[leader].start();
        scene.close().await;
    }
}

/// Tells the leader to stop, and waits until the other one leads.
async fn handed_over(cluster: &Cluster, leader: usize) -> Duration {
    let began = Instant::now();
    cluster.nodes[leader].signal_and_leave_off(Signal::TERM);
    cluster.leads(1 - leader).await;
    let took = began.elapsed();
    cluster.nodes[leader].gone().await;
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leadership_is_handed_to_and_fro() {
    for _ in 0..rounds() {
        let scene = Scene::open("the leader is told to stop").await;
        for _ in 0..2 {
            let leader = scene.cluster.settled().await;
            scene.look_anew();
            scene.figure("the other one leads after", handed_over(&scene.cluster, leader).await);
            scene.books(4).await;
            scene.longest("  longest wait for a page");
            scene.cluster.nodes[leader].start();
        }
        scene.close().await;
    }
}
