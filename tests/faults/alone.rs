//! A witness that is away, or has forgotten everything.

use std::time::Duration;

use rustix::process::Signal;

use super::cluster::PATIENCE;
use super::scene::{Scene, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_witness_is_away_and_both_go_on() {
    for _ in 0..rounds() {
        let scene = Scene::open("the witness is away").await;
        let leader = scene.cluster.settled().await;
        scene.look_anew();
        scene.cluster.witness.kill();
        scene.books(4).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        scene.books(4).await;
        assert_eq!(scene.cluster.front.leader(), Some(leader), "{}", scene.cluster.logs());
        // And now the node that follows: nobody can write down that the leader is alone.
        scene.cluster.nodes[1 - leader].kill();
        scene.books_nothing(Duration::from_secs(3)).await;
        scene.cluster.nodes[1 - leader].start();
        scene.figure("it returns: the next bookings after", scene.books(4).await);
        scene.cluster.nodes[1 - leader].kill();
        scene.books_nothing(Duration::from_secs(2)).await;
        scene.cluster.witness.start();
        scene.figure("the witness returns: the next bookings after", scene.books(4).await);
        scene.cluster.nodes[1 - leader].start();
        scene.close().await;
    }
}

/// It takes calls and answers none. Nobody takes over meanwhile, and somebody does at once when it answers again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_witness_stands_still() {
    for _ in 0..rounds() {
        let scene = Scene::open("the witness stands still").await;
        let leader = scene.cluster.settled().await;
        scene.look_anew();
        scene.cluster.witness.signal(Signal::STOP);
        tokio::time::sleep(Duration::from_secs(3)).await;
        scene.books(4).await;
        assert_eq!(scene.cluster.front.leader(), Some(leader), "{}", scene.cluster.logs());
        scene.cluster.nodes[leader].kill();
        scene.books_nothing(Duration::from_secs(3)).await;
        scene.cluster.witness.signal(Signal::CONT);
        scene.figure("it answers: the other one leads after", scene.cluster.leads(1 - leader).await);
        scene.books(4).await;
        scene.cluster.nodes[leader].start();
        scene.close().await;
    }
}

/// A witness that has lost its disk knows of no cluster: that is as if it were away, until an operator says who leads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_witness_has_lost_its_disk() {
    for _ in 0..rounds() {
        let scene = Scene::open("the witness has lost its disk").await;
        let leader = scene.cluster.settled().await;
        let before = scene.cluster.register().await.unwrap();
        scene.cluster.witness.kill();
        std::fs::remove_dir_all(scene.cluster.data_of_witness()).unwrap();
        scene.cluster.witness.start();
        tokio::time::sleep(Duration::from_secs(2)).await;
        scene.books(4).await;
        assert_eq!(scene.cluster.front.leader(), Some(leader), "{}", scene.cluster.logs());
        assert!(scene.cluster.register().await.is_none(), "nobody was told anything");
        scene.look_anew();
        scene.cluster.init(leader, before.epoch + 10).await;
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        scene.books(4).await;
        // From here on the other one may take over again.
        let leader = scene.cluster.settled().await;
        scene.cluster.nodes[leader].kill();
        assert!(scene.cluster.leads(1 - leader).await < PATIENCE);
        scene.books(2).await;
        scene.cluster.nodes[leader].start();
        scene.close().await;
    }
}
