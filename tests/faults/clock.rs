//! Clocks that jump: who leads is decided by the time that passes, never by what a clock says.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cluster::Wishes;
use super::scene::{Scene, rounds};

/// How far, in seconds: further than any span of the pair, nearer than any of a citizen's session.
const JUMP: i64 = 200;

/// What shows a process another time of day than the machine's, where Debian puts it.
fn preload() -> Option<&'static str> {
    let all = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ];
    let found = all.into_iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        println!("not tried: clocks that jump need the package faketime");
    }
    found
}

/// The clocks of the three machines, as files.
struct Clocks(tempfile::TempDir);

impl Clocks {
    fn new() -> Self {
        let clocks = Self(tempfile::tempdir().unwrap());
        clocks.set(0);
        clocks
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("clock")
    }

    /// From now on the clocks are off by so many seconds.
    fn set(&self, seconds: i64) {
        let new = self.0.path().join("new");
        std::fs::write(&new, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(new, self.path()).unwrap();
    }

    fn environment(&self, preload: &str) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", preload.to_owned()),
            ("FAKETIME_TIMESTAMP_FILE", self.path().display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_jump_and_nobody_but_the_operators_notices() {
    for _ in 0..rounds() {
        let Some(preload) = preload() else { return };
        let clocks = Clocks::new();
        let wishes = Wishes { environment: clocks.environment(preload), ..Wishes::default() };
        let scene = Scene::with("the clocks of all three jump", wishes).await;
        let leader = scene.cluster.settled().await;
        let before = scene.cluster.register().await.unwrap();
        for seconds in [JUMP, 0, -JUMP] {
            scene.look_anew();
            clocks.set(seconds);
            scene.figure("the next bookings are there after", scene.books(4).await);
            tokio::time::sleep(Duration::from_secs(3)).await;
            scene.longest("longest wait of a citizen");
        }
        let after = scene.cluster.register().await.unwrap();
        assert_eq!((after.leader, after.epoch), (before.leader, before.epoch), "{}", scene.cluster.logs());
        let log = scene.cluster.nodes[leader].log();
        assert!(log.contains("the machine's clock jumped"), "{}", scene.cluster.logs());
        scene.close().await;
    }
}
