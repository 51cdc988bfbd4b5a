//! Both machines are brought to a build with a newer schema, one after the other, while citizens book. The newer build is this very
//! program, which is the shipped one with one more step.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use madoguchi::cli::{self, Call};
use madoguchi::db::{SCHEMA_VERSION, Step, Upgrades};

use super::cluster::NODES;
use super::machine::AS;
use super::scene::{Scene, rounds};

/// Takes a while, so that somebody comes meanwhile.
const STEP: &str = "ALTER TABLE procedure ADD COLUMN advice TEXT NOT NULL DEFAULT '';
    CREATE TABLE counted AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000)
    SELECT count(*) AS many FROM n;";

fn next() -> Upgrades {
    Upgrades::of(vec![Step { name: "invented".into(), sql: STEP.into() }])
}

#[test]
fn as_the_next_build() {
    assert_eq!(next().version(), SCHEMA_VERSION + 1, "another step was released: it belongs before this one");
    if let Ok(words) = std::env::var(AS) {
        let code = cli::run_as(Call::parse_from(words.lines()), next());
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_machines_come_to_the_next_schema_and_nobody_who_books_notices_more_than_a_wait() {
    for _ in 0..rounds() {
        both_come(Scene::open("both machines come to a newer schema").await).await;
    }
}

async fn both_come(scene: Scene) {
    let old = scene.cluster.settled().await;
    let new = 1 - old;

    // First the one that follows: it holds the older files.
    scene.cluster.nodes[new].stop().await;
    scene.cluster.nodes[new].next_build();
    scene.cluster.nodes[new].start();
    scene.figure("the newer build is in sync after", scene.cluster.sync_again().await);
    scene.books(4).await;

    // Then leadership: the newer build brings the city up to date while others wait.
    scene.look_anew();
    scene.cluster.nodes[old].stop().await;
    scene.figure("the newer build leads after", scene.cluster.leads(new).await);
    scene.books(4).await;
    scene.longest("longest wait during the step");

    // The older build is never taken along, and that is said.
    scene.cluster.nodes[old].start();
    let began = Instant::now();
    let told = async || {
        let told = scene.cluster.nodes[new].run(&["replicate", "status", "--json"]);
        String::from_utf8_lossy(&told.stdout).contains("older_build")
    };
    scene.cluster.until("the older build is told", told).await;
    while began.elapsed() < Duration::from_secs(4) {
        assert!(!scene.cluster.in_sync().await, "{}", scene.cluster.logs());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    scene.books(2).await;

    // Last the other machine.
    scene.cluster.nodes[old].kill();
    scene.cluster.nodes[old].next_build();
    scene.cluster.nodes[old].start();
    scene.figure("both are newer and in sync after", scene.cluster.sync_again().await);
    scene.cluster.nodes[new].stop().await;
    scene.figure("and leadership goes back after", scene.cluster.leads(old).await);
    scene.cluster.nodes[new].start();
    let leader = scene.cluster.settled().await;
    assert_eq!(NODES[leader], NODES[old]);
    scene.books(4).await;
    scene.close_newer().await;
}
