//! Links that are cut, slow, deaf on one side, or full of holes.

use std::time::Duration;

use super::citizen::client;
use super::proxy::Line;
use super::scene::{Scene, rounds};

/// Citizens go on while the link between the nodes is so, and everything is as before when it is whole again.
async fn goes_on(what: &'static str, line: Line) {
    for _ in 0..rounds() {
        let scene = Scene::open(what).await;
        scene.cluster.settled().await;
        scene.look_anew();
        scene.cluster.pair.set(line);
        scene.figure("the next bookings are there after", scene.books(6).await);
        tokio::time::sleep(Duration::from_secs(2)).await;
        scene.books(4).await;
        scene.cluster.pair.set(Line::Whole);
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        scene.books(2).await;
        scene.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_between_the_nodes_is_cut() {
    goes_on("the pair's link is cut", Line::Cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_between_the_nodes_is_half_open() {
    goes_on("the pair's link carries nothing and does not say so", Line::Silent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_between_the_nodes_carries_one_way_only() {
    goes_on("the pair's link carries nothing from node-a", Line::DeafToFirst).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_between_the_nodes_carries_the_other_way_only() {
    goes_on("the pair's link carries nothing from node-b", Line::DeafToSecond).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_between_the_nodes_is_slow() {
    goes_on("the pair's link takes 40 ms each way", Line::Slow(Duration::from_millis(40))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_between_the_nodes_is_slower_than_the_leader_waits() {
    goes_on("the pair's link takes 1.2 s each way", Line::Slow(Duration::from_millis(1200))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_between_the_nodes_loses_pieces() {
    goes_on("the pair's link loses pieces", Line::Lossy).await;
}

/// It cannot acknowledge, shows the page that says wait, and what it had not acknowledged is set aside when it comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_is_cut_off_from_everybody() {
    for _ in 0..rounds() {
        let scene = Scene::open("the leader is cut off from the other two").await;
        let leader = scene.cluster.settled().await;
        let ended = scene.cluster.nodes[leader].ended();
        scene.look_anew();
        scene.cluster.pair.set(Line::Silent);
        scene.cluster.to_witness[leader].set(Line::Silent);
        scene.figure("the other one leads after", scene.cluster.leads(1 - leader).await);
        scene.books(6).await;
        let page = format!("http://127.0.0.1:{}/mihon/", scene.cluster.listeners[leader][0]);
        let answer = client().get(&page).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status == 503 && text.contains("しばらくお待ちください"), "{status} {text}");
        scene.cluster.pair.set(Line::Whole);
        scene.cluster.to_witness[leader].set(Line::Whole);
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        assert!(scene.cluster.nodes[leader].ended() > ended, "it led: it is started anew to follow");
        let quarantine = scene.cluster.data(leader).join("pair/quarantine");
        let kept = std::fs::read_dir(&quarantine).unwrap().count();
        assert!(kept > 0, "its log of SQLite's is kept\n{}", scene.cluster.logs());
        scene.books(2).await;
        scene.close().await;
    }
}

/// The two nodes see each other: nothing happens, whichever of them the witness does not hear.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_is_cut_off_from_the_witness() {
    for _ in 0..rounds() {
        let scene = Scene::open("one node is cut off from the witness").await;
        let leader = scene.cluster.settled().await;
        for (who, line) in [(leader, Line::Silent), (1 - leader, Line::Cut), (leader, Line::DeafToSecond)] {
            scene.look_anew();
            scene.cluster.to_witness[who].set(line);
            tokio::time::sleep(Duration::from_secs(3)).await;
            scene.figure("the next bookings are there after", scene.books(4).await);
            scene.cluster.to_witness[who].set(Line::Whole);
            assert_eq!(scene.cluster.settled().await, leader, "{}", scene.cluster.logs());
        }
        scene.close().await;
    }
}
