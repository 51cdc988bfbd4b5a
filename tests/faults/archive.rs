//! A place for the archive that is away: bookings and takeovers go on, and what was missed is archived once it is back.

use std::path::PathBuf;

use super::cluster::Wishes;
use super::scene::{Scene, rounds};

/// Something else lies where the archive was, until it is back.
struct Away(PathBuf);

impl Away {
    fn of(archive: PathBuf) -> Self {
        std::fs::create_dir_all(&archive).unwrap();
        std::fs::rename(&archive, archive.with_extension("away")).unwrap();
        std::fs::write(&archive, "not a directory").unwrap();
        Self(archive)
    }

    fn back(self) {
        std::fs::remove_file(&self.0).unwrap();
        std::fs::rename(self.0.with_extension("away"), &self.0).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_is_away_while_leaders_change() {
    for _ in 0..rounds() {
        let wishes = Wishes { more: "[archive]\ndir = \"archive\"\n".to_owned(), ..Wishes::default() };
        let mut scene = Scene::with("the archive is away", wishes).await;
        let leader = scene.cluster.settled().await;
        let away = [0, 1].map(|at| Away::of(scene.cluster.archive(at)));
        scene.look_anew();
        scene.figure("the next bookings are there after", scene.books(6).await);
        scene.cluster.nodes[leader].kill();
        scene.figure("the other one leads after", scene.cluster.leads(1 - leader).await);
        scene.books(4).await;
        scene.longest("longest wait of a citizen");
        scene.cluster.nodes[leader].start();
        scene.cluster.settled().await;
        let told = async || scene.cluster.nodes[1 - leader].log().contains("nothing can be archived");
        scene.cluster.until("the log tells of the archive", told).await;
        away.into_iter().for_each(Away::back);
        scene.books(2).await;
        let took = scene.archived(1 - leader).await;
        scene.figure("everything is in the archive after", took);
        scene.close().await;
    }
}
