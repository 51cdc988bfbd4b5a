//! An S3-compatible store as a process of its own: moto, as `tests/run` installs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use madoguchi::config::ArchiveConfig;
use rustix::process::{Pid, Signal};

/// The key that the tests show.
pub const KEY: &str = "madoguchi";
pub const SECRET: &str = "himitsu";

/// A store; it ends with this value.
#[derive(Debug)]
pub struct Store {
    child: Child,
    pub port: u16,
}

impl Store {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A store with more arguments.
    pub fn start_with(more: &[&str]) -> Self {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/moto_server");
        let program = if ours.exists() { ours } else { PathBuf::from("moto_server") };
        let started = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .args(more)
            .env("PYTHONUNBUFFERED", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child =
            started.unwrap_or_else(|error| panic!("moto is needed, tests/run installs it: {error}"));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.by_ref().find_map(|line| {
            let (_, rest) = line.split_once("://127.0.0.1:")?;
            rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
        });
        // Whatever it says later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port: port.unwrap() }
    }

    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Makes a bucket.
    pub fn bucket(&self, name: &str) {
        assert!(ask(self.port, "PUT", &format!("/{name}")).starts_with("HTTP/1.1 200"), "{name}");
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The store that most tests share, each with a bucket of its own; it ends with the last of them.
fn shared() -> u16 {
    static SHARED: OnceLock<Store> = OnceLock::new();
    let store = SHARED.get_or_init(|| {
        let store = Store::start();
        // Nobody drops what is static: a shell waits for this process to end and then ends the store.
        let script = "while kill -0 \"$1\" 2>/dev/null; do sleep 1; done; kill \"$2\"";
        let (own, its) = (std::process::id().to_string(), store.child.id().to_string());
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh", &own, &its]);
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        std::thread::spawn(move || shell.status());
        store
    });
    store.port
}

/// A little while.
pub fn pause() {
    let (_open, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(Duration::from_millis(50));
}

pub fn endpoint() -> String {
    format!("http://127.0.0.1:{}", shared())
}

/// An archive in a new bucket of the shared store.
pub fn config(bucket: &str) -> ArchiveConfig {
    assert!(ask(shared(), "PUT", &format!("/{bucket}")).starts_with("HTTP/1.1 200"), "{bucket}");
    config_at(&endpoint(), bucket)
}

/// An archive in a bucket.
pub fn config_at(endpoint: &str, bucket: &str) -> ArchiveConfig {
    ArchiveConfig {
        url: Some(format!("s3://{bucket}/city/archive")),
        endpoint: Some(endpoint.to_owned()),
        access_key: Some(KEY.to_owned()),
        secret: Some(SECRET.to_owned().into()),
        ..ArchiveConfig::default()
    }
}

/// What the store says of an object.
pub fn head(place: &Path) -> String {
    let url = format!("{}{}", endpoint(), place.to_str().unwrap().strip_prefix("s3:/").unwrap());
    let key = format!("{KEY}:{SECRET}");
    let asked = Command::new("curl")
        .args(["-sS", "--head", "--user", &key, "--aws-sigv4", "aws:amz:ap-northeast-1:s3", &url])
        .output()
        .unwrap();
    String::from_utf8(asked.stdout).unwrap()
}

fn ask(port: u16, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!("{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
