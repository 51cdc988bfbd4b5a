//! Processes that are killed, and machines that are lost.

use std::time::Duration;

use super::cluster::{NODES, PATIENCE};
use super::scene::{Scene, rounds};

/// How often leadership is taken over in one cluster; there are only so many citizens.
const IN_A_ROW: u32 = 10;

/// Leader, standby, leader, standby: killed each time, and back each time before the next one is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leadership_goes_to_and_fro_with_a_kill_each_time() {
    let all = std::env::var("MADOGUCHI_TAKEOVERS").ok().map_or(3, |number| number.parse().unwrap());
    for first in (0..all).step_by(IN_A_ROW as usize) {
        let mut scene = Scene::open("the leader is killed").await;
        for _ in first..all.min(first + IN_A_ROW) {
            let leader = scene.cluster.settled().await;
            scene.look_anew();
            scene.cluster.nodes[leader].kill();
            scene.figure("the other one leads after", scene.cluster.leads(1 - leader).await);
            scene.books(4).await;
            scene.cluster.nodes[leader].start();
            scene.figure("in sync again after", scene.cluster.sync_again().await);
            scene.books(2).await;
            if all > 3 {
                // So that there are citizens for each takeover.
                scene.calm().await;
                scene.storm().await;
            }
        }
        scene.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_is_killed_and_started_again_at_once() {
    for _ in 0..rounds() {
        let scene = Scene::open("the leader is killed and started again at once").await;
        let leader = scene.cluster.settled().await;
        scene.look_anew();
        scene.cluster.nodes[leader].kill();
        scene.cluster.nodes[leader].start();
        let first = async || scene.cluster.front.leader().is_some();
        scene.figure("one of them leads after", scene.cluster.until("one of them leads", first).await);
        scene.books(6).await;
        scene.cluster.settled().await;
        scene.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_is_lost_for_good_and_an_empty_machine_takes_its_place() {
    for _ in 0..rounds() {
        let scene = Scene::open("the leader is lost for good").await;
        let leader = scene.cluster.settled().await;
        scene.look_anew();
        scene.cluster.nodes[leader].kill();
        scene.figure("the other one leads after", scene.cluster.leads(1 - leader).await);
        std::fs::remove_dir_all(scene.cluster.data(leader)).unwrap();
        scene.books(6).await;
        scene.cluster.nodes[leader].start();
        scene.figure("an empty machine is in sync after", scene.cluster.sync_again().await);
        scene.books(4).await;
        scene.close().await;
    }
}

/// Nobody but the leader has what was booked last: nobody else leads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_went_on_alone_is_lost_and_nobody_takes_over() {
    for _ in 0..rounds() {
        let scene = Scene::open("the leader is lost while it was alone").await;
        let leader = scene.cluster.settled().await;
        scene.cluster.nodes[1 - leader].kill();
        scene.cluster.until("alone", async || !scene.cluster.in_sync().await).await;
        scene.books(4).await;
        scene.cluster.nodes[leader].kill();
        scene.cluster.nodes[1 - leader].start();
        scene.books_nothing(Duration::from_secs(5)).await;
        let register = scene.cluster.register().await.unwrap();
        assert_eq!(register.leader, NODES[leader], "{}", scene.cluster.logs());
        assert!(scene.cluster.front.leader().is_none(), "{}", scene.cluster.logs());
        scene.cluster.nodes[leader].start();
        scene.figure("it leads again after its start", scene.cluster.leads(leader).await);
        scene.books(4).await;
        scene.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_that_follows_is_killed_and_catches_up_later() {
    for _ in 0..rounds() {
        let scene = Scene::open("the node that follows is killed").await;
        let leader = scene.cluster.settled().await;
        scene.look_anew();
        scene.cluster.nodes[1 - leader].kill();
        scene.figure("the next bookings are there after", scene.books(4).await);
        assert_eq!(scene.cluster.front.leader(), Some(leader), "{}", scene.cluster.logs());
        scene.books(4).await;
        scene.cluster.nodes[1 - leader].start();
        scene.figure("in sync again after", scene.cluster.sync_again().await);
        // Killed again while it is being taken along.
        scene.cluster.nodes[1 - leader].kill();
        scene.cluster.until("alone", async || !scene.cluster.in_sync().await).await;
        scene.cluster.nodes[1 - leader].start();
        tokio::time::sleep(Duration::from_millis(400)).await;
        scene.cluster.nodes[1 - leader].kill();
        scene.books(2).await;
        scene.cluster.nodes[1 - leader].start();
        scene.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_nodes_are_killed_and_one_of_them_comes_back() {
    for _ in 0..rounds() {
        let scene = Scene::open("both nodes are killed").await;
        let leader = scene.cluster.settled().await;
        scene.cluster.nodes.iter().for_each(super::machine::Machine::kill);
        // They were in sync: the one that did not lead may lead.
        scene.cluster.nodes[1 - leader].start();
        scene.figure("the one that followed leads after its start", scene.cluster.leads(1 - leader).await);
        scene.books(4).await;
        scene.cluster.nodes[leader].start();
        let leader = scene.cluster.settled().await;
        scene.cluster.nodes.iter().for_each(super::machine::Machine::kill);
        scene.cluster.nodes.iter().for_each(super::machine::Machine::start);
        let first = async || scene.cluster.front.leader().is_some();
        scene.figure("both started: one leads after", scene.cluster.until("one leads", first).await);
        assert!(leader < 2);
        scene.books(4).await;
        scene.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_power_fails_for_all_three() {
    for _ in 0..rounds() {
        let scene = Scene::open("the power fails for all three").await;
        scene.cluster.settled().await;
        scene.cluster.witness.kill();
        scene.cluster.nodes.iter().for_each(super::machine::Machine::kill);
        scene.cluster.nodes.iter().for_each(super::machine::Machine::start);
        tokio::time::sleep(Duration::from_millis(700)).await;
        scene.cluster.witness.start();
        let first = async || scene.cluster.front.leader().is_some();
        scene.figure("one of them leads after", scene.cluster.until("one leads", first).await);
        scene.books(4).await;
        assert!(scene.cluster.sync_again().await < PATIENCE);
        scene.close().await;
    }
}
