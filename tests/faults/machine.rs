//! One process of the cluster, and what watches over it: a process that ends by itself is started again, as systemd does.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// Names the call that the tests' own program shall carry out as the newer build, a word a line.
pub const AS: &str = "MADOGUCHI_TEST_AS";

/// The test that does so.
const NEXT_BUILD: &str = "upgrade::as_the_next_build";

/// How long the watcher waits before it starts a process again.
const AGAIN: Duration = Duration::from_secs(1);

/// A machine: its directory, and the process when it is on.
#[derive(Clone)]
pub struct Machine(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    task: &'static str,
    /// Whether the process is of the newer build.
    newer: AtomicBool,
    environment: Mutex<Vec<(&'static str, String)>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    child: Option<Child>,
    /// Whether the process shall run.
    wanted: bool,
    ended_at: Option<Instant>,
    /// How often it ended by itself.
    ended: u32,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(child) = &mut state.child {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Machine {
    /// A machine that is off. Its configuration is in `dir`.
    pub fn new(dir: &Path, task: &'static str) -> Self {
        let inner = Arc::new(Inner {
            dir: dir.to_owned(),
            task,
            newer: AtomicBool::new(false),
            environment: Mutex::default(),
            state: Mutex::default(),
        });
        let watched = Arc::downgrade(&inner);
        tokio::spawn(async move {
            while let Some(inner) = Weak::upgrade(&watched) {
                inner.look();
                drop(inner);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self(inner)
    }

    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// From its next start on its process has this in its environment, too.
    pub fn runs_with(&self, environment: &[(&'static str, String)]) {
        *self.0.environment.lock().unwrap() = environment.to_vec();
    }

    /// Turns it on.
    pub fn start(&self) {
        let mut state = self.0.state.lock().unwrap();
        assert!(state.child.is_none(), "{} runs already", self.0.dir.display());
        state.child = Some(self.0.spawn());
        state.wanted = true;
    }

    /// From its next start on the machine has the newer build.
    pub fn next_build(&self) {
        self.0.newer.store(true, Ordering::Relaxed);
    }

    /// Ends the process as a power cut does, and leaves it off.
    pub fn kill(&self) {
        let mut state = self.0.state.lock().unwrap();
        state.wanted = false;
        if let Some(mut child) = state.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Asks the process to stop, waits until it has, and leaves it off.
    pub async fn stop(&self) {
        self.signal_and_leave_off(Signal::TERM);
        self.gone().await;
    }

    /// Sends a signal that ends the process sooner or later; it is not started again.
    pub fn signal_and_leave_off(&self, signal: Signal) {
        self.0.state.lock().unwrap().wanted = false;
        self.signal(signal);
    }

    /// Waits until there is no process.
    pub async fn gone(&self) {
        let patience = Instant::now() + Duration::from_mins(1);
        while self.0.state.lock().unwrap().child.is_some() {
            assert!(Instant::now() < patience, "{} does not stop\n{}", self.0.dir.display(), self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn signal(&self, signal: Signal) {
        if let Some(child) = &self.0.state.lock().unwrap().child {
            rustix::process::kill_process(Pid::from_child(child), signal).unwrap();
        }
    }

    /// How often its process ended by itself.
    pub fn ended(&self) -> u32 {
        self.0.state.lock().unwrap().ended
    }

    /// Runs another command with this machine's configuration to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.0.call(arguments).output().unwrap()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.0.dir.join("log.txt")).unwrap_or_default()
    }
}

impl Inner {
    fn call(&self, arguments: &[&str]) -> Command {
        let built = || env!("CARGO_BIN_EXE_madoguchi").into();
        let mut command = Command::new(std::env::var_os("MADOGUCHI_BINARY").unwrap_or_else(built));
        command.arg("--config").arg(self.dir.join("config.toml")).args(arguments).stdin(Stdio::null());
        command
    }

    fn spawn(&self) -> Child {
        let log = File::options().create(true).append(true).open(self.dir.join("log.txt")).unwrap();
        let mut command =
            if self.newer.load(Ordering::Relaxed) { self.next() } else { self.call(&[self.task]) };
        command.envs(self.environment.lock().unwrap().clone());
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// This very program, as the newer build.
    fn next(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let config = self.dir.join("config.toml");
        let words = ["madoguchi", "--config", config.to_str().unwrap(), self.task].join("\n");
        command.args(["--exact", NEXT_BUILD, "--nocapture"]).env(AS, words);
        command.stdin(Stdio::null());
        command
    }

    fn look(&self) {
        let mut state = self.state.lock().unwrap();
        if state.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_some()) {
            state.child = None;
            state.ended += 1;
            state.ended_at = Some(Instant::now());
        }
        let due = state.ended_at.is_none_or(|at| at.elapsed() >= AGAIN);
        if state.wanted && state.child.is_none() && due {
            state.child = Some(self.spawn());
        }
    }
}
