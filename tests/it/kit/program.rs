//! The true binary as a process of its own, with a directory and a configuration of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

const CITY: &str = "[[municipality]]
code = \"999999\"
slug = \"mihon\"
name = \"見本市\"
mail_from = \"yoyaku@mihon.example.jp\"
public_url = \"http://yoyaku.mihon.example/mihon/\"
";

/// A directory with a configuration in it. No file of the city is there yet.
#[derive(Debug)]
pub struct Desk {
    dir: tempfile::TempDir,
}

/// `madoguchi serve`, running. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where citizens come in.
    pub citizen: SocketAddr,
    /// Where staff come in.
    pub staff: SocketAddr,
    /// Where monitors ask.
    pub ops: SocketAddr,
}

impl Desk {
    /// One city, mail into files, any free port.
    pub fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        desk.configure("");
        desk
    }

    /// The configuration with more sections behind it.
    pub fn configure(&self, more: &str) {
        self.write_configuration("transport = \"file\"\n", more);
    }

    /// The configuration with another section `[mail]`.
    pub fn configure_mail(&self, mail: &str) {
        self.write_configuration(mail, "");
    }

    fn write_configuration(&self, mail: &str, more: &str) {
        let ports: Vec<String> =
            ["citizen", "staff", "ops"].map(|name| format!("[{name}]\nlisten = \"127.0.0.1:0\"\n")).into();
        let text = format!("{}\n[mail]\n{mail}{CITY}\n{more}", ports.join("\n"));
        std::fs::write(self.path("config.toml"), text).unwrap();
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The city's file.
    pub fn file(&self) -> PathBuf {
        self.path("data/999999/app.db")
    }

    /// A call of the binary.
    pub fn call(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.arg("--config").arg(self.path("config.toml")).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.call(arguments).output().unwrap()
    }

    /// Makes the city's file.
    pub fn add_city(&self) {
        let made = self.run(&["municipality", "add", "--municipality", "mihon"]);
        assert!(made.status.success(), "{}", said(&made));
    }

    /// Starts the server and waits until it serves.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// The same with more in its environment.
    pub fn serve_with(&self, environment: &[(&str, PathBuf)]) -> Server {
        let log = File::options().create(true).append(true).open(self.path("serve.log")).unwrap();
        let mut command = self.call(&["serve", "--json"]);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut server = Server { child, citizen: nowhere, staff: nowhere, ops: nowhere };
        let lines = BufReader::new(server.child.stdout.take().unwrap()).lines();
        let mut report = String::new();
        for line in lines {
            report.push_str(&line.unwrap());
            if let Ok(serde_json::Value::Object(at)) = serde_json::from_str(&report) {
                let address = |name: &str| at[name].as_str().unwrap().parse().unwrap();
                (server.citizen, server.staff, server.ops) =
                    (address("citizen"), address("staff"), address("ops"));
                return server;
            }
        }
        panic!("the server did not start:\n{}", self.log());
    }

    /// What the servers of this directory have logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("serve.log")).unwrap_or_default()
    }
}

impl Server {
    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The memory that it holds now, in kilobytes.
    pub fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Waits for the end, and gives the exit code; none when a signal ended it.
    pub fn ended(mut self) -> Option<i32> {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < patience, "the server does not end");
            std::thread::yield_now();
        }
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(self) {
        self.signal(Signal::TERM);
        assert_eq!(self.ended(), Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything that a command wrote.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The JSON that a command reported.
pub fn report(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", said(output)))
}

/// The bytes of a file.
pub fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// A connection to a file that no server has open.
#[expect(clippy::disallowed_methods, reason = "a test looks at a file that nobody serves")]
pub fn look_into(file: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(file).unwrap()
}
