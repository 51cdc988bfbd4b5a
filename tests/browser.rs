//! The true binary in a true browser: `madoguchi demo` is started and walked through by `tests/browser/run.mjs`.
//!
//! It needs node, Debian's chromium-headless-shell or chromium and `npm ci` in `tests/browser`; `tests/run` sees to them. Without them it fails.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "faults/papers.rs"]
mod papers;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use papers::{Authority, CLUSTER, Node, port};

/// The demo, stopped when the test ends however it ends.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Demo {
    fn start(data: &Path) -> Self {
        let demo = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
            .args([
                "demo",
                "--citizen",
                "127.0.0.1:0",
                "--staff",
                "127.0.0.1:0",
                "--ops",
                "127.0.0.1:0",
                // People wait at the counter, whatever the time is.
                "--at",
                "14:20",
                "--data",
            ])
            .arg(data)
            .stdout(Stdio::null())
            .spawn();
        Self(demo.unwrap())
    }

    /// Waits until it tells where it serves.
    fn told(&mut self, data: &Path) {
        let (told, began) = (data.join("demo.json"), Instant::now());
        while !told.exists() {
            assert!(began.elapsed() < Duration::from_mins(5), "the demo did not begin to serve");
            if let Some(status) = self.0.try_wait().unwrap() {
                panic!("the demo ended: {status}");
            }
            let (_open, never) = std::sync::mpsc::channel::<()>();
            let _ = never.recv_timeout(Duration::from_millis(100));
        }
    }
}

const CITY: &str = "[[municipality]]\ncode = \"999999\"\nslug = \"mihon\"\nname = \"見本市\"\nmail_from = \"yoyaku@mihon.example\"\n";

/// Certificates and configurations of a pair and its witness, which the suite starts, and the ports of the two.
fn pair(dir: &Path) {
    let authority = Authority::new();
    let [witness, first, second] = [(); 3].map(|()| port());
    let furnish = |name: &str, certificate: &str, text: &str| {
        let machine = dir.join(name);
        std::fs::create_dir_all(&machine).unwrap();
        authority.furnish(&machine, certificate);
        std::fs::write(machine.join("config.toml"), text).unwrap();
    };
    furnish("witness", "localhost", &format!("[ha]\nlisten = \"127.0.0.1:{witness}\"\n{CLUSTER}"));
    let mut ports = Vec::new();
    for [(name, own), (other, theirs)] in
        [[("node-a", first), ("node-b", second)], [("node-b", second), ("node-a", first)]]
    {
        let listeners = [(); 3].map(|()| port());
        let node = Node { name, other, listeners, link: own, peer: theirs, witness };
        let text = format!("{}{CITY}", node.configuration());
        furnish(name, name, &text);
        let [citizen, staff, ops] = listeners;
        ports.push(format!("\"{name}\": {{\"citizen\": {citizen}, \"staff\": {staff}, \"ops\": {ops}}}"));
    }
    std::fs::write(dir.join("ports.json"), format!("{{{}}}", ports.join(", "))).unwrap();
}

/// Walks through one part of the suite on a demo of its own; `false` when something was wrong.
fn walked(lane: &str) -> bool {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("demo");
    let mut demo = Demo::start(&data);
    demo.told(&data);
    pair(&dir.path().join("pair"));
    let walked = Command::new("node")
        .env("MADOGUCHI", env!("CARGO_BIN_EXE_madoguchi"))
        .env("LANE", lane)
        .env("PAIR", dir.path().join("pair"))
        .env("PICTURES", std::env::var_os("PICTURES").unwrap_or_else(|| "wrong".into()))
        .arg(suite.join("run.mjs"))
        .arg(data.join("demo.json"))
        .status();
    walked.unwrap_or_else(|error| panic!("node is needed, the Debian package nodejs: {error}")).success()
}

/// The parts run side by side: what stands in each other's way has a city of its own.
#[test]
fn every_page_holds_in_a_real_browser() {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules");
    assert!(modules.exists(), "run `npm ci` in tests/browser, or tests/run, which does");
    let lanes = ["desk", "post", "house"].map(|lane| std::thread::spawn(move || walked(lane)));
    let fine = lanes.map(|lane| lane.join().unwrap());
    assert!(fine.iter().all(|fine| *fine), "see above, and the pictures in tests/browser/out");
}
