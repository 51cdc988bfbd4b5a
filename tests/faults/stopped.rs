//! Processes that stand still and wake up later, as on a machine that was out of memory or was moved.

use std::time::Duration;

use rustix::process::Signal;

use super::compare;
use super::scene::{Scene, rounds};

/// What wakes up is no leader any more: it acknowledges nothing and begins no letter. One whose last step was being taken when it stopped may
/// still arrive.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_stands_still_and_wakes_up_later() {
    for _ in 0..rounds() {
        let scene = Scene::open("the leader stands still").await;
        let leader = scene.cluster.settled().await;
        let ended = scene.cluster.nodes[leader].ended();
        scene.look_anew();
        scene.cluster.nodes[leader].signal(Signal::STOP);
        let mailed = scene.cluster.letters(leader);
        let under_way = compare::under_way(&scene.cluster, leader);
        scene.figure("the other one leads after", scene.cluster.leads(1 - leader).await);
        scene.books(6).await;
        scene.cluster.nodes[leader].signal(Signal::CONT);
        scene.cluster.until("it ends", async || scene.cluster.nodes[leader].ended() > ended).await;
        let begun: Vec<String> = scene.cluster.letters(leader).difference(&mailed).cloned().collect();
        let begun: Vec<&String> = begun.iter().filter(|letter| !under_way.contains(*letter)).collect();
        assert!(
            begun.is_empty(),
            "letters that it had no right to send: {begun:?}\n{}",
            scene.cluster.logs()
        );
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        assert_eq!(scene.cluster.front.leader(), Some(1 - leader), "{}", scene.cluster.logs());
        scene.books(2).await;
        scene.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_that_follows_stands_still() {
    for _ in 0..rounds() {
        let scene = Scene::open("the node that follows stands still").await;
        let leader = scene.cluster.settled().await;
        scene.look_anew();
        scene.cluster.nodes[1 - leader].signal(Signal::STOP);
        scene.figure("the next bookings are there after", scene.books(4).await);
        tokio::time::sleep(Duration::from_secs(2)).await;
        scene.books(2).await;
        scene.cluster.nodes[1 - leader].signal(Signal::CONT);
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        assert_eq!(scene.cluster.front.leader(), Some(leader), "{}", scene.cluster.logs());
        scene.books(2).await;
        scene.close().await;
    }
}

/// For a moment only: nobody takes over, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_stands_still_for_a_moment() {
    for _ in 0..rounds() {
        let scene = Scene::open("the leader stands still for a moment").await;
        for span in [300, 900, 1500] {
            let leader = scene.cluster.settled().await;
            scene.look_anew();
            scene.cluster.nodes[leader].signal(Signal::STOP);
            tokio::time::sleep(Duration::from_millis(span)).await;
            scene.cluster.nodes[leader].signal(Signal::CONT);
            scene.figure("the next bookings are there after", scene.books(4).await);
        }
        scene.close().await;
    }
}
