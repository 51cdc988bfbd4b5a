//! A disk that is full, and a disk that lies.

use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::cluster::Wishes;
use super::scene::{Scene, rounds};

/// A file system of a few megabytes, gone with this value. Only the superuser may have one.
struct Small(PathBuf);

impl Small {
    fn new() -> Option<Self> {
        let dir =
            std::env::temp_dir().join(format!("faults-{}-{}", std::process::id(), super::papers::port()));
        std::fs::create_dir_all(&dir).unwrap();
        let mounted = rustix::process::geteuid().is_root()
            && Command::new("mount")
                .args(["-t", "tmpfs", "-o", "size=48m,mode=700", "small"])
                .arg(&dir)
                .output()
                .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("not tried: a full disk needs a file system of its own, and this machine mounts none");
            return None;
        }
        Some(Self(dir))
    }

    /// Writes until nothing more can be written.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("ballast")).unwrap();
        for block in [64 << 10, 1 << 10] {
            while file.write_all(&vec![1; block]).is_ok() {}
        }
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// A scene in which one node's data lie on a small disk.
async fn on_a_small_disk(what: &'static str, disk: &Small, at: usize) -> Scene {
    let mut wishes = Wishes::default();
    wishes.data[at] = Some(disk.0.join("data"));
    Scene::with(what, wishes).await
}

/// The other one leads, and nobody notices.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_of_the_leader_is_full() {
    for _ in 0..rounds() {
        let Some(disk) = Small::new() else { return };
        let scene = on_a_small_disk("the leader's disk is full", &disk, 0).await;
        led_by_the_first(&scene).await;
        scene.look_anew();
        disk.fill();
        scene.figure("the other one leads after", scene.cluster.leads(1).await);
        scene.books(6).await;
        disk.empty();
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        scene.books(2).await;
        scene.close().await;
    }
}

/// Nothing is registered until there is room, and nothing needs to be started again then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_of_a_leader_without_another_one_is_full() {
    for _ in 0..rounds() {
        let Some(disk) = Small::new() else { return };
        let scene = on_a_small_disk("the disk of a leader alone is full", &disk, 0).await;
        led_by_the_first(&scene).await;
        scene.cluster.nodes[1].kill();
        scene.cluster.until("alone", async || !scene.cluster.in_sync().await).await;
        scene.books(2).await;
        disk.fill();
        // What was begun may still find a little room.
        tokio::time::sleep(Duration::from_millis(300)).await;
        scene.books_nothing(Duration::from_secs(2)).await;
        disk.empty();
        scene.figure("there is room: the next bookings after", scene.books(4).await);
        assert_eq!(scene.cluster.front.leader(), Some(0), "{}", scene.cluster.logs());
        scene.cluster.nodes[1].start();
        scene.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_of_the_node_that_follows_is_full() {
    for _ in 0..rounds() {
        let Some(disk) = Small::new() else { return };
        let scene = on_a_small_disk("the follower's disk is full", &disk, 1).await;
        led_by_the_first(&scene).await;
        scene.look_anew();
        disk.fill();
        scene.figure("the next bookings are there after", scene.books(6).await);
        scene.cluster.until("alone", async || !scene.cluster.in_sync().await).await;
        scene.books(2).await;
        disk.empty();
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        scene.books(2).await;
        scene.close().await;
    }
}

/// The two go on; what needs a new word of the witness waits until there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_of_the_witness_is_full() {
    for _ in 0..rounds() {
        let Some(disk) = Small::new() else { return };
        let wishes = Wishes { witness: Some(disk.0.join("data")), ..Wishes::default() };
        let scene = Scene::with("the witness's disk is full", wishes).await;
        let leader = scene.cluster.settled().await;
        disk.fill();
        scene.look_anew();
        scene.figure("the next bookings are there after", scene.books(6).await);
        scene.cluster.nodes[1 - leader].kill();
        // That the leader goes on alone must be written down first.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        scene.books_nothing(Duration::from_secs(3)).await;
        let register = scene.cluster.register().await.unwrap();
        assert!(register.in_sync, "{}", scene.cluster.logs());
        disk.empty();
        scene.figure("there is room: the next bookings after", scene.books(4).await);
        scene.cluster.nodes[1 - leader].start();
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        scene.books(2).await;
        scene.close().await;
    }
}

/// Has node-a lead, should the other one have taken over on a slow machine.
async fn led_by_the_first(scene: &Scene) {
    if scene.cluster.settled().await != 0 {
        scene.cluster.nodes[1].stop().await;
        scene.cluster.nodes[1].start();
    }
    assert_eq!(scene.cluster.settled().await, 0);
}

/// Turns one bit of a page that nobody writes any more.
fn damage(file: &Path) {
    let file = std::fs::File::options().read(true).write(true).open(file).unwrap();
    let at = file.metadata().unwrap().len() / 2 + 100;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    byte[0] ^= 1;
    file.write_all_at(&byte, at).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_the_node_that_follows_goes_wrong() {
    for _ in 0..rounds() {
        let scene = Scene::open("a page of the follower's goes wrong").await;
        let leader = scene.cluster.settled().await;
        scene.cluster.nodes[1 - leader].kill();
        damage(&scene.cluster.file(1 - leader));
        scene.books(2).await;
        scene.cluster.nodes[1 - leader].start();
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        scene.books(2).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        scene.close().await;
    }
}
